/* event_codec.c: an event's bytes, as Avro and as JSON; see event.h.
 *
 * Avro (specification 1.11, binary encoding) in a schema registry's frame: a zero, the schema's id in four
 * bytes, big-endian, then the record. Its fields, in order:
 *
 *   kind enum | event_id fixed 16 | request_id [null, fixed 16] | time long | user_id [null, fixed 8] |
 *   campaign long | creative long | price long |
 *   device, country, placement, site, agent, url, context: string
 *
 * JSON: one flat object with the same names, absent fields left out, identifiers in hexadecimal.
 */
#include "event.h"

#include "check.h"

#include <stdio.h>
#include <string.h>

enum { SCHEMA_ID = 1, TEXTS = 7 };

/* The text fields, in order of encoding. */
static const struct {
    const char *name;
    size_t offset;
} texts[TEXTS] = {
    {"device", offsetof(struct event, device)},       {"country", offsetof(struct event, country)},
    {"placement", offsetof(struct event, placement)}, {"site", offsetof(struct event, site)},
    {"agent", offsetof(struct event, agent)},         {"url", offsetof(struct event, url)},
    {"context", offsetof(struct event, context)},
};

static const struct event_text *text_at(const struct event *event, int i)
{
    return (const struct event_text *)(const void *)((const char *)event + texts[i].offset);
}

static struct event_text *text_to(struct event *event, int i)
{
    return (struct event_text *)(void *)((char *)event + texts[i].offset);
}

/* Writing: whatever does not fit marks the writer full, and nothing is written beyond the end. */
struct writer {
    unsigned char *p, *end;
    bool full;
};

static void put_bytes(struct writer *w, const void *bytes, size_t n)
{
    if (w->full || n > (size_t)(w->end - w->p)) {
        w->full = true;
        return;
    }
    if (n > 0) memcpy(w->p, bytes, n);
    w->p += n;
}

static void put_byte(struct writer *w, unsigned value)
{
    unsigned char byte = (unsigned char)value;
    put_bytes(w, &byte, 1);
}

static void put_big_endian(struct writer *w, uint64_t value, int bytes)
{
    unsigned char b[8];
    for (int i = 0; i < bytes; i++)
        b[i] = (unsigned char)(value >> 8 * (bytes - 1 - i));
    put_bytes(w, b, (size_t)bytes);
}

static void put_long(struct writer *w, int64_t value)
{
    unsigned char b[10];
    size_t n = 0;
    uint64_t zigzag = (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
    for (; zigzag >= 0x80; zigzag >>= 7)
        b[n++] = (unsigned char)(zigzag | 0x80);
    b[n++] = (unsigned char)zigzag;
    put_bytes(w, b, n);
}

static void encode_avro(struct writer *w, const struct event *event)
{
    put_byte(w, 0);
    put_big_endian(w, SCHEMA_ID, 4);
    put_long(w, event->kind);
    put_big_endian(w, event->event_id[0], 8);
    put_big_endian(w, event->event_id[1], 8);
    bool requested = event->request_id[0] != 0 || event->request_id[1] != 0;
    put_long(w, requested);
    if (requested) {
        put_big_endian(w, event->request_id[0], 8);
        put_big_endian(w, event->request_id[1], 8);
    }
    put_long(w, event->time_ms);
    put_long(w, event->user_id != 0);
    if (event->user_id != 0) put_big_endian(w, event->user_id, 8);
    put_long(w, event->campaign);
    put_long(w, event->creative);
    put_long(w, event->price_micros);
    for (int i = 0; i < TEXTS; i++) {
        const struct event_text *text = text_at(event, i);
        put_long(w, (int64_t)text->n);
        put_bytes(w, text->bytes, text->n);
    }
}

static void put_text(struct writer *w, const char *text)
{
    put_bytes(w, text, strlen(text));
}

static void put_hex(struct writer *w, uint64_t value)
{
    char b[16];
    for (int i = 0; i < 16; i++)
        b[i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
    put_bytes(w, b, sizeof b);
}

static void put_number(struct writer *w, const char *name, int64_t value)
{
    char b[64];
    int n = snprintf(b, sizeof b, ",\"%s\":%lld", name, (long long)value);
    put_bytes(w, b, (size_t)n);
}

/* Only plain characters may stand in a text field, so that nothing ever needs an escape. */
static bool is_plain(const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)bytes[i] < ' ' || (unsigned char)bytes[i] > '~' || bytes[i] == '"' ||
            bytes[i] == '\\')
            return false;
    return true;
}

static void encode_json(struct writer *w, const struct event *event)
{
    put_text(w, event->kind == EVENT_CLICK ? "{\"kind\":\"click\",\"event_id\":\""
                                           : "{\"kind\":\"impression\",\"event_id\":\"");
    put_hex(w, event->event_id[0]);
    put_hex(w, event->event_id[1]);
    put_text(w, "\"");
    if (event->request_id[0] != 0 || event->request_id[1] != 0) {
        put_text(w, ",\"request_id\":\"");
        put_hex(w, event->request_id[0]);
        put_hex(w, event->request_id[1]);
        put_text(w, "\"");
    }
    put_number(w, "time", event->time_ms);
    if (event->user_id != 0) {
        put_text(w, ",\"user_id\":\"");
        put_hex(w, event->user_id);
        put_text(w, "\"");
    }
    put_number(w, "campaign", event->campaign);
    if (event->creative != 0) put_number(w, "creative", event->creative);
    if (event->price_micros != 0) put_number(w, "price", event->price_micros);
    for (int i = 0; i < TEXTS; i++) {
        const struct event_text *text = text_at(event, i);
        if (text->n == 0) continue;
        CHECK(is_plain(text->bytes, text->n), "%s needs an escape", texts[i].name);
        put_text(w, ",\"");
        put_text(w, texts[i].name);
        put_text(w, "\":\"");
        put_bytes(w, text->bytes, text->n);
        put_text(w, "\"");
    }
    put_text(w, "}");
}

size_t event_encode(const struct event *event, enum event_format format, void *out, size_t capacity)
{
    struct writer w = {out, (unsigned char *)out + capacity, false};
    if (format == EVENT_AVRO)
        encode_avro(&w, event);
    else
        encode_json(&w, event);
    return w.full ? 0 : (size_t)(w.p - (unsigned char *)out);
}

/* Reading: a mistake makes everything after it fail too. */
struct reader {
    const unsigned char *p, *end;
    bool bad;
};

static const unsigned char *get_bytes(struct reader *r, size_t n)
{
    if (r->bad || n > (size_t)(r->end - r->p)) {
        r->bad = true;
        return NULL;
    }
    const unsigned char *p = r->p;
    r->p += n;
    return p;
}

static uint64_t get_big_endian(struct reader *r, int bytes)
{
    const unsigned char *p = get_bytes(r, (size_t)bytes);
    uint64_t value = 0;
    for (int i = 0; p != NULL && i < bytes; i++)
        value = value << 8 | p[i];
    return value;
}

static int64_t get_long(struct reader *r)
{
    uint64_t zigzag = 0;
    for (int shift = 0;; shift += 7) {
        const unsigned char *p = get_bytes(r, 1);
        if (p == NULL) return 0;
        if (shift == 63 && *p > 1) r->bad = true;
        if (r->bad) return 0;
        zigzag |= (uint64_t)(*p & 0x7f) << shift;
        if (*p < 0x80) break;
    }
    return (int64_t)(zigzag >> 1 ^ (0 - (zigzag & 1)));
}

/* The branch of a union with null: 0 or 1. */
static bool get_branch(struct reader *r)
{
    int64_t branch = get_long(r);
    if (branch != 0 && branch != 1) r->bad = true;
    return branch == 1;
}

static void decode_avro(struct reader *r, struct event *event)
{
    if (get_big_endian(r, 1) != 0 || get_big_endian(r, 4) != SCHEMA_ID) r->bad = true;
    int64_t kind = get_long(r);
    if (kind != EVENT_IMPRESSION && kind != EVENT_CLICK) r->bad = true;
    event->kind = kind == EVENT_CLICK ? EVENT_CLICK : EVENT_IMPRESSION;
    event->event_id[0] = get_big_endian(r, 8);
    event->event_id[1] = get_big_endian(r, 8);
    if (get_branch(r)) {
        event->request_id[0] = get_big_endian(r, 8);
        event->request_id[1] = get_big_endian(r, 8);
    }
    event->time_ms = get_long(r);
    if (get_branch(r)) event->user_id = get_big_endian(r, 8);
    event->campaign = get_long(r);
    event->creative = get_long(r);
    event->price_micros = get_long(r);
    for (int i = 0; i < TEXTS; i++) {
        int64_t n = get_long(r);
        const unsigned char *p = n < 0 || n > EVENT_BYTES_MAX ? NULL : get_bytes(r, (size_t)n);
        if (p == NULL) r->bad = true;
        if (r->bad) return;
        *text_to(event, i) = (struct event_text){(const char *)p, (size_t)n};
    }
}

static void expect(struct reader *r, char c)
{
    const unsigned char *p = get_bytes(r, 1);
    if (p != NULL && *p != (unsigned char)c) r->bad = true;
}

/* What stands between quotes. */
static struct event_text get_string(struct reader *r)
{
    expect(r, '"');
    if (r->bad) return (struct event_text){NULL, 0};
    const unsigned char *quote = memchr(r->p, '"', (size_t)(r->end - r->p));
    if (quote == NULL || !is_plain((const char *)r->p, (size_t)(quote - r->p))) {
        r->bad = true;
        return (struct event_text){NULL, 0};
    }
    struct event_text text = {(const char *)r->p, (size_t)(quote - r->p)};
    r->p = quote + 1;
    return text;
}

static bool same(struct event_text text, const char *word)
{
    return text.n == strlen(word) && memcmp(text.bytes, word, text.n) == 0;
}

static int64_t get_integer(struct reader *r)
{
    int64_t value = 0;
    bool negative = r->p < r->end && *r->p == '-';
    if (negative) r->p++;
    const unsigned char *first = r->p;
    for (; r->p < r->end && *r->p >= '0' && *r->p <= '9'; r->p++)
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *r->p - '0', &value)) {
            r->bad = true;
            return 0;
        }
    if (r->p == first || (*first == '0' && r->p - first > 1)) r->bad = true;
    return negative ? -value : value;
}

static void get_id(struct reader *r, uint64_t *id, size_t words)
{
    struct event_text text = get_string(r);
    if (text.n != 16 * words) {
        r->bad = true;
        return;
    }
    for (size_t i = 0; i < text.n; i++) {
        char c = text.bytes[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) r->bad = true;
        id[i / 16] = id[i / 16] << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
}

/* Every name once at most, in any order; the bits say which were seen. */
static void decode_json(struct reader *r, struct event *event)
{
    enum {
        KIND = 1,
        EVENT_ID = 2,
        REQUEST = 4,
        TIME = 8,
        USER = 16,
        CAMPAIGN = 32,
        CREATIVE = 64,
        PRICE = 128,
        TEXT = 256
    };
    unsigned seen = 0;
    expect(r, '{');
    for (;;) {
        struct event_text name = get_string(r);
        expect(r, ':');
        if (r->bad) return;
        unsigned field = 0;
        if (same(name, "kind")) {
            field = KIND;
            struct event_text kind = get_string(r);
            if (same(kind, "click"))
                event->kind = EVENT_CLICK;
            else if (!same(kind, "impression"))
                r->bad = true;
        } else if (same(name, "event_id")) {
            field = EVENT_ID;
            get_id(r, event->event_id, 2);
        } else if (same(name, "request_id")) {
            field = REQUEST;
            get_id(r, event->request_id, 2);
        } else if (same(name, "time")) {
            field = TIME;
            event->time_ms = get_integer(r);
        } else if (same(name, "user_id")) {
            field = USER;
            get_id(r, &event->user_id, 1);
        } else if (same(name, "campaign")) {
            field = CAMPAIGN;
            event->campaign = get_integer(r);
        } else if (same(name, "creative")) {
            field = CREATIVE;
            event->creative = get_integer(r);
        } else if (same(name, "price")) {
            field = PRICE;
            event->price_micros = get_integer(r);
        } else {
            for (int i = 0; i < TEXTS && field == 0; i++)
                if (same(name, texts[i].name)) {
                    field = (unsigned)TEXT << i;
                    *text_to(event, i) = get_string(r);
                }
        }
        if (field == 0 || (seen & field) != 0) r->bad = true;
        seen |= field;
        if (r->bad || r->p == r->end) {
            r->bad = true;
            return;
        }
        if (*r->p == '}') break;
        expect(r, ',');
    }
    r->p++;
    const unsigned needed = KIND | EVENT_ID | TIME | CAMPAIGN;
    if ((seen & needed) != needed) r->bad = true;
}

bool event_decode(const void *data, size_t n, enum event_format format, struct event *event)
{
    *event = (struct event){.kind = EVENT_IMPRESSION};
    struct reader r = {data, (const unsigned char *)data + n, false};
    if (format == EVENT_AVRO)
        decode_avro(&r, event);
    else
        decode_json(&r, event);
    return !r.bad && r.p == r.end;
}
