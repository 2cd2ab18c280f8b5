/* Record batches: layout, checksum, round trips, damage, and what compression does with their size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
#include <cmocka.h>

#include "arena.h"
#include "crc32c.h"
#include "philox.h"
#include "record_batch.h"

static uint64_t draw(void *context)
{
    return philox_next_u64(context);
}

static void crc32c_known_answers(void **state)
{
    (void)state;
    unsigned char bytes[32];
    /* RFC 3720, appendix B.4, and the check value of CRC-32C. */
    assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
    memset(bytes, 0, sizeof bytes);
    assert_int_equal(crc32c(0, bytes, sizeof bytes), 0x8a9136aa);
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(crc32c(0, bytes, sizeof bytes), 0x62a8ab43);
    for (unsigned i = 0; i < 32; i++)
        bytes[i] = (unsigned char)i;
    assert_int_equal(crc32c(0, bytes, sizeof bytes), 0x46dd794e);
    for (unsigned i = 0; i < 32; i++)
        bytes[i] = (unsigned char)(31 - i);
    assert_int_equal(crc32c(0, bytes, sizeof bytes), 0x113fdb5c);
    assert_int_equal(crc32c(0, bytes, 0), 0);
}

/* Bit by bit, at every length and split, so that each of the eight tables is used at each place. */
static void crc32c_same_as_naive(void **state)
{
    (void)state;
    struct philox philox = philox_named(1, "test/crc32c");
    unsigned char bytes[300];
    for (size_t n = 0; n < sizeof bytes; n++) {
        for (size_t i = 0; i < n; i++)
            bytes[i] = (unsigned char)philox_next_u32(&philox);
        uint32_t naive = 0xffffffffu;
        for (size_t i = 0; i < n; i++) {
            naive ^= bytes[i];
            for (int bit = 0; bit < 8; bit++)
                naive = naive & 1 ? naive >> 1 ^ 0x82f63b78u : naive >> 1;
        }
        naive = ~naive;
        size_t split = n == 0 ? 0 : philox_below(&philox, n);
        assert_int_equal(crc32c(0, bytes, n), naive);
        assert_int_equal(crc32c_by_table(0, bytes, n), naive);
        assert_int_equal(crc32c_by_table(crc32c_by_table(0, bytes, split), bytes + split, n - split), naive);
        assert_int_equal(crc32c(crc32c(0, bytes, split), bytes + split, n - split), naive);
    }
}

/* One batch of two records, byte by byte as the protocol lays it out. */
static void layout(void **state)
{
    (void)state;
    /* clang-format off */
    static const unsigned char expected[] = {
        0, 0, 0, 0, 0, 0, 0, 5,                         /* baseOffset */
        0, 0, 0, 74,                                    /* batchLength: what follows */
        0, 0, 0, 3,                                     /* partitionLeaderEpoch */
        2,                                              /* magic */
        0, 0, 0, 0,                                     /* crc, below */
        0, 0x10,                                        /* attributes: transactional, no codec */
        0, 0, 0, 1,                                     /* lastOffsetDelta */
        0, 0, 0, 0, 0, 0, 3, 0xe8,                      /* baseTimestamp 1000 */
        0, 0, 0, 0, 0, 0, 3, 0xe8,                      /* maxTimestamp: the second record is older */
        0, 0, 0, 0, 0, 0, 0, 9,                         /* producerId */
        0, 7,                                           /* producerEpoch */
        0, 0, 0, 11,                                    /* baseSequence */
        0, 0, 0, 2,                                     /* records */
        18, 0, 0, 0, 2, 'k', 4, 'v', '1', 0,            /* length 9; deltas 0; key; value; no headers */
        /* length 14; delta -1; offset 1; no key; value; no headers */
        28, 0, 1, 2, 1, 16, 'v', 'a', 'l', 'u', 'e', ' ', 'n', 'o', 0,
    };
    /* clang-format on */
    const struct record_batch_record records[] = {
        {.timestamp_ms = 1000, .key = "k", .key_n = 1, .value = "v1", .value_n = 2},
        {.timestamp_ms = 999, .value = "value no", .value_n = 8},
    };
    const struct record_batch_header header = {.base_offset = 5,
                                               .partition_leader_epoch = 3,
                                               .producer_id = 9,
                                               .producer_epoch = 7,
                                               .base_sequence = 11,
                                               .transactional = true};
    struct record_batch_codec *codec = record_batch_codec_new();
    unsigned char bytes[512];
    size_t n = record_batch_encode(codec, &header, 0, records, 2, bytes, sizeof bytes);
    assert_int_equal(n, sizeof expected);
    assert_int_equal(n, record_batch_raw_bytes(records, 2));
    assert_memory_equal(bytes, expected, 17);
    assert_memory_equal(bytes + 21, expected + 21, sizeof expected - 21);
    uint32_t crc = crc32c(0, bytes + 21, n - 21);
    assert_true(bytes[17] == crc >> 24 && bytes[18] == (crc >> 16 & 0xff) && bytes[19] == (crc >> 8 & 0xff) &&
                bytes[20] == (crc & 0xff));
    record_batch_codec_free(codec);
}

struct expected {
    const struct record_batch_record *records;
    int64_t base_offset;
    int32_t n;
};

static void same_record(void *context, const struct record_batch_record *r)
{
    struct expected *e = context;
    const struct record_batch_record *w = &e->records[e->n];
    assert_true(r->timestamp_ms == w->timestamp_ms && r->offset == e->base_offset + e->n);
    assert_int_equal(r->key == NULL, w->key == NULL);
    assert_int_equal(r->value == NULL, w->value == NULL);
    assert_int_equal(r->key_n, w->key_n);
    assert_int_equal(r->value_n, w->value_n);
    if (r->key_n > 0) assert_memory_equal(r->key, w->key, r->key_n);
    if (r->value_n > 0) assert_memory_equal(r->value, w->value, r->value_n);
    assert_int_equal(r->headers_n, w->headers_n);
    for (int32_t i = 0; i < r->headers_n; i++) {
        const struct record_batch_record_header *h = &r->headers[i], *wanted = &w->headers[i];
        assert_int_equal(h->key_n, wanted->key_n);
        if (h->key_n > 0) assert_memory_equal(h->key, wanted->key, h->key_n);
        assert_int_equal(h->value == NULL, wanted->value == NULL);
        assert_int_equal(h->value_n, wanted->value_n);
        if (h->value_n > 0) assert_memory_equal(h->value, wanted->value, h->value_n);
    }
    e->n++;
}

static void round_trips(void **state)
{
    (void)state;
    struct record_batch_codec *codec = record_batch_codec_new();
    struct philox philox = philox_named(2, "test/batch");
    for (int round = 0; round < 300; round++) {
        struct arena *arena = arena_new(0);
        int32_t n = 1 + (int32_t)philox_below(&philox, 80);
        struct record_batch_record *records = ARENA_NEW(arena, struct record_batch_record, (size_t)n);
        int64_t t = (int64_t)philox_below(&philox, (uint64_t)1 << 41);
        for (int32_t i = 0; i < n; i++) {
            struct record_batch_record *r = &records[i];
            r->timestamp_ms = t + (int64_t)philox_below(&philox, 2000) - 1000;
            if (philox_below(&philox, 4) != 0) {
                r->key_n = philox_below(&philox, 80);
                r->key = ARENA_NEW(arena, char, r->key_n);
            }
            if (philox_below(&philox, 8) != 0) {
                r->value_n = philox_below(&philox, round % 10 == 0 ? 20000 : 300);
                unsigned char *value = ARENA_NEW(arena, unsigned char, r->value_n);
                for (size_t b = 0; b < r->value_n; b++)
                    value[b] = (unsigned char)(philox_next_u32(&philox) & (round % 2 == 0 ? 0x0f : 0xff));
                r->value = value;
            }
            if (philox_below(&philox, 3) != 0) continue;
            r->headers_n = (int32_t)philox_below(&philox, 5);
            struct record_batch_record_header *headers =
                ARENA_NEW(arena, struct record_batch_record_header, (size_t)r->headers_n);
            for (int32_t h = 0; h < r->headers_n; h++) {
                headers[h].key_n = philox_below(&philox, 100);
                headers[h].key = ARENA_NEW(arena, char, headers[h].key_n);
                if (philox_below(&philox, 3) == 0) continue;
                headers[h].value_n = philox_below(&philox, 100);
                headers[h].value = ARENA_NEW(arena, char, headers[h].value_n);
            }
            r->headers = headers;
        }
        const struct record_batch_header header = {
            .base_offset = (int64_t)philox_below(&philox, (uint64_t)1 << 60),
            .producer_id = -1,
            .producer_epoch = -1,
            .base_sequence = -1,
            .transactional = round % 5 == 0,
            .control = round % 7 == 0,
            .compression = round % 3 == 0 ? RECORD_BATCH_NONE : RECORD_BATCH_ZSTD};
        size_t capacity = record_batch_bound(record_batch_raw_bytes(records, n));
        unsigned char *bytes = ARENA_NEW(arena, unsigned char, capacity + 5);
        size_t size = record_batch_encode(codec, &header, 1 + round % 6, records, n, bytes, capacity);
        struct record_batch_header read;
        struct expected expected = {records, header.base_offset, 0};
        /* The next batch's bytes may follow. */
        assert_int_equal(record_batch_decode(codec, bytes, size + 5, &read, same_record, &expected),
                         RECORD_BATCH_OK);
        assert_int_equal(expected.n, n);
        assert_int_equal(read.records_n, n);
        assert_int_equal(read.size_bytes, size);
        assert_int_equal(read.compression, header.compression);
        assert_true(read.base_offset == header.base_offset && read.producer_id == -1 &&
                    read.producer_epoch == -1 && read.base_sequence == -1);
        assert_true(read.transactional == header.transactional && read.control == header.control);
        arena_free(arena);
    }
    record_batch_codec_free(codec);
}

static size_t small_batch(struct record_batch_codec *codec, enum record_batch_compression compression,
                          unsigned char *bytes, size_t capacity)
{
    static const char value[] = "a value that says the same again, says the same again, says the same again";
    struct record_batch_record records[3];
    static const struct record_batch_record_header headers[] = {
        {.key = "h", .key_n = 1, .value = "header", .value_n = 6}, {.key = "", .key_n = 0}};
    for (int i = 0; i < 3; i++)
        records[i] = (struct record_batch_record){.timestamp_ms = 5 + i,
                                                  .key = "key",
                                                  .key_n = 3,
                                                  .value = value,
                                                  .value_n = sizeof value - 1,
                                                  .headers = headers,
                                                  .headers_n = i};
    const struct record_batch_header header = {.compression = compression};
    return record_batch_encode(codec, &header, 3, records, 3, bytes, capacity);
}

static void put_crc(unsigned char *bytes, size_t n)
{
    uint32_t crc = crc32c(0, bytes + 21, n - 21);
    for (int i = 0; i < 4; i++)
        bytes[17 + i] = (unsigned char)(crc >> 8 * (3 - i));
}

static void count(void *context, const struct record_batch_record *record)
{
    (void)record;
    ++*(int *)context;
}

static void damage(void **state)
{
    (void)state;
    struct record_batch_codec *codec = record_batch_codec_new();
    struct philox philox = philox_named(3, "test/batch");
    for (int c = 0; c < 2; c++) {
        unsigned char bytes[1024];
        size_t n = small_batch(codec, c == 0 ? RECORD_BATCH_NONE : RECORD_BATCH_ZSTD, bytes, sizeof bytes);
        int seen = 0;
        for (size_t i = 0; i < n; i++)
            assert_int_equal(record_batch_decode(codec, bytes, i, NULL, count, &seen),
                             RECORD_BATCH_TRUNCATED);
        for (size_t i = 17; i < n; i++) {
            bytes[i] ^= 0x40;
            assert_int_equal(record_batch_decode(codec, bytes, n, NULL, count, &seen), RECORD_BATCH_BAD_CRC);
            bytes[i] ^= 0x40;
        }
        assert_int_equal(seen, 0); /* nothing is handed out before the CRC was right */
        bytes[16] = 1;
        assert_int_equal(record_batch_decode(codec, bytes, n, NULL, NULL, NULL), RECORD_BATCH_BAD_MAGIC);
        bytes[16] = 2;
        bytes[22] |= 0x02; /* snappy, or an unknown codec */
        put_crc(bytes, n);
        assert_int_equal(record_batch_decode(codec, bytes, n, NULL, NULL, NULL), RECORD_BATCH_BAD_CODEC);
        bytes[22] &= 0xfd;
        bytes[60] = 4; /* one record more than there are */
        put_crc(bytes, n);
        assert_int_equal(record_batch_decode(codec, bytes, n, NULL, NULL, NULL), RECORD_BATCH_BAD_RECORD);
        bytes[60] = 2; /* one fewer */
        put_crc(bytes, n);
        assert_int_equal(record_batch_decode(codec, bytes, n, NULL, NULL, NULL), RECORD_BATCH_BAD_RECORD);
        bytes[60] = 3;
        put_crc(bytes, n);
        assert_int_equal(record_batch_decode(codec, bytes, n, NULL, NULL, NULL), RECORD_BATCH_OK);
        /* With the CRC made right again, damage reaches the records and zstd: anything but a crash. */
        int refused = 0;
        for (int i = 0; i < 5000; i++) {
            size_t at = 21 + philox_below(&philox, n - 21);
            unsigned char kept = bytes[at];
            bytes[at] = (unsigned char)philox_next_u32(&philox);
            put_crc(bytes, n);
            refused += record_batch_decode(codec, bytes, n, NULL, count, &seen) != RECORD_BATCH_OK;
            bytes[at] = kept;
        }
        assert_true(refused > 200); /* most bytes are values', which may be anything */
    }
    record_batch_codec_free(codec);
}

static void read_all(void *context, const struct record_batch_record *record)
{
    /* What is handed out can be read, every byte of it. */
    unsigned *sum = context;
    for (size_t i = 0; i < record->key_n; i++) *sum += ((const unsigned char *)record->key)[i];
    for (size_t i = 0; i < record->value_n; i++) *sum += ((const unsigned char *)record->value)[i];
    for (int32_t h = 0; h < record->headers_n; h++) {
        for (size_t i = 0; i < record->headers[h].key_n; i++)
            *sum += ((const unsigned char *)record->headers[h].key)[i];
        for (size_t i = 0; i < record->headers[h].value_n; i++)
            *sum += ((const unsigned char *)record->headers[h].value)[i];
    }
}

/* Batches cut, spliced and filled with anything, under a right CRC: never a crash, nor a byte that is not there. */
static void anything_for_a_batch(void **state)
{
    (void)state;
    struct record_batch_codec *codec = record_batch_codec_new();
    struct philox philox = philox_named(5, "test/batch");
    int read = 0, refused = 0;
    unsigned sum = 0;
    for (int round = 0; round < 40000; round++) {
        unsigned char bytes[1200];
        size_t n = small_batch(codec, round % 2 == 0 ? RECORD_BATCH_NONE : RECORD_BATCH_ZSTD, bytes, 1024);
        const int damages = 1 + (int)philox_below(&philox, 4);
        for (int d = 0; d < damages; d++) {
            const size_t at = 21 + philox_below(&philox, n - 21), to = 21 + philox_below(&philox, n - 21);
            const size_t length = philox_below(&philox, n - (at > to ? at : to)) % 24;
            switch (philox_below(&philox, 4)) {
            case 0:
                bytes[at] = (unsigned char)philox_next_u32(&philox);
                break;
            case 1:
                memmove(bytes + to, bytes + at, length);
                break;
            case 2: /* long varints, huge lengths */
                memset(bytes + at, philox_below(&philox, 2) == 0 ? 0xff : 0x80, length);
                break;
            default: /* cut off */
                if (n > 100) n -= philox_below(&philox, 20);
            }
        }
        bytes[10] = (unsigned char)((n - 12) >> 8);
        bytes[11] = (unsigned char)(n - 12);
        put_crc(bytes, n);
        /* In memory of its own, so that the sanitizers see what is beside it. */
        unsigned char *copy = malloc(n);
        assert_non_null(copy);
        memcpy(copy, bytes, n);
        const enum record_batch_status status = record_batch_decode(codec, copy, n, NULL, read_all, &sum);
        read += status == RECORD_BATCH_OK;
        refused += status != RECORD_BATCH_OK;
        free(copy);
    }
    assert_true(read > 2000 && refused > 20000 && sum > 0);
    record_batch_codec_free(codec);
}

/* A frame that grows to more than the limit is refused before it is all there. */
static void a_bomb_is_refused(void **state)
{
    (void)state;
    struct record_batch_codec *codec = record_batch_codec_new();
    size_t zeros_n = RECORD_BATCH_BYTES_MAX + (1 << 20);
    void *zeros = calloc(1, zeros_n);
    unsigned char *packed = malloc(record_batch_bound(zeros_n));
    assert_true(zeros != NULL && packed != NULL);
    size_t n = record_batch_compress(codec, 1, zeros, zeros_n, packed, record_batch_bound(zeros_n)), out_n;
    assert_true(n < 100000);
    assert_null(record_batch_decompress(codec, packed, n, &out_n));
    n = record_batch_compress(codec, 1, zeros, 1 << 20, packed, record_batch_bound(zeros_n));
    assert_non_null(record_batch_decompress(codec, packed, n, &out_n));
    assert_int_equal(out_n, 1 << 20);
    assert_null(record_batch_decompress(codec, packed, n - 1, &out_n));
    free(zeros);
    free(packed);
    record_batch_codec_free(codec);
}

static void ladder(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record_batch_codec *codec = record_batch_codec_new();
    struct philox philox = philox_named(4, "test/batch");
    struct event_generator *g = event_generator_new(arena, EVENT_AVRO, 420);
    const struct record_batch_source source = {
        .draw = draw, .draw_context = &philox, .clicks_share = 0.012, .time_step_ms = 1, .keyed = true};
    struct record_batch_size sizes[RECORD_BATCH_LADDER_N], again[RECORD_BATCH_LADDER_N];
    record_batch_ladder(codec, g, EVENT_AVRO, &source, RECORD_BATCH_ZSTD, 3, sizes);
    double ratio_before = 0;
    for (int i = 0; i < RECORD_BATCH_LADDER_N; i++) {
        assert_int_equal(sizes[i].records, 1 << i);
        /* Header, framing, key and value of each record. */
        double per_record = (sizes[i].raw_bytes - RECORD_BATCH_HEADER_BYTES) / sizes[i].records;
        assert_true(per_record > 420 * 0.9 && per_record < 420 * 1.1 + 25);
        double ratio = sizes[i].raw_bytes / sizes[i].wire_bytes;
        assert_true(ratio > ratio_before * 0.97); /* larger batches compress better */
        ratio_before = ratio;
    }
    /* A single record hardly compresses; many do as published for event logs: zstd 2.3 to 4.5 times. */
    assert_true(sizes[0].raw_bytes / sizes[0].wire_bytes < 1.3);
    assert_true(ratio_before > 2.3 && ratio_before < 4.5);

    philox = philox_named(4, "test/batch");
    record_batch_ladder(codec, g, EVENT_AVRO, &source, RECORD_BATCH_ZSTD, 3, again);
    for (int i = 0; i < RECORD_BATCH_LADDER_N; i++)
        assert_true(sizes[i].raw_bytes == again[i].raw_bytes && sizes[i].wire_bytes == again[i].wire_bytes);
    record_batch_ladder(codec, g, EVENT_AVRO, &source, RECORD_BATCH_NONE, 0, again);
    for (int i = 0; i < RECORD_BATCH_LADDER_N; i++)
        assert_true(again[i].raw_bytes == again[i].wire_bytes);

    for (int i = 0; i < RECORD_BATCH_LADDER_N; i++) {
        assert_true(fabs(record_batch_wire_bytes(sizes, 1 << i) - sizes[i].wire_bytes) <
                    1e-6 * sizes[i].wire_bytes);
        assert_true(fabs(record_batch_raw_bytes_at(sizes, 1 << i) - sizes[i].raw_bytes) <
                    1e-6 * sizes[i].raw_bytes);
    }
    assert_true(record_batch_wire_bytes(sizes, 3) > sizes[1].wire_bytes);
    assert_true(record_batch_wire_bytes(sizes, 3) < sizes[2].wire_bytes);
    assert_true(fabs(record_batch_wire_bytes(sizes, 8192) - 2 * sizes[12].wire_bytes) <
                1e-6 * sizes[12].wire_bytes);
    record_batch_codec_free(codec);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc32c_known_answers),
        cmocka_unit_test(crc32c_same_as_naive),
        cmocka_unit_test(layout),
        cmocka_unit_test(round_trips),
        cmocka_unit_test(damage),
        cmocka_unit_test(anything_for_a_batch),
        cmocka_unit_test(a_bomb_is_refused),
        cmocka_unit_test(ladder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
