/* experiment.c: see experiment.h. */
#include "experiment.h"

#include "arena.h"
#include "check.h"
#include "cluster.h"
#include "rng.h"

#include <math.h>
#include <string.h>
#include <time.h>

enum { PARTITIONS = 64, IDLE_PARTITIONS = 512, CONNECTIONS = 8, FETCH_BATCH_RECORDS = 10, FETCH_RECORD_BYTES = 420 };
static const char *const produce_topic = LIVE_TOPIC_PREFIX "calibrate-produce";
static const char *const fetch_topic = LIVE_TOPIC_PREFIX "calibrate-fetch";
static const char *const idle_topic = LIVE_TOPIC_PREFIX "calibrate-idle";
static const double FETCH_PARTITION_BYTES = 16e6; /* read from, of each partition */

/* Rates are chosen so that a broker takes about so much of a core and moves at most so many bytes, by costs that need only be of
 * the right order; quiet cells have a share of that rate. */
static const double CORE_SHARE = 0.9, QUIET_SHARE = 0.125;
static const double PRODUCE_BYTES_PER_S_MAX = 100e6, FETCH_BYTES_PER_S_MAX = 300e6;
static const double ABOUT_REQUEST_S = 65e-6, ABOUT_PARTITION_S = 9e-6, ABOUT_RECORD_S = 60e-9, ABOUT_BYTE_S = 1.3e-9,
                    ABOUT_IDLE_PARTITION_S = 1.2e-6;
static const double BATCH_BYTES_MAX = 900e3, REQUEST_BYTES_MAX = 8e6;

const char *const cell_part_names[CELL_PARTS_N] = {"idle", "produce", "zstd", "fetch", "quiet", "check"};

static double rate_for(double partitions, double idle, double records, double bytes, double bytes_per_s_max)
{
    const double each = ABOUT_REQUEST_S + ABOUT_PARTITION_S * partitions + ABOUT_IDLE_PARTITION_S * idle +
                        ABOUT_RECORD_S * records + ABOUT_BYTE_S * bytes;
    return fmin(CORE_SHARE / each, bytes_per_s_max / bytes);
}

static struct load produce(int partitions, int records, int record_bytes, enum record_batch_compression compression,
                           double requests_per_s)
{
    return (struct load){.kind = LOAD_PRODUCE,
                         .connections = CONNECTIONS,
                         .requests_per_s = requests_per_s,
                         .partitions = partitions,
                         .acks = -1,
                         .records = records,
                         .record_bytes = record_bytes,
                         .compression = compression};
}

static struct load fetch(int partitions, int partition_bytes, int idle, double requests_per_s)
{
    return (struct load){.kind = LOAD_FETCH,
                         .connections = CONNECTIONS,
                         .requests_per_s = requests_per_s,
                         .partitions = partitions,
                         .partition_bytes = partition_bytes,
                         .idle_partitions = idle,
                         .max_wait_ms = 500,
                         .min_bytes = 1};
}

static int add_produce(struct cell *cells, int n)
{
    static const int partitions[] = {1, 8, 64}, records[] = {1, 20, 400}, bytes[] = {20, 200, 4000};
    for (int i = 0; i < 27; i++) {
        const int p = partitions[i % 3], r = records[i / 3 % 3], b = bytes[i / 9];
        const double batch = RECORD_BATCH_HEADER_BYTES + (double)r * b;
        if (batch > BATCH_BYTES_MAX || batch * p > REQUEST_BYTES_MAX) continue;
        const double rate = rate_for(p, 0, (double)p * r, p * batch, PRODUCE_BYTES_PER_S_MAX);
        cells[n++] = (struct cell){CELL_PRODUCE, {produce(p, r, b, RECORD_BATCH_NONE, rate)}};
        cells[n++] = (struct cell){CELL_QUIET, {produce(p, r, b, RECORD_BATCH_NONE, rate * QUIET_SHARE)}};
    }
    return n;
}

static int add_zstd(struct cell *cells, int n)
{
    static const int partitions[] = {1, 8}, records[] = {1, 20, 400}, bytes[] = {100, 420, 2000};
    for (int i = 0; i < 9; i++) {
        const int p = partitions[i % 2], r = records[i % 3], b = bytes[i / 3];
        const double batch = RECORD_BATCH_HEADER_BYTES + (double)r * b;
        cells[n++] = (struct cell){CELL_ZSTD, {produce(p, r, b, RECORD_BATCH_ZSTD, rate_for(p, 0, (double)p * r, 2 * p * batch, PRODUCE_BYTES_PER_S_MAX))}};
    }
    return n;
}

static int add_fetch(struct cell *cells, int n)
{
    static const int partitions[] = {1, 8, 64}, bytes[] = {8 << 10, 48 << 10, 256 << 10}, idle[] = {0, 64, 512};
    for (int i = 0; i < 9; i++)
        for (int k = 0; k < 3; k++) {
            const int p = partitions[i % 3], b = bytes[i / 3], d = idle[(k + i) % 3];
            const double rate = rate_for(p, d, 0, (double)p * b, FETCH_BYTES_PER_S_MAX);
            cells[n++] = (struct cell){CELL_FETCH, {fetch(p, b, d, rate)}};
            if (k == 0) cells[n++] = (struct cell){CELL_QUIET, {fetch(p, b, d, rate * QUIET_SHARE)}};
        }
    return n;
}

/* Loads like those of a live cluster: between the levels of the design, and consumers at the log's end while it is written. */
static int add_checks(struct cell *cells, int n)
{
    struct load tail = fetch(PARTITIONS, 1 << 20, 0, 0);
    tail.tail = true;
    tail.connections = 2;
    cells[n++] = (struct cell){CELL_CHECK, {produce(3, 5, 420, RECORD_BATCH_NONE, 5000)}};
    cells[n++] = (struct cell){CELL_CHECK, {produce(24, 60, 300, RECORD_BATCH_NONE, 200)}};
    cells[n++] = (struct cell){CELL_CHECK, {produce(16, 40, 420, RECORD_BATCH_ZSTD, 800)}};
    cells[n++] = (struct cell){CELL_CHECK, {fetch(20, 96 << 10, 20, 150)}};
    cells[n++] = (struct cell){CELL_CHECK, {produce(16, 8, 420, RECORD_BATCH_NONE, 1000), tail}};
    cells[n++] = (struct cell){CELL_CHECK, {produce(4, 100, 420, RECORD_BATCH_NONE, 400), tail}};
    return n;
}

int experiment_design(struct cell *cells)
{
    int n = 0;
    cells[n++] = (struct cell){.part = CELL_IDLE};
    n = add_produce(cells, n);
    n = add_zstd(cells, n);
    n = add_fetch(cells, n);
    n = add_checks(cells, n);
    CHECK(n <= EXPERIMENT_CELLS_MAX, "%d cells", n);
    return n;
}

const char *cell_describe(const struct cell *cell, char *buffer, size_t buffer_n)
{
    size_t n = 0;
    buffer[0] = '\0';
    if (cell->part == CELL_IDLE) snprintf(buffer, buffer_n, "idle");
    for (const struct load *l = cell->loads; l < cell->loads + EXPERIMENT_LOADS_MAX && n < buffer_n; l++) {
        const char *join = n > 0 ? " and " : "";
        if (l->kind == LOAD_PRODUCE)
            n += (size_t)snprintf(buffer + n, buffer_n - n, "%sproduce %d x %d x %d B%s, %.4g/s", join, l->partitions, l->records,
                                  l->record_bytes, l->compression == RECORD_BATCH_ZSTD ? " zstd" : "", l->requests_per_s);
        else if (l->kind == LOAD_FETCH && l->tail)
            n += (size_t)snprintf(buffer + n, buffer_n - n, "%sfetch what comes", join);
        else if (l->kind == LOAD_FETCH)
            n += (size_t)snprintf(buffer + n, buffer_n - n, "%sfetch %d x %d KiB, %d idle, %.4g/s", join, l->partitions,
                                  l->partition_bytes >> 10, l->idle_partitions, l->requests_per_s);
    }
    return buffer;
}

struct running {
    const struct experiment *experiment;
    struct jvm jvm;
    struct arena *arena;
    char *error;
    size_t error_n;
};

static bool stopped(const struct experiment *e)
{
    return e->stop != NULL && *e->stop;
}

static struct load_topics topics_of(const struct load *load)
{
    return (struct load_topics){load->kind == LOAD_FETCH && !load->tail ? fetch_topic : produce_topic, PARTITIONS, idle_topic};
}

static double seconds_now(void)
{
    struct timespec t;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &t) == 0, "no clock");
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct load_counts difference(struct load_counts a, struct load_counts b, double seconds)
{
    return (struct load_counts){(a.requests - b.requests) / seconds,
                                (a.batches - b.batches) / seconds,
                                (a.records - b.records) / seconds,
                                (a.bytes - b.bytes) / seconds,
                                (a.raw_bytes - b.raw_bytes) / seconds,
                                (a.idle_partitions - b.idle_partitions) / seconds};
}

static void add_counts(struct load_counts *sum, struct load_counts one, double weight)
{
    sum->requests += weight * one.requests;
    sum->batches += weight * one.batches;
    sum->records += weight * one.records;
    sum->bytes += weight * one.bytes;
    sum->raw_bytes += weight * one.raw_bytes;
    sum->idle_partitions += weight * one.idle_partitions;
}

/* One repeat of one cell, added to its result. */
static bool run_cell(struct running *r, struct cell_result *result, uint64_t seed, struct experiment_result *all)
{
    const struct experiment *e = r->experiment;
    struct arena *arena = arena_new(0);
    struct load_run *runs[EXPERIMENT_LOADS_MAX] = {NULL};
    struct load_counts before[EXPERIMENT_LOADS_MAX];
    struct jvm_times from, to;
    bool good = true;
    for (int i = 0; i < EXPERIMENT_LOADS_MAX && good; i++) {
        const struct load *load = &result->cell.loads[i];
        const struct load_topics topics = topics_of(load);
        runs[i] = load_open(load, e->address, &topics, seed + (uint64_t)i, arena, r->error, r->error_n);
        good = runs[i] != NULL;
    }
    good = good && load_drive(runs, EXPERIMENT_LOADS_MAX, e->settle_s, 0, e->stop, r->error, r->error_n);
    for (int i = 0; i < EXPERIMENT_LOADS_MAX && good; i++)
        before[i] = load_counts(runs[i]);
    const double start = seconds_now();
    good = good && jvm_read(&r->jvm, &from, r->error, r->error_n) &&
           load_drive(runs, EXPERIMENT_LOADS_MAX, e->measure_s, 0, e->stop, r->error, r->error_n) &&
           jvm_read(&r->jvm, &to, r->error, r->error_n);
    const double seconds = seconds_now() - start;
    if (good && !stopped(e)) {
        const double weight = 1.0 / e->repeats;
        double cpu = 0;
        for (int i = 0; i < EXPERIMENT_LOADS_MAX; i++)
            add_counts(&result->counts[i], difference(load_counts(runs[i]), before[i], seconds), weight);
        for (int g = 0; g < JVM_GROUPS_N; g++) {
            const double took = (double)(to.cpu_ns[g] - from.cpu_ns[g]);
            result->cpu_ns[g] += weight * took / seconds;
            all->cpu_ns[g] += to.cpu_ns[g] - from.cpu_ns[g];
            if (g == JVM_NETWORK || g == JVM_IO) cpu += took / seconds;
        }
        result->cpu_low_ns = result->repeats == 0 ? cpu : fmin(result->cpu_low_ns, cpu);
        result->cpu_high_ns = fmax(result->cpu_high_ns, cpu);
        result->repeats++;
        all->seconds += seconds;
    }
    for (int i = 0; i < EXPERIMENT_LOADS_MAX; i++)
        load_close(runs[i]);
    arena_free(arena);
    return good;
}

/* As fast as it goes, for so long or so many requests; nothing is measured. */
static bool drive_freely(struct running *r, struct load load, const char *topic, double seconds, double requests)
{
    struct arena *arena = arena_new(0);
    const struct load_topics topics = {topic, PARTITIONS, idle_topic};
    load.requests_per_s = 0;
    struct load_run *run = load_open(&load, r->experiment->address, &topics, 1, arena, r->error, r->error_n);
    const bool good = run != NULL && load_drive(&run, 1, seconds, requests, r->experiment->stop, r->error, r->error_n);
    load_close(run);
    arena_free(arena);
    return good;
}

/* The partitions that are read from get their data; then every kind of request until it is compiled. */
static bool warm_up(struct running *r)
{
    const struct load fill = produce(PARTITIONS, FETCH_BATCH_RECORDS, FETCH_RECORD_BYTES, RECORD_BATCH_NONE, 0);
    const double fills = FETCH_PARTITION_BYTES / (FETCH_BATCH_RECORDS * FETCH_RECORD_BYTES);
    const double part_s = r->experiment->warm_up_s / 5;
    return drive_freely(r, fill, fetch_topic, 600, fills) &&
           drive_freely(r, produce(8, 20, 200, RECORD_BATCH_NONE, 0), produce_topic, part_s, 0) &&
           drive_freely(r, produce(1, 1, 20, RECORD_BATCH_NONE, 0), produce_topic, part_s, 0) &&
           drive_freely(r, produce(4, 50, 420, RECORD_BATCH_ZSTD, 0), produce_topic, part_s, 0) &&
           drive_freely(r, fetch(8, 32 << 10, 64, 0), fetch_topic, part_s, 0) &&
           drive_freely(r, fetch(1, 4 << 10, 512, 0), fetch_topic, part_s, 0);
}

static void shuffle(int *order, int n, struct rng *rng)
{
    for (int i = n - 1; i > 0; i--) {
        const int k = (int)rng_below(rng, (uint64_t)i + 1), kept = order[i];
        order[i] = order[k];
        order[k] = kept;
    }
}

static void print_cell(FILE *text, const struct cell_result *c)
{
    char what[160];
    fprintf(text, "  %-58s %9.1f %10.1f %10.2f %8.1f %8.1f\n", cell_describe(&c->cell, what, sizeof what),
            c->counts[0].requests, c->counts[0].batches, c->counts[0].bytes / 1e6, c->cpu_ns[JVM_NETWORK] / 1e6,
            c->cpu_ns[JVM_IO] / 1e6);
    fflush(text);
}

static bool measure(struct running *r, struct experiment_result *result)
{
    const struct experiment *e = r->experiment;
    int order[EXPERIMENT_CELLS_MAX];
    struct rng rng;
    rng_init(&rng, NULL, 1, "live/order");
    for (int i = 0; i < result->cells_n; i++)
        order[i] = i;
    for (int repeat = 0; repeat < e->repeats; repeat++) {
        shuffle(order, result->cells_n, &rng);
        for (int i = 0; i < result->cells_n; i++) {
            const uint64_t seed = (uint64_t)(repeat * EXPERIMENT_CELLS_MAX + order[i]) * EXPERIMENT_LOADS_MAX;
            if (!run_cell(r, &result->cells[order[i]], seed, result)) return false;
            if (stopped(e)) {
                snprintf(r->error, r->error_n, "stopped");
                return false;
            }
        }
        if (e->text) {
            fprintf(e->text, "repeat %d of %d measured\n", repeat + 1, e->repeats);
            fflush(e->text);
        }
    }
    if (e->text) fprintf(e->text, "  %-58s %9s %10s %10s %8s %8s\n", "a second", "requests", "batches", "MB", "net ms", "I/O ms");
    for (int i = 0; i < result->cells_n && e->text; i++)
        print_cell(e->text, &result->cells[i]);
    return true;
}

static bool make_topics(int s, const int32_t *leader, char *error, size_t error_n)
{
    const struct live_topic topics[] = {
        {produce_topic, PARTITIONS, leader, 1, 64 << 20, 64 << 20},
        {fetch_topic, PARTITIONS, leader, 1, -1, 64 << 20},
        {idle_topic, IDLE_PARTITIONS, leader, 1, -1, 64 << 20},
    };
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        bool there;
        if (!live_topic_exists(s, topics[i].name, &there, error, error_n)) return false;
        if (there && !live_topic_delete(s, topics[i].name, error, error_n)) return false; /* left by a run that was cut off */
        if (!live_topic_create(s, &topics[i], error, error_n)) return false;
    }
    return true;
}

/* The broker that is called by this address, or the only one. */
static bool find_leader(int s, const char *address, int32_t *leader, char *error, size_t error_n)
{
    struct live_broker brokers[LIVE_BROKERS_MAX];
    int n;
    if (!live_brokers(s, brokers, &n, error, error_n)) return false;
    for (int i = 0; i < n; i++)
        if (n == 1 || strcmp(brokers[i].address, address) == 0) {
            *leader = brokers[i].node;
            return true;
        }
    snprintf(error, error_n, "none of the cluster's %d brokers is called %s; the first is %s", n, address, brokers[0].address);
    return false;
}

bool experiment_run(const struct experiment *e, struct arena *arena, struct experiment_result *result, char *error, size_t error_n)
{
    struct running r = {.experiment = e, .arena = arena, .error = error, .error_n = error_n};
    struct cell cells[EXPERIMENT_CELLS_MAX];
    int32_t leader;
    CHECK(e->repeats >= 1 && e->repeats <= EXPERIMENT_REPEATS_MAX, "%d repeats", e->repeats);
    *result = (struct experiment_result){.cells_n = experiment_design(cells)};
    result->cells = ARENA_NEW(arena, struct cell_result, (size_t)result->cells_n);
    for (int i = 0; i < result->cells_n; i++)
        result->cells[i].cell = cells[i];
    if (!jvm_attach(&r.jvm, e->pid, arena, error, error_n)) return false;
    snprintf(result->jvm, sizeof result->jvm, "%s", r.jvm.version);
    snprintf(result->kafka, sizeof result->kafka, "%s", r.jvm.kafka);
    const int s = live_connect(e->address, error, error_n);
    if (s < 0) return false;
    bool good = find_leader(s, e->address, &leader, error, error_n) && make_topics(s, &leader, error, error_n);
    if (good) {
        good = warm_up(&r) && measure(&r, result);
        char ignored[EXPERIMENT_ERROR_SIZE];
        live_topic_delete(s, produce_topic, good ? error : ignored, good ? error_n : sizeof ignored);
        live_topic_delete(s, fetch_topic, good ? error : ignored, good ? error_n : sizeof ignored);
        live_topic_delete(s, idle_topic, good ? error : ignored, good ? error_n : sizeof ignored);
    }
    live_close(s);
    return good;
}
