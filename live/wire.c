/* wire.c: see wire.h. */
#include "wire.h"

#include "check.h"

#include <stdio.h>
#include <string.h>

static const char client_id[] = "headroom";

static const struct {
    enum wire_api api;
    int16_t version;
} versions[] = {
    {WIRE_PRODUCE, 7},       {WIRE_FETCH, 11},        {WIRE_LIST_OFFSETS, 1},     {WIRE_METADATA, 1},
    {WIRE_CREATE_TOPICS, 2}, {WIRE_DELETE_TOPICS, 1}, {WIRE_INIT_PRODUCER_ID, 0},
};

static const struct {
    int16_t code;
    const char *name;
} errors[] = {
    {-1, "UNKNOWN_SERVER_ERROR"},
    {1, "OFFSET_OUT_OF_RANGE"},
    {2, "CORRUPT_MESSAGE"},
    {3, "UNKNOWN_TOPIC_OR_PARTITION"},
    {5, "LEADER_NOT_AVAILABLE"},
    {6, "NOT_LEADER_OR_FOLLOWER"},
    {7, "REQUEST_TIMED_OUT"},
    {10, "MESSAGE_TOO_LARGE"},
    {18, "RECORD_LIST_TOO_LARGE"},
    {19, "NOT_ENOUGH_REPLICAS"},
    {20, "NOT_ENOUGH_REPLICAS_AFTER_APPEND"},
    {29, "TOPIC_AUTHORIZATION_FAILED"},
    {31, "CLUSTER_AUTHORIZATION_FAILED"},
    {35, "UNSUPPORTED_VERSION"},
    {36, "TOPIC_ALREADY_EXISTS"},
    {38, "INVALID_REPLICATION_FACTOR"},
    {40, "INVALID_CONFIG"},
    {41, "NOT_CONTROLLER"},
    {45, "OUT_OF_ORDER_SEQUENCE_NUMBER"},
    {46, "DUPLICATE_SEQUENCE_NUMBER"},
    {56, "KAFKA_STORAGE_ERROR"},
    {70, "FETCH_SESSION_ID_NOT_FOUND"},
    {71, "INVALID_FETCH_SESSION_EPOCH"},
};

static void put_number(struct wire_writer *w, uint64_t value, size_t n)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)(value >> (8 * (n - 1 - i)));
    wire_put_bytes(w, bytes, n);
}

void wire_put8(struct wire_writer *w, int8_t value)
{
    put_number(w, (uint64_t)value, 1);
}

void wire_put16(struct wire_writer *w, int16_t value)
{
    put_number(w, (uint64_t)value, 2);
}

void wire_put32(struct wire_writer *w, int32_t value)
{
    put_number(w, (uint64_t)value, 4);
}

void wire_put64(struct wire_writer *w, int64_t value)
{
    put_number(w, (uint64_t)value, 8);
}

void wire_put_bytes(struct wire_writer *w, const void *bytes, size_t n)
{
    if (w->bad || n > w->capacity - w->n) {
        w->bad = true;
        return;
    }
    if (n > 0) memcpy(w->bytes + w->n, bytes, n);
    w->n += n;
}

void wire_put_string(struct wire_writer *w, const char *text)
{
    const size_t n = text == NULL ? 0 : strlen(text);
    CHECK(n <= INT16_MAX, "a string of %zu bytes", n);
    wire_put16(w, text == NULL ? -1 : (int16_t)n);
    wire_put_bytes(w, text, n);
}

void wire_begin(struct wire_writer *w, enum wire_api api, int32_t correlation)
{
    w->n = 0;
    w->bad = false;
    wire_put32(w, 0);
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
        if (versions[i].api == api) {
            wire_put16(w, (int16_t)api);
            wire_put16(w, versions[i].version);
        }
    CHECK(w->bad || w->n == WIRE_CORRELATION_AT, "api %d has no version", (int)api);
    wire_put32(w, correlation);
    wire_put_string(w, client_id);
}

void wire_end(struct wire_writer *w)
{
    if (w->n > INT32_MAX) w->bad = true;
    if (!w->bad) wire_set32(w->bytes, (int32_t)(w->n - 4));
}

static uint64_t get_number(struct wire_reader *r, size_t n)
{
    const uint8_t *bytes = wire_get_bytes(r, n);
    uint64_t value = 0;
    for (size_t i = 0; bytes != NULL && i < n; i++)
        value = value << 8 | bytes[i];
    return value;
}

int8_t wire_get8(struct wire_reader *r)
{
    return (int8_t)get_number(r, 1);
}

int16_t wire_get16(struct wire_reader *r)
{
    return (int16_t)get_number(r, 2);
}

int32_t wire_get32(struct wire_reader *r)
{
    return (int32_t)get_number(r, 4);
}

int64_t wire_get64(struct wire_reader *r)
{
    return (int64_t)get_number(r, 8);
}

const uint8_t *wire_get_bytes(struct wire_reader *r, size_t n)
{
    if (r->bad || n > r->n - r->at) {
        r->bad = true;
        return NULL;
    }
    r->at += n;
    return r->bytes + r->at - n;
}

int32_t wire_get_count(struct wire_reader *r, size_t least_bytes)
{
    const int32_t count = wire_get32(r);
    if (count == -1) return 0;
    if (r->bad || count < 0 || (size_t)count > (r->n - r->at) / least_bytes) {
        r->bad = true;
        return 0;
    }
    return count;
}

void wire_get_string(struct wire_reader *r, char *text, size_t text_n)
{
    const int16_t n = wire_get16(r);
    const uint8_t *bytes = n > 0 ? wire_get_bytes(r, (size_t)n) : NULL;
    if (n < -1) r->bad = true;
    snprintf(text, text_n, "%.*s", bytes == NULL ? 0 : (int)n, bytes == NULL ? "" : (const char *)bytes);
}

void wire_set32(uint8_t *at, int32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)((uint32_t)value >> (24 - 8 * i));
}

void wire_set64(uint8_t *at, int64_t value)
{
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)((uint64_t)value >> (56 - 8 * i));
}

int32_t wire_at32(const uint8_t *at)
{
    struct wire_reader r = {.bytes = at, .n = 4};
    return wire_get32(&r);
}

int64_t wire_at64(const uint8_t *at)
{
    struct wire_reader r = {.bytes = at, .n = 8};
    return wire_get64(&r);
}

const char *wire_error_name(int16_t code, char buffer[32])
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].code == code) return errors[i].name;
    snprintf(buffer, 32, "error %d", (int)code);
    return buffer;
}
