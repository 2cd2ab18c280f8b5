/* verdict.c: objectives, verdict, answer, bottleneck and headroom of a run. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "confidence.h"
#include "fill.h"
#include "units.h"

/* More replications than this settle nothing: the value lies on the line. */
enum { NEEDED_MAX = 1000 };

static bool holds(enum comparison comparison, double value, double target)
{
    switch (comparison) {
    case COMPARISON_LE:
        return value <= target;
    case COMPARISON_LT:
        return value < target;
    case COMPARISON_GE:
        return value >= target;
    case COMPARISON_GT:
        return value > target;
    case COMPARISON_EQ:
        return value == target;
    }
    return false;
}

/* How many replications more would settle it, if they scatter as those so far do. */
static void count_needed(const struct scenario_objective *objective, const struct estimate *e, int n, struct arena *arena,
                         struct record_objective *out)
{
    const double half = (e->ci95.high - e->ci95.low) / 2, distance = fabs(e->mean.value - objective->target);
    const int needed = distance > 0 ? confidence_needed(n, half, distance, 0.95, n + NEEDED_MAX) : 0;
    if (needed == 0) {
        const char *why = "its interval straddles the target: it lies on the line, and a thousand more replications would not tell";
        out->replications_needed = record_unknown(why);
        out->why_null = why;
        return;
    }
    const int more = needed > n ? needed - n : 1;
    out->replications_needed = record_known(more);
    out->why_null = arena_printf(arena, "its interval straddles the target: about %d more replication%s would settle it", more,
                                 more == 1 ? "" : "s");
}

/* Met if the whole interval meets it, missed if none of it does, else it takes more replications to tell. */
static void judge(const struct scenario_objective *objective, const struct estimate *e, int n, struct arena *arena,
                  struct record_objective *out)
{
    if (!e->mean.known) {
        out->met = RECORD_INCONCLUSIVE;
        out->why_null = e->mean.why_null;
        return;
    }
    double low = e->ci95.known ? e->ci95.low : e->mean.value, high = e->ci95.known ? e->ci95.high : e->mean.value;
    bool at_low = holds(objective->comparison, low, objective->target);
    bool at_high = holds(objective->comparison, high, objective->target);
    if (at_low && at_high) {
        out->met = RECORD_MET;
    } else if (!at_low && !at_high && holds(objective->comparison, e->mean.value, objective->target) == at_low) {
        out->met = RECORD_MISSED;
    } else {
        out->met = RECORD_INCONCLUSIVE;
        count_needed(objective, e, n, arena, out);
    }
}

static void objectives(const struct scenario *s, const struct replication *r, int n, struct arena *arena,
                       struct record *record)
{
    record->objectives = ARENA_NEW(arena, struct record_objective, (size_t)s->objectives_n);
    record->objectives_n = s->objectives_n;
    struct metric *values = ARENA_NEW(arena, struct metric, (size_t)n);
    bool missed = false, open = false;
    for (int i = 0; i < s->objectives_n; i++) {
        const struct scenario_objective *objective = &s->objectives[i];
        struct record_objective *out = &record->objectives[i];
        out->text = objective->text;
        out->metric = objective->metric;
        out->during = objective->scope == SCOPE_FAULT    ? s->faults[objective->fault].id
                      : objective->scope == SCOPE_STEADY ? "steady"
                                                         : "all";
        out->unit = objective->unit;
        out->target = objective->target;
        struct metric_scope scope = {objective->scope, objective->fault};
        bool above = false; /* what it is at least is a miss already, whatever the exact figure */
        const bool at_most = objective->comparison == COMPARISON_LE || objective->comparison == COMPARISON_LT;
        for (int j = 0; j < n; j++) {
            values[j] = metric_of(&r[j], objective->metric, scope);
            above |= !values[j].known && (isinf(values[j].value) || (at_most && values[j].value > objective->target));
        }
        struct estimate e = estimate_of(values, n, arena);
        /* One bill, from all replications together, so that it is the same figure everywhere. */
        if (strcmp(objective->metric, "cost.month") == 0) e.mean = record->cost.month_usd;
        out->value = e.mean;
        out->low = e.ci95.known ? record_known(e.ci95.low) : record_unknown(e.ci95.why_null);
        out->high = e.ci95.known ? record_known(e.ci95.high) : record_unknown(e.ci95.why_null);
        judge(objective, &e, n, arena, out);
        if (above) {
            out->met = RECORD_MISSED;
            out->why_null = NULL;
            out->replications_needed = (struct record_number){0};
        }
        missed |= out->met == RECORD_MISSED;
        open |= out->met == RECORD_INCONCLUSIVE;
    }
    record->verdict = missed ? RECORD_MISSED : open || n == 0 || record->run.partial ? RECORD_INCONCLUSIVE : RECORD_MET;
}

/* "freshness.ctr.p99 is 24.1 s (at most 60 s)" */
static const char *in_words(const struct record_objective *o, struct arena *arena)
{
    char value[UNITS_FORMAT_SIZE], target[UNITS_FORMAT_SIZE];
    enum units_kind kind = strcmp(o->unit, "s") == 0     ? UNITS_DURATION
                           : strcmp(o->unit, "usd") == 0 ? UNITS_MONEY
                                                         : UNITS_COUNT;
    bool plain = o->unit[0] == '\0';
    if (plain) {
        snprintf(value, sizeof value, "%.3g", o->value.value);
        snprintf(target, sizeof target, "%.3g", o->target);
    } else {
        units_format(kind, o->value.value, value, sizeof value);
        units_format(kind, o->target, target, sizeof target);
    }
    return arena_printf(arena, "%s is %s against %s", o->metric, value, target);
}

static void answer(struct arena *arena, struct record *record, const struct scenario *s)
{
    const struct record_objective *first_bad = NULL, *decision = NULL;
    int met = 0;
    for (int i = 0; i < record->objectives_n; i++) {
        const struct record_objective *o = &record->objectives[i];
        met += o->met == RECORD_MET;
        enum record_verdict wanted = record->verdict;
        if (!first_bad && o->met == wanted && wanted != RECORD_MET) first_bad = o;
        if (!decision && s->decision.metric && strcmp(o->metric, s->decision.metric) == 0) decision = o;
    }
    if (record->objectives_n == 0) {
        record->answer = "Simulated; the scenario states no objective to judge by.";
        return;
    }
    if (!decision) decision = &record->objectives[0];
    const char *words = decision->value.known ? in_words(decision, arena) : arena_printf(arena, "%s is not known", decision->metric);
    if (record->verdict == RECORD_MET) {
        record->answer = arena_printf(arena, "Yes: all %d objectives are met; %s.", met, words);
    } else if (record->verdict == RECORD_MISSED) {
        const char *bad = !first_bad             ? words
                          : first_bad->value.known ? in_words(first_bad, arena)
                                                   : arena_printf(arena, "%s is out of reach", first_bad->metric);
        record->answer = arena_printf(arena, "No: %d of %d objectives are met; %s.", met, record->objectives_n, bad);
    } else {
        record->answer = arena_printf(arena, "Not decided: %d of %d objectives are met; %s.", met, record->objectives_n,
                                      record->run.partial ? "the run is partial" : words);
    }
}

/* "; request-bound: ..." where it is what a broker's cores or threads do with produce requests, not with what is in them. */
static const char *request_bound(const struct replication *r, int resource, struct arena *arena)
{
    const struct world *w = &r->pipeline->world;
    const struct telemetry_totals *t = &w->telemetry->totals;
    const struct calibration_broker *cost = &w->calibration->kafka_broker;
    double by_request = 0, by_content = 0;
    if (resource == BROKER_IO_THREADS || resource == BROKER_CPU) {
        by_request += t->requests * cost->request_ns + t->batches * cost->batch_ns;
        by_content += t->records * cost->record_ns + t->wire_bytes * cost->byte_ns;
    }
    if (resource == BROKER_NETWORK_THREADS || resource == BROKER_CPU) {
        by_request += t->requests * cost->network_request_ns + t->batches * cost->network_batch_ns;
        by_content += t->wire_bytes * cost->network_byte_ns;
    }
    if (by_request <= by_content || t->requests <= 0 || t->batches <= 0) return "";
    return arena_printf(arena,
                        "; request-bound: %.0f %% of what produce requests cost it is by request and batch, at %.3g records a "
                        "batch and %.3g batches a request, and larger batches cost less",
                        100 * by_request / (by_request + by_content), t->records / t->batches, t->batches / t->requests);
}

/* "; the request queue was full ..." of threads that waited for one another. */
static const char *queue_full(const struct replication *r, int n, int resource, struct arena *arena)
{
    if (resource != BROKER_IO_THREADS && resource != BROKER_NETWORK_THREADS && resource != BROKER_CPU) return "";
    double blocked_ns = 0;
    for (int i = 0; i < n; i++) {
        const struct cluster *c = &r[i].pipeline->world.cluster;
        for (int b = 0; b < c->brokers_n; b++) blocked_ns += c->brokers[b].blocked_ns;
    }
    if (blocked_ns <= 0) return "";
    return arena_printf(arena, "; the request queue was full (queued.max.requests is %d), and network threads waited for I/O threads",
                        r[0].pipeline->world.scenario->cluster.config.queued_max_requests);
}

static void bottleneck(const struct scenario *s, const struct replication *r, int n, struct arena *arena,
                       struct record *record)
{
    const char *nothing = "no window without a fault was measured";
    record->bottleneck.resource.why_null = record->bottleneck.why.why_null = nothing;
    record->bottleneck.utilization = record_unknown(nothing);
    record->headroom.load_factor = record->headroom.n_minus_1 = record_unknown(nothing);
    record->headroom.breaks_first.why_null = nothing;
    if (n == 0) return;
    struct metric *factors = ARENA_NEW(arena, struct metric, (size_t)n);
    struct metric *without = ARENA_NEW(arena, struct metric, (size_t)n);
    const char *first = NULL, *ignored;
    for (int i = 0; i < n; i++) {
        factors[i].value = metric_load_factor(&r[i], false, i == 0 ? &first : &ignored);
        without[i].value = metric_load_factor(&r[i], true, &ignored);
        factors[i].known = isfinite(factors[i].value);
        without[i].known = isfinite(without[i].value);
        factors[i].why = without[i].why = nothing;
    }
    if (!first) return;
    record->headroom.load_factor = estimate_of(factors, n, arena).mean;
    record->headroom.n_minus_1 = estimate_of(without, n, arena).mean;
    record->headroom.breaks_first = (struct record_text){.text = arena_strdup(arena, first)};
    record->bottleneck.resource = record->headroom.breaks_first;
    record->bottleneck.utilization =
        record->headroom.load_factor.known ? record_known(1 / record->headroom.load_factor.value) : record_unknown(nothing);
    const struct telemetry *t = r[0].pipeline->world.telemetry;
    for (int i = 0; i < t->resources_n; i++) {
        const struct resource_use *use = &t->resources[i];
        if (strcmp(use->name, first) != 0) continue;
        double mean = telemetry_mean_use(use);
        const char *what = strcmp(use->name + strlen(use->name) - strlen(".sink"), ".sink") == 0 ? "the store that the group writes to"
                           : i >= BROKER_RESOURCES ? "the thread that has the largest partitions"
                                                 : arena_printf(arena, "%s%s%s", broker_resources[i].what,
                                                                request_bound(r, i, arena), queue_full(r, n, i, arena));
        double skew = 0;
        for (int j = 0; j < s->streams_n; j++) {
            const struct population *p = r[0].pipeline->world.blueprint->populations[j];
            if (p && p->skew_max_over_mean > skew) skew = p->skew_max_over_mean;
        }
        record->bottleneck.why.text =
            arena_printf(arena, "busiest of %d at peak load, %.1fx its mean over the run: %s; the largest partition has %.1fx the mean",
                         use->loaded_units, mean > 0 ? 1 / record->headroom.load_factor.value / mean : 0, what, skew);
    }
}

void record_judge(const struct scenario *s, const struct replication *r, int n, struct arena *arena,
                  struct record *record)
{
    objectives(s, r, n, arena, record);
    bottleneck(s, r, n, arena, record);
    answer(arena, record, s);
}
