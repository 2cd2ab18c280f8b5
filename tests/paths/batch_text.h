/* batch_text.h: record batches and what is in them as lines of text, for tests and for other programs to agree on.
 *
 *   batch NAME baseOffset leaderEpoch producerId producerEpoch baseSequence transactional control logAppendTime codec
 *         maxTimestamp records BYTES
 *   record offset timestamp KEY VALUE headers [KEY VALUE]...
 *   sum CRC
 *
 * BYTES, KEY and VALUE are in hexadecimal, "." if there are none, "-" if null. A batch whose records make more than
 * BATCH_TEXT_LISTED_BYTES of lines has only the sum: the CRC-32C of these lines.
 */
#ifndef HEADROOM_TESTS_PATHS_BATCH_TEXT_H
#define HEADROOM_TESTS_PATHS_BATCH_TEXT_H

#include "arena.h"
#include "check.h"
#include "crc32c.h"
#include "record_batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH_TEXT_LISTED_BYTES = 8192 };

struct batch_text {
    char *text; /* malloc()ed */
    size_t n, capacity;
};

static inline void batch_text_add(struct batch_text *t, const char *text, size_t n)
{
    if (t->n + n + 1 > t->capacity) {
        t->capacity = 2 * (t->n + n + 1);
        t->text = realloc(t->text, t->capacity);
        CHECK(t->text != NULL, "no memory for %zu bytes", t->capacity);
    }
    memcpy(t->text + t->n, text, n);
    t->n += n;
    t->text[t->n] = '\0';
}

static inline void batch_text_hex(struct batch_text *t, const void *bytes, size_t n)
{
    const unsigned char *b = bytes;
    if (bytes == NULL || n == 0) batch_text_add(t, bytes == NULL ? " -" : " .", 2);
    if (n > 0) batch_text_add(t, " ", 1);
    for (size_t i = 0; i < n; i++) {
        char digits[3];
        snprintf(digits, sizeof digits, "%02x", b[i]);
        batch_text_add(t, digits, 2);
    }
}

static inline void batch_text_record(void *text, const struct record_batch_record *r)
{
    struct batch_text *t = text;
    char line[96];
    const int n = snprintf(line, sizeof line, "record %" PRId64 " %" PRId64, r->offset, r->timestamp_ms);
    batch_text_add(t, line, (size_t)n);
    batch_text_hex(t, r->key, r->key_n);
    batch_text_hex(t, r->value, r->value_n);
    batch_text_add(t, line, (size_t)snprintf(line, sizeof line, " %d", r->headers_n));
    for (int32_t i = 0; i < r->headers_n; i++) {
        batch_text_hex(t, r->headers[i].key, r->headers[i].key_n);
        batch_text_hex(t, r->headers[i].value, r->headers[i].value_n);
    }
    batch_text_add(t, "\n", 1);
}

/* Adds what decoding the bytes gives. */
static inline enum record_batch_status batch_text_of(struct batch_text *t, struct record_batch_codec *codec,
                                                     const char *name, const void *bytes, size_t n)
{
    struct record_batch_header h;
    struct batch_text records = {NULL, 0, 0};
    const enum record_batch_status status = record_batch_decode(codec, bytes, n, &h, batch_text_record, &records);
    if (status != RECORD_BATCH_OK) {
        free(records.text);
        return status;
    }
    char line[400];
    const int length = snprintf(line, sizeof line, "batch %s %" PRId64 " %d %" PRId64 " %d %d %d %d %d %d %" PRId64 " %d", name,
                                h.base_offset, h.partition_leader_epoch, h.producer_id, h.producer_epoch,
                                h.base_sequence, h.transactional, h.control, h.log_append_time, (int)h.compression,
                                h.max_timestamp_ms, h.records_n);
    batch_text_add(t, line, (size_t)length);
    batch_text_hex(t, bytes, n);
    batch_text_add(t, "\n", 1);
    if (records.n <= BATCH_TEXT_LISTED_BYTES)
        batch_text_add(t, records.text, records.n);
    else
        batch_text_add(t, line, (size_t)snprintf(line, sizeof line, "sum %08x\n", crc32c(0, records.text, records.n)));
    free(records.text);
    return RECORD_BATCH_OK;
}

/* Bytes of hexadecimal text up to the next blank; NULL for "-". */
static inline unsigned char *batch_text_bytes(const char *hex, size_t *n, struct arena *arena)
{
    const size_t digits = strcspn(hex, " \n");
    *n = *hex == '.' || *hex == '-' ? 0 : digits / 2;
    if (*hex == '-') return NULL;
    unsigned char *bytes = ARENA_NEW(arena, unsigned char, *n + 1);
    for (size_t i = 0; i < *n; i++) {
        const char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        bytes[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
    return bytes;
}

#endif
