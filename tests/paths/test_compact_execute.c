/* Merging real files against the naive way: everything in one array, sorted by the C library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "arena.h"
#include "compact.h"
#include "philox.h"

static uint64_t draw(void *context)
{
    return philox_next_u64(context);
}

/* What a test merges, and what should come of it. */
struct workload {
    struct table_bytes *inputs;
    size_t inputs_n;
    struct table_record *all; /* of all inputs */
    size_t all_n;
    int64_t bytes;
};

struct shape {
    size_t inputs_most, records_most, value_most;
    uint64_t keys, times, copies; /* of how many different; of ten records how many are copies */
    int arrival;                  /* of ten files, how many are in arrival order */
};

static struct table_record random_record(struct philox *philox, const struct shape *shape,
                                         struct arena *arena)
{
    struct table_record r = {.time_ms = (int64_t)philox_below(philox, shape->times)};
    char *key = ARENA_NEW(arena, char, 32);
    /* Some keys share their first eight bytes. */
    const int long_key = philox_below(philox, 2) == 0;
    r.key_n =
        (uint32_t)snprintf(key, 32, long_key ? "campaign-%d" : "c%d", (int)philox_below(philox, shape->keys));
    r.key = key;
    r.id[0] = philox_below(philox, 4) == 0 ? 0 : philox_next_u64(philox);
    r.id[1] = r.id[0] == 0 ? 0 : philox_next_u64(philox);
    r.value_n = (uint32_t)philox_below(philox, shape->value_most + 1);
    unsigned char *value = ARENA_NEW(arena, unsigned char, r.value_n);
    for (size_t b = 0; b < r.value_n; b++)
        value[b] = (unsigned char)philox_below(philox, 16);
    r.value = value;
    return r;
}

static struct workload make(struct philox *philox, struct table_writer *writer, const struct shape *shape,
                            struct arena *arena)
{
    struct workload w = {.inputs_n = philox_below(philox, shape->inputs_most + 1)};
    w.inputs = ARENA_NEW(arena, struct table_bytes, w.inputs_n);
    w.all = ARENA_NEW(arena, struct table_record, w.inputs_n * (shape->records_most + 1));
    for (size_t i = 0; i < w.inputs_n; i++) {
        /* Files without records and with one often. */
        size_t n = philox_below(philox, shape->records_most + 1);
        if (philox_below(philox, 6) == 0) n = philox_below(philox, 2);
        struct table_record *own = ARENA_NEW(arena, struct table_record, n);
        for (size_t k = 0; k < n; k++) {
            if (w.all_n > 0 && philox_below(philox, 10) < shape->copies)
                own[k] = w.all[philox_below(philox, w.all_n)];
            else
                own[k] = random_record(philox, shape, arena);
            w.all[w.all_n++] = own[k];
        }
        struct table_writer_options options = {
            .level = (int)philox_below(philox, 5),
            .group_bytes = 1 + (int64_t)philox_below(philox, philox_below(philox, 2) == 0 ? 500 : 20000),
            .id_at = TABLE_ID_COLUMN,
            .sorted = philox_below(philox, 10) >= (uint64_t)shape->arrival,
            .arena = arena};
        if (options.sorted) (void)table_records_sort(own, n);
        const struct table_file file = table_file_write(writer, &options, own, n);
        w.inputs[i] = (struct table_bytes){file.bytes, file.n};
        w.bytes += (int64_t)file.n;
    }
    return w;
}

static int compare_for_qsort(const void *a, const void *b)
{
    return table_record_compare(a, b);
}

static bool same_but_value(const struct table_record *a, const struct table_record *b)
{
    return a->key_n == b->key_n && memcmp(a->key, b->key, a->key_n) == 0 && a->time_ms == b->time_ms &&
           a->id[0] == b->id[0] && a->id[1] == b->id[1];
}

/* The naive way. spoil: forgets one record, which must be noticed. */
static size_t expected_records(const struct workload *w, bool deduplicate, bool spoil,
                               struct table_record *expected)
{
    size_t n = 0;
    if (w->all_n > 0) qsort(w->all, w->all_n, sizeof *w->all, compare_for_qsort);
    for (size_t i = 0; i < w->all_n; i++) {
        const struct table_record *r = &w->all[i];
        if (spoil && i == w->all_n / 2) continue;
        if (deduplicate && n > 0 && (r->id[0] != 0 || r->id[1] != 0) && same_but_value(r, &expected[n - 1]))
            continue;
        expected[n++] = *r;
    }
    return n;
}

static bool is_expected(const struct compact_result *result, const struct compact_options *options,
                        const struct table_record *expected, size_t n)
{
    struct table_reader *reader = table_reader_new();
    size_t i = 0;
    bool same = true;
    for (size_t f = 0; f < result->files_n && same; f++) {
        const struct table_file *file = &result->files[f];
        struct table_stats stats;
        struct table_record record;
        assert_true((int64_t)file->n <= options->target_bytes || options->target_bytes == 0 ||
                    file->stats.records == 1);
        assert_true(file->stats.records > 0 && file->stats.sorted);
        assert_int_equal(table_reader_open(reader, file->bytes, file->n, &stats), TABLE_OK);
        while (same && table_reader_next(reader, &record) == TABLE_OK) {
            same = i < n && table_record_compare(&record, &expected[i]) == 0;
            i++;
        }
        if (same) assert_int_equal(table_reader_next(reader, &record), TABLE_END);
    }
    table_reader_free(reader);
    return same && i == n;
}

static void check_counts(const struct compact_result *result, const struct workload *w, size_t expected_n)
{
    const struct compact_counts *c = &result->counts;
    int64_t bytes_out = 0, raw_out = 0;
    for (size_t f = 0; f < result->files_n; f++) {
        bytes_out += (int64_t)result->files[f].n;
        raw_out += result->files[f].stats.raw_bytes;
    }
    assert_int_equal(c->files_in, w->inputs_n);
    assert_int_equal(c->files_out, result->files_n);
    assert_int_equal(c->bytes_in, w->bytes);
    assert_int_equal(c->bytes_out, bytes_out);
    assert_int_equal(c->records_in, w->all_n);
    assert_int_equal(c->records_out, expected_n);
    assert_int_equal(c->duplicates, w->all_n - expected_n);
    if (result->files_n > 0 && !result->files[0].stats.stored)
        assert_true(c->compressed_bytes >= raw_out); /* more where row groups were halved */
    assert_true(c->comparisons >= 0 && c->comparisons <= (int64_t)(w->all_n * 12));
}

static int disagreements(int rounds, bool spoil)
{
    static const struct shape shapes[] = {
        {.inputs_most = 6,
         .records_most = 60,
         .value_most = 80,
         .keys = 20,
         .times = 10,
         .copies = 2,
         .arrival = 0},
        {.inputs_most = 40,
         .records_most = 6,
         .value_most = 30,
         .keys = 3,
         .times = 2,
         .copies = 5,
         .arrival = 3},
        {.inputs_most = 3,
         .records_most = 250,
         .value_most = 900,
         .keys = 1000,
         .times = 100000,
         .copies = 0,
         .arrival = 5},
        {.inputs_most = 10,
         .records_most = 30,
         .value_most = 5,
         .keys = 2,
         .times = 3,
         .copies = 8,
         .arrival = 10},
        {.inputs_most = 1,
         .records_most = 100,
         .value_most = 50,
         .keys = 9,
         .times = 9,
         .copies = 4,
         .arrival = 5},
    };
    struct philox philox = philox_named(1, "test/compact/execute");
    struct table_writer *writer = table_writer_new();
    struct compact_executor *executor = compact_executor_new();
    int differ = 0;
    for (int round = 0; round < rounds; round++) {
        struct arena *arena = arena_new(0);
        const struct workload w =
            make(&philox, writer, &shapes[(size_t)round % (sizeof shapes / sizeof *shapes)], arena);
        const struct compact_options options = {
            .target_bytes = philox_below(&philox, 4) == 0 ? 0 : 1 + (int64_t)philox_below(&philox, 20000),
            .group_bytes = philox_below(&philox, 2) == 0 ? 0 : 1 + (int64_t)philox_below(&philox, 5000),
            .level = (int)philox_below(&philox, 4),
            .deduplicate = philox_below(&philox, 2) == 0};
        struct compact_result result;
        compact_execute(executor, &options, w.inputs, w.inputs_n, arena, &result);
        assert_int_equal(result.status, TABLE_OK);
        struct table_record *expected = ARENA_NEW(arena, struct table_record, w.all_n);
        const size_t n = expected_records(&w, options.deduplicate, spoil, expected);
        const bool same = is_expected(&result, &options, expected, n);
        if (same) check_counts(&result, &w, n);
        differ += !same;
        arena_free(arena);
    }
    compact_executor_free(executor);
    table_writer_free(writer);
    return differ;
}

static void merges_as_the_naive_way(void **state)
{
    (void)state;
    assert_int_equal(disagreements(600, false), 0);
    assert_true(disagreements(100, true) > 60); /* one record missing is noticed */
}

/* The same records, however cut and in whatever order: the same bytes. */
static void canonical(void **state)
{
    (void)state;
    static const struct shape shape = {
        .inputs_most = 1, .records_most = 300, .value_most = 40, .keys = 10, .times = 30, .copies = 2};
    struct philox philox = philox_named(1, "test/compact/canonical");
    struct table_writer *writer = table_writer_new();
    struct compact_executor *executor = compact_executor_new();
    for (int round = 0; round < 30; round++) {
        struct arena *arena = arena_new(0);
        struct workload w;
        do
            w = make(&philox, writer, &shape, arena);
        while (w.all_n == 0);
        const struct compact_options options = {
            .target_bytes = 4000, .level = 3, .deduplicate = round % 2 == 0};
        struct compact_result whole, cut;
        compact_execute(executor, &options, w.inputs, 1, arena, &whole);
        struct table_bytes pieces[7];
        for (size_t p = 0, at = 0; p < 7; p++) {
            const size_t n = p == 6 ? w.all_n - at : philox_below(&philox, w.all_n - at + 1);
            struct table_writer_options writing = {
                .level = 1, .group_bytes = 300, .id_at = TABLE_ID_COLUMN, .arena = arena};
            /* all[] may stand in any order: as it came, or as the naive way left it. */
            const struct table_file file = table_file_write(writer, &writing, w.all + at, n);
            pieces[6 - p] = (struct table_bytes){file.bytes, file.n};
            at += n;
        }
        compact_execute(executor, &options, pieces, 7, arena, &cut);
        assert_int_equal(cut.status, TABLE_OK);
        assert_int_equal(cut.files_n, whole.files_n);
        for (size_t f = 0; f < cut.files_n; f++) {
            assert_int_equal(cut.files[f].n, whole.files[f].n);
            assert_memory_equal(cut.files[f].bytes, whole.files[f].bytes, cut.files[f].n);
        }
        arena_free(arena);
    }
    compact_executor_free(executor);
    table_writer_free(writer);
}

static void duplicates_by_hand(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct table_writer *writer = table_writer_new();
    struct compact_executor *executor = compact_executor_new();
    const struct table_record first[] = {
        {.key = "a", .key_n = 1, .time_ms = 1, .id = {7, 7}, .value = "x", .value_n = 1},
        {.key = "a", .key_n = 1, .time_ms = 1, .value = "no id", .value_n = 5},
        {.key = "a", .key_n = 1, .time_ms = 2, .id = {7, 7}, .value = "x", .value_n = 1}, /* another time */
        {.key = "b", .key_n = 1, .time_ms = 1, .id = {7, 7}, .value = "x", .value_n = 1}, /* another key */
    };
    struct table_writer_options writing = {
        .level = 1, .group_bytes = 1000, .id_at = TABLE_ID_COLUMN, .arena = arena};
    struct table_bytes inputs[3];
    for (int i = 0; i < 3; i++) {
        const struct table_file file = table_file_write(writer, &writing, first, 4);
        inputs[i] = (struct table_bytes){file.bytes, file.n};
    }
    struct compact_result result;
    const struct compact_options options = {.level = 1, .deduplicate = true};
    compact_execute(executor, &options, inputs, 3, arena, &result);
    assert_int_equal(result.status, TABLE_OK);
    assert_int_equal(result.counts.records_in, 12);
    assert_int_equal(result.counts.records_out, 6); /* three, and what has no id three times */
    assert_int_equal(result.counts.duplicates, 6);
    const struct compact_options keeping = {.level = 1};
    compact_execute(executor, &keeping, inputs, 3, arena, &result);
    assert_int_equal(result.counts.records_out, 12);
    compact_execute(executor, &keeping, inputs, 0, arena, &result);
    assert_int_equal(result.files_n, 0);
    assert_int_equal(result.status, TABLE_OK);
    compact_executor_free(executor);
    table_writer_free(writer);
    arena_free(arena);
}

/* A damaged input is named, nothing comes out, and the executor works on afterwards. */
static void damaged_inputs(void **state)
{
    (void)state;
    static const struct shape shape = {.inputs_most = 4,
                                       .records_most = 30,
                                       .value_most = 20,
                                       .keys = 5,
                                       .times = 5,
                                       .copies = 1,
                                       .arrival = 4};
    struct philox philox = philox_named(2, "test/compact/damage");
    struct table_writer *writer = table_writer_new();
    struct compact_executor *executor = compact_executor_new();
    const struct compact_options options = {.target_bytes = 700, .level = 1};
    for (int round = 0; round < 6; round++) {
        struct arena *arena = arena_new(0);
        struct workload w;
        do
            w = make(&philox, writer, &shape, arena);
        while (w.inputs_n < 2 || w.all_n < 20);
        const size_t victim = philox_below(&philox, w.inputs_n);
        const struct table_bytes whole = w.inputs[victim];
        struct compact_result result;
        for (size_t i = 0; i < 2 * whole.n; i++) {
            struct arena *scratch = arena_new(0);
            const bool flip = i < whole.n;
            const size_t n = flip ? whole.n : i - whole.n;
            unsigned char *bytes = malloc(n > 0 ? n : 1);
            assert_non_null(bytes);
            if (n > 0) memcpy(bytes, whole.bytes, n);
            if (flip) bytes[i] ^= (unsigned char)(1 << philox_below(&philox, 8));
            w.inputs[victim] = (struct table_bytes){bytes, n};
            compact_execute(executor, &options, w.inputs, w.inputs_n, scratch, &result);
            assert_true(result.status != TABLE_OK && result.status != TABLE_END);
            assert_int_equal(result.bad_input, victim);
            assert_int_equal(result.files_n, 0);
            free(bytes);
            arena_free(scratch);
        }
        w.inputs[victim] = whole;
        compact_execute(executor, &options, w.inputs, w.inputs_n, arena, &result);
        struct table_record *expected = ARENA_NEW(arena, struct table_record, w.all_n);
        const size_t n = expected_records(&w, false, false, expected);
        assert_true(result.status == TABLE_OK && is_expected(&result, &options, expected, n));
        arena_free(arena);
    }
    /* Files that keep their ids in different places do not go together. */
    struct arena *arena = arena_new(0);
    struct table_bytes inputs[2];
    for (int i = 0; i < 2; i++) {
        struct table_writer_options writing = {
            .level = 1, .group_bytes = 1000, .sorted = true, .arena = arena};
        writing.id_at = i == 0 ? TABLE_ID_COLUMN : TABLE_ID_NONE;
        const struct table_record record = {.key = "k", .key_n = 1};
        const struct table_file file = table_file_write(writer, &writing, &record, 1);
        inputs[i] = (struct table_bytes){file.bytes, file.n};
    }
    struct compact_result result;
    compact_execute(executor, &options, inputs, 2, arena, &result);
    assert_int_equal(result.status, TABLE_BAD_RECORD);
    assert_int_equal(result.bad_input, 1);
    arena_free(arena);
    compact_executor_free(executor);
    table_writer_free(writer);
}

/* A tree of k sorted runs takes about log2 k comparisons a record, not k. */
static void comparisons_are_few(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct philox philox = philox_named(1, "test/compact/comparisons");
    struct table_writer *writer = table_writer_new();
    struct compact_executor *executor = compact_executor_new();
    enum { FILES = 64, EACH = 100 };
    static const struct shape shape = {.keys = 1000000, .times = 1000000, .value_most = 10};
    struct table_bytes inputs[FILES];
    for (int f = 0; f < FILES; f++) {
        struct table_record records[EACH];
        for (int i = 0; i < EACH; i++)
            records[i] = random_record(&philox, &shape, arena);
        (void)table_records_sort(records, EACH);
        const struct table_writer_options writing = {
            .level = 1, .group_bytes = 100000, .id_at = TABLE_ID_COLUMN, .sorted = true, .arena = arena};
        const struct table_file file = table_file_write(writer, &writing, records, EACH);
        inputs[f] = (struct table_bytes){file.bytes, file.n};
    }
    struct compact_result result;
    const struct compact_options options = {.level = 1};
    compact_execute(executor, &options, inputs, FILES, arena, &result);
    assert_int_equal(result.counts.records_out, FILES * EACH);
    assert_true(result.counts.comparisons <= FILES * EACH * 6 + FILES);
    assert_true(result.counts.comparisons >= FILES * EACH * 5);
    compact_execute(executor, &options, inputs, 1, arena, &result);
    assert_int_equal(result.counts.comparisons, 0);
    compact_executor_free(executor);
    table_writer_free(writer);
    arena_free(arena);
}

/* Large files make events smaller than small ones; the ladder tells by how much, and does not contradict the
 * measurement. Order alone changes little. */
static void measuring(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct philox philox = philox_named(1, "test/compact/measure");
    struct compact_executor *executor = compact_executor_new();
    struct event_generator *generator = event_generator_new(arena, EVENT_AVRO, 420);
    const struct record_batch_source source = {
        .draw = draw, .draw_context = &philox, .clicks_share = 0.02, .time_step_ms = 1};
    struct compact_measure_options options = {
        .format = EVENT_AVRO, .files = 40, .records_per_file = 100, .level = 3};
    const struct compact_sizes sizes = compact_measure(executor, generator, &source, &options);
    assert_int_equal(sizes.records, 4000);
    assert_int_equal(sizes.counts.records_out, 4000);
    assert_int_equal(sizes.counts.files_in, 40);
    assert_int_equal(sizes.counts.files_out, 1);
    assert_true(sizes.raw_bytes > 420 && sizes.raw_bytes < 460); /* the event, its key, lengths and time */
    assert_true(sizes.arrival_bytes < sizes.raw_bytes);
    assert_true(sizes.compacted_bytes < 0.95 * sizes.arrival_bytes);
    assert_true(sizes.compacted_bytes < sizes.sorted_bytes);
    assert_true(sizes.sorted_bytes > 0.95 * sizes.arrival_bytes &&
                sizes.sorted_bytes < 1.05 * sizes.arrival_bytes);

    struct compact_rung rungs[COMPACT_LADDER_N];
    compact_ladder(generator, &source, EVENT_AVRO, 3, rungs);
    for (int r = 0; r < COMPACT_LADDER_N; r++) {
        assert_int_equal(rungs[r].records, (int64_t)1 << 2 * r);
        if (r > 0) assert_true(rungs[r].sorted_bytes < rungs[r - 1].sorted_bytes);
        assert_true(compact_file_bytes(rungs, (double)rungs[r].records, true) ==
                    (double)rungs[r].records * rungs[r].sorted_bytes);
    }
    assert_true(rungs[0].arrival_bytes == rungs[0].sorted_bytes);
    const double by_ladder = compact_file_bytes(rungs, 100, false) / 100;
    assert_true(by_ladder > 0.97 * sizes.arrival_bytes && by_ladder < 1.03 * sizes.arrival_bytes);
    const double large = compact_file_bytes(rungs, 4000, true) / 4000;
    assert_true(large > 0.97 * sizes.compacted_bytes && large < 1.03 * sizes.compacted_bytes);
    assert_true(compact_file_bytes(rungs, 1e6, true) == 1e6 * rungs[COMPACT_LADDER_N - 1].sorted_bytes);
    assert_true(compact_file_bytes(rungs, 0.5, true) == 0.5 * rungs[0].sorted_bytes);
    compact_executor_free(executor);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merges_as_the_naive_way), cmocka_unit_test(canonical),
        cmocka_unit_test(duplicates_by_hand),      cmocka_unit_test(damaged_inputs),
        cmocka_unit_test(comparisons_are_few),     cmocka_unit_test(measuring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
