/* record_batch.h: Kafka's record batch, version 2, as bytes.
 *
 * The layout is that of the Kafka protocol ("Record Batch", magic 2; DefaultRecordBatch.java,
 * DefaultRecord.java): a header of 61 bytes, big-endian, with a CRC-32C over everything from the attributes
 * on; then the records, with zigzag varints and deltas, which are compressed as one piece. Codecs: none and
 * zstd (id 4).
 *
 *   baseOffset 8 | batchLength 4 | partitionLeaderEpoch 4 | magic 1 | crc 4 | attributes 2 |
 *   lastOffsetDelta 4 | baseTimestamp 8 | maxTimestamp 8 | producerId 8 | producerEpoch 2 |
 *   baseSequence 4 | recordsCount 4 | records
 *
 * How much a batch shrinks depends on how many records it holds. record_batch_measure() tells, on generated
 * events; record_batch_ladder() does it for 1, 2, 4 … 4096 records, for a model to interpolate on the
 * logarithm.
 *
 * Units: bytes; times in milliseconds. Limits: RECORD_BATCH_RECORDS_MAX records, RECORD_BATCH_BYTES_MAX
 * bytes. Errors: decoding returns what is wrong; nothing is trusted before the CRC was checked, nor any
 * length ever. Ownership: a codec holds zstd's contexts and scratch memory: record_batch_codec_free() it. One
 * thread at a time. Cost: tens of nanoseconds a record, and zstd's a byte; measured by bench.
 */
#ifndef HEADROOM_PATHS_RECORD_BATCH_H
#define HEADROOM_PATHS_RECORD_BATCH_H

#include "event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RECORD_BATCH_HEADER_BYTES = 61,
    RECORD_BATCH_RECORDS_MAX = 1000000,
    RECORD_BATCH_BYTES_MAX = 64 * 1024 * 1024,
    RECORD_BATCH_HEADERS_MAX = 1000000, /* of all records of a batch */
    RECORD_BATCH_LADDER_N = 13,         /* 2^0 .. 2^12 records */
};

enum record_batch_compression { RECORD_BATCH_NONE = 0, RECORD_BATCH_ZSTD = 4 };

enum record_batch_status {
    RECORD_BATCH_OK,
    RECORD_BATCH_TRUNCATED, /* fewer bytes than the header says, or than a header has */
    RECORD_BATCH_BAD_MAGIC,
    RECORD_BATCH_BAD_CRC,
    RECORD_BATCH_BAD_CODEC,  /* compressed by something else, or its compressed bytes are damaged */
    RECORD_BATCH_BAD_RECORD, /* a length or count that contradicts the rest */
    RECORD_BATCH_TOO_BIG,
};
const char *record_batch_status_name(enum record_batch_status status);

struct record_batch_record_header {
    const void *key; /* never NULL */
    size_t key_n;
    const void *value; /* may be NULL */
    size_t value_n;
};

struct record_batch_record {
    int64_t timestamp_ms;
    int64_t offset;  /* decoding: absolute; encoding: ignored, records are numbered from base_offset */
    const void *key; /* NULL: no key */
    size_t key_n;
    const void *value; /* NULL: a tombstone */
    size_t value_n;
    const struct record_batch_record_header *headers; /* [headers_n] */
    int32_t headers_n;
};

struct record_batch_header {
    int64_t base_offset;
    int32_t partition_leader_epoch;
    int64_t producer_id; /* -1: not idempotent */
    int16_t producer_epoch;
    int32_t base_sequence;
    bool transactional;
    bool control;         /* markers of transactions, no records */
    bool log_append_time; /* the timestamp of all records is the greatest, when a broker appended them */
    enum record_batch_compression compression;
    /* What record_batch_encode_kept() writes beside, and decoding fills. */
    int64_t last_offset;     /* of the batch as it was produced */
    bool has_delete_horizon; /* tombstones in it go from then on: */
    int64_t delete_horizon_ms;
    /* Filled by decoding. */
    int32_t records_n;
    int64_t base_timestamp_ms;
    int64_t max_timestamp_ms;
    size_t size_bytes; /* of the whole batch: where the next one begins */
};

struct record_batch_codec;
struct record_batch_codec *record_batch_codec_new(void);
void record_batch_codec_free(struct record_batch_codec *codec); /* NULL is allowed */

/* Bytes that records_n records take uncompressed, header included; and the most that encoding may write. */
size_t record_batch_raw_bytes(const struct record_batch_record *records, int32_t records_n);
size_t record_batch_bound(size_t raw_bytes);

/* level: zstd's, 1 .. 22; ignored without compression. records_n >= 1, capacity >= record_batch_bound()
 * (CHECKed). Returns the bytes written. */
size_t record_batch_encode(struct record_batch_codec *codec, const struct record_batch_header *header,
                           int level, const struct record_batch_record *records, int32_t records_n, void *out,
                           size_t capacity);

/* The same of records that the log cleaner keeps of a batch: they and the batch keep their offsets,
 * ascending, and a delete horizon takes the place of the base timestamp. Their memory must not be what this
 * codec decoded into. */
size_t record_batch_encode_kept(struct record_batch_codec *codec, const struct record_batch_header *header,
                                int level, const struct record_batch_record *records, int32_t records_n,
                                void *out, size_t capacity);
size_t record_batch_raw_bytes_kept(const struct record_batch_header *header,
                                   const struct record_batch_record *records, int32_t records_n);

/* Called for each record; its key, value and headers are valid until the codec's next use. */
typedef void record_batch_visit(void *context, const struct record_batch_record *record);

/* Checks one whole batch at the beginning of data, then visits its records. header may be NULL, visit too. No
 * record is visited unless the CRC is right; a bad record ends the visiting. */
enum record_batch_status record_batch_decode(struct record_batch_codec *codec, const void *data, size_t n,
                                             struct record_batch_header *header, record_batch_visit *visit,
                                             void *context);

/* Checks the batch's header and CRC, and no record. */
enum record_batch_status record_batch_check(const void *data, size_t n, struct record_batch_header *header);

/* zstd alone, as encoding and decoding use it: n bytes into `out`, which has room for record_batch_bound(n)
 * (CHECKed). Returns the compressed size. Decompression is into the codec's own memory, valid until its next
 * use; NULL if the bytes are damaged or there are more than RECORD_BATCH_BYTES_MAX. */
size_t record_batch_compress(struct record_batch_codec *codec, int level, const void *in, size_t n, void *out,
                             size_t capacity);
const void *record_batch_decompress(struct record_batch_codec *codec, const void *in, size_t n,
                                    size_t *out_n);

/* Generated traffic for measuring. `campaign` should draw what one partition's batch holds, that is, from the
 * keys that the partitioner sends there; NULL: log-uniform among a million, which is about Zipf 1. */
struct record_batch_source {
    event_draw_fn *draw;
    void *draw_context;
    int64_t (*campaign)(void *draw_context); /* may be NULL */
    double clicks_share;                     /* 0 .. 1 */
    int64_t time_step_ms;                    /* between records */
    bool keyed;
};

struct record_batch_size {
    int32_t records;
    double raw_bytes;  /* mean over the batches measured, header included */
    double wire_bytes; /* the same, compressed */
};

/* Means over `batches` batches of `records` events each. */
struct record_batch_size record_batch_measure(struct record_batch_codec *codec,
                                              struct event_generator *generator, enum event_format format,
                                              const struct record_batch_source *source,
                                              enum record_batch_compression compression, int level,
                                              int32_t records, int32_t batches);

/* The ladder: more batches of the small sizes, so that each mean rests on a like number of records. */
void record_batch_ladder(struct record_batch_codec *codec, struct event_generator *generator,
                         enum event_format format, const struct record_batch_source *source,
                         enum record_batch_compression compression, int level,
                         struct record_batch_size sizes[RECORD_BATCH_LADDER_N]);

/* Wire bytes of a batch of so many records (a fraction is fine: a mean), linear in the logarithm of the
 * records between the rungs, in bytes a record; beyond the last rung as at the last. */
double record_batch_wire_bytes(const struct record_batch_size sizes[RECORD_BATCH_LADDER_N], double records);
double record_batch_raw_bytes_at(const struct record_batch_size sizes[RECORD_BATCH_LADDER_N], double records);

#endif
