/* published_measure.c: see published_measure.h. */
#include "published_measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "check.h"
#include "faults.h"
#include "histogram.h"

static const double CREATE_TIME_S = 1e-3; /* what a record's timestamp counts in */
enum { CREATE_TIME_STEPS = 200, BISECTIONS = 40 };
#define SINCE_CREATE_TIME " since CreateTime"

static struct metric known(double value)
{
    return (struct metric){.value = value, .known = true};
}

static struct metric unknown(const char *why)
{
    return (struct metric){.why = why};
}

/* --- Of a run ----------------------------------------------------------------------------------------- */

static struct metric per_second(const struct replication *r, double total)
{
    const double seconds = r->pipeline->world.telemetry->totals.seconds;
    return seconds > 0 ? known(total / seconds) : unknown("nothing was measured");
}

static struct metric throughput(const struct replication *r, const char *of)
{
    const struct world *w = &r->pipeline->world;
    const struct telemetry *t = w->telemetry;
    if (strcmp(of, "produce") == 0) return per_second(r, t->totals.records);
    for (int g = 0; g < w->scenario->groups_n; g++) {
        if (strcmp(w->scenario->groups[g].name, of) != 0) continue;
        const struct series *consumed = &t->consumed[g];
        const double warmup_s = sim_seconds(w->scenario->run.warmup_ns), step_s = sim_seconds(consumed->step_ns);
        double records = 0, seconds = 0;
        for (int32_t i = 0; i < series_length(consumed); i++) {
            if (i * step_s < warmup_s) continue;
            records += series_value(consumed, i);
            seconds += step_s;
        }
        return seconds > 0 ? known(records / seconds) : unknown("nothing was measured");
    }
    return unknown("there is no such group");
}

static int fault_named(const struct scenario *s, const char *id, size_t n)
{
    for (int i = 0; i < s->faults_n; i++)
        if (strlen(s->faults[i].id) == n && strncmp(s->faults[i].id, id, n) == 0) return i;
    return -1;
}

/* "down.recovered" */
static struct metric of_fault(const struct replication *r, const char *name)
{
    const struct world *w = &r->pipeline->world;
    const char *dot = strchr(name, '.');
    const int index = dot ? fault_named(w->scenario, name, (size_t)(dot - name)) : -1;
    if (index < 0) return unknown("there is no such fault");
    const struct fault_row *row = fault_first(w, index);
    const sim_time never = SIM_NEVER, *elected = row->brokers_n > 0 ? &row->events[0].leaders_elected : &never,
                   *started = row->brokers_n > 0 ? &row->events[0].started : &never;
    const struct {
        const char *name;
        sim_time at;
    } moments[] = {{"detected", row->detected},
                   {"leaders_elected", *elected},
                   {"started", *started},
                   {"recovered", row->recovered},
                   {"lag_cleared", row->lag_cleared}};
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        if (strcmp(moments[i].name, dot + 1) != 0) continue;
        return moments[i].at == SIM_NEVER ? unknown("not within the run") : known(sim_seconds(moments[i].at - row->at));
    }
    return unknown("a fault has no such moment");
}

static struct metric of_bill(const struct replication *r, const char *item, struct arena *arena)
{
    const struct scenario *s = r->pipeline->world.scenario;
    struct meters meters;
    struct bill bill;
    metric_meters(r, 1, &meters, arena);
    bill_compute(&meters, s, s->prices, arena, &bill);
    for (int i = 0; i < bill.lines_n; i++)
        if (strcmp(bill.lines[i].item, item) == 0) return known(bill.lines[i].usd);
    return unknown("the bill has no such line");
}

static const char *after(const char *text, const char *prefix)
{
    const size_t n = strlen(prefix);
    return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

/* Weight above `value` of what has a uniform time in [0, CREATE_TIME_S) added. */
static double weight_above_since_create_time(struct histogram *h, double value)
{
    double above = 0;
    for (int i = 0; i < CREATE_TIME_STEPS; i++) {
        const double left = value - CREATE_TIME_S * (i + 0.5) / CREATE_TIME_STEPS;
        above += left > 0 ? histogram_weight_above(h, left) : histogram_count(h);
    }
    return above / CREATE_TIME_STEPS;
}

/* A record's timestamp is the time of its sending without what that has of a millisecond, which its latency knows nothing of. */
static struct metric since_create_time(const struct replication *r, const char *measure)
{
    const struct metric_scope all = {SCOPE_ALL, 0};
    const struct metric own = metric_of(r, measure, all);
    const char *name = after(measure, "latency.end_to_end."), *dot = name ? strchr(name, '.') : NULL;
    if (!own.known) return own;
    if (!dot || dot[1] != 'p') return unknown("no quantile of a group's end to end latency");
    const struct scenario *s = r->pipeline->world.scenario;
    const double q = strtod(dot + 2, NULL) / 100;
    const size_t n = (size_t)(dot - name);
    for (int g = 0; g < s->groups_n; g++) {
        if (strlen(s->groups[g].name) != n || strncmp(s->groups[g].name, name, n) != 0) continue;
        struct histogram *h = metric_histogram(r, METRIC_END_TO_END, g, all);
        double low = own.value, high = own.value + CREATE_TIME_S;
        for (int i = 0; i < BISECTIONS; i++) {
            const double middle = (low + high) / 2;
            *(weight_above_since_create_time(h, middle) > (1 - q) * histogram_count(h) ? &low : &high) = middle;
        }
        return known((low + high) / 2);
    }
    return unknown("there is no such group");
}

struct metric published_measure_run(const struct replication *r, const char *measure, struct arena *arena)
{
    const struct world *w = &r->pipeline->world;
    const struct telemetry_totals *totals = &w->telemetry->totals;
    const char *rest;
    if ((rest = after(measure, "throughput."))) return throughput(r, rest);
    if ((rest = after(measure, "fault."))) return of_fault(r, rest);
    if ((rest = after(measure, "bill."))) return of_bill(r, rest, arena);
    if (strcmp(measure, "bandwidth.produce") == 0) return per_second(r, totals->wire_bytes / 1048576);
    if (strcmp(measure, "compression") == 0) {
        if (w->workload.produced <= 0 || totals->wire_bytes <= 0) return unknown("nothing was measured");
        return known(w->workload.raw_bytes / (double)w->workload.produced * totals->records / totals->wire_bytes);
    }
    const char *since = strstr(measure, SINCE_CREATE_TIME);
    if (since) return since_create_time(r, arena_strndup(arena, measure, (size_t)(since - measure)));
    struct metric_scope scope = {SCOPE_ALL, 0};
    const char *during = strstr(measure, " during ");
    if (during) {
        rest = during + strlen(" during ");
        scope.fault = fault_named(w->scenario, rest, strlen(rest));
        scope.kind = strcmp(rest, "steady") == 0 ? SCOPE_STEADY : SCOPE_FAULT;
        if (scope.kind == SCOPE_FAULT && scope.fault < 0) return unknown("there is no such fault");
        measure = arena_strndup(arena, measure, (size_t)(during - measure));
    }
    return metric_of(r, measure, scope);
}

/* --- Of numbers --------------------------------------------------------------------------------------- */

enum { ARGUMENTS_MAX = 8 };

static double cross_zone_bytes(const double *given)
{
    return cross_zone_flow(given[0], (int)given[1], (int)given[2], (int)given[3], given[4] != 0).total_bytes_per_s;
}

static double cross_zone_dollars(const double *given)
{
    return cross_zone_usd(cross_zone_bytes(given), given[5], given[6], given[7]);
}

/* msk_sizing.py: what a broker may take in, by its EBS and its network bandwidth and the consumers' fan-out. */
static double msk_ingress_cap(const double *given)
{
    return fmin(given[0] / 6.5, given[1] / (5.7 + 1.5 * given[2])) * given[3];
}

#define FLOW "rate_bytes_per_s", "replication", "groups", "zones", "follower_fetching"
static const struct arithmetic {
    const char *name;
    double (*of)(const double *given);
    const char *arguments[ARGUMENTS_MAX + 1];
} arithmetic[] = {
    {"cross_zone.bytes_per_s", cross_zone_bytes, {FLOW}},
    {"cross_zone.usd", cross_zone_dollars, {FLOW, "hours", "gb_bytes", "usd_each_way"}},
    {"msk_sizing.ingress_cap", msk_ingress_cap, {"ebs", "network", "fan_out", "utilisation"}},
};

static const struct arithmetic *arithmetic_named(const char *name)
{
    for (size_t i = 0; i < sizeof arithmetic / sizeof arithmetic[0]; i++)
        if (strcmp(arithmetic[i].name, name) == 0) return &arithmetic[i];
    return NULL;
}

static const struct published_given *given_named(const struct published_row *row, const char *name)
{
    for (int i = 0; i < row->given_n; i++)
        if (strcmp(row->given[i].name, name) == 0) return &row->given[i];
    return NULL;
}

const char *published_measure_problem(const struct published_row *row)
{
    const struct arithmetic *of = arithmetic_named(row->measure);
    if (!of) return row->run < 0 ? "a measure that is no arithmetic needs a run" : NULL;
    if (row->run >= 0) return "a measure of arithmetic has no run";
    for (int i = 0; of->arguments[i]; i++)
        if (!given_named(row, of->arguments[i])) return "the arithmetic lacks one of its numbers in \"given\"";
    return NULL;
}

double published_measure_given(const struct published_row *row)
{
    const struct arithmetic *of = arithmetic_named(row->measure);
    double given[ARGUMENTS_MAX] = {0};
    CHECK(of, "%s is no arithmetic", row->measure);
    for (int i = 0; of->arguments[i]; i++) given[i] = given_named(row, of->arguments[i])->value;
    return of->of(given);
}
