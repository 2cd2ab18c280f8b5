/* bench_paths.c: what is timed. Each state is set up from fixed random streams, so that every run times the
 * same work. */
#include "bench_paths.h"

#include "arena.h"
#include "bench_cleaner.h"
#include "bench_compact.h"
#include "bench_kernel.h"
#include "bench_window.h"
#include "check.h"
#include "crc32c.h"
#include "dedup.h"
#include "event.h"
#include "librdkafka.h"
#include "partition.h"
#include "philox.h"
#include "plugin.h"
#include "record_batch.h"

#include <string.h>

enum { KEYS = 4096, EVENTS = 1024, EVENT_BYTES = 420, BATCH_RECORDS = 300, AHEAD = 8 };

static const struct plugin_set *plugged;

void bench_plug(const struct plugin_set *plugins)
{
    plugged = plugins;
}

const struct plugin_set *bench_plugged(void)
{
    return plugged;
}

static uint64_t draw(void *context)
{
    return philox_next_u64(context);
}

/* partition.*: murmur2 by length of key, and the other rules */
struct keyed_state {
    char *keys;
    size_t key_n;
    struct partitioner *p;
    uint64_t sum;
};

static void *keyed_set_up(struct arena *arena, const struct bench_case *bench)
{
    struct keyed_state *s = ARENA_NEW(arena, struct keyed_state, 1);
    struct philox philox = philox_named(1, "bench/murmur2");
    s->key_n = (size_t)bench->parameter;
    s->keys = ARENA_NEW(arena, char, KEYS * s->key_n);
    for (size_t i = 0; i < KEYS * s->key_n; i++)
        s->keys[i] = (char)('0' + philox_below(&philox, 10));
    const struct partition_rule *rule = partition_rule_find(bench->name + strlen("partition."));
    /* "partition.murmur2/bytes:16", and the reference's name. */
    if (rule == NULL) rule = &partition_rules[PARTITION_MURMUR2];
    s->p = partition_new(arena, plugin_partition_rule(plugged, rule),
                         &(struct partition_config){.partitions = 360, .sticky_batch_bytes = 131072});
    return s;
}

static void keyed_run(void *state, int64_t n)
{
    struct keyed_state *s = state;
    for (int64_t i = 0; i < n; i++)
        s->sum += (uint64_t)partition_choose(s->p, s->keys + (size_t)(i % KEYS) * s->key_n, s->key_n, NULL);
}

/* partition.random */
static void drawn_run(void *state, int64_t n)
{
    struct keyed_state *s = state;
    for (int64_t i = 0; i < n; i++) {
        const struct partition_hints hints = {.draw = (uint64_t)i * 0x9e3779b97f4a7c15u};
        s->sum += (uint64_t)partition_choose(s->p, s->keys, s->key_n, &hints);
    }
}

/* reference/murmur2_librdkafka */
struct murmur2_reference {
    struct keyed_state keyed;
    librdkafka_partitioner *partitioner;
};

static const char *murmur2_reference_is(void)
{
    const char *what;
    librdkafka_murmur2(&what);
    return what;
}

static void *murmur2_reference_set_up(struct arena *arena, const struct bench_case *bench)
{
    struct murmur2_reference *s = ARENA_NEW(arena, struct murmur2_reference, 1);
    const char *what;
    s->keyed = *(struct keyed_state *)keyed_set_up(arena, bench);
    s->partitioner = librdkafka_murmur2(&what);
    return s;
}

static void murmur2_reference_run(void *state, int64_t n)
{
    struct murmur2_reference *s = state;
    struct keyed_state *keyed = &s->keyed;
    const int32_t partitions = keyed->p->config.partitions;
    for (int64_t i = 0; i < n; i++)
        keyed->sum += (uint64_t)s->partitioner(NULL, keyed->keys + (size_t)(i % KEYS) * keyed->key_n,
                                               keyed->key_n, partitions, NULL, NULL);
}

/* partition.sticky */
static void *sticky_set_up(struct arena *arena, const struct bench_case *bench)
{
    (void)bench;
    return partition_new(arena, partition_rule_find("sticky"),
                         &(struct partition_config){.partitions = 360, .sticky_batch_bytes = 131072});
}

static void sticky_run(void *state, int64_t n)
{
    struct partitioner *p = state;
    for (int64_t i = 0; i < n; i++) {
        const struct partition_hints hints = {.draw = (uint64_t)i};
        partition_choose(p, NULL, 0, &hints);
        partition_appended(p, EVENT_BYTES, i % BATCH_RECORDS == 0, (uint64_t)i);
    }
}

/* event.*: the parameter is the format */
struct event_state {
    struct event_generator *generator;
    enum event_format format;
    struct philox philox;
    struct event *events;
    unsigned char **encoded;
    size_t *encoded_n;
    unsigned char *out;
    uint64_t sum;
};

static void *event_set_up(struct arena *arena, const struct bench_case *bench)
{
    struct event_state *s = ARENA_NEW(arena, struct event_state, 1);
    s->format = bench->parameter == EVENT_JSON ? EVENT_JSON : EVENT_AVRO;
    s->philox = philox_named(1, "bench/event");
    s->generator = event_generator_new(arena, s->format, EVENT_BYTES);
    s->events = ARENA_NEW(arena, struct event, EVENTS);
    s->encoded = ARENA_NEW(arena, unsigned char *, EVENTS);
    s->encoded_n = ARENA_NEW(arena, size_t, EVENTS);
    s->out = ARENA_NEW(arena, unsigned char, EVENT_BYTES_MAX);
    for (int i = 0; i < EVENTS; i++) {
        struct event event;
        event_generate(s->generator, EVENT_IMPRESSION, (int64_t)event_rank(draw(&s->philox), 1000000),
                       1900000000000 + i, draw, &s->philox, &event);
        s->encoded_n[i] = event_encode(&event, s->format, s->out, EVENT_BYTES_MAX);
        s->encoded[i] = ARENA_NEW(arena, unsigned char, s->encoded_n[i]);
        for (size_t b = 0; b < s->encoded_n[i]; b++)
            s->encoded[i][b] = s->out[b];
        /* The decoded event's strings live as long as its bytes do. */
        CHECK(event_decode(s->encoded[i], s->encoded_n[i], s->format, &s->events[i]), "event %d", i);
    }
    return s;
}

static void event_generate_run(void *state, int64_t n)
{
    struct event_state *s = state;
    for (int64_t i = 0; i < n; i++) {
        struct event event;
        event_generate(s->generator, EVENT_IMPRESSION, i % 1000, i, draw, &s->philox, &event);
        s->sum += event.event_id[0];
    }
}

static void event_encode_run(void *state, int64_t n)
{
    struct event_state *s = state;
    for (int64_t i = 0; i < n; i++)
        s->sum += event_encode(&s->events[i % EVENTS], s->format, s->out, EVENT_BYTES_MAX);
}

static void event_decode_run(void *state, int64_t n)
{
    struct event_state *s = state;
    for (int64_t i = 0; i < n; i++) {
        struct event event;
        CHECK(event_decode(s->encoded[i % EVENTS], s->encoded_n[i % EVENTS], s->format, &event),
              "a decoded event");
        s->sum += event.event_id[0];
    }
}

/* record_batch.*, zstd.*, crc32c: one batch of Avro events; the parameter is how many records it holds */
struct batch_state {
    struct record_batch_codec *codec;
    struct record_batch_record *records;
    int32_t records_n;
    unsigned char *raw; /* the batch uncompressed */
    size_t raw_n;
    unsigned char *packed; /* the same bytes compressed, without a header */
    size_t packed_n;
    unsigned char *out;
    size_t capacity;
    uint64_t sum;
};

static void *batch_set_up(struct arena *arena, const struct bench_case *bench)
{
    struct batch_state *s = ARENA_NEW(arena, struct batch_state, 1);
    static const struct bench_case avro = {.parameter = EVENT_AVRO};
    struct event_state *events = event_set_up(arena, &avro);
    s->codec = record_batch_codec_new();
    s->records_n = (int32_t)bench->parameter;
    s->records = ARENA_NEW(arena, struct record_batch_record, (size_t)s->records_n);
    for (int32_t i = 0; i < s->records_n; i++) {
        char *key = ARENA_NEW(arena, char, EVENT_KEY_BYTES_MAX);
        size_t key_n = event_key((uint64_t)events->events[i].campaign, key);
        s->records[i] = (struct record_batch_record){.timestamp_ms = 1900000000000 + i,
                                                     .key = key,
                                                     .key_n = key_n,
                                                     .value = events->encoded[i],
                                                     .value_n = events->encoded_n[i]};
    }
    s->capacity = record_batch_bound(record_batch_raw_bytes(s->records, s->records_n));
    s->raw = ARENA_NEW(arena, unsigned char, s->capacity);
    s->out = ARENA_NEW(arena, unsigned char, s->capacity);
    s->packed = ARENA_NEW(arena, unsigned char, s->capacity);
    const struct record_batch_header header = {.producer_id = 1};
    s->raw_n = record_batch_encode(s->codec, &header, 0, s->records, s->records_n, s->raw, s->capacity);
    s->packed_n = record_batch_compress(s->codec, 3, s->raw, s->raw_n, s->packed, s->capacity);
    return s;
}

static void batch_tear_down(void *state)
{
    record_batch_codec_free(((struct batch_state *)state)->codec);
}

static int64_t batch_records(const void *state)
{
    return ((const struct batch_state *)state)->records_n;
}

static int64_t batch_bytes(const void *state)
{
    return (int64_t)((const struct batch_state *)state)->raw_n;
}

static void batch_encode_run(void *state, int64_t n)
{
    struct batch_state *s = state;
    const struct record_batch_header header = {.producer_id = 1};
    for (int64_t done = 0; done < n; done += s->records_n)
        s->sum += record_batch_encode(s->codec, &header, 0, s->records, s->records_n, s->out, s->capacity);
}

static void count_record(void *context, const struct record_batch_record *record)
{
    *(uint64_t *)context += record->value_n;
}

static void batch_decode_run(void *state, int64_t n)
{
    struct batch_state *s = state;
    for (int64_t done = 0; done < n; done += s->records_n)
        CHECK(record_batch_decode(s->codec, s->raw, s->raw_n, NULL, count_record, &s->sum) == RECORD_BATCH_OK,
              "a decoded batch");
}

static void zstd_compress_run(void *state, int64_t n)
{
    struct batch_state *s = state;
    for (int64_t done = 0; done < n; done += (int64_t)s->raw_n)
        s->sum += record_batch_compress(s->codec, 3, s->raw, s->raw_n, s->out, s->capacity);
}

static void zstd_decompress_run(void *state, int64_t n)
{
    struct batch_state *s = state;
    for (int64_t done = 0; done < n; done += (int64_t)s->raw_n) {
        size_t out_n;
        CHECK(record_batch_decompress(s->codec, s->packed, s->packed_n, &out_n) != NULL && out_n == s->raw_n,
              "a decompressed batch");
        s->sum += out_n;
    }
}

static void crc32c_run(void *state, int64_t n)
{
    struct batch_state *s = state;
    for (int64_t done = 0; done < n; done += (int64_t)s->raw_n)
        s->sum += crc32c((uint32_t)s->sum, s->raw, s->raw_n);
}

/* dedup.keep: the parameter is how many ids are within the horizon; one record in sixteen is there again */
struct dedup_state {
    struct dedup *dedup;
    int64_t next;
    uint64_t kept;
};

static struct dedup_id dedup_bench_id(int64_t i)
{
    return (struct dedup_id){(uint64_t)i * 0x9e3779b97f4a7c15u, (uint64_t)i};
}

static void *dedup_set_up(struct arena *arena, const struct bench_case *bench)
{
    struct dedup_state *s = ARENA_NEW(arena, struct dedup_state, 1);
    s->dedup = dedup_new(&(struct dedup_config){.horizon = bench->parameter});
    for (int64_t i = 0; i < bench->parameter + bench->parameter / 4; i++) {
        dedup_prefetch(s->dedup, dedup_bench_id(s->next + AHEAD));
        dedup_keep(s->dedup, dedup_bench_id(s->next), s->next);
        s->next++;
    }
    return s;
}

static struct dedup_id dedup_nth(int64_t i)
{
    return dedup_bench_id(i % 16 == 0 ? i - 10000 : i);
}

static void dedup_run(void *state, int64_t n)
{
    struct dedup_state *s = state;
    for (int64_t i = 0; i < n; i++, s->next++) {
        dedup_prefetch(s->dedup, dedup_nth(s->next + AHEAD));
        s->kept += dedup_keep(s->dedup, dedup_nth(s->next), s->next);
    }
}

static void dedup_tear_down(void *state)
{
    dedup_free(((struct dedup_state *)state)->dedup);
}

#define PATH(row, per, n, fixed, about, up, before, of, down, size)                                          \
    {                                                                                                        \
        .name = row, .unit = per, .parameter = n, .fixed_n = fixed, .about_ns = about, .set_up = up,         \
        .prepare = before, .run = of, .tear_down = down, .bytes = size                                       \
    }
#define FREE(row, per, n, about, up, of, down, size) PATH(row, per, n, 0, about, up, NULL, of, down, size)
#define MURMUR2_ABOUT(n) (4 + (n) / 8.0)
#define MURMUR2(suffix, n)                                                                                   \
    FREE("partition.murmur2" suffix, "ns/key", n, MURMUR2_ABOUT(n), keyed_set_up, keyed_run, NULL, n)
#define MURMUR2_BESIDE(suffix, n)                                                                            \
    {.name = "partition.murmur2" suffix,                                                                     \
     .unit = "ns/key",                                                                                       \
     .parameter = n,                                                                                         \
     .about_ns = MURMUR2_ABOUT(n),                                                                           \
     .set_up = keyed_set_up,                                                                                 \
     .run = keyed_run,                                                                                       \
     .bytes = n,                                                                                             \
     .beside_next = true},                                                                                   \
    {                                                                                                        \
        .name = "reference/murmur2_librdkafka" suffix, .unit = "ns/key", .parameter = n,                     \
        .about_ns = MURMUR2_ABOUT(n), .set_up = murmur2_reference_set_up, .run = murmur2_reference_run, .bytes = n, .kernel = true,        \
        .what = murmur2_reference_is                                                                         \
    }
#define KEYED_AS(rule, per, about) FREE("partition." rule, per, 12, about, keyed_set_up, keyed_run, NULL, 12)
#define WINDOW_ADD(suffix, n, about)                                                                         \
    FREE("window.add" suffix, "ns/record", n, about, bench_window_full_set_up, bench_window_add_run,         \
         bench_window_tear_down, 0)
#define WINDOW_NEW(suffix, n)                                                                                \
    PATH("window.add" suffix, "ns/record", n, n, 30, bench_window_set_up, bench_window_next_empty,           \
         bench_window_insert_run, bench_window_tear_down, 0)
#define WINDOW_FIRE(suffix, n)                                                                               \
    PATH("window.fire" suffix, "ns/pane", n, n, 8, bench_window_set_up, bench_window_next_full,              \
         bench_window_fire_run, bench_window_tear_down, 0)
#define WINDOW_BATCH(suffix, n, about)                                                                       \
    {.name = "window.add_batch/" suffix,                                                                     \
     .unit = "ns/record",                                                                                    \
     .parameter = n,                                                                                         \
     .about_ns = about,                                                                                      \
     .set_up = bench_window_batch_set_up,                                                                    \
     .run = bench_window_batch_run,                                                                          \
     .beside_next = true},                                                                                   \
        WINDOW_UPSERT("bare", suffix, n, about, bare)
#define WINDOW_UPSERT(what, suffix, n, about, of)                                                            \
    {                                                                                                        \
        .name = "reference/upsert_" what "/" suffix, .unit = "ns/record", .parameter = n,                    \
        .about_ns = about, .set_up = bench_upsert_set_up, .run = bench_upsert_##of##_run, .kernel = true     \
    }
#define WINDOW_OF(suffix, n, about, of)                                                                      \
    FREE("window.add/" suffix, "ns/record", n, about, bench_window_##of##_set_up, bench_window_steady_run,   \
         NULL, 0)
#define WINDOW_KEYED(row, about, of)                                                                         \
    FREE(row, "ns/record", 10000, about, bench_window_##of##_set_up, bench_window_steady_run, NULL, 0)
#define AGGREGATE(kind, about)                                                                               \
    FREE("aggregate." kind, "ns/record", 1000, about, bench_aggregate_set_up, bench_aggregate_run, NULL, 0)
#define EVENT(name, format, about, run) FREE(name, "ns/event", format, about, event_set_up, run, NULL, EVENT_BYTES)
#define BATCH(row, per, n, about, of, whole_of, size)                                                        \
    {                                                                                                        \
        .name = row, .unit = per, .parameter = n, .about_ns = about, .whole = whole_of,                      \
        .set_up = batch_set_up, .run = of, .tear_down = batch_tear_down, .bytes = size                       \
    }

#define PLAN(suffix, strategy, n, times, about)                                                              \
    PATH("compact.plan" suffix, "ns/file", n, (n) * (times), about, bench_##strategy##_set_up, NULL,         \
         bench_plan_run, NULL, 0)
#define TABLE(name, unit, files, n, about, codec, run, bytes)                                                \
    PATH(name, unit, files, n, about, bench_##codec##_set_up, NULL, bench_##run##_run, bench_merge_tear_down, bytes)
#define ALONE(name, about, run)                                                                              \
    PATH(name, "ns/byte", 1, BENCH_ROW_GROUP_BYTES, about, bench_row_group_set_up, NULL, bench_##run##_run,         \
         bench_merge_tear_down, 1)
#define MERGE(suffix, files, bytes, about)                                                                   \
    TABLE("compact.merge" suffix, "ns/record", files, BENCH_MERGE_RECORDS, about, merge, merge, bytes)
#define CLEANER(name, keys, about, run)                                                                      \
    PATH(name, "ns/record", keys, BENCH_CLEANER_RECORDS, about, bench_cleaner_set_up, NULL,                         \
         bench_cleaner_##run##_run, bench_cleaner_tear_down, EVENT_BYTES)
#define BESIDE_ZSTD(own, suffix, codec, files, event, about)                                                 \
    {.name = own suffix,                                                                                     \
     .unit = "ns/record",                                                                                    \
     .parameter = files,                                                                                     \
     .fixed_n = BENCH_MERGE_RECORDS,                                                                         \
     .about_ns = about,                                                                                      \
     .set_up = bench_merge##codec##_set_up,                                                                  \
     .run = bench_merge_run,                                                                                 \
     .tear_down = bench_merge_tear_down,                                                                     \
     .bytes = event,                                                                                         \
     .beside_next = true},                                                                                   \
    {                                                                                                        \
        .name = "reference/zstd_alone/" own suffix, .unit = "ns/record", .parameter = files,                 \
        .fixed_n = BENCH_MERGE_RECORDS, .about_ns = about, .set_up = bench_codec_set_up,                     \
        .run = bench_codec_run, .tear_down = bench_merge_tear_down, .bytes = event, .kernel = true           \
    }
#define KERNEL(row, per, n, about, of, turns)                                                                \
    {                                                                                                        \
        .name = row, .unit = per, .parameter = n, .about_ns = about, .set_up = bench_##of##_set_up,          \
        .run = bench_##of##_run, .kernel = true, .beside_next = turns                                        \
    }
#define HOLD(suffix, n, about)                                                                               \
    KERNEL("kernel/hold/" suffix, "ns/event", n, about, hold, true),                                         \
        KERNEL("reference/hold_bare_ladder/" suffix, "ns/event", n, about, hold_bare, false)

const struct bench_case bench_cases[] = {
    MURMUR2("", 12),
    MURMUR2("/bytes:4", 4),
    MURMUR2("/bytes:8", 8),
    MURMUR2_BESIDE("/bytes:16", 16),
    MURMUR2("/bytes:36", 36),
    MURMUR2_BESIDE("/bytes:64", 64),
    KEYED_AS("roundrobin", "ns/record", 3),
    FREE("partition.random", "ns/record", 12, 11, keyed_set_up, drawn_run, NULL, 12),
    KEYED_AS("consistent", "ns/key", 14),
    KEYED_AS("consistent_random", "ns/key", 14),
    KEYED_AS("murmur2_hashed", "ns/key", 7),
    KEYED_AS("murmur2_random", "ns/key", 7),
    KEYED_AS("fnv1a", "ns/key", 8),
    KEYED_AS("fnv1a_random", "ns/key", 8),
    KEYED_AS("jump", "ns/key", 23),
    KEYED_AS("maglev", "ns/key", 10),
    KEYED_AS("two_choices", "ns/key", 19),
    KEYED_AS("salted", "ns/key", 34),
    FREE("partition.sticky", "ns/record", 0, 4, sticky_set_up, sticky_run, NULL, 0),
    WINDOW_ADD("", 100000, 20),
    WINDOW_ADD("/keys:1000", 1000, 18),
    WINDOW_ADD("/keys:10000", 10000, 19),
    WINDOW_ADD("/keys:1000000", 1000000, 40),
    WINDOW_BATCH("keys:1000", 1000, 8),
    WINDOW_BATCH("keys:100000", 100000, 9),
    WINDOW_BATCH("keys:1000000", 1000000, 20),
    WINDOW_UPSERT("prefetched", "keys:1000000", 1000000, 20, prefetched),
    WINDOW_OF("hopping:6", 10000, 150, hopping),
    WINDOW_KEYED("window.triggered", 68, early),
    WINDOW_KEYED("window.session", 100, session),
    WINDOW_KEYED("window.sliding", 100, sliding),
    AGGREGATE("sum", 3),
    AGGREGATE("min", 3),
    AGGREGATE("max", 3),
    AGGREGATE("mean", 4),
    AGGREGATE("distinct", 8),
    AGGREGATE("quantile", 25),
    AGGREGATE("top_k", 30),
    WINDOW_NEW("/new-keys:1000", 1000),
    WINDOW_NEW("/new-keys:100000", 100000),
    WINDOW_FIRE("", 100000),
    WINDOW_FIRE("/keys:1000", 1000),
    EVENT("event.encode.avro/generate", EVENT_AVRO, 750, event_generate_run),
    EVENT("event.encode.avro", EVENT_AVRO, 50, event_encode_run),
    EVENT("event.decode.avro", EVENT_AVRO, 52, event_decode_run),
    EVENT("event.encode.json", EVENT_JSON, 480, event_encode_run),
    EVENT("event.decode.json", EVENT_JSON, 700, event_decode_run),
    BATCH("record_batch.encode", "ns/record", BATCH_RECORDS, 65, batch_encode_run, batch_records, EVENT_BYTES),
    BATCH("record_batch.decode", "ns/record", BATCH_RECORDS, 57, batch_decode_run, batch_records, EVENT_BYTES),
    BATCH("zstd.compress", "ns/byte", BATCH_RECORDS, 3.7, zstd_compress_run, batch_bytes, 1),
    BATCH("zstd.compress/records:1", "ns/byte", 1, 11, zstd_compress_run, batch_bytes, 1),
    BATCH("zstd.compress/records:10", "ns/byte", 10, 3.5, zstd_compress_run, batch_bytes, 1),
    BATCH("zstd.decompress", "ns/byte", BATCH_RECORDS, 0.57, zstd_decompress_run, batch_bytes, 1),
    BATCH("zstd.decompress/records:1", "ns/byte", 1, 0.55, zstd_decompress_run, batch_bytes, 1),
    BATCH("zstd.decompress/records:10", "ns/byte", 10, 1.2, zstd_decompress_run, batch_bytes, 1),
    BATCH("crc32c", "ns/byte", BATCH_RECORDS, 0.1, crc32c_run, batch_bytes, 1),
    PLAN("", plan, 100000, 1, 20),
    PLAN("/files:1000", plan, 1000, 100, 13),
    PLAN("/files:1000000", plan, 1000000, 1, 50),
    PLAN("/optimize", optimize, 100000, 1, 48),
    MERGE("", BENCH_MERGE_FILES, EVENT_BYTES, 350),
    MERGE("/files:2", 2, EVENT_BYTES, 260),
    MERGE("/files:256", 256, EVENT_BYTES, 400),
    MERGE("/bytes:100", BENCH_MERGE_FILES, 100, 130),
    MERGE("/bytes:1000", BENCH_MERGE_FILES, 1000, 780),
    BESIDE_ZSTD("compact.merge/zstd", "", _zstd, BENCH_MERGE_FILES, EVENT_BYTES, 2000),
    BESIDE_ZSTD("compact.merge/zstd", "/bytes:1000", _zstd, BENCH_MERGE_FILES, 1000, 5000),
    TABLE("compact.sort", "ns/record", BENCH_MERGE_FILES, BENCH_MERGE_RECORDS, 415, merge_time, merge, EVENT_BYTES),
    TABLE("compact.z_order", "ns/record", BENCH_MERGE_FILES, BENCH_MERGE_RECORDS, 640, merge_z_order, merge,
          EVENT_BYTES),
    BESIDE_ZSTD("compact.z_order/zstd", "", _z_order_zstd, BENCH_MERGE_FILES, EVENT_BYTES, 2400),
    TABLE("table_file.encode", "ns/record", 1, BENCH_MERGE_RECORDS, 266, table, table_encode, EVENT_BYTES),
    TABLE("table_file.encode/zstd", "ns/record", 1, BENCH_MERGE_RECORDS, 1750, table_zstd, table_encode, EVENT_BYTES),
    TABLE("table_file.decode", "ns/record", 1, BENCH_MERGE_RECORDS, 70, table, table_decode, EVENT_BYTES),
    TABLE("table_file.decode/zstd", "ns/record", 1, BENCH_MERGE_RECORDS, 350, table_zstd, table_decode, EVENT_BYTES),
    ALONE("zstd.compress/row-group", 3.9, table_compress),
    ALONE("zstd.decompress/row-group", 0.65, table_decompress),
    CLEANER("log_cleaner.index", 4096, 193, index),
    CLEANER("log_cleaner.index/keys:32768", 32768, 210, index),
    CLEANER("log_cleaner.copy", 4096, 220, copy),
    CLEANER("log_cleaner.copy/keys:32768", 32768, 340, copy),
    FREE("dedup.keep/ids:100000", "ns/record", 100000, 40, dedup_set_up, dedup_run, dedup_tear_down, 16),
    FREE("dedup.keep", "ns/record", 1000000, 55, dedup_set_up, dedup_run, dedup_tear_down, 16),
    KERNEL("kernel/mm1", "ns/event", 0, 34, mm1, true),
    KERNEL("reference/mm1_bare_heap", "ns/event", 0, 26, mm1_bare, false),
    HOLD("100", 100, 17),
    HOLD("10000", 10000, 20),
    HOLD("1000000", 1000000, 150),
    KERNEL("kernel/histogram_range", "ns/range", 0, 15, histogram, false),
    KERNEL("kernel/rng", "ns/number", 0, 6, rng, false),
};
const size_t bench_cases_n = sizeof bench_cases / sizeof *bench_cases;
