/* bench_compact.c: see bench_compact.h. */
#include "bench_compact.h"

#include "arena.h"
#include "bench_paths.h"
#include "check.h"
#include "compact.h"
#include "philox.h"
#include "plugin.h"
#include "table_file.h"

#include <string.h>

static uint64_t draw(void *context)
{
    return philox_next_u64(context);
}

struct plan_state {
    struct compact_policy policy;
    struct compact_file *files;
    size_t n;
    int64_t sum;
};

/* A table fed every few minutes: hours of days as partitions, most files small, some already compacted. */
static void *plan_set_up(struct arena *arena, const struct bench_case *bench, const char *strategy)
{
    enum { FILES_PER_PARTITION = 40 };
    struct plan_state *s = ARENA_NEW(arena, struct plan_state, 1);
    struct philox philox = philox_named(1, "bench/plan");
    s->policy = compact_policy_default(compact_strategy_find(strategy), 0);
    plugin_replace_planner(bench_plugged(), &s->policy, arena);
    s->n = (size_t)bench->parameter;
    s->files = ARENA_NEW(arena, struct compact_file, s->n);
    const uint64_t partitions = 1 + s->n / FILES_PER_PARTITION;
    for (size_t i = 0; i < s->n; i++)
        s->files[i] =
            (struct compact_file){.partition = philox_below(&philox, partitions),
                                  .size_bytes = (int64_t)philox_below(
                                      &philox, philox_below(&philox, 20) == 0 ? 600000000 : 30000000),
                                  .records = 50000};
    return s;
}

void *bench_plan_set_up(struct arena *arena, const struct bench_case *bench)
{
    return plan_set_up(arena, bench, "binpack");
}

void *bench_optimize_set_up(struct arena *arena, const struct bench_case *bench)
{
    return plan_set_up(arena, bench, "optimize");
}

void bench_plan_run(void *state, int64_t n)
{
    struct plan_state *s = state;
    CHECK((size_t)n % s->n == 0, "%lld files", (long long)n);
    for (int64_t done = 0; done < n; done += (int64_t)s->n) {
        struct arena *arena = arena_new(0);
        struct compact_plan plan;
        compact_plan(&s->policy, s->files, s->n, arena, &plan);
        CHECK(plan.groups_n > 0 || bench_plugged() != NULL, "an empty plan");
        s->sum += plan.files_in;
        arena_free(arena);
    }
}

struct merge_state {
    struct compact_executor *executor;
    struct table_writer *writer;
    struct table_reader *reader;
    struct record_batch_codec *codec;
    struct table_record *records; /* all, sorted */
    size_t n;
    struct table_bytes *inputs;
    size_t inputs_n;
    int level;
    enum compact_layout layout;
    struct table_file file;       /* of all records, in the rows that need it */
    const unsigned char *stored;  /* a row group of it */
    unsigned char *packed, *out; /* the same compressed */
    size_t stored_n, packed_n, capacity;
    struct table_bytes *raw,
        *packed_inputs; /* for zstd alone: the outputs' row groups, and the inputs' compressed */
    size_t raw_n;
    uint64_t sum;
};

static struct table_file write_file(struct merge_state *s, const struct table_record *records, size_t n,
                                    int level, struct arena *arena)
{
    const struct table_writer_options options = {.level = level,
                                                 .group_bytes = COMPACT_GROUP_BYTES,
                                                 .id_at = TABLE_ID_AT_AVRO_EVENT,
                                                 .sorted = true,
                                                 .arena = arena};
    return table_file_write(s->writer, &options, records, n);
}

/* Events of that mean size, encoded, in the order in which they came: made once a process, for most rows take the same, and
 * making them takes longer than timing the row. */
static const struct table_record *made_records(int64_t event_bytes)
{
    enum { SIZES = 8 };
    static struct {
        int64_t event_bytes;
        struct table_record *records;
    } made[SIZES];
    static struct arena *arena;
    size_t i = 0;
    while (i < SIZES && made[i].records != NULL && made[i].event_bytes != event_bytes)
        i++;
    CHECK(i < SIZES, "events of more than %d sizes", SIZES);
    if (made[i].records != NULL) return made[i].records;
    if (arena == NULL) arena = arena_new(0);
    struct philox philox = philox_named(1, "bench/merge");
    struct event_generator *generator = event_generator_new(arena, EVENT_AVRO, event_bytes);
    unsigned char *encoded = ARENA_NEW(arena, unsigned char, EVENT_BYTES_MAX);
    made[i].event_bytes = event_bytes;
    made[i].records = ARENA_NEW(arena, struct table_record, BENCH_MERGE_RECORDS);
    for (size_t r = 0; r < BENCH_MERGE_RECORDS; r++) {
        struct event event;
        const uint64_t campaign = event_rank(draw(&philox), 1000000);
        event_generate(generator, EVENT_IMPRESSION, (int64_t)campaign, 1900000000000 + (int64_t)r, draw,
                       &philox, &event);
        const size_t value_n = event_encode(&event, EVENT_AVRO, encoded, EVENT_BYTES_MAX);
        char *bytes = ARENA_NEW(arena, char, EVENT_KEY_BYTES_MAX + value_n);
        const size_t key_n = event_key(campaign, bytes);
        memcpy(bytes + EVENT_KEY_BYTES_MAX, encoded, value_n);
        made[i].records[r] = (struct table_record){.key = bytes,
                                                   .key_n = (uint32_t)key_n,
                                                   .value = bytes + EVENT_KEY_BYTES_MAX,
                                                   .value_n = (uint32_t)value_n,
                                                   .time_ms = event.time_ms,
                                                   .id = {event.event_id[0], event.event_id[1]}};
    }
    return made[i].records;
}

static void *merge_set_up(struct arena *arena, const struct bench_case *bench, int64_t event_bytes, int level)
{
    struct merge_state *s = ARENA_NEW(arena, struct merge_state, 1);
    s->executor = compact_executor_new();
    s->writer = table_writer_new();
    s->reader = table_reader_new();
    s->codec = record_batch_codec_new();
    s->level = level;
    s->n = BENCH_MERGE_RECORDS;
    s->records = ARENA_NEW(arena, struct table_record, s->n);
    memcpy(s->records, made_records(event_bytes), s->n * sizeof *s->records);
    s->inputs_n = (size_t)bench->parameter;
    s->inputs = ARENA_NEW(arena, struct table_bytes, s->inputs_n);
    const size_t each = s->n / s->inputs_n;
    CHECK(each * s->inputs_n == s->n, "%zu files do not hold %zu records", s->inputs_n, s->n);
    for (size_t f = 0; f < s->inputs_n; f++) {
        (void)table_records_sort(s->records + f * each, each);
        const struct table_file file = write_file(s, s->records + f * each, each, level, arena);
        s->inputs[f] = (struct table_bytes){file.bytes, file.n};
    }
    return s;
}

/* The same records in one file, for the rows that need it. */
static struct merge_state *whole_set_up(struct arena *arena, const struct bench_case *bench,
                                        int64_t event_bytes, int level)
{
    struct merge_state *s = merge_set_up(arena, bench, event_bytes, level);
    (void)table_records_sort(s->records, s->n);
    s->file = write_file(s, s->records, s->n, level, arena);
    return s;
}

void *bench_merge_set_up(struct arena *arena, const struct bench_case *bench)
{
    return merge_set_up(arena, bench, (int64_t)bench->bytes, 0);
}

void *bench_merge_time_set_up(struct arena *arena, const struct bench_case *bench)
{
    struct merge_state *s = merge_set_up(arena, bench, (int64_t)bench->bytes, 0);
    s->layout = COMPACT_BY_TIME;
    return s;
}

void *bench_merge_z_order_set_up(struct arena *arena, const struct bench_case *bench)
{
    struct merge_state *s = merge_set_up(arena, bench, (int64_t)bench->bytes, 0);
    s->layout = COMPACT_BY_Z_ORDER;
    return s;
}

void *bench_merge_z_order_zstd_set_up(struct arena *arena, const struct bench_case *bench)
{
    struct merge_state *s = merge_set_up(arena, bench, (int64_t)bench->bytes, BENCH_ZSTD_LEVEL);
    s->layout = COMPACT_BY_Z_ORDER;
    return s;
}

void *bench_merge_zstd_set_up(struct arena *arena, const struct bench_case *bench)
{
    return merge_set_up(arena, bench, (int64_t)bench->bytes, BENCH_ZSTD_LEVEL);
}

void *bench_table_set_up(struct arena *arena, const struct bench_case *bench)
{
    return whole_set_up(arena, bench, (int64_t)bench->bytes, 0);
}

void *bench_table_zstd_set_up(struct arena *arena, const struct bench_case *bench)
{
    return whole_set_up(arena, bench, (int64_t)bench->bytes, BENCH_ZSTD_LEVEL);
}

static struct table_bytes kept(struct arena *arena, const void *bytes, size_t n)
{
    unsigned char *own = ARENA_NEW(arena, unsigned char, n);
    memcpy(own, bytes, n);
    return (struct table_bytes){own, n};
}

/* What compact_execute() has zstd do: the inputs' bytes to decompress, and the output's, by row groups, to
 * compress. */
void *bench_codec_set_up(struct arena *arena, const struct bench_case *bench)
{
    struct merge_state *s = whole_set_up(arena, bench, (int64_t)bench->bytes, 0);
    s->level = BENCH_ZSTD_LEVEL;
    const size_t files_n = s->inputs_n;
    s->raw_n = (s->file.n + COMPACT_GROUP_BYTES - 1) / COMPACT_GROUP_BYTES;
    s->raw = ARENA_NEW(arena, struct table_bytes, s->raw_n);
    for (size_t g = 0; g < s->raw_n; g++) {
        const size_t at = g * COMPACT_GROUP_BYTES;
        const size_t n = s->file.n - at < COMPACT_GROUP_BYTES ? s->file.n - at : COMPACT_GROUP_BYTES;
        s->raw[g] = (struct table_bytes){s->file.bytes + at, n};
    }
    s->capacity = record_batch_bound(s->file.n);
    s->out = ARENA_NEW(arena, unsigned char, s->capacity);
    s->packed_inputs = ARENA_NEW(arena, struct table_bytes, files_n);
    for (size_t f = 0; f < files_n; f++) {
        const size_t n = record_batch_compress(s->codec, s->level, s->inputs[f].bytes, s->inputs[f].n, s->out,
                                               s->capacity);
        s->packed_inputs[f] = kept(arena, s->out, n);
    }
    return s;
}

void bench_codec_run(void *state, int64_t n)
{
    struct merge_state *s = state;
    for (int64_t done = 0; done < n; done += (int64_t)s->n) {
        for (size_t f = 0; f < s->inputs_n; f++) {
            size_t out_n;
            CHECK(record_batch_decompress(s->codec, s->packed_inputs[f].bytes, s->packed_inputs[f].n,
                                          &out_n) != NULL &&
                      out_n == s->inputs[f].n,
                  "decompressed bytes");
            s->sum += out_n;
        }
        for (size_t g = 0; g < s->raw_n; g++)
            s->sum +=
                record_batch_compress(s->codec, s->level, s->raw[g].bytes, s->raw[g].n, s->out, s->capacity);
    }
}

/* The bytes of a row group, stored and compressed, for zstd alone. */
void *bench_row_group_set_up(struct arena *arena, const struct bench_case *bench)
{
    enum { EVENT_BYTES = 420 };
    struct merge_state *s = whole_set_up(arena, bench, EVENT_BYTES, 0);
    CHECK(s->file.n >= BENCH_ROW_GROUP_BYTES, "%zu bytes to compress", s->file.n);
    s->stored = s->file.bytes;
    s->stored_n = BENCH_ROW_GROUP_BYTES;
    s->capacity = record_batch_bound(s->stored_n);
    s->packed = ARENA_NEW(arena, unsigned char, s->capacity);
    s->out = ARENA_NEW(arena, unsigned char, s->capacity);
    s->packed_n =
        record_batch_compress(s->codec, BENCH_ZSTD_LEVEL, s->stored, s->stored_n, s->packed, s->capacity);
    return s;
}

void bench_merge_tear_down(void *state)
{
    struct merge_state *s = state;
    compact_executor_free(s->executor);
    table_writer_free(s->writer);
    table_reader_free(s->reader);
    record_batch_codec_free(s->codec);
}

void bench_merge_run(void *state, int64_t n)
{
    struct merge_state *s = state;
    const struct compact_options options = {.level = s->level, .layout = s->layout};
    for (int64_t done = 0; done < n; done += (int64_t)s->n) {
        struct arena *arena = arena_new(0);
        struct compact_result result;
        compact_execute(s->executor, &options, s->inputs, s->inputs_n, arena, &result);
        CHECK(result.status == TABLE_OK && (size_t)result.counts.records_out == s->n, "a merge that is %s",
              table_status_name(result.status));
        s->sum += (uint64_t)result.counts.bytes_out;
        arena_free(arena);
    }
}

void bench_table_encode_run(void *state, int64_t n)
{
    struct merge_state *s = state;
    for (int64_t done = 0; done < n; done += (int64_t)s->n) {
        struct arena *arena = arena_new(0);
        s->sum += write_file(s, s->records, s->n, s->level, arena).n;
        arena_free(arena);
    }
}

void bench_table_decode_run(void *state, int64_t n)
{
    struct merge_state *s = state;
    for (int64_t done = 0; done < n; done += (int64_t)s->n) {
        struct table_record record;
        enum table_status status = table_reader_open(s->reader, s->file.bytes, s->file.n, NULL);
        while (status == TABLE_OK) {
            status = table_reader_next(s->reader, &record);
            s->sum += record.value_n;
        }
        CHECK(status == TABLE_END, "a file that is %s", table_status_name(status));
    }
}

void bench_table_compress_run(void *state, int64_t n)
{
    struct merge_state *s = state;
    for (int64_t done = 0; done < n; done += (int64_t)s->stored_n)
        s->sum +=
            record_batch_compress(s->codec, BENCH_ZSTD_LEVEL, s->stored, s->stored_n, s->out, s->capacity);
}

void bench_table_decompress_run(void *state, int64_t n)
{
    struct merge_state *s = state;
    for (int64_t done = 0; done < n; done += (int64_t)s->stored_n) {
        size_t out_n;
        CHECK(record_batch_decompress(s->codec, s->packed, s->packed_n, &out_n) != NULL &&
                  out_n == s->stored_n,
              "decompressed bytes");
        s->sum += out_n;
    }
}
