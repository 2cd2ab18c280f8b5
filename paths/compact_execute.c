/* compact_execute.c: merging real files; see compact.h.
 *
 * 1. Every input is opened, which checks its footer. A sorted one is a run that is read as it is merged; the
 *    records of those in arrival order are copied together and sorted, into one run more.
 * 2. A loser tree over the runs gives the least record each time: one comparison a level.
 *
 *         tree[0] the winner      tree[1] ... each the loser of the match played there
 *              1
 *            2   3                leaves k .. 2k-1 are the runs 0 .. k-1; the match of leaf i is at
 *           / \ / \               (i + k) / 2, the next at half of that, up to 1
 *
 * 3. The record is copied to the writer, which cuts files to size, before its run moves on; the record before
 *    it is still valid in its reader, and says whether this one is a copy.
 *
 * In another order than the key's nothing can be merged: all records are copied together, each gets a number
 * by which they are sorted (its time, or its place on the curve), equal ones as table_record_compare() has
 * them.
 *
 * Damage found midway throws away what was written: all output or none.
 */
#include "compact.h"

#include "arena.h"
#include "check.h"
#include "compact_order.h"
#include "memory.h"
#include "table_format.h"

#include <stdlib.h>
#include <string.h>

/* A source of records in order. */
struct run {
    struct table_reader *reader; /* NULL: the sorted records */
    size_t input;                /* that it reads */
    struct table_record head;
    uint64_t prefix; /* of the head's key: its first eight bytes as a number, which settles most matches */
    bool ended;
};

/* Where a copied record's key and value stand in a buffer that may move as it grows. */
struct offsets {
    size_t key, value;
};

struct compact_executor {
    struct table_writer *writer;
    struct table_reader **readers;
    size_t readers_n;
    struct run *runs;
    uint32_t *tree;
    size_t runs_capacity;
    /* Of inputs in arrival order: copies of their keys and values, and the records, which point there. */
    struct table_buffer copies;
    struct table_record *records;
    struct offsets *offsets;
    struct compact_sorter sorter;
    size_t records_n, records_capacity, records_at;
    int64_t comparisons;
    int64_t records_expected; /* by the footers */
    size_t opened_n;
    /* Of the call going on. */
    struct arena *arena;
    struct table_file *files;
    size_t files_n, files_capacity;
};

struct compact_executor *compact_executor_new(void)
{
    struct compact_executor *e = calloc(1, sizeof *e);
    CHECK(e != NULL, "no memory for an executor");
    e->writer = table_writer_new();
    return e;
}

void compact_executor_free(struct compact_executor *e)
{
    if (e == NULL) return;
    table_writer_free(e->writer);
    for (size_t i = 0; i < e->readers_n; i++)
        table_reader_free(e->readers[i]);
    free(e->readers);
    free(e->runs);
    free(e->tree);
    free(e->copies.bytes);
    free(e->records);
    free(e->offsets);
    compact_sorter_free(&e->sorter);
    free(e);
}

static void reserve(struct compact_executor *e, size_t inputs)
{
    const size_t runs = inputs + 1; /* the sorted records */
    if (runs > e->runs_capacity) {
        e->runs = memory_resize(e->runs, runs, sizeof *e->runs);
        e->tree = memory_resize(e->tree, runs, sizeof *e->tree);
        e->runs_capacity = runs;
    }
    if (inputs > e->readers_n) {
        e->readers = memory_resize(e->readers, inputs, sizeof *e->readers);
        while (e->readers_n < inputs)
            e->readers[e->readers_n++] = table_reader_new();
    }
}

static uint64_t key_prefix(const struct table_record *record)
{
    const unsigned char *key = record->key;
    uint64_t prefix = 0;
    for (uint32_t i = 0; i < 8; i++)
        prefix = prefix << 8 | (i < record->key_n ? key[i] : 0u);
    return prefix;
}

/* Moves a run to its next record. */
static enum table_status advance(struct compact_executor *e, struct run *run)
{
    enum table_status status = TABLE_OK;
    if (run->reader == NULL) {
        run->ended = e->records_at == e->records_n;
        if (!run->ended) run->head = e->records[e->records_at++];
    } else {
        status = table_reader_next(run->reader, &run->head);
        run->ended = status == TABLE_END;
        if (run->ended) status = TABLE_OK;
    }
    if (status == TABLE_OK && !run->ended) run->prefix = key_prefix(&run->head);
    return status;
}

static enum table_status copy_records(struct compact_executor *e, struct table_reader *reader)
{
    struct table_record record;
    enum table_status status;
    while ((status = table_reader_next(reader, &record)) == TABLE_OK) {
        if (e->records_n == e->records_capacity) {
            e->records_capacity = e->records_capacity == 0 ? 1024 : 2 * e->records_capacity;
            e->records = memory_resize(e->records, e->records_capacity, sizeof *e->records);
            e->offsets = memory_resize(e->offsets, e->records_capacity, sizeof *e->offsets);
        }
        const size_t at = e->copies.n;
        table_buffer_reserve(&e->copies, at + record.key_n + record.value_n);
        if (record.key_n > 0) memcpy(e->copies.bytes + at, record.key, record.key_n);
        if (record.value_n > 0) memcpy(e->copies.bytes + at + record.key_n, record.value, record.value_n);
        e->copies.n += (size_t)record.key_n + record.value_n;
        e->offsets[e->records_n] = (struct offsets){at, at + record.key_n};
        e->records[e->records_n++] = record;
    }
    return status == TABLE_END ? TABLE_OK : status;
}

static bool is_before(struct compact_executor *e, uint32_t a, uint32_t b)
{
    const struct run *x = &e->runs[a], *y = &e->runs[b];
    if (x->ended || y->ended) return x->ended == y->ended ? a < b : y->ended;
    e->comparisons++;
    if (x->prefix != y->prefix) return x->prefix < y->prefix;
    int order = table_record_compare(&x->head, &y->head);
    return order != 0 ? order < 0 : a < b;
}

/* Plays the matches from a leaf up, after its run moved on. */
static void replay(struct compact_executor *e, uint32_t k, uint32_t run)
{
    for (uint32_t match = (run + k) / 2; match > 0; match /= 2) {
        if (!is_before(e, e->tree[match], run)) continue;
        uint32_t winner = e->tree[match];
        e->tree[match] = run;
        run = winner;
    }
    e->tree[0] = run;
}

/* The winner of the subtree at a match, whose losers are stored on the way. */
static uint32_t play(struct compact_executor *e, uint32_t k, uint32_t match)
{
    if (match >= k) return match - k;
    uint32_t a = play(e, k, 2 * match), b = play(e, k, 2 * match + 1);
    bool a_wins = is_before(e, a, b);
    e->tree[match] = a_wins ? b : a;
    return a_wins ? a : b;
}

static void keep_file(void *context, const struct table_file *file)
{
    struct compact_executor *e = context;
    if (file->stats.records == 0) return;
    if (e->files_n == e->files_capacity) {
        size_t capacity = e->files_capacity == 0 ? 8 : 2 * e->files_capacity;
        e->files = arena_grow(e->arena, e->files, e->files_n, capacity, sizeof *e->files);
        e->files_capacity = capacity;
    }
    e->files[e->files_n++] = *file;
}

static bool is_copy(const struct table_record *a, const struct table_record *b)
{
    return a->id[0] == b->id[0] && a->id[1] == b->id[1] && (a->id[0] != 0 || a->id[1] != 0) &&
           a->time_ms == b->time_ms && a->key_n == b->key_n &&
           (a->key_n == 0 || memcmp(a->key, b->key, a->key_n) == 0);
}

static enum table_status merge(struct compact_executor *e, uint32_t k, bool deduplicate,
                               struct compact_result *result)
{
    for (uint32_t i = 0; i < k; i++) {
        result->bad_input = e->runs[i].input;
        enum table_status status = advance(e, &e->runs[i]);
        if (status != TABLE_OK) return status;
    }
    if (k == 0) return TABLE_OK;
    e->tree[0] = k == 1 ? 0 : play(e, k, 1);
    struct table_record last = {0};
    for (bool has_last = false;; has_last = true) {
        struct run *run = &e->runs[e->tree[0]];
        if (run->ended) return TABLE_OK;
        result->counts.records_in++;
        if (deduplicate && has_last && is_copy(&last, &run->head))
            result->counts.duplicates++;
        else
            table_writer_add(e->writer, &run->head);
        last = run->head;
        result->bad_input = run->input;
        enum table_status status = advance(e, run);
        if (status != TABLE_OK) return status;
        replay(e, k, e->tree[0]);
    }
}

static void count_reading(const struct compact_executor *e, struct compact_counts *counts)
{
    for (size_t i = 0; i < e->opened_n; i++) {
        const struct table_counts *c = table_reader_counts(e->readers[i]);
        counts->decompressed_bytes += (int64_t)c->raw_bytes;
        counts->crc_bytes += (int64_t)c->crc_bytes;
    }
}

static void count_writing(const struct compact_executor *e, struct compact_counts *counts)
{
    const struct table_counts *c = table_writer_counts(e->writer);
    counts->compressed_bytes = (int64_t)c->raw_bytes;
    counts->crc_bytes += (int64_t)c->crc_bytes;
    counts->records_out = (int64_t)c->records;
    counts->files_out = (int64_t)e->files_n;
    for (size_t i = 0; i < e->files_n; i++)
        counts->bytes_out += (int64_t)e->files[i].n;
    CHECK(counts->records_in == e->records_expected &&
              counts->records_in == counts->records_out + counts->duplicates,
          "of %lld records %lld came in, %lld went out and %lld were copies", (long long)e->records_expected,
          (long long)counts->records_in, (long long)counts->records_out, (long long)counts->duplicates);
}

/* Opens all inputs, and reads those in another order than what is written. Returns in *k how many runs came
 * of them. */
static enum table_status open_inputs(struct compact_executor *e, enum compact_layout layout,
                                     const struct table_bytes *inputs, size_t n,
                                     struct compact_result *result, int32_t *id_at, uint32_t *k)
{
    *k = 0;
    for (size_t i = 0; i < n; i++) {
        struct table_stats stats;
        result->bad_input = i;
        result->counts.bytes_in += (int64_t)inputs[i].n;
        enum table_status status = table_reader_open(e->readers[i], inputs[i].bytes, inputs[i].n, &stats);
        e->opened_n = i + 1;
        if (status != TABLE_OK) return status;
        e->records_expected += stats.records;
        if (i == 0) *id_at = stats.id_at;
        if (stats.id_at != *id_at) return TABLE_BAD_RECORD;
        if (stats.sorted && layout == COMPACT_BY_KEY)
            e->runs[(*k)++] = (struct run){.reader = e->readers[i], .input = i};
        else
            status = copy_records(e, e->readers[i]);
        if (status != TABLE_OK) return status;
    }
    for (size_t i = 0; i < e->records_n; i++) {
        e->records[i].key = e->copies.bytes + e->offsets[i].key;
        e->records[i].value = e->copies.bytes + e->offsets[i].value;
    }
    if (e->records_n > 0) {
        e->comparisons += (int64_t)compact_sort(&e->sorter, layout, e->records, e->records_n);
        e->runs[(*k)++] = (struct run){.reader = NULL};
    }
    return TABLE_OK;
}

void compact_execute(struct compact_executor *e, const struct compact_options *options,
                     const struct table_bytes *inputs, size_t n, struct arena *arena,
                     struct compact_result *result)
{
    CHECK(n < UINT32_MAX / 2, "%zu files to merge", n);
    CHECK(options->target_bytes >= 0, "a target of %lld bytes", (long long)options->target_bytes);
    *result = (struct compact_result){.counts = {.files_in = (int64_t)n}};
    if (n == 0) return;
    reserve(e, n);
    e->arena = arena;
    e->files = NULL;
    e->files_n = e->files_capacity = 0;
    e->copies.n = 0;
    e->records_n = e->records_at = 0;
    e->comparisons = e->records_expected = 0;
    e->opened_n = 0;

    uint32_t k;
    int32_t id_at = TABLE_ID_NONE;
    result->status = open_inputs(e, options->layout, inputs, n, result, &id_at, &k);
    if (result->status == TABLE_OK) {
        const struct table_writer_options writing = {
            .level = options->level,
            .group_bytes = options->group_bytes == 0 ? COMPACT_GROUP_BYTES : options->group_bytes,
            .file_bytes = options->target_bytes,
            .id_at = id_at,
            .sorted = options->layout == COMPACT_BY_KEY,
            .arena = arena,
            .finished = keep_file,
            .context = e,
        };
        table_writer_begin(e->writer, &writing);
        result->status = merge(e, k, options->deduplicate, result);
    }
    result->counts.comparisons = e->comparisons;
    count_reading(e, &result->counts);
    if (result->status != TABLE_OK) return;
    result->bad_input = 0;
    table_writer_end(e->writer);
    count_writing(e, &result->counts);
    result->files = e->files;
    result->files_n = e->files_n;
}
