/* csv.c: see csv.h. */
#include "csv.h"

#include "arena.h"
#include "check.h"
#include "json_text.h"
#include "record.h"
#include "text_buffer.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

static void put_field(struct text_buffer *buffer, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        text_buffer_put(buffer, text, strlen(text));
        return;
    }
    text_buffer_put(buffer, "\"", 1);
    for (; *text != '\0'; text++) {
        if (*text == '"') text_buffer_put(buffer, "\"", 1);
        text_buffer_put(buffer, text, 1);
    }
    text_buffer_put(buffer, "\"", 1);
}

static void put_number(struct text_buffer *buffer, double value)
{
    char text[32];
    json_text_double(value, text);
    size_t n = strlen(text);
    if (n > 2 && strcmp(text + n - 2, ".0") == 0) text[n - 2] = '\0';
    text_buffer_put(buffer, text, strlen(text));
}

static void put_time_of_day(struct text_buffer *buffer, double seconds)
{
    char text[16];
    int second = (int)fmod(floor(seconds + 1e-6), 86400);
    snprintf(text, sizeof(text), "%02d:%02d:%02d", second / 3600, second / 60 % 60, second % 60);
    text_buffer_put(buffer, text, strlen(text));
}

/* "lag.ctr" -> "lag.ctr_records"; a rate has its unit in its name already, and so have files and bytes. */
static const char *header_of(const char *name, struct arena *arena)
{
    const char *unit = record_column_unit(name);
    size_t n = strlen(unit);
    if (n == 0 || strcmp(unit, "records/s") == 0) return name;
    if (strncmp(name, unit, n) == 0 && (name[n] == '.' || name[n] == '_')) return name;
    return arena_printf(arena, "%s_%s", name, unit);
}

char *report_csv_text(const struct record *record, struct arena *arena, size_t *n)
{
    struct text_buffer buffer;
    text_buffer_init(&buffer, arena, 65536);
    text_buffer_put(&buffer, "time_s,time_of_day", 18);
    for (int c = 0; c < record->series.columns_n; c++) {
        text_buffer_put(&buffer, ",", 1);
        put_field(&buffer, header_of(record->series.columns[c].name, arena));
    }
    text_buffer_put(&buffer, "\r\n", 2);
    for (int i = 0; i < record->series.n; i++) {
        put_number(&buffer, record->series.t[i]);
        text_buffer_put(&buffer, ",", 1);
        put_time_of_day(&buffer, record->run.start_s + record->series.t[i]);
        for (int c = 0; c < record->series.columns_n; c++) {
            text_buffer_put(&buffer, ",", 1);
            if (!isnan(record->series.columns[c].values[i]))
                put_number(&buffer, record->series.columns[c].values[i]);
        }
        text_buffer_put(&buffer, "\r\n", 2);
    }
    text_buffer_put(&buffer, "", 1);
    *n = buffer.n - 1;
    return buffer.bytes;
}

bool report_csv(const struct record *record, FILE *out, char *error, size_t n)
{
    struct arena *arena = arena_new(0);
    size_t length;
    const char *text = report_csv_text(record, arena, &length);
    errno = 0;
    bool written = fwrite(text, 1, length, out) == length && fflush(out) == 0;
    if (!written) snprintf(error, n, "the series: %s", errno != 0 ? strerror(errno) : "cannot be written");
    arena_free(arena);
    return written;
}
