/* wire.h: the few requests of Kafka's protocol that measuring takes, as bytes.
 *
 * Versions before the flexible ones, which brokers from 1.0 to 4.x speak: Produce 7, Fetch 11 (with sessions), ListOffsets 1,
 * Metadata 1, CreateTopics 2, DeleteTopics 1, InitProducerId 0 (Kafka protocol guide; the message schemas in clients/src/main/resources/
 * common/message). Big-endian; a string is its length in 2 bytes, -1 for null; an array its count in 4.
 *
 *   request   size 4 | api key 2 | version 2 | correlation 4 | client id | body
 *   response  size 4 | correlation 4 | body
 *
 * A client library would choose batches and requests by itself; librdkafka, for one, sends a request for each partition, so that
 * requests and batches could not be told apart. Here a load says exactly what is sent.
 *
 * Errors: a writer that does not fit and a reader that runs over its end set `bad` and go on with zeros; look at it once, at the
 * end. Nothing read is trusted: counts are bounded by what bytes are left. Ownership: the caller's bytes. Cost: nanoseconds.
 */
#ifndef HEADROOM_LIVE_WIRE_H
#define HEADROOM_LIVE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wire_api {
    WIRE_PRODUCE = 0,
    WIRE_FETCH = 1,
    WIRE_LIST_OFFSETS = 2,
    WIRE_METADATA = 3,
    WIRE_CREATE_TOPICS = 19,
    WIRE_DELETE_TOPICS = 20,
    WIRE_INIT_PRODUCER_ID = 22,
};

enum { WIRE_CORRELATION_AT = 8, WIRE_RESPONSE_HEAD = 8 };

struct wire_writer {
    uint8_t *bytes;
    size_t n, capacity;
    bool bad;
};

struct wire_reader {
    const uint8_t *bytes;
    size_t n, at;
    bool bad;
};

void wire_put8(struct wire_writer *w, int8_t value);
void wire_put16(struct wire_writer *w, int16_t value);
void wire_put32(struct wire_writer *w, int32_t value);
void wire_put64(struct wire_writer *w, int64_t value);
void wire_put_bytes(struct wire_writer *w, const void *bytes, size_t n);
void wire_put_string(struct wire_writer *w, const char *text); /* NULL: null */
/* Begins a request at the writer's beginning; wire_end() puts its size there. */
void wire_begin(struct wire_writer *w, enum wire_api api, int32_t correlation);
void wire_end(struct wire_writer *w);

int8_t wire_get8(struct wire_reader *r);
int16_t wire_get16(struct wire_reader *r);
int32_t wire_get32(struct wire_reader *r);
int64_t wire_get64(struct wire_reader *r);
const uint8_t *wire_get_bytes(struct wire_reader *r, size_t n);       /* NULL if there are not so many */
int32_t wire_get_count(struct wire_reader *r, size_t least_bytes);    /* of an array whose items have at least so many; null: 0 */
void wire_get_string(struct wire_reader *r, char *text, size_t text_n); /* cut to fit; null: "" */

/* In place, for a request that is sent again and again. */
void wire_set32(uint8_t *at, int32_t value);
void wire_set64(uint8_t *at, int64_t value);
int32_t wire_at32(const uint8_t *at);
int64_t wire_at64(const uint8_t *at);

/* What the broker calls an error code; "error N" for those not known here. The buffer is used for that. */
const char *wire_error_name(int16_t code, char buffer[32]);

#endif
