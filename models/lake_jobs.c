/* lake_jobs.c: ETL, compaction, and the commits of both; see lake.h.
 *
 * A job reads its input, works and writes one after the other, on its cores, with REQUESTS_A_CORE requests of
 * each under way: so the time it takes is an upper bound of what overlapping them would take. Then it commits: two reads
 * (the current snapshot and its manifest list), three writes (a manifest, its list, the metadata) one after the other.
 */
#include "lake_state.h"

#include <math.h>
#include <string.h>

#include "arena.h"
#include "check.h"
#include "commit.h"
#include "plugin.h"

enum {
    REQUESTS_A_CORE = 8,
    WORKERS_MAX = 1024,
    COMMIT_READS = 2,
    COMMIT_WRITES = 3,
    METADATA_BYTES = 64 * 1024,
};
static const int64_t TARGET_BYTES = 512 * 1024 * 1024; /* of ETL, if the table is not compacted: Iceberg's */

int64_t lake_target_bytes(const struct scenario_table *config)
{
    return config->compaction.strategy ? config->compaction.target_bytes : TARGET_BYTES;
}

static int workers_of(int cores)
{
    return cores * REQUESTS_A_CORE < WORKERS_MAX ? cores * REQUESTS_A_CORE : WORKERS_MAX;
}

static int cores_of(const struct job *job)
{
    const struct scenario_table *config = job->table->config;
    return job->compaction ? config->compaction.cores : config->cores;
}

static void touch(struct job *job, int32_t part)
{
    if (job->parts_n && job->parts[job->parts_n - 1] == part) return;
    LAKE_ROOM(job->table->lake, job->parts, job->parts_n, job->parts_capacity);
    job->parts[job->parts_n++] = part;
}

static void add_output(struct job *job, const struct output *output)
{
    LAKE_ROOM(job->table->lake, job->outputs, job->outputs_n, job->outputs_capacity);
    job->outputs[job->outputs_n++] = *output;
    touch(job, output->part);
}

/* Writes the outputs, from a time on; returns when that is done. */
static sim_time write_outputs(struct job *job, sim_time at)
{
    struct lake_table *t = job->table;
    int64_t bytes = 0, requests = 0;
    for (size_t i = 0; i < job->outputs_n; i++) {
        bytes += job->outputs[i].bytes;
        requests += objectstore_put_requests((double)job->outputs[i].bytes);
    }
    if (!requests) return at;
    t->held[OBJECT_STANDARD].sum.put_requests += requests;
    return objectstore_batch(&t->lake->store, t->index, OBJECT_PUT, at, requests, (double)bytes / (double)requests,
                             workers_of(cores_of(job)));
}

/* --- commits --- */

static void finish(struct kernel *kernel, void *context, int64_t argument);

static void commit_from(struct job *job, sim_time at)
{
    struct lake_table *t = job->table;
    struct objectstore *store = &t->lake->store;
    t->held[OBJECT_STANDARD].sum.get_requests += COMMIT_READS;
    t->held[OBJECT_STANDARD].sum.put_requests += COMMIT_WRITES;
    at = objectstore_batch(store, t->index, OBJECT_GET, at, COMMIT_READS, METADATA_BYTES, 1);
    at = objectstore_batch(store, t->index, OBJECT_PUT, at, COMMIT_WRITES, METADATA_BYTES, 1);
    kernel_at(&t->lake->kernel, at, LAKE_ENDS, finish, job, 0);
}

static bool inputs_are_there(const struct job *job)
{
    for (size_t i = 0; i < job->inputs_n; i++) {
        const struct slot *s = &job->table->slots[job->inputs[i].slot];
        if (!s->live || s->uses != job->inputs[i].uses) return false;
    }
    return true;
}

static void begin_etl(struct lake_table *t);

static void settled(struct lake_table *t, int64_t landed_before)
{
    t->settled = lake_reading(t->lake, t->index);
    t->settled.waiting = t->counts.files_landed - landed_before;
}

static void ended(struct job *job)
{
    struct lake_table *t = job->table;
    const double s = sim_seconds(lake_now(t) - job->started);
    *(job->compaction ? &t->counts.compaction_s : &t->counts.etl_s) += s;
    job->running = false;
    if (!job->waiting) return;
    job->waiting = false;
    begin_etl(t);
}

/* Its work is lost: what it has written is deleted, and the records it has read are read again. */
static void give_up(struct job *job)
{
    struct lake_table *t = job->table;
    t->counts.commits_failed++;
    if (job->compaction) t->counts.compactions_failed++;
    for (size_t i = 0; i < job->pieces.n; i++)
        lake_piece(t->lake, &t->pending, &job->pieces.all[i]);
    ended(job);
}

static void replace_inputs(struct job *job)
{
    struct lake_table *t = job->table;
    for (size_t i = 0; i < job->inputs_n; i++) {
        const int32_t slot = job->inputs[i].slot;
        struct slot *s = &t->slots[slot];
        t->counts.files_rewritten++;
        t->counts.bytes_rewritten += s->file.bytes;
        lake_take(t, slot);
        if (t->config->history_ns == 0) {
            lake_hold_file(t, &s->file, -1);
            lake_slot_free(t, slot);
            continue;
        }
        s->replaced_at = lake_now(t);
        s->next = NO_FILE;
        *(t->replaced_last == NO_FILE ? &t->replaced_first : &t->slots[t->replaced_last].next) = slot;
        t->replaced_last = slot;
    }
}

static void add_outputs(struct job *job)
{
    struct lake_table *t = job->table;
    for (size_t i = 0; i < job->outputs_n; i++) {
        const struct output *o = &job->outputs[i];
        const int32_t slot = lake_slot_new(t);
        struct slot *s = &t->slots[slot];
        s->file = (struct lake_file){
            .bytes = o->bytes, .rows = o->rows, .min_event = o->min_event, .max_event = o->max_event, .sorted = o->sorted,
            .min_key = o->min_key, .max_key = o->max_key};
        s->part = o->part;
        lake_add(t, slot);
        if (job->compaction) {
            t->counts.files_written++;
            t->counts.bytes_written += o->bytes;
            continue;
        }
        t->counts.files_landed++;
        t->counts.bytes_landed += o->bytes;
        const struct piece piece = {
            .rows = o->rows, .bytes = o->bytes, .from = o->min_event, .to = o->max_event, .event_times = true};
        lake_pend(t, &piece);
    }
}

static void show_pieces(const struct job *job)
{
    struct lake_table *t = job->table;
    for (size_t i = 0; i < job->pieces.n; i++) {
        const struct piece *p = &job->pieces.all[i];
        t->counts.rows_pending -= p->rows;
        if (t->lake->options.visible && p->rows > p->duplicates)
            t->lake->options.visible(t->lake->options.context, t->index, lake_now(t), job->started, p->from,
                                     p->to, p->rows - p->duplicates);
    }
    t->counts.rows_duplicate += job->duplicates;
}

static void begin_again(struct kernel *kernel, void *context, int64_t argument)
{
    (void)argument;
    struct job *job = context;
    if (!inputs_are_there(job)) {
        give_up(job);
        return;
    }
    job->began = kernel_now(kernel);
    commit_from(job, job->began);
}

static void finish(struct kernel *kernel, void *context, int64_t argument)
{
    (void)argument;
    struct job *job = context;
    struct lake_table *t = job->table;
    bool conflict = t->contended > 0 && rng_uniform(&t->lake->others) < t->contended;
    for (size_t i = 0; i < job->parts_n && !conflict; i++)
        conflict = t->parts[job->parts[i]].last_commit > job->began;
    if (conflict) {
        t->counts.conflicts++;
        const int64_t wait_ms = commit_retry_wait_ms(&commit_retry_default, ++job->tries, 0);
        if (wait_ms < 0)
            give_up(job);
        else
            kernel_after(kernel, wait_ms * SIM_MS, LAKE_BEGINS, begin_again, job, 0);
        return;
    }
    /* Nobody removes a file without touching its partition. */
    CHECK(inputs_are_there(job), "a compaction of %s replaces a file that is gone", t->config->name);
    t->snapshot++;
    t->counts.commits++;
    for (size_t i = 0; i < job->parts_n; i++)
        t->parts[job->parts[i]].last_commit = kernel_now(kernel);
    if (job->compaction)
        replace_inputs(job);
    else
        show_pieces(job);
    add_outputs(job);
    if (job->compaction) t->counts.compactions++;
    ended(job);
    if (job->compaction) settled(t, job->landed_before);
    if (!job->compaction && !t->config->compaction.strategy) settled(t, t->counts.files_landed);
}

static void start(struct job *job)
{
    job->running = true;
    job->started = job->began = lake_now(job->table);
    job->tries = 0;
    job->inputs_n = job->outputs_n = job->parts_n = job->pieces.n = 0;
    job->duplicates = 0;
    job->landed_before = job->table->counts.files_landed;
}

/* --- ETL --- */

struct cell { /* of one unit of time */
    int64_t unit;
    double weight;
    sim_time min_event, max_event;
};

struct cells {
    struct cell *all;
    size_t n, capacity;
};

static struct cell *cell_at(struct arena *arena, struct cells *cells, int64_t unit)
{
    size_t i = cells->n;
    while (i > 0 && cells->all[i - 1].unit > unit)
        i--;
    if (i > 0 && cells->all[i - 1].unit == unit) return &cells->all[i - 1];
    if (cells->n == cells->capacity) {
        cells->capacity = cells->capacity ? 2 * cells->capacity : 32;
        cells->all = arena_grow(arena, cells->all, cells->n, cells->capacity, sizeof *cells->all);
    }
    memmove(&cells->all[i + 1], &cells->all[i], (cells->n - i) * sizeof *cells->all);
    cells->n++;
    cells->all[i] = (struct cell){.unit = unit, .min_event = INT64_MAX, .max_event = INT64_MIN};
    return &cells->all[i];
}

/* Records of [from, to], event times, to the hours or days they belong to. */
static void spread(const struct lake_table *t, struct arena *arena, struct cells *cells, sim_time from, sim_time to,
                   double weight)
{
    const int64_t unit_ns = lake_partition_ns(t->config), start = t->lake->scenario->run.start_ns;
    const int64_t first = unit_ns ? lake_floor_div(from + start, unit_ns) : 0;
    const int64_t last = unit_ns ? lake_floor_div(to + start, unit_ns) : 0;
    for (int64_t unit = first; unit <= last; unit++) {
        struct cell *cell = cell_at(arena, cells, unit);
        sim_time low = from, high = to;
        if (unit_ns && unit > first) low = unit * unit_ns - start;
        if (unit_ns && unit < last) high = (unit + 1) * unit_ns - 1 - start;
        cell->weight += to > from ? weight * (double)(high - low) / (double)(to - from) : weight;
        if (low < cell->min_event) cell->min_event = low;
        if (high > cell->max_event) cell->max_event = high;
    }
}

/* Rows of one partition, as files up to the target. */
static void write_rows(struct job *job, const struct cell *cell, int bucket, int64_t rows)
{
    const struct lake_table *t = job->table;
    const struct compact_rung *rungs = t->records.rungs;
    const double target = (double)lake_target_bytes(t->config);
    int64_t files = (int64_t)ceil(compact_file_bytes(rungs, (double)rows, true) / target);
    if (files < 1) files = 1;
    if (files > rows) files = rows;
    const int32_t part = lake_part_at(job->table, cell->max_event, bucket);
    for (int64_t i = 0; i < files; i++) {
        const int64_t each = rows / files + (i < rows % files);
        const struct output output = {.bytes = llround(compact_file_bytes(rungs, (double)each, true)),
                                      .rows = each,
                                      .min_event = cell->min_event,
                                      .max_event = cell->max_event,
                                      .min_key = (double)i / (double)files,
                                      .max_key = (double)(i + 1) / (double)files,
                                      .part = part,
                                      .sorted = true};
        add_output(job, &output);
    }
}

/* Rows to cells and buckets by their shares, so that they add up. */
static void partition_rows(struct job *job, const struct cells *cells, int64_t rows)
{
    const struct lake_table *t = job->table;
    const int buckets = t->config->partition_by & PARTITION_BY_BUCKET ? t->config->buckets : 1;
    const double *shares = buckets > 1 ? t->lake->options.bucket_shares[t->index] : NULL;
    double whole = 0, so_far = 0;
    for (size_t i = 0; i < cells->n; i++)
        whole += cells->all[i].weight;
    int64_t given = 0;
    for (size_t i = 0; i < cells->n; i++)
        for (int b = 0; b < buckets; b++) {
            so_far += cells->all[i].weight * (shares ? shares[b] : 1.0 / buckets);
            const bool end = i + 1 == cells->n && b + 1 == buckets;
            int64_t upto = end ? rows : llround((double)rows * (so_far / whole));
            if (upto > rows) upto = rows;
            if (upto > given) {
                write_rows(job, &cells->all[i], b, upto - given);
                given = upto;
            }
        }
    CHECK(given == rows, "%lld rows of %lld are written", (long long)given, (long long)rows);
}

static void begin_etl(struct lake_table *t)
{
    struct job *job = &t->etl;
    struct lake *lake = t->lake;
    if (job->running) {
        job->waiting = true;
        return;
    }
    if (!t->pending.n) return;
    start(job);
    const struct pieces taken = t->pending;
    t->pending = job->pieces;
    t->pending.n = 0;
    job->pieces = taken;
    t->counts.etl_runs++;

    struct arena *arena = arena_new(0);
    struct cells cells = {.n = 0};
    const sim_time *late = t->records.lateness_ns;
    struct lake_table *source = &lake->tables[t->config->from];
    int64_t rows = 0, rows_read = 0, bytes = 0, gets = 0;
    for (size_t i = 0; i < taken.n; i++) {
        const struct piece *p = &taken.all[i];
        const int64_t reads = objectstore_get_requests((double)p->bytes);
        rows += p->rows;
        rows_read += p->rows_read;
        bytes += p->bytes;
        gets += reads;
        job->duplicates += p->duplicates;
        source->held[p->class].sum.get_requests += reads;
        const double weight = (double)(p->rows - p->duplicates);
        if (weight <= 0) continue;
        if (!late || p->event_times)
            spread(t, arena, &cells, p->from, p->to, weight);
        else
            for (int j = 0; j < LAKE_LATENESS_POINTS; j++)
                spread(t, arena, &cells, p->from - late[j], p->to - late[j], weight / LAKE_LATENESS_POINTS);
    }
    if (rows > job->duplicates) partition_rows(job, &cells, rows - job->duplicates);
    arena_free(arena);

    const struct calibration *c = lake->calibration;
    const int cores = cores_of(job);
    const double cpu_ns =
        (double)rows_read * (c->event_decode_avro_ns + source->records.row_bytes * c->zstd_decompress_ns_per_byte) +
        (double)rows * (c->compact_merge_ns_per_record + t->records.row_bytes * c->zstd_compress_ns_per_byte);
    t->counts.etl_cpu_s += cpu_ns * 1e-9;
    sim_time at = objectstore_batch(&lake->store, source->index, OBJECT_GET, lake_now(t), gets,
                                    (double)bytes / (double)gets, workers_of(cores));
    at += (sim_time)(cpu_ns / cores);
    commit_from(job, write_outputs(job, at));
}

static void etl_due(struct kernel *kernel, void *context, int64_t argument)
{
    (void)argument;
    struct lake_table *t = context;
    kernel_after(kernel, t->config->every_ns, LAKE_BEGINS, etl_due, t, 0);
    begin_etl(t);
}

/* --- compaction --- */

struct manifest { /* as the planner sees it, and which file each row is */
    struct compact_file *files;
    int32_t *slots;
    size_t n;
};

static void list_part(const struct lake_table *t, const struct part *part, struct manifest *m)
{
    for (int32_t i = part->first; i != NO_FILE; i = t->slots[i].part_next) {
        const struct lake_file *file = &t->slots[i].file;
        if (!objectstore_classes[file->class].readable) continue; /* nobody restores it for this */
        m->files[m->n] = (struct compact_file){
            .partition = part->key, .size_bytes = file->bytes, .records = file->rows, .recent = part->recent};
        m->slots[m->n++] = i;
    }
}

/* Of every partition, or of those that have changed. */
static struct manifest list_files(struct lake_table *t, struct arena *arena)
{
    const bool everything = t->lake->options.plan_everything;
    size_t n = 0;
    for (size_t i = 0; i < t->dirty_n; i++)
        n += (size_t)t->parts[t->dirty[i]].files_n;
    if (everything) n = (size_t)t->counts.files;
    struct manifest m = {.files = ARENA_NEW(arena, struct compact_file, n), .slots = ARENA_NEW(arena, int32_t, n)};
    for (size_t i = 0; !everything && i < t->dirty_n; i++)
        list_part(t, &t->parts[t->dirty[i]], &m);
    for (int32_t i = 0; everything && i < t->parts_n; i++)
        list_part(t, &t->parts[i], &m);
    return m;
}

/* What was planned without result is clean until it changes again; the rest is planned again. */
static void keep_dirty(struct lake_table *t, const struct compact_plan *plan, const struct manifest *m)
{
    if (t->policy.max_groups > 0 && (int64_t)plan->groups_n == t->policy.max_groups) return; /* there may be more to do */
    for (size_t i = 0; i < t->dirty_n; i++)
        t->parts[t->dirty[i]].dirty = t->parts[t->dirty[i]].recent = false;
    t->dirty_n = 0;
    for (size_t i = 0; i < plan->groups_n; i++) {
        const struct slot *s = &t->slots[m->slots[plan->groups[i].files[0]]];
        lake_mark_dirty(t, s->part);
        t->parts[s->part].recent = false;
    }
}

/* Rows of the outputs before the ith. What is sorted anew is cut into equal ranges. Iceberg's bin packing packs its tasks up
 * to the split size instead, and the last one gets the rest: of equal halves of 1.3 targets each would be too small, and
 * rewritten for ever. */
static int64_t rows_before(const struct lake_table *t, const struct compact_group *group, int64_t rows, int64_t files, int64_t i)
{
    if (i == files) return rows;
    if (strcmp(t->policy.strategy->name, "binpack") != 0 || group->size_bytes <= 0)
        return rows / files * i + (i < rows % files ? i : rows % files);
    const int64_t packed = llround((double)rows * ((double)group->split_bytes * (double)i / (double)group->size_bytes));
    const int64_t most = rows - (files - i); /* each has one at least */
    return packed < i ? i : packed < most ? packed : most;
}

static void rewrite_group(struct job *job, const struct compact_group *group, const struct manifest *m, struct arena *arena,
                          int64_t *rows_read, int64_t *bytes_read, int64_t *gets)
{
    struct lake_table *t = job->table;
    const struct compact_rung *rungs = t->records.rungs;
    double before = 0, after = 0;
    struct output whole = {.part = t->slots[m->slots[group->files[0]]].part, .sorted = t->policy.layout == COMPACT_BY_KEY};
    struct lake_span all = {.min_key = 1, .min_event = INT64_MAX, .max_event = INT64_MIN};
    struct lake_input *spans = ARENA_NEW(arena, struct lake_input, group->files_n);
    for (size_t i = 0; i < group->files_n; i++) {
        const int32_t slot = m->slots[group->files[i]];
        const struct lake_file *file = &t->slots[slot].file;
        struct lake_held *held = &t->held[file->class].sum;
        LAKE_ROOM(t->lake, job->inputs, job->inputs_n, job->inputs_capacity);
        job->inputs[job->inputs_n++] = (struct input){.slot = slot, .uses = t->slots[slot].uses};
        whole.rows += file->rows;
        whole.bytes += file->bytes;
        spans[i] = (struct lake_input){{file->min_key, file->max_key, file->min_event, file->max_event}, (double)file->rows};
        if (file->min_key < all.min_key) all.min_key = file->min_key;
        if (file->max_key > all.max_key) all.max_key = file->max_key;
        if (file->min_event < all.min_event) all.min_event = file->min_event;
        if (file->max_event > all.max_event) all.max_event = file->max_event;
        before += compact_file_bytes(rungs, (double)file->rows, file->sorted);
        held->get_requests += objectstore_get_requests((double)file->bytes);
        if (file->class != OBJECT_STANDARD) held->retrieved_bytes += file->bytes;
        *gets += objectstore_get_requests((double)file->bytes);
    }
    *rows_read += whole.rows;
    *bytes_read += whole.bytes;
    int64_t files = group->outputs > 0 ? group->outputs : 1;
    if (files > whole.rows) files = whole.rows;
    for (int64_t i = 0; i < files; i++)
        after += compact_file_bytes(rungs, (double)(rows_before(t, group, whole.rows, files, i + 1) -
                                                    rows_before(t, group, whole.rows, files, i)), whole.sorted);
    /* Files shrink as generated ones do, whatever size they have. */
    for (int64_t i = 0; i < files; i++) {
        const int64_t from = rows_before(t, group, whole.rows, files, i), to = rows_before(t, group, whole.rows, files, i + 1);
        const struct lake_span span =
            lake_layout_span(t->policy.layout, spans, group->files_n, &all, (double)from / (double)whole.rows,
                             (double)to / (double)whole.rows);
        struct output output = whole;
        output.min_key = span.min_key;
        output.max_key = span.max_key;
        output.min_event = span.min_event;
        output.max_event = span.max_event;
        output.rows = to - from;
        output.bytes = llround((double)whole.bytes * (after / before) * ((double)output.rows / (double)whole.rows));
        add_output(job, &output);
    }
}

/* To read, order and write a record, codec not. */
static double record_ns(const struct calibration *c, enum compact_layout layout)
{
    switch (layout) {
    case COMPACT_BY_KEY:
        return c->compact_merge_ns_per_record;
    case COMPACT_BY_TIME:
        return c->compact_sort_ns_per_record;
    case COMPACT_BY_Z_ORDER:
        return c->compact_z_order_ns_per_record;
    }
    CHECK(false, "layout %d", (int)layout);
    return 0;
}

static void begin_compaction(struct lake_table *t)
{
    struct job *job = &t->compaction;
    struct lake *lake = t->lake;
    const struct calibration *c = lake->calibration;
    if (job->running || t->compaction_stopped) {
        t->counts.compactions_skipped++;
        return;
    }
    struct arena *arena = arena_new(0);
    struct compact_plan plan;
    const struct manifest m = list_files(t, arena);
    compact_plan(&t->policy, m.files, m.n, arena, &plan);
    keep_dirty(t, &plan, &m);
    double cpu_ns = (double)t->counts.files * c->compact_plan_ns_per_file;
    t->counts.plans++;
    t->counts.files_planned += t->counts.files;
    t->counts.compaction_cpu_s += cpu_ns * 1e-9;
    if (plan.groups_n > 0) {
        start(job);
        int64_t rows = 0, bytes = 0, gets = 0;
        for (size_t i = 0; i < plan.groups_n; i++)
            rewrite_group(job, &plan.groups[i], &m, arena, &rows, &bytes, &gets);
        t->counts.groups += (int64_t)plan.groups_n;
        const double merge_ns =
            (double)rows * (record_ns(c, t->policy.layout) +
                            t->records.row_bytes * (c->zstd_compress_ns_per_byte + c->zstd_decompress_ns_per_byte));
        t->counts.compaction_cpu_s += merge_ns * 1e-9;
        const int cores = cores_of(job);
        sim_time at = lake_now(t) + (sim_time)cpu_ns; /* one plans */
        at = objectstore_batch(&lake->store, t->index, OBJECT_GET, at, gets, (double)bytes / (double)gets,
                               workers_of(cores));
        at += (sim_time)(merge_ns / cores);
        commit_from(job, write_outputs(job, at));
    } else {
        settled(t, t->counts.files_landed);
    }
    arena_free(arena);
}

static void compaction_due(struct kernel *kernel, void *context, int64_t argument)
{
    (void)argument;
    struct lake_table *t = context;
    kernel_after(kernel, t->config->compaction.every_ns, LAKE_BEGINS, compaction_due, t, 0);
    begin_compaction(t);
}

void lake_jobs_init(struct lake_table *t)
{
    t->etl = (struct job){.table = t};
    t->compaction = (struct job){.table = t, .compaction = true};
    struct kernel *kernel = &t->lake->kernel;
    if (t->config->from >= 0) kernel_at(kernel, t->config->every_ns, LAKE_BEGINS, etl_due, t, 0);
    if (!t->config->compaction.strategy) return;
    const struct compact_strategy *strategy = compact_strategy_find(t->config->compaction.strategy);
    CHECK(strategy, "compaction \"%s\" has no planner", t->config->compaction.strategy);
    t->policy = compact_policy_default(strategy, t->config->compaction.target_bytes);
    plugin_replace_planner(t->lake->scenario->plugins, &t->policy, t->lake->arena);
    if (t->config->compaction.min_input_files) t->policy.min_input_files = t->config->compaction.min_input_files;
    if (t->config->compaction.sort_by != SORT_BY_ITS_OWN)
        t->policy.layout = t->config->compaction.sort_by == SORT_BY_KEY ? COMPACT_BY_KEY : COMPACT_BY_TIME;
    /* As with a WHERE: what nobody has written to since stays as it is, or every plan would rewrite everything. */
    t->policy.recent_only = true;
    /* single.group.clustering.enabled=false: or a partition's last small file would be rewritten for ever. */
    t->policy.single_groups = false;
    kernel_at(kernel, t->config->compaction.every_ns, LAKE_BEGINS, compaction_due, t, 0);
}
