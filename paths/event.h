/* event.h: advertising events, as bytes that a real pipeline would carry.
 *
 * Sizes and compression ratios cannot be guessed, they are measured, and what is measured must look like the
 * real thing: identifiers are random, categories come from small dictionaries with few frequent words
 * (Zipf-like), times are near each other, prices cluster. event_generate() makes such an event from a source
 * of 64-bit draws that the caller brings; event_encode() writes it as Avro (binary, in the five-byte frame of
 * a schema registry) or as JSON; event_decode() reads it back. A generator aims at a mean encoded size:
 * optional fields are left out of small events and a field of context tokens fills large ones, with a length
 * that varies by half about its mean.
 *
 * Units: bytes; times in milliseconds since 1970; money in millionths of a dollar. Ranges: mean size
 * EVENT_SIZE_BYTES_MIN .. _MAX; JSON cannot be as small as Avro, so ask event_generator_mean_bytes() what
 * came of it. Errors: decoding returns false for anything that is not exactly one such event. Ownership:
 * strings of a generated event point into the generator, of a decoded one into the bytes that were given
 * (JSON strings that hold escapes are refused: no field needs any). Nothing is allocated but by
 * event_generator_new(). Cost: a few hundred nanoseconds to encode or decode; measured by bench.
 */
#ifndef HEADROOM_PATHS_EVENT_H
#define HEADROOM_PATHS_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum {
    EVENT_SIZE_BYTES_MIN = 48,
    EVENT_SIZE_BYTES_MAX = 65536,
    EVENT_BYTES_MAX = 2 * EVENT_SIZE_BYTES_MAX, /* an encoded event always fits */
    EVENT_KEY_BYTES_MAX = 24,
};

enum event_kind { EVENT_IMPRESSION, EVENT_CLICK };
enum event_format { EVENT_AVRO, EVENT_JSON };

/* 64 uniform bits a call. */
typedef uint64_t event_draw_fn(void *context);

struct event_text {
    const char *bytes;
    size_t n; /* 0: the field is absent */
};

struct event {
    enum event_kind kind;
    uint64_t event_id[2];
    uint64_t request_id[2]; /* a click carries its impression's; 0, 0: absent */
    int64_t time_ms;
    uint64_t user_id; /* 0: absent */
    int64_t campaign;
    int64_t creative;     /* 0: absent */
    int64_t price_micros; /* 0: absent */
    struct event_text device;
    struct event_text country;
    struct event_text placement;
    struct event_text site;
    struct event_text agent;
    struct event_text url;
    struct event_text context;
};

struct event_generator;

/* A generator whose events have this mean size in this format, of the value alone. Draws nothing. */
struct event_generator *event_generator_new(struct arena *arena, enum event_format format,
                                            int64_t mean_bytes);

/* The mean size that it really has, measured on a few thousand events of its own when it was made. */
double event_generator_mean_bytes(const struct event_generator *g);

/* The next event of a campaign at a time. Valid until the next call. */
void event_generate(struct event_generator *g, enum event_kind kind, int64_t campaign, int64_t time_ms,
                    event_draw_fn *draw, void *draw_context, struct event *event);

/* Returns the bytes written, at most EVENT_BYTES_MAX; 0 if they would not fit into `capacity`. */
size_t event_encode(const struct event *event, enum event_format format, void *out, size_t capacity);

bool event_decode(const void *data, size_t n, enum event_format format, struct event *event);

/* One of the ranks 0 .. n-1 (n up to 2^31) whose logarithm is uniform, which is about Zipf with exponent 1;
 * in integers alone, so alike on every machine. Uses the low 6 and the high 32 bits of the draw. */
uint64_t event_rank(uint64_t draw, uint64_t n);

/* The key under which a campaign's events are sent, "c" and the number in decimal. Returns its length. */
size_t event_key(uint64_t campaign, char out[EVENT_KEY_BYTES_MAX]);

#endif
