/* record_batch.c: see record_batch.h. */
#include "record_batch.h"

#include "arena.h"
#include "check.h"
#include "crc32c.h"
#include "memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

/* Byte positions of the header's fields. */
enum {
    AT_BASE_OFFSET = 0,
    AT_LENGTH = 8,
    AT_EPOCH = 12,
    AT_MAGIC = 16,
    AT_CRC = 17,
    AT_ATTRIBUTES = 21, /* the CRC covers everything from here */
    AT_LAST_OFFSET_DELTA = 23,
    AT_BASE_TIMESTAMP = 27,
    AT_MAX_TIMESTAMP = 35,
    AT_PRODUCER_ID = 43,
    AT_PRODUCER_EPOCH = 51,
    AT_BASE_SEQUENCE = 53,
    AT_RECORDS = 57,
    LENGTH_COVERS_FROM = 12,
    ATTRIBUTE_CODEC = 0x07,
    ATTRIBUTE_LOG_APPEND_TIME = 0x08,
    ATTRIBUTE_TRANSACTIONAL = 0x10,
    ATTRIBUTE_CONTROL = 0x20,
    ATTRIBUTE_DELETE_HORIZON = 0x40,
    MAGIC = 2,
};

struct buffer {
    unsigned char *bytes;
    size_t capacity;
};

struct record_batch_codec {
    ZSTD_CCtx *compress;
    ZSTD_DCtx *decompress;
    struct buffer records; /* uncompressed records, of encoding and of decoding */
    struct buffer events;  /* the rest is record_batch_measure()'s */
    struct buffer batch;
    struct arena *headers; /* of the records decoded last; NULL: they had none */
    int32_t headers_n;
    struct record_batch_record *measured;
    size_t measured_capacity;
};

const char *record_batch_status_name(enum record_batch_status status)
{
    switch (status) {
    case RECORD_BATCH_OK:
        return "ok";
    case RECORD_BATCH_TRUNCATED:
        return "truncated";
    case RECORD_BATCH_BAD_MAGIC:
        return "magic is not 2";
    case RECORD_BATCH_BAD_CRC:
        return "wrong CRC";
    case RECORD_BATCH_BAD_CODEC:
        return "unknown or damaged compression";
    case RECORD_BATCH_BAD_RECORD:
        return "a record contradicts the header";
    case RECORD_BATCH_TOO_BIG:
        return "too big";
    }
    CHECK(false, "status %d", (int)status);
    return "";
}

static void reserve(struct buffer *buffer, size_t n)
{
    if (n <= buffer->capacity) return;
    size_t capacity = buffer->capacity < 4096 ? 4096 : buffer->capacity;
    while (capacity < n)
        capacity *= 2;
    buffer->bytes = memory_resize(buffer->bytes, capacity, 1);
    buffer->capacity = capacity;
}

struct record_batch_codec *record_batch_codec_new(void)
{
    struct record_batch_codec *codec = calloc(1, sizeof *codec);
    CHECK(codec != NULL, "no memory for a codec");
    codec->compress = ZSTD_createCCtx();
    codec->decompress = ZSTD_createDCtx();
    CHECK(codec->compress != NULL && codec->decompress != NULL, "no memory for zstd");
    return codec;
}

void record_batch_codec_free(struct record_batch_codec *codec)
{
    if (codec == NULL) return;
    ZSTD_freeCCtx(codec->compress);
    ZSTD_freeDCtx(codec->decompress);
    free(codec->records.bytes);
    free(codec->events.bytes);
    free(codec->batch.bytes);
    free(codec->measured);
    arena_free(codec->headers);
    free(codec);
}

static void put_big_endian(unsigned char *p, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        p[i] = (unsigned char)(value >> 8 * (bytes - 1 - i));
}

static uint64_t get_big_endian(const unsigned char *p, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value = value << 8 | p[i];
    return value;
}

static uint64_t zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

static size_t varint_bytes(int64_t value)
{
    size_t n = 1;
    for (uint64_t rest = zigzag(value); rest >= 0x80; rest >>= 7)
        n++;
    return n;
}

static unsigned char *put_varint(unsigned char *p, int64_t value)
{
    uint64_t rest = zigzag(value);
    for (; rest >= 0x80; rest >>= 7)
        *p++ = (unsigned char)(rest | 0x80);
    *p++ = (unsigned char)rest;
    return p;
}

/* A record's length field counts what follows it. */
static size_t body_bytes(const struct record_batch_record *record, int64_t timestamp_delta,
                         int64_t offset_delta)
{
    CHECK(record->key_n <= RECORD_BATCH_BYTES_MAX && record->value_n <= RECORD_BATCH_BYTES_MAX,
          "a record of %zu and %zu bytes", record->key_n, record->value_n);
    CHECK(record->headers_n >= 0, "%d headers", record->headers_n);
    size_t n = 1 /* attributes */ + varint_bytes(timestamp_delta) + varint_bytes(offset_delta) +
               varint_bytes(record->headers_n);
    n += record->key == NULL ? 1 : varint_bytes((int64_t)record->key_n) + record->key_n;
    n += record->value == NULL ? 1 : varint_bytes((int64_t)record->value_n) + record->value_n;
    for (int32_t i = 0; i < record->headers_n; i++) {
        const struct record_batch_record_header *h = &record->headers[i];
        CHECK(h->key != NULL && h->key_n <= RECORD_BATCH_BYTES_MAX && h->value_n <= RECORD_BATCH_BYTES_MAX,
              "a header of %zu and %zu bytes", h->key_n, h->value_n);
        n += varint_bytes((int64_t)h->key_n) + h->key_n;
        n += h->value == NULL ? 1 : varint_bytes((int64_t)h->value_n) + h->value_n;
    }
    return n;
}

static unsigned char *put_field(unsigned char *p, const void *bytes, size_t n)
{
    if (bytes == NULL) return put_varint(p, -1);
    p = put_varint(p, (int64_t)n);
    if (n > 0) memcpy(p, bytes, n);
    return p + n;
}

/* What deltas are from. */
struct bases {
    int64_t timestamp_ms, offset;
    bool numbered; /* records are numbered from 0, whatever their offsets say */
};

static int64_t timestamp_delta_of(const struct bases *bases, const struct record_batch_record *record)
{
    int64_t delta;
    CHECK(!__builtin_sub_overflow(record->timestamp_ms, bases->timestamp_ms, &delta), "times %lld and %lld",
          (long long)record->timestamp_ms, (long long)bases->timestamp_ms);
    return delta;
}

static int64_t offset_delta_of(const struct bases *bases, const struct record_batch_record *record, int32_t i)
{
    return bases->numbered ? i : record->offset - bases->offset;
}

static struct bases bases_new(const struct record_batch_record *records)
{
    return (struct bases){records[0].timestamp_ms, 0, true};
}

static struct bases bases_kept(const struct record_batch_header *header,
                               const struct record_batch_record *records)
{
    return (struct bases){header->has_delete_horizon ? header->delete_horizon_ms : records[0].timestamp_ms,
                          header->base_offset, false};
}

static size_t raw_bytes(const struct bases *bases, const struct record_batch_record *records,
                        int32_t records_n)
{
    size_t n = RECORD_BATCH_HEADER_BYTES;
    for (int32_t i = 0; i < records_n; i++) {
        size_t body = body_bytes(&records[i], timestamp_delta_of(bases, &records[i]),
                                 offset_delta_of(bases, &records[i], i));
        n += varint_bytes((int64_t)body) + body;
    }
    return n;
}

size_t record_batch_raw_bytes(const struct record_batch_record *records, int32_t records_n)
{
    if (records_n == 0) return RECORD_BATCH_HEADER_BYTES;
    const struct bases bases = bases_new(records);
    return raw_bytes(&bases, records, records_n);
}

size_t record_batch_raw_bytes_kept(const struct record_batch_header *header,
                                   const struct record_batch_record *records, int32_t records_n)
{
    const struct bases bases = bases_kept(header, records);
    return raw_bytes(&bases, records, records_n);
}

size_t record_batch_bound(size_t raw_bytes)
{
    return RECORD_BATCH_HEADER_BYTES + ZSTD_compressBound(raw_bytes);
}

static void put_records(unsigned char *p, const struct bases *bases,
                        const struct record_batch_record *records, int32_t records_n)
{
    for (int32_t i = 0; i < records_n; i++) {
        const int64_t timestamp_delta = timestamp_delta_of(bases, &records[i]);
        const int64_t offset_delta = offset_delta_of(bases, &records[i], i);
        p = put_varint(p, (int64_t)body_bytes(&records[i], timestamp_delta, offset_delta));
        *p++ = 0;
        p = put_varint(p, timestamp_delta);
        p = put_varint(p, offset_delta);
        p = put_field(p, records[i].key, records[i].key_n);
        p = put_field(p, records[i].value, records[i].value_n);
        p = put_varint(p, records[i].headers_n);
        for (int32_t h = 0; h < records[i].headers_n; h++) {
            p = put_field(p, records[i].headers[h].key, records[i].headers[h].key_n);
            p = put_field(p, records[i].headers[h].value, records[i].headers[h].value_n);
        }
    }
}

size_t record_batch_compress(struct record_batch_codec *codec, int level, const void *in, size_t n, void *out,
                             size_t capacity)
{
    size_t compressed = ZSTD_compressCCtx(codec->compress, out, capacity, in, n, level);
    CHECK(!ZSTD_isError(compressed), "zstd: %s", ZSTD_getErrorName(compressed));
    return compressed;
}

static size_t encode(struct record_batch_codec *codec, const struct record_batch_header *header,
                     const struct bases *bases, int32_t last_offset_delta, int level,
                     const struct record_batch_record *records, int32_t records_n, void *out, size_t capacity)
{
    size_t raw = raw_bytes(bases, records, records_n);
    CHECK(raw <= RECORD_BATCH_BYTES_MAX && capacity >= record_batch_bound(raw), "%zu bytes into %zu", raw,
          capacity);
    unsigned char *batch = out;
    size_t size = raw;
    if (header->compression == RECORD_BATCH_NONE) {
        put_records(batch + RECORD_BATCH_HEADER_BYTES, bases, records, records_n);
    } else {
        size_t records_bytes = raw - RECORD_BATCH_HEADER_BYTES;
        reserve(&codec->records, records_bytes);
        put_records(codec->records.bytes, bases, records, records_n);
        size = RECORD_BATCH_HEADER_BYTES +
               record_batch_compress(codec, level, codec->records.bytes, records_bytes,
                                     batch + RECORD_BATCH_HEADER_BYTES, capacity - RECORD_BATCH_HEADER_BYTES);
    }
    int64_t max_timestamp = records[0].timestamp_ms;
    for (int32_t i = 1; i < records_n; i++)
        if (records[i].timestamp_ms > max_timestamp) max_timestamp = records[i].timestamp_ms;
    const bool horizon = !bases->numbered && header->has_delete_horizon;
    unsigned attributes = (unsigned)header->compression |
                          (header->transactional ? ATTRIBUTE_TRANSACTIONAL : 0u) |
                          (header->control ? ATTRIBUTE_CONTROL : 0u) |
                          (header->log_append_time ? ATTRIBUTE_LOG_APPEND_TIME : 0u) |
                          (horizon ? ATTRIBUTE_DELETE_HORIZON : 0u);
    put_big_endian(batch + AT_BASE_OFFSET, (uint64_t)header->base_offset, 8);
    put_big_endian(batch + AT_LENGTH, size - LENGTH_COVERS_FROM, 4);
    put_big_endian(batch + AT_EPOCH, (uint32_t)header->partition_leader_epoch, 4);
    batch[AT_MAGIC] = MAGIC;
    put_big_endian(batch + AT_ATTRIBUTES, attributes, 2);
    put_big_endian(batch + AT_LAST_OFFSET_DELTA, (uint32_t)last_offset_delta, 4);
    put_big_endian(batch + AT_BASE_TIMESTAMP, (uint64_t)bases->timestamp_ms, 8);
    put_big_endian(batch + AT_MAX_TIMESTAMP, (uint64_t)max_timestamp, 8);
    put_big_endian(batch + AT_PRODUCER_ID, (uint64_t)header->producer_id, 8);
    put_big_endian(batch + AT_PRODUCER_EPOCH, (uint16_t)header->producer_epoch, 2);
    put_big_endian(batch + AT_BASE_SEQUENCE, (uint32_t)header->base_sequence, 4);
    put_big_endian(batch + AT_RECORDS, (uint32_t)records_n, 4);
    put_big_endian(batch + AT_CRC, crc32c(0, batch + AT_ATTRIBUTES, size - AT_ATTRIBUTES), 4);
    return size;
}

size_t record_batch_encode(struct record_batch_codec *codec, const struct record_batch_header *header,
                           int level, const struct record_batch_record *records, int32_t records_n, void *out,
                           size_t capacity)
{
    CHECK(records_n >= 1 && records_n <= RECORD_BATCH_RECORDS_MAX, "%d records", records_n);
    const struct bases bases = bases_new(records);
    return encode(codec, header, &bases, records_n - 1, level, records, records_n, out, capacity);
}

size_t record_batch_encode_kept(struct record_batch_codec *codec, const struct record_batch_header *header,
                                int level, const struct record_batch_record *records, int32_t records_n,
                                void *out, size_t capacity)
{
    CHECK(records_n >= 1 && records_n <= RECORD_BATCH_RECORDS_MAX, "%d records", records_n);
    const int64_t span = header->last_offset - header->base_offset;
    CHECK(records[0].offset >= header->base_offset && records[records_n - 1].offset <= header->last_offset &&
              span <= INT32_MAX,
          "records outside of their batch");
    const struct bases bases = bases_kept(header, records);
    return encode(codec, header, &bases, (int32_t)span, level, records, records_n, out, capacity);
}

/* Decompresses into codec->records. Frames need not say how large their contents are, so room grows as they
 * come. */
static enum record_batch_status decompress(struct record_batch_codec *codec, const unsigned char *in,
                                           size_t n, size_t *out_n)
{
    ZSTD_DCtx_reset(codec->decompress, ZSTD_reset_session_only);
    ZSTD_inBuffer input = {in, n, 0};
    size_t done = 0, hint = 1;
    while (input.pos < input.size || hint != 0) {
        if (done == codec->records.capacity) {
            if (done >= RECORD_BATCH_BYTES_MAX) return RECORD_BATCH_TOO_BIG;
            reserve(&codec->records, done + 1);
        }
        ZSTD_outBuffer output = {codec->records.bytes + done, codec->records.capacity - done, 0};
        size_t in_before = input.pos;
        hint = ZSTD_decompressStream(codec->decompress, &output, &input);
        if (ZSTD_isError(hint)) return RECORD_BATCH_BAD_CODEC;
        done += output.pos;
        /* No progress, and it wants more: the frame is cut off. */
        if (hint != 0 && input.pos == in_before && output.pos == 0) return RECORD_BATCH_BAD_CODEC;
    }
    *out_n = done;
    return RECORD_BATCH_OK;
}

const void *record_batch_decompress(struct record_batch_codec *codec, const void *in, size_t n, size_t *out_n)
{
    *out_n = 0;
    return decompress(codec, in, n, out_n) == RECORD_BATCH_OK ? codec->records.bytes : NULL;
}

struct reader {
    const unsigned char *p, *end;
    bool bad;
};

static int64_t get_varint(struct reader *r)
{
    uint64_t value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
        if (r->bad || r->p == r->end) break;
        unsigned char byte = *r->p++;
        if (shift == 63 && byte > 1) break;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return (int64_t)(value >> 1 ^ (0 - (value & 1)));
    }
    r->bad = true;
    return 0;
}

/* -1 is null; anything else must be there. */
static const void *get_field(struct reader *r, size_t *n)
{
    int64_t length = get_varint(r);
    *n = 0;
    if (r->bad || length == -1) return NULL;
    if (length < 0 || length > r->end - r->p) {
        r->bad = true;
        return NULL;
    }
    const void *field = r->p;
    r->p += length;
    *n = (size_t)length;
    return field;
}

static void get_headers(struct record_batch_codec *codec, struct reader *r,
                        struct record_batch_record *record)
{
    const int64_t n = get_varint(r);
    if (!r->bad && n == 0) return;
    if (r->bad || n < 0 || n > RECORD_BATCH_HEADERS_MAX - codec->headers_n || n > (r->end - r->p) / 2) {
        r->bad = true;
        return;
    }
    if (codec->headers == NULL) codec->headers = arena_new(0);
    codec->headers_n += (int32_t)n;
    struct record_batch_record_header *headers =
        ARENA_NEW(codec->headers, struct record_batch_record_header, (size_t)n);
    for (int64_t i = 0; i < n && !r->bad; i++) {
        headers[i].key = get_field(r, &headers[i].key_n);
        if (headers[i].key == NULL) r->bad = true; /* a header's key is never null */
        headers[i].value = get_field(r, &headers[i].value_n);
    }
    record->headers = headers;
    record->headers_n = (int32_t)n;
}

static bool read_records(struct record_batch_codec *codec, const struct record_batch_header *header,
                         const unsigned char *p, size_t n, record_batch_visit *visit, void *context)
{
    const int64_t last_offset_delta = header->last_offset - header->base_offset;
    arena_free(codec->headers);
    codec->headers = NULL;
    codec->headers_n = 0;
    struct reader all = {p, p + n, false};
    int64_t offset_before = -1;
    for (int32_t i = 0; i < header->records_n; i++) {
        int64_t length = get_varint(&all);
        if (all.bad || length < 1 || length > all.end - all.p) return false;
        struct reader r = {all.p + 1, all.p + length, false}; /* the attributes byte says nothing yet */
        all.p += length;
        struct record_batch_record record = {0};
        int64_t timestamp_delta = get_varint(&r);
        int64_t offset_delta = get_varint(&r);
        record.key = get_field(&r, &record.key_n);
        record.value = get_field(&r, &record.value_n);
        get_headers(codec, &r, &record);
        if (r.bad || r.p != r.end) return false;
        /* Compaction may have taken records out, but never changed their order. */
        if (offset_delta <= offset_before || offset_delta > last_offset_delta) return false;
        offset_before = offset_delta;
        if (__builtin_add_overflow(header->base_timestamp_ms, timestamp_delta, &record.timestamp_ms))
            return false;
        if (header->log_append_time) record.timestamp_ms = header->max_timestamp_ms;
        if (__builtin_add_overflow(header->base_offset, offset_delta, &record.offset)) return false;
        if (visit != NULL) visit(context, &record);
    }
    return all.p == all.end;
}

enum record_batch_status record_batch_check(const void *data, size_t n, struct record_batch_header *header)
{
    const unsigned char *batch = data;
    if (n < RECORD_BATCH_HEADER_BYTES) return RECORD_BATCH_TRUNCATED;
    /* The magic first: older formats keep other things at the other places. */
    if (batch[AT_MAGIC] != MAGIC) return RECORD_BATCH_BAD_MAGIC;
    uint64_t length = get_big_endian(batch + AT_LENGTH, 4);
    if (length < RECORD_BATCH_HEADER_BYTES - LENGTH_COVERS_FROM) return RECORD_BATCH_BAD_RECORD;
    if (length > RECORD_BATCH_BYTES_MAX) return RECORD_BATCH_TOO_BIG;
    size_t size = (size_t)length + LENGTH_COVERS_FROM;
    if (size > n) return RECORD_BATCH_TRUNCATED;
    if (get_big_endian(batch + AT_CRC, 4) != crc32c(0, batch + AT_ATTRIBUTES, size - AT_ATTRIBUTES))
        return RECORD_BATCH_BAD_CRC;

    unsigned attributes = (unsigned)get_big_endian(batch + AT_ATTRIBUTES, 2);
    int32_t last_offset_delta = (int32_t)get_big_endian(batch + AT_LAST_OFFSET_DELTA, 4);
    *header = (struct record_batch_header){
        .base_offset = (int64_t)get_big_endian(batch + AT_BASE_OFFSET, 8),
        .partition_leader_epoch = (int32_t)get_big_endian(batch + AT_EPOCH, 4),
        .producer_id = (int64_t)get_big_endian(batch + AT_PRODUCER_ID, 8),
        .producer_epoch = (int16_t)get_big_endian(batch + AT_PRODUCER_EPOCH, 2),
        .base_sequence = (int32_t)get_big_endian(batch + AT_BASE_SEQUENCE, 4),
        .transactional = (attributes & ATTRIBUTE_TRANSACTIONAL) != 0,
        .control = (attributes & ATTRIBUTE_CONTROL) != 0,
        .log_append_time = (attributes & ATTRIBUTE_LOG_APPEND_TIME) != 0,
        .has_delete_horizon = (attributes & ATTRIBUTE_DELETE_HORIZON) != 0,
        .records_n = (int32_t)get_big_endian(batch + AT_RECORDS, 4),
        .base_timestamp_ms = (int64_t)get_big_endian(batch + AT_BASE_TIMESTAMP, 8),
        .max_timestamp_ms = (int64_t)get_big_endian(batch + AT_MAX_TIMESTAMP, 8),
        .size_bytes = size,
    };
    if (header->has_delete_horizon) header->delete_horizon_ms = header->base_timestamp_ms;
    if (header->records_n < 0 || last_offset_delta < 0 ||
        __builtin_add_overflow(header->base_offset, last_offset_delta, &header->last_offset))
        return RECORD_BATCH_BAD_RECORD;
    switch (attributes & ATTRIBUTE_CODEC) {
    case RECORD_BATCH_NONE:
    case RECORD_BATCH_ZSTD:
        header->compression = (enum record_batch_compression)(attributes & ATTRIBUTE_CODEC);
        return RECORD_BATCH_OK;
    default:
        return RECORD_BATCH_BAD_CODEC;
    }
}

enum record_batch_status record_batch_decode(struct record_batch_codec *codec, const void *data, size_t n,
                                             struct record_batch_header *header, record_batch_visit *visit,
                                             void *context)
{
    struct record_batch_header h;
    enum record_batch_status status = record_batch_check(data, n, &h);
    if (status != RECORD_BATCH_OK) return status;
    const unsigned char *records = (const unsigned char *)data + RECORD_BATCH_HEADER_BYTES;
    size_t records_bytes = h.size_bytes - RECORD_BATCH_HEADER_BYTES;
    if (h.compression == RECORD_BATCH_ZSTD) {
        status = decompress(codec, records, records_bytes, &records_bytes);
        if (status != RECORD_BATCH_OK) return status;
        records = codec->records.bytes;
    }
    if (header != NULL) *header = h;
    return read_records(codec, &h, records, records_bytes, visit, context) ? RECORD_BATCH_OK
                                                                           : RECORD_BATCH_BAD_RECORD;
}

static double uniform(uint64_t draw)
{
    return (double)(draw >> 11) * 0x1p-53;
}

struct record_batch_size record_batch_measure(struct record_batch_codec *codec,
                                              struct event_generator *generator, enum event_format format,
                                              const struct record_batch_source *source,
                                              enum record_batch_compression compression, int level,
                                              int32_t records, int32_t batches)
{
    CHECK(records >= 1 && records <= RECORD_BATCH_RECORDS_MAX && batches >= 1, "%d batches of %d", batches,
          records);
    if ((size_t)records > codec->measured_capacity) {
        codec->measured_capacity = (size_t)records;
        codec->measured = memory_resize(codec->measured, codec->measured_capacity, sizeof *codec->measured);
    }
    const struct record_batch_header header = {.producer_id = 1, .compression = compression};
    struct record_batch_size size = {.records = records};
    int64_t time_ms = 1900000000000;
    for (int32_t b = 0; b < batches; b++) {
        size_t n = 0;
        /* Keys and values go into one buffer that may move as it grows, so pointers are set afterwards. */
        for (int32_t i = 0; i < records; i++, time_ms += source->time_step_ms) {
            int64_t campaign = source->campaign != NULL
                                   ? source->campaign(source->draw_context)
                                   : (int64_t)event_rank(source->draw(source->draw_context), 1000000);
            enum event_kind kind = uniform(source->draw(source->draw_context)) < source->clicks_share
                                       ? EVENT_CLICK
                                       : EVENT_IMPRESSION;
            struct event event;
            event_generate(generator, kind, campaign, time_ms, source->draw, source->draw_context, &event);
            reserve(&codec->events, n + EVENT_KEY_BYTES_MAX + EVENT_BYTES_MAX);
            size_t key_n = source->keyed ? event_key((uint64_t)campaign, (char *)codec->events.bytes + n) : 0;
            size_t value_n = event_encode(&event, format, codec->events.bytes + n + key_n, EVENT_BYTES_MAX);
            CHECK(value_n > 0, "an event larger than %d bytes", EVENT_BYTES_MAX);
            codec->measured[i] =
                (struct record_batch_record){.timestamp_ms = time_ms, .key_n = key_n, .value_n = value_n};
            n += key_n + value_n;
        }
        n = 0;
        for (int32_t i = 0; i < records; i++) {
            struct record_batch_record *r = &codec->measured[i];
            r->key = source->keyed ? codec->events.bytes + n : NULL;
            r->value = codec->events.bytes + n + r->key_n;
            n += r->key_n + r->value_n;
        }
        size_t raw = record_batch_raw_bytes(codec->measured, records);
        reserve(&codec->batch, record_batch_bound(raw));
        size_t wire = record_batch_encode(codec, &header, level, codec->measured, records, codec->batch.bytes,
                                          codec->batch.capacity);
        size.raw_bytes += (double)raw;
        size.wire_bytes += (double)wire;
    }
    size.raw_bytes /= batches;
    size.wire_bytes /= batches;
    return size;
}

void record_batch_ladder(struct record_batch_codec *codec, struct event_generator *generator,
                         enum event_format format, const struct record_batch_source *source,
                         enum record_batch_compression compression, int level,
                         struct record_batch_size sizes[RECORD_BATCH_LADDER_N])
{
    for (int rung = 0; rung < RECORD_BATCH_LADDER_N; rung++) {
        int32_t records = 1 << rung;
        int32_t batches = 2048 / records;
        if (batches > 256) batches = 256;
        if (batches < 2) batches = 2;
        sizes[rung] =
            record_batch_measure(codec, generator, format, source, compression, level, records, batches);
    }
}

/* Bytes of a batch of `records`, from bytes a record at the two rungs around it. */
static double interpolate(const struct record_batch_size *sizes, double records, bool wire)
{
    CHECK(records > 0, "a batch of %g records", records);
    double place = records <= 1 ? 0 : log2(records);
    if (place > RECORD_BATCH_LADDER_N - 1) place = RECORD_BATCH_LADDER_N - 1;
    int low = (int)place;
    int high = low + 1 < RECORD_BATCH_LADDER_N ? low + 1 : low;
    double at_low = (wire ? sizes[low].wire_bytes : sizes[low].raw_bytes) / sizes[low].records;
    double at_high = (wire ? sizes[high].wire_bytes : sizes[high].raw_bytes) / sizes[high].records;
    return records * (at_low + (at_high - at_low) * (place - low));
}

double record_batch_wire_bytes(const struct record_batch_size sizes[RECORD_BATCH_LADDER_N], double records)
{
    return interpolate(sizes, records, true);
}

double record_batch_raw_bytes_at(const struct record_batch_size sizes[RECORD_BATCH_LADDER_N], double records)
{
    return interpolate(sizes, records, false);
}
