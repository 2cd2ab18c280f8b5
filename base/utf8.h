/* utf8.h: one character at a time out of UTF-8 text that may be anything.
 *
 * Strict: overlong forms, surrogates and code points above U+10FFFF are refused (Unicode 15, table 3-7).
 */
#ifndef HEADROOM_BASE_UTF8_H
#define HEADROOM_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The character that starts at text[0], of n bytes available: its length 1..4 in bytes and its code point; 0
 * if the bytes there are not valid UTF-8 or n is 0. */
static inline size_t utf8_decode(const char *text, size_t n, uint32_t *code_point)
{
    if (n == 0) return 0;
    const unsigned char *b = (const unsigned char *)text;
    if (b[0] < 0x80) {
        *code_point = b[0];
        return 1;
    }
    size_t length = b[0] >= 0xC2 && b[0] <= 0xDF   ? 2
                    : (b[0] & 0xF0) == 0xE0        ? 3
                    : b[0] >= 0xF0 && b[0] <= 0xF4 ? 4
                                                   : 0;
    if (length == 0 || n < length) return 0;
    uint32_t c = b[0] & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((b[i] & 0xC0) != 0x80) return 0;
        c = c << 6 | (b[i] & 0x3Fu);
    }
    if ((length == 3 && c < 0x800) || (length == 4 && c < 0x10000)) return 0;
    if ((c >= 0xD800 && c <= 0xDFFF) || c > 0x10FFFF) return 0;
    *code_point = c;
    return length;
}

/* Could printing this upset a terminal or disguise a text? C0 and C1 controls, line separators, bidirectional
 * overrides, byte order marks. */
static inline bool utf8_is_harmful(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x061C || c == 0x200E || c == 0x200F ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

/* Appends a code point (valid, no surrogate) to out, which has room for 4 bytes; returns its length. */
static inline size_t utf8_encode(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

#endif
