/* profile.c: see profile.h.
 *
 * 1. A table says which threads, which cells and which counts each fit is of, and which operation each term becomes.
 * 2. Every cell is predicted by them all, those too that no fit is of.
 */
#include "profile.h"

#include "arena.h"
#include "bench.h"
#include "bench_json.h"
#include "check.h"

#include <math.h>
#include <string.h>

/* What a load has so many of a second. */
enum count {
    COUNT_NONE, /* 1: what an idle broker takes */
    COUNT_REQUESTS,
    COUNT_BATCHES,
    COUNT_RECORDS,
    COUNT_BYTES,
    COUNT_ZSTD_BATCHES,
    COUNT_RAW_BYTES,
    COUNT_IDLE_PARTITIONS,
};

struct term {
    enum count count;
    const char *operation, *unit;
};

static const struct fit {
    const char *name;
    enum jvm_group group;
    enum load_kind kind; /* whose counts */
    unsigned parts;      /* whose cells */
    int terms_n;
    struct term terms[REGRESSION_COLUMNS_MAX];
} fits[PROFILE_FITS_N] = {
    {"I/O, produce",
     JVM_IO,
     LOAD_PRODUCE,
     1 << CELL_IDLE | 1 << CELL_PRODUCE | 1 << CELL_ZSTD,
     7,
     {{COUNT_NONE, NULL, NULL},
      {COUNT_REQUESTS, "kafka.broker.request", "ns/request"},
      {COUNT_BATCHES, "kafka.broker.batch", "ns/batch"},
      {COUNT_RECORDS, "kafka.broker.record", "ns/record"},
      {COUNT_BYTES, "kafka.broker.byte", "ns/byte"},
      {COUNT_ZSTD_BATCHES, "kafka.broker.decompress.batch", "ns/batch"},
      {COUNT_RAW_BYTES, "kafka.broker.decompress.byte", "ns/byte"}}},
    {"I/O, fetch",
     JVM_IO,
     LOAD_FETCH,
     1 << CELL_IDLE | 1 << CELL_FETCH,
     5,
     {{COUNT_NONE, NULL, NULL},
      {COUNT_REQUESTS, "kafka.broker.fetch.request", "ns/request"},
      {COUNT_BATCHES, "kafka.broker.fetch.partition", "ns/partition"},
      {COUNT_IDLE_PARTITIONS, "kafka.broker.fetch.idle", "ns/partition"},
      {COUNT_BYTES, "kafka.broker.fetch.byte", "ns/byte"}}},
    {"network, produce",
     JVM_NETWORK,
     LOAD_PRODUCE,
     1 << CELL_IDLE | 1 << CELL_PRODUCE | 1 << CELL_ZSTD,
     4,
     {{COUNT_NONE, NULL, NULL},
      {COUNT_REQUESTS, "kafka.broker.network.request", "ns/request"},
      {COUNT_BATCHES, "kafka.broker.network.batch", "ns/batch"},
      {COUNT_BYTES, "kafka.broker.network.byte", "ns/byte"}}},
    {"network, fetch",
     JVM_NETWORK,
     LOAD_FETCH,
     1 << CELL_IDLE | 1 << CELL_FETCH,
     4,
     {{COUNT_NONE, NULL, NULL},
      {COUNT_REQUESTS, "kafka.broker.network.fetch.request", "ns/request"},
      {COUNT_BATCHES, "kafka.broker.network.fetch.partition", "ns/partition"},
      {COUNT_BYTES, "kafka.broker.network.fetch.byte", "ns/byte"}}},
};

static double count_of(const struct cell_result *c, enum load_kind kind, enum count count)
{
    double sum = count == COUNT_NONE ? 1 : 0;
    for (int i = 0; i < EXPERIMENT_LOADS_MAX; i++) {
        const struct load *load = &c->cell.loads[i];
        const struct load_counts *n = &c->counts[i];
        if (load->kind != kind) continue;
        switch (count) {
        case COUNT_NONE: break;
        case COUNT_REQUESTS: sum += n->requests; break;
        case COUNT_BATCHES: sum += n->batches; break;
        case COUNT_RECORDS: sum += n->records; break;
        case COUNT_BYTES: sum += n->bytes; break;
        case COUNT_ZSTD_BATCHES: sum += load->compression == RECORD_BATCH_ZSTD ? n->batches : 0; break;
        case COUNT_RAW_BYTES: sum += n->raw_bytes; break;
        case COUNT_IDLE_PARTITIONS: sum += n->idle_partitions; break;
        }
    }
    return sum;
}

/* The cells of a fit that had a broker work: one without an answer in the time measured tells nothing of a request. */
static bool belongs(const struct fit *fit, const struct cell_result *c)
{
    return (fit->parts >> c->cell.part & 1) && (c->cell.part == CELL_IDLE || c->counts[0].requests > 0);
}

static bool fit_one(const struct fit *fit, const struct experiment_result *result, struct profile_fit *found, char *error,
                    size_t error_n)
{
    double x[EXPERIMENT_CELLS_MAX * REGRESSION_COLUMNS_MAX], y[EXPERIMENT_CELLS_MAX];
    int cells[EXPERIMENT_CELLS_MAX], n = 0;
    for (int i = 0; i < result->cells_n; i++) {
        const struct cell_result *c = &result->cells[i];
        if (!belongs(fit, c)) continue;
        if (c->cpu_ns[fit->group] <= 0) {
            snprintf(error, error_n, "a broker's %s threads took no time at all: are they called otherwise?",
                     jvm_group_names[fit->group]);
            return false;
        }
        for (int j = 0; j < fit->terms_n; j++)
            x[n * fit->terms_n + j] = count_of(c, fit->kind, fit->terms[j].count);
        y[n] = c->cpu_ns[fit->group];
        cells[n++] = i;
    }
    *found = (struct profile_fit){.name = fit->name, .cells = n};
    if (!regression_fit(x, y, n, fit->terms_n, 0.95, &found->regression, NULL)) {
        snprintf(error, error_n, "%d loads do not tell the costs of %s apart", n, fit->name);
        return false;
    }
    found->worst = cells[found->regression.residual_max_row];
    return true;
}

/* By all fits of these threads. An idle broker's time is in the fits of produce and of fetch, and counts once. */
static double predicted(const struct profile *p, const struct cell_result *c, enum jvm_group group)
{
    double sum = 0;
    for (int f = 0; f < PROFILE_FITS_N; f++)
        for (int j = 0; j < fits[f].terms_n; j++)
            if (fits[f].group == group && (fits[f].terms[j].count != COUNT_NONE || fits[f].kind == LOAD_PRODUCE))
                sum += p->fits[f].regression.terms[j].value * count_of(c, fits[f].kind, fits[f].terms[j].count);
    return sum;
}

static double measured_ns(const struct cell_result *c)
{
    return c->cpu_ns[JVM_NETWORK] + c->cpu_ns[JVM_IO];
}

static double predicted_ns(const struct profile *p, int cell)
{
    return p->predicted[cell].network_ns + p->predicted[cell].io_ns;
}

bool profile_fit(const struct experiment_result *result, struct arena *arena, struct profile *profile, char *error,
                 size_t error_n)
{
    *profile = (struct profile){.result = result, .quiet_ratio = NAN};
    for (int f = 0; f < PROFILE_FITS_N; f++)
        if (!fit_one(&fits[f], result, &profile->fits[f], error, error_n)) return false;
    profile->predicted = ARENA_NEW(arena, struct profile_cell, (size_t)result->cells_n + 1);
    double logs = 0;
    int quiet = 0;
    for (int i = 0; i < result->cells_n; i++) {
        const struct cell_result *c = &result->cells[i];
        profile->predicted[i] = (struct profile_cell){predicted(profile, c, JVM_NETWORK), predicted(profile, c, JVM_IO)};
        if (c->cell.part != CELL_QUIET || c->counts[0].requests <= 0) continue;
        logs += log(measured_ns(c) / predicted_ns(profile, i));
        quiet++;
    }
    if (quiet > 0) profile->quiet_ratio = exp(logs / quiet);
    const double threads = (double)(result->cpu_ns[JVM_NETWORK] + result->cpu_ns[JVM_IO]);
    profile->gc_share = (double)result->cpu_ns[JVM_GC] / threads;
    profile->jit_share = (double)result->cpu_ns[JVM_JIT] / threads;
    return true;
}

void profile_print(const struct profile *p, FILE *out)
{
    char what[160];
    fprintf(out, "%s, Kafka %s\n", p->result->jvm, p->result->kafka[0] ? p->result->kafka : "of an unknown release");
    for (int f = 0; f < PROFILE_FITS_N; f++) {
        const struct profile_fit *fit = &p->fits[f];
        fprintf(out, "%s: %d cells, R2 %.3f, residuals %.0f %% rms, %+.0f %% at most (%s)\n", fit->name, fit->cells,
                fit->regression.r2, 100 * fit->regression.residual_rms, 100 * fit->regression.residual_max,
                cell_describe(&p->result->cells[fit->worst].cell, what, sizeof what));
        for (int j = 0; j < fits[f].terms_n; j++) {
            const struct regression_term *t = &fit->regression.terms[j];
            const struct term *term = &fits[f].terms[j];
            fprintf(out, "  %-38s %12.4g  %10.4g .. %-10.4g %s%s\n", term->operation ? term->operation : "(idle)", t->value,
                    t->low, t->high, term->unit ? term->unit : "ns/s", t->held ? ", held at 0" : "");
        }
    }
    fprintf(out, "not fitted to:%44s measured  predicted\n", "");
    for (int i = 0; i < p->result->cells_n; i++) {
        const struct cell_result *c = &p->result->cells[i];
        if (c->cell.part != CELL_CHECK) continue;
        fprintf(out, "  %-52s %8.1f %10.1f ms/s, %+.0f %%\n", cell_describe(&c->cell, what, sizeof what), measured_ns(c) / 1e6,
                predicted_ns(p, i) / 1e6, 100 * (predicted_ns(p, i) / measured_ns(c) - 1));
    }
    fprintf(out, "at an eighth of the load the same work took %.2f times as much; beside network and I/O threads the collector took %.1f %%, "
                 "the compilers %.1f %%\n",
            p->quiet_ratio, 100 * p->gc_share, 100 * p->jit_share);
}

static json_t *fits_json(const struct profile *p)
{
    json_t *all = json_array();
    char what[160];
    for (int f = 0; f < PROFILE_FITS_N; f++) {
        const struct profile_fit *fit = &p->fits[f];
        json_array_append_new(
            all, json_pack("{s:s, s:i, s:o, s:o, s:o, s:s, s:o}", "of", fit->name, "cells", fit->cells, "r2",
                           bench_rounded(fit->regression.r2), "residual_rms", bench_rounded(fit->regression.residual_rms),
                           "residual_max", bench_rounded(fit->regression.residual_max), "at",
                           cell_describe(&p->result->cells[fit->worst].cell, what, sizeof what), "idle_ns_per_s",
                           bench_rounded(fit->regression.terms[0].value)));
    }
    return all;
}

/* Every cell as measured, so that another can fit it again, and what the fits say of it. */
static json_t *cells_json(const struct profile *p)
{
    json_t *all = json_array();
    char what[160];
    for (int i = 0; i < p->result->cells_n; i++) {
        const struct cell_result *c = &p->result->cells[i];
        const struct {
            const char *name;
            double value;
        } numbers[] = {
            {"requests_per_s", c->counts[0].requests},
            {"batches_per_s", c->counts[0].batches},
            {"records_per_s", c->counts[0].records},
            {"bytes_per_s", c->counts[0].bytes},
            {"raw_bytes_per_s", c->counts[0].raw_bytes},
            {"fetches_beside_per_s", c->counts[1].requests},
            {"network_ns_per_s", c->cpu_ns[JVM_NETWORK]},
            {"network_fitted", p->predicted[i].network_ns},
            {"io_ns_per_s", c->cpu_ns[JVM_IO]},
            {"io_fitted", p->predicted[i].io_ns},
            {"least_ns_per_s", c->cpu_low_ns},
            {"most_ns_per_s", c->cpu_high_ns},
        };
        json_t *cell = json_pack("{s:s, s:s, s:i}", "part", cell_part_names[c->cell.part], "load",
                                 cell_describe(&c->cell, what, sizeof what), "repeats", c->repeats);
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
            if (numbers[k].value > 0) json_object_set_new(cell, numbers[k].name, bench_rounded(numbers[k].value));
        json_array_append_new(all, cell);
    }
    return all;
}

bool profile_write(const struct profile *p, const char *path, const char *date, char *error, size_t error_n)
{
    char host[160], name[256], about[640], buffer[BENCH_DATE_SIZE];
    if (date == NULL) date = bench_today(buffer);
    bench_host(host, sizeof host);
    const char *kafka = p->result->kafka[0] ? p->result->kafka : "unknown";
    snprintf(name, sizeof name, "kafka-broker-%s-%s-%.7s", kafka, host, date);
    snprintf(about, sizeof about,
             "Engine profile: CPU time of one Kafka broker's network and I/O threads, by regression over designed loads of idempotent "
             "producers and consumers over plaintext loopback, replication 1; low and high are 95 %% intervals over cells. Of a busy "
             "broker; at an eighth of the load the same work took %.2f times as much. Loopback has no network card, and TCP's receiving "
             "side is its sender's time; garbage collection (%.1f %% more) and compilers are apart.",
             p->quiet_ratio, 100 * p->gc_share);
    json_t *its_host = bench_host_json();
    json_object_del(its_host, "compiler"); /* nothing of ours was timed */
    json_object_set_new(its_host, "kafka", json_string(kafka));
    json_object_set_new(its_host, "jvm", json_string(p->result->jvm));
    json_t *rows = json_array();
    for (int f = 0; f < PROFILE_FITS_N; f++)
        for (int j = 0; j < fits[f].terms_n; j++) {
            const struct regression_term *t = &p->fits[f].regression.terms[j];
            const struct term *term = &fits[f].terms[j];
            if (term->operation == NULL) continue;
            json_t *row = json_pack("{s:s, s:s, s:o, s:o, s:o, s:i}", "operation", term->operation, "unit", term->unit, "value",
                                    bench_rounded(t->value), "low", bench_rounded(t->low), "high", bench_rounded(t->high), "n",
                                    p->fits[f].cells);
            if (t->held)
                json_object_set_new(row, "note", json_string("would be negative: held at 0 (non-negative least squares)"));
            json_array_append_new(rows, row);
        }
    json_t *head = json_pack("{s:i, s:s, s:o, s:s, s:s, s:s, s:s}", "calibration", 1, "name", name, "host", its_host, "date", date,
                             "confidence", "measured", "source", "headroom calibrate kafka", "about", about);
    const struct bench_table tables[] = {{"rows", rows}, {"fits", fits_json(p)}, {"cells", cells_json(p)}};
    return bench_write_json(path, head, tables, sizeof tables / sizeof *tables, error, error_n);
}
