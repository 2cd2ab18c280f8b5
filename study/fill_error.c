/* fill_error.c: how sure the figures are: what the resolution is known to change, and how wide intervals are; see fill.h. */
#include "fill_parts.h"

#include <string.h>

#include "arena.h"
#include "resolution_measured.h"

static const char *const biases[VALIDATE_BIASES] = {"bias_p50", "bias_p99", "bias_p99.9"};

static void put(struct record *record, const char *name, struct record_number number)
{
    record->error.resolution[record->error.resolution_n++] = (struct record_named_number){name, number};
}

/* The bias of one step of resolution: as measured (b), or 0, or not known (why). */
static void put_biases(struct record *record, const char *prefix, const struct validate_bias *b, const char *why,
                       struct arena *arena)
{
    static const char *const UNSEEN = "too little was seen of it in the case";
    for (int i = 0; i < VALIDATE_BIASES; i++) {
        const char *name = arena_printf(arena, "%s%s", prefix, biases[i]);
        const bool known = b && b->known[i];
        const char *reason = why ? why : UNSEEN;
        put(record, name, known ? record_known(b->bias[i]) : b || why ? record_unknown(reason) : record_known(0));
        if (!b && !why) continue;
        put(record, arena_printf(arena, "%s_half_width", name), known ? record_known(b->half_width[i]) : record_unknown(reason));
    }
}

/* Of the busiest unit of any stage that records pass, at its highest in a minute; < 0: not known. */
static double busiest(const struct record *record)
{
    double most = -1;
    for (int i = 0; i < record->utilization_n; i++) {
        const struct record_utilization *u = &record->utilization[i];
        if (strncmp(u->resource, "engine.", 7) == 0 || !u->peak.known) continue;
        if (u->peak.value > most) most = u->peak.value;
    }
    return most;
}

/* The case that speaks for the run at this resolution; NULL, and why. */
static const struct validate_bias *case_of(const struct resolution_measured *measured, struct resolution_setting setting,
                                           const char **why)
{
    if (!measured) {
        *why = "what `headroom validate resolution` measured was not at hand";
        return NULL;
    }
    if (setting.utilisation < 0) {
        *why = "nothing was measured after the warm-up";
        return NULL;
    }
    const struct validate_bias *found = resolution_measured_find(measured, &setting, why);
    if (found) *why = NULL;
    return found;
}

static void fill_resolution(const struct scenario *s, const struct resolution_measured *measured, double fraction,
                            struct arena *arena, struct record *record)
{
    record->error.resolution = ARENA_NEW(arena, struct record_named_number, 6 * VALIDATE_BIASES + FILL_TABLE_MAX);
    record->error.measured = (struct record_file){.why_null = "nothing that was measured is needed"};
    if (s->run.resolution == RESOLUTION_RECORD) {
        put_biases(record, "", NULL, NULL, arena);
        record->error.resolution_case = (struct record_text){.why_null = "every record is followed: this is the reference"};
        return;
    }
    struct resolution_setting setting = {
        .resolution = "request", .fraction = 1, .utilisation = busiest(record), .faults = s->faults_n > 0};
    const char *why, *why_request, *why_table;
    const struct validate_bias *request = case_of(measured, setting, &why_request), *sampled = NULL, *table = NULL;
    if (s->run.resolution == RESOLUTION_REQUEST) {
        put_biases(record, "", request, why_request, arena);
    } else {
        setting.resolution = "sampled";
        setting.fraction = fraction;
        /* Where nothing is skipped, this is `request`. */
        const struct record_number *simulated = &record->run.fraction_simulated;
        why = NULL;
        if (!simulated->known || simulated->value < 1) sampled = case_of(measured, setting, &why);
        put_biases(record, "", sampled, why, arena);
        put_biases(record, "request_", request, why_request, arena);
        if (s->run.table) {
            setting.resolution = "table";
            table = case_of(measured, setting, &why_table);
            put_biases(record, "table.", table, why_table, arena);
        }
    }
    const struct validate_bias *const found[] = {table, sampled, request};
    const char *cases = "";
    for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
        if (!found[i]) continue;
        cases = arena_printf(arena, "%s%s%s, %s against %s", cases, cases[0] ? "; " : "", found[i]->name, found[i]->resolution,
                             found[i]->against);
    }
    record->error.resolution_case =
        cases[0] ? (struct record_text){.text = cases} : (struct record_text){.why_null = why_request};
    record->error.measured =
        measured ? (struct record_file){.name = arena_printf(arena, "validate resolution, %s", measured->date),
                                        .sha256 = measured->sha256}
                 : (struct record_file){.why_null = why_request};
}

static void fill_sampling(double least, struct arena *arena, struct record *record)
{
    record->error.sampling =
        ARENA_NEW(arena, struct record_named_number, 1 + (size_t)record->latency_n + (size_t)record->freshness_n);
    record->error.sampling[record->error.sampling_n++] = (struct record_named_number){"f_min", record_known(least)};
    const struct record_distribution *lists[] = {record->latency, record->freshness};
    const int counts[] = {record->latency_n, record->freshness_n};
    const char *const kinds[] = {"latency", "freshness"};
    for (int l = 0; l < 2; l++) {
        for (int i = 0; i < counts[l]; i++) {
            const struct record_distribution *d = &lists[l][i];
            const struct record_interval *ci = &d->ci95[RECORD_P99];
            const struct record_number *p99 = &d->figure[RECORD_P99];
            bool known = ci->known && p99->known && p99->value > 0;
            record->error.sampling[record->error.sampling_n++] = (struct record_named_number){
                arena_printf(arena, "%s.%s.p99_half_width", kinds[l], d->name),
                known ? record_known((ci->high - ci->low) / 2 / p99->value)
                      : record_unknown(ci->why_null ? ci->why_null : "its p99 is not known")};
        }
    }
}

void fill_error(const struct scenario *s, const struct resolution_measured *measured, const struct replication *r, int n,
                struct arena *arena, struct record *record)
{
    const double least = n > 0 ? r[0].pipeline->fraction.least : 1;
    fill_resolution(s, measured, least, arena, record);
    record->error.resolution_n += fill_table(r, n, &record->error.resolution[record->error.resolution_n]);
    fill_sampling(least, arena, record);
}
