/* page.c: see page.h. */
#include "page.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "units.h"

static const char *const escapes[] = {
    [PAGE_PLAIN] = "",         [PAGE_BOLD] = "\033[1m",   [PAGE_GOOD] = "\033[32m",
    [PAGE_BAD] = "\033[1;31m", [PAGE_DOUBT] = "\033[33m", [PAGE_FAINT] = "\033[2m",
};

static bool begins_character(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

static int characters(const char *text, size_t n)
{
    int count = 0;
    for (size_t i = 0; i < n; i++)
        count += begins_character(text[i]);
    return count;
}

/* The bytes of the first `count` characters. */
static size_t bytes_of(const char *text, size_t n, int count)
{
    size_t i = 0;
    while (i < n) {
        if (begins_character(text[i]) && count-- == 0) break;
        i++;
    }
    return i;
}

static void put(struct page *page, enum page_style style, const char *text, size_t n)
{
    int room = PAGE_WIDTH - page->column;
    n = bytes_of(text, n, room > 0 ? room : 0);
    bool styled = page->color && style != PAGE_PLAIN && n > 0;
    if (styled) fputs(escapes[style], page->out);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        fputc(c < 0x20 || c == 0x7f ? '?' : c, page->out);
        /* U+0080 .. U+009F are control characters too: C2 80 .. C2 9F. */
        if (c == 0xc2 && i + 1 < n && (unsigned char)text[i + 1] < 0xa0) {
            fputc(0xbf, page->out); /* an inverted question mark */
            i++;
        }
    }
    if (styled) fputs("\033[0m", page->out);
    page->column += characters(text, n);
}

static void pad(struct page *page, int n)
{
    while (n-- > 0)
        put(page, PAGE_PLAIN, " ", 1);
}

void page_text(struct page *page, enum page_style style, const char *text)
{
    put(page, style, text, strlen(text));
}

static void cell(struct page *page, enum page_style style, int width, const char *text, bool right)
{
    size_t n = strlen(text);
    int length = characters(text, n);
    if (length <= width) {
        if (right) pad(page, width - length);
        put(page, style, text, n);
        if (!right) pad(page, width - length);
        return;
    }
    put(page, style, text, bytes_of(text, n, width > 2 ? width - 2 : 0));
    put(page, style, "..", width > 2 ? 2 : 0);
}

void page_left(struct page *page, enum page_style style, int width, const char *text)
{
    cell(page, style, width, text, false);
}

void page_right(struct page *page, enum page_style style, int width, const char *text)
{
    cell(page, style, width, text, true);
}

void page_end_line(struct page *page)
{
    fputs("\n", page->out);
    page->column = 0;
    page->lines++;
}

void page_wrap(struct page *page, int indent, int lines_max, const char *text)
{
    int lines = 1;
    while (*text != '\0') {
        while (*text == ' ' || *text == '\n')
            text++;
        size_t n = strcspn(text, " \n");
        int length = characters(text, n);
        if (n == 0) break;
        bool first = page->column <= indent;
        if (!first && page->column + 1 + length > PAGE_WIDTH - (lines == lines_max ? 4 : 0)) {
            if (lines == lines_max) {
                put(page, PAGE_PLAIN, " ...", 4);
                break;
            }
            lines++;
            page_end_line(page);
            pad(page, indent);
            first = true;
        }
        if (!first) put(page, PAGE_PLAIN, " ", 1);
        put(page, PAGE_PLAIN, text, n); /* a word longer than a line is cut */
        text += n;
    }
    page_end_line(page);
}

/* Digits of a whole number with a comma every three. */
static void group_digits(char *out, size_t out_n, const char *digits)
{
    size_t n = strlen(digits), to = 0;
    for (size_t i = 0; i < n && to + 2 < out_n; i++) {
        if (i > 0 && (n - i) % 3 == 0) out[to++] = ',';
        out[to++] = digits[i];
    }
    out[to] = '\0';
}

const char *page_count(char *buffer, int64_t count)
{
    char digits[32];
    snprintf(digits, sizeof(digits), "%" PRIu64, count < 0 ? 0 - (uint64_t)count : (uint64_t)count);
    char *to = buffer;
    if (count < 0) *to++ = '-';
    group_digits(to, PAGE_TEXT_SIZE - 1, digits);
    return buffer;
}

const char *page_compression(char *buffer, double ratio)
{
    if (ratio >= 0.995)
        snprintf(buffer, PAGE_TEXT_SIZE, "compressed %.2f to 1", ratio);
    else
        snprintf(buffer, PAGE_TEXT_SIZE, "%.3g%% more with headers", 100 / ratio - 100);
    return buffer;
}

const char *page_short_count(char *buffer, double count)
{
    static const char suffixes[] = " kMGTPE";
    int step = 0;
    double size = fabs(count);
    /* 999.5 of one suffix is 1.00 of the next. */
    while (size >= 999.5 && step < 6) {
        size /= 1000;
        count /= 1000;
        step++;
    }
    int decimals = step == 0 && count == floor(count) ? 0 : size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
    int n = snprintf(buffer, PAGE_TEXT_SIZE, "%.*f", decimals, count);
    if (step > 0 && n > 0 && n + 1 < PAGE_TEXT_SIZE) {
        buffer[n] = suffixes[step];
        buffer[n + 1] = '\0';
    }
    return buffer;
}

const char *page_money(char *buffer, double usd)
{
    char number[64], whole[80];
    const bool cents = fabs(usd) < 1e5;
    snprintf(number, sizeof(number), "%.*f", cents ? 2 : 0, fabs(usd) < 1e30 ? fabs(usd) : 1e30);
    char *point = strchr(number, '.');
    if (point) *point = '\0';
    group_digits(whole, sizeof(whole), number);
    snprintf(buffer, PAGE_TEXT_SIZE, "%s$%s%s%s", usd < 0 ? "-" : "", whole, point ? "." : "", point ? point + 1 : "");
    return buffer;
}

/* Without the zeros that end a fraction, and without a point that ends. */
static void trim_fraction(char *number)
{
    if (strchr(number, '.') == NULL) return;
    size_t n = strlen(number);
    while (n > 0 && number[n - 1] == '0')
        number[--n] = '\0';
    if (n > 0 && number[n - 1] == '.') number[n - 1] = '\0';
}

const char *page_unit_price(char *buffer, double usd)
{
    /* Four significant digits, or all that a price of cents has. */
    int decimals = 4;
    for (double size = fabs(usd); size > 0 && size < 0.1 && decimals < 15; size *= 10)
        decimals++;
    snprintf(buffer, PAGE_TEXT_SIZE, "$%.*f", decimals, usd);
    trim_fraction(buffer);
    return buffer;
}

const char *page_quantity(char *buffer, double quantity)
{
    if (fabs(quantity) < 1e18 && (fabs(quantity) >= 1000 || quantity == round(quantity)))
        return page_count(buffer, (int64_t)llround(quantity));
    snprintf(buffer, PAGE_TEXT_SIZE, fabs(quantity) < 1e18 ? "%.2f" : "%.4g", quantity);
    if (fabs(quantity) > 0 && fabs(quantity) < 0.01) snprintf(buffer, PAGE_TEXT_SIZE, "%.2g", quantity);
    return buffer;
}

const char *page_figure(char *buffer, const char *unit, double value)
{
    if (strcmp(unit, "s") == 0) return units_format(UNITS_DURATION, value, buffer, PAGE_TEXT_SIZE);
    if (strcmp(unit, "usd") == 0) return page_money(buffer, value);
    if (strcmp(unit, "bytes") == 0) return units_format(UNITS_BYTES, value, buffer, PAGE_TEXT_SIZE);
    if (strcmp(unit, "count") == 0) return page_quantity(buffer, value);
    if (strcmp(unit, "records") == 0)
        return page_count(buffer, (int64_t)llround(fmin(fmax(value, -9e18), 9e18)));
    snprintf(buffer, PAGE_TEXT_SIZE, "%.4g", value);
    return buffer;
}

const char *page_difference(char *buffer, const char *unit, double value)
{
    char size[PAGE_TEXT_SIZE];
    /* A mean of differences, so records need not be whole. */
    page_figure(size, strcmp(unit, "records") == 0 ? "count" : unit, fabs(value));
    snprintf(buffer, PAGE_TEXT_SIZE, "%s%.200s", value > 0 ? "+" : value < 0 ? "-" : "", size);
    return buffer;
}

const char *page_time_of_day(char *buffer, double seconds)
{
    int64_t minute = (int64_t)floor(seconds / 60 + 1e-6);
    int64_t day = minute / 1440;
    int hour = (int)(minute % 1440 / 60), rest = (int)(minute % 60);
    if (day > 0)
        snprintf(buffer, PAGE_TEXT_SIZE, "day %" PRId64 " %02d:%02d", day + 1, hour, rest);
    else
        snprintf(buffer, PAGE_TEXT_SIZE, "%02d:%02d", hour, rest);
    return buffer;
}
