/* fill_faults.c: the rows that faults leave in the run record; see fill.h. */
#include "fill_parts.h"

#include <math.h>
#include <string.h>

#include "arena.h"
#include "fault_effects.h"
#include "faults.h"
#include "metrics.h"
#include "scenario_table.h"
#include "units.h"

static const char *const NOT_WITHIN = "not before the run ended";

enum { INVOICE_MAX = 3 };

/* A figure of one occurrence; INFINITY: it is not known. */
typedef double figure_fn(const struct fault_row *row);

static double since(const struct fault_row *row, sim_time at)
{
    return at == SIM_NEVER ? INFINITY : sim_seconds(at - row->at);
}

static double lasts(const struct fault_row *row) { return sim_seconds(row->for_ns); }
static double detected(const struct fault_row *row) { return since(row, row->detected); }
static double recovered(const struct fault_row *row) { return since(row, row->recovered); }
static double lag_cleared(const struct fault_row *row) { return since(row, row->lag_cleared); }
static double peak_lag(const struct fault_row *row) { return (double)row->peak_lag; }
static double seconds_down(const struct fault_row *row) { return row->partition_seconds_down; }
static double rejected(const struct fault_row *row) { return (double)row->rejected; }
static double requests_failed(const struct fault_row *row) { return row->requests_failed; }
static double requests_retried(const struct fault_row *row) { return row->requests_retried; }
static double lost(const struct fault_row *row) { return (double)row->lost; }
static double to_replay(const struct fault_row *row) { return (double)fault_to_replay(row); }
static double duplicated(const struct fault_row *row) { return (double)row->duplicated; }
static double grows(const struct fault_row *row) { return since(row, row->until); }

/* Nothing, as long as the brokers have not joined. */
static struct reassignment_counts growth(const struct fault_row *row)
{
    struct reassignment_counts c = {0};
    fault_growth(row, &c);
    return c;
}

static double replicas_to_move(const struct fault_row *row) { return growth(row).replicas; }
static double replicas_moved(const struct fault_row *row) { return growth(row).moved; }
static double bytes_to_move(const struct fault_row *row) { return growth(row).to_move_bytes; }
static double bytes_moved(const struct fault_row *row) { return growth(row).moved_bytes; }
static double bytes_cross_zone(const struct fault_row *row) { return growth(row).cross_zone_bytes; }

/* Minutes by which the worst window output was staler; files have a staleness of minutes by design. */
static double stale_minutes(const struct fault_row *row)
{
    double most = 0;
    for (int g = 0; g < SCENARIO_GROUPS_MAX; g++) most = fmax(most, row->stale_minutes[g]);
    return most;
}

static struct record_number number_of(double value) { return record_maybe(value, NOT_WITHIN); }

struct pooled { /* over the occurrences of all replications */
    struct record_number mean, max; /* max: left out where no replication had two */
    double sum;
};

static struct pooled pool(const struct replication *r, int n, int fault, figure_fn *figure)
{
    struct pooled p = {.sum = 0};
    double most = 0;
    int count = 0, many = 0;
    for (int i = 0; i < n; i++) {
        const struct fault_row *first = r[i].pipeline->world.fault_log->first[fault];
        if (first && first->next) many++;
        for (const struct fault_row *row = first; row; row = row->next) {
            const double value = figure(row);
            p.sum += value;
            most = fmax(most, value);
            count++;
        }
    }
    p.mean = count > 0 ? number_of(p.sum / count) : record_unknown(n > 0 ? "it did not happen" : "nothing was simulated");
    if (many > 0) p.max = number_of(most);
    return p;
}

/* Others like it were simulated in its place. */
static void fill_represented(struct record_fault *out)
{
    static const char *const why = "represented by the mean of those like it that were simulated; see the notes";
    out->detected_s = out->recovered_s = out->clear_lag_s = out->peak_lag_records = out->staleness_minutes = record_unknown(why);
    out->requests_failed = out->requests_retried = record_unknown(why);
    out->partition_seconds_down = out->rejected = out->lost = out->duplicated = record_unknown(why);
    out->peak_lag_group = (struct record_text){.why_null = why};
    out->invoice_usd = record_unknown(why);
}

static void fill_group(const struct scenario *s, const struct replication *r, int n, int fault, struct record_fault *out)
{
    int group = -1;
    int64_t worst = 0;
    for (int i = 0; i < n; i++) {
        for (const struct fault_row *row = r[i].pipeline->world.fault_log->first[fault]; row; row = row->next) {
            if (row->peak_lag < worst || row->peak_lag_group < 0) continue;
            worst = row->peak_lag;
            group = row->peak_lag_group;
        }
    }
    out->peak_lag_group = group >= 0 ? (struct record_text){.text = s->groups[group].name}
                                     : (struct record_text){.why_null = "no group fell behind"};
}

static double scenario_s(const struct fault_row *row) { return sim_seconds(row->at + row->jumped_ns); }

static void fill_each(const struct scenario *s, const struct replication *r, int fault, struct arena *arena, struct record_fault *out)
{
    const struct fault_row *row = r[0].pipeline->world.fault_log->first[fault];
    out->each = ARENA_NEW(arena, struct record_occurrence, RECORD_OCCURRENCES_MAX);
    for (; row && out->each_n < RECORD_OCCURRENCES_MAX; row = row->next) {
        struct scenario_fault struck = s->faults[fault];
        struck.broker = fault_broker(&struck, row);
        struck.instance = fault_instance(&struck, row);
        out->each[out->each_n++] = (struct record_occurrence){.at_s = scenario_s(row),
                                                              .scope = fault_scope(s, &struck, arena),
                                                              .for_s = record_known(lasts(row)),
                                                              .detected_s = number_of(detected(row)),
                                                              .recovered_s = number_of(recovered(row)),
                                                              .peak_lag_records = record_known(peak_lag(row)),
                                                              .clear_lag_s = number_of(lag_cleared(row)),
                                                              .staleness_minutes = record_known(stale_minutes(row))};
    }
}

static void fill_happened(const struct scenario *s, const struct replication *r, int n, int fault, struct arena *arena,
                          struct record_fault *out)
{
    double count = 0, skipped = 0;
    for (int i = 0; i < n; i++) {
        count += r[i].pipeline->world.fault_log->occurrences[fault];
        skipped += r[i].pipeline->world.fault_log->skipped[fault];
    }
    const struct scenario_fault *of = &s->faults[fault];
    out->occurrences = n > 0 ? record_known(count / n) : record_unknown("nothing was simulated");
    if (skipped > 0) out->skipped = record_known(skipped / n);
    if (of->timing == FAULT_BY_TIME)
        out->at_s = record_known(sim_seconds(of->at_ns));
    else if (n > 0 && fault_first(&r[0].pipeline->world, fault)->at != SIM_NEVER)
        out->at_s = record_known(scenario_s(fault_first(&r[0].pipeline->world, fault)));
    else
        out->at_s = record_unknown("it did not happen in the first replication");
    if (n > 0 && (of->timing != FAULT_BY_TIME || of->every_ns > 0)) fill_each(s, r, fault, arena, out);
}

static void bill(struct record_fault *out, const char *item, double quantity, const char *unit, double unit_usd)
{
    out->invoice[out->invoice_n++] = (struct record_invoice_line){item, quantity, unit, unit_usd, quantity * unit_usd};
    if (out->invoice_usd.known) out->invoice_usd.value += quantity * unit_usd;
}

/* The total is known if all of its lines are. */
static void fill_invoice(const struct scenario *s, double minutes, struct arena *arena, struct record_fault *out)
{
    const double per_minute = s->decision.cost_of_delay_usd_per_s * 60;
    if (per_minute > 0 && out->staleness_minutes.known) {
        out->invoice = ARENA_NEW(arena, struct record_invoice_line, INVOICE_MAX);
        out->invoice_usd = record_known(0);
        bill(out, "cost of delay", minutes, "minute", per_minute);
    } else {
        out->invoice_usd = record_unknown(per_minute > 0 ? out->staleness_minutes.why_null : METRIC_NO_COST_OF_DELAY);
    }
}

static const char *bytes_text(double bytes, struct arena *arena)
{
    char text[UNITS_FORMAT_SIZE];
    return arena_strdup(arena, units_format(UNITS_BYTES, round(bytes), text, sizeof text));
}

static const char *seconds_text(double seconds, struct arena *arena)
{
    char text[UNITS_FORMAT_SIZE];
    return arena_strdup(arena, units_format(UNITS_DURATION, round(seconds), text, sizeof text));
}

/* Of the first replication: where the reassignment is that is not over. */
static const char *left_to_move(const struct reassignment_counts *c, struct arena *arena)
{
    if (c->under_way == 0) return "none is under way: partitions that have replicas out of sync, no leader or a broker that is down wait";
    const char *rates = arena_printf(arena, "the %d under way get %s of new records a second, and %s of theirs come across", c->under_way,
                                     bytes_text(c->incoming_bytes_per_s, arena), bytes_text(c->arriving_bytes_per_s, arena));
    if (c->arriving_bytes_per_s <= c->incoming_bytes_per_s)
        return arena_printf(arena, "%s: at these rates they never arrive, and the reassignment never ends", rates);
    return arena_printf(arena, "%s: about %s more for them alone", rates,
                        seconds_text(c->behind_bytes / (c->arriving_bytes_per_s - c->incoming_bytes_per_s), arena));
}

/* What moves, and why it has not all arrived. */
static void fill_growth(const struct replication *r, int n, int fault, struct arena *arena, struct record_fault *out)
{
    out->for_s = pool(r, n, fault, grows).mean;
    out->replicas_to_move = pool(r, n, fault, replicas_to_move).mean;
    out->replicas_moved = pool(r, n, fault, replicas_moved).mean;
    out->bytes_to_move = pool(r, n, fault, bytes_to_move).mean;
    out->bytes_moved = pool(r, n, fault, bytes_moved).mean;
    struct reassignment_counts c;
    if (out->for_s.known || n == 0 || !r[0].pipeline->world.fault_log->first[fault]) return;
    if (!fault_growth(fault_first(&r[0].pipeline->world, fault), &c) || c.moved == c.replicas) return;
    const char *why = arena_printf(arena, "%s; %s", NOT_WITHIN, left_to_move(&c, arena));
    out->for_s = record_unknown(why);
    if (!out->recovered_s.known) out->recovered_s = record_unknown(why);
}

static void fill_fault(const struct scenario *s, const struct replication *r, int n, int fault, struct arena *arena,
                       struct record_fault *out)
{
    const struct scenario_fault *of = &s->faults[fault];
    out->id = of->id;
    out->kind = scenario_fault_kind_word((int)of->kind);
    out->scope = fault_scope(s, of, arena);
    out->for_s = record_known(sim_seconds(of->for_ns));
    fill_happened(s, r, n, fault, arena, out);
    if (n > 0 && r[0].pipeline->world.represented >> fault & 1) {
        fill_represented(out);
        return;
    }
    if (of->timing == FAULT_DRAWN) out->for_s = pool(r, n, fault, lasts).mean;
    out->detected_s = pool(r, n, fault, detected).mean;
    struct pooled p = pool(r, n, fault, recovered);
    out->recovered_s = p.mean;
    out->recovered_max_s = p.max;
    p = pool(r, n, fault, lag_cleared);
    out->clear_lag_s = p.mean;
    out->clear_lag_max_s = p.max;
    p = pool(r, n, fault, peak_lag);
    out->peak_lag_records = p.mean;
    out->peak_lag_max_records = p.max;
    if (out->peak_lag_records.known) out->peak_lag_records.value = round(out->peak_lag_records.value);
    fill_group(s, r, n, fault, out);
    out->partition_seconds_down = pool(r, n, fault, seconds_down).mean;
    out->rejected = pool(r, n, fault, rejected).mean;
    out->requests_failed = pool(r, n, fault, requests_failed).mean;
    out->requests_retried = pool(r, n, fault, requests_retried).mean;
    out->lost = pool(r, n, fault, lost).mean;
    out->duplicated = pool(r, n, fault, duplicated).mean;
    p = pool(r, n, fault, stale_minutes);
    out->staleness_minutes = p.mean;
    out->staleness_max_minutes = p.max;
    fill_invoice(s, n > 0 ? p.sum / n : 0, arena, out);
    if (of->kind == FAULT_BROKERS_ADDED) fill_growth(r, n, fault, arena, out);
}

void fill_faults(const struct scenario *s, const struct replication *r, int n, struct arena *arena, struct record *record)
{
    record->faults = ARENA_NEW(arena, struct record_fault, (size_t)s->faults_n);
    record->faults_n = s->faults_n;
    for (int f = 0; f < s->faults_n; f++) fill_fault(s, r, n, f, arena, &record->faults[f]);
}

static bool starts_with(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

void fill_moves(const struct scenario *s, const struct replication *r, int n, struct arena *arena, struct record *record)
{
    for (int f = 0; f < s->faults_n && n > 0; f++) {
        struct record_fault *out = &record->faults[f];
        if (s->faults[f].kind != FAULT_BROKERS_ADDED || !out->bytes_moved.known) continue;
        const double bytes = pool(r, n, f, bytes_cross_zone).sum / n;
        for (int i = 0; i < record->cost.lines_n && bytes > 0; i++) { /* charged as all replication is */
            const struct record_cost_line *line = &record->cost.lines[i];
            if (!starts_with(line->item, "cross-zone, replication") || !line->unit_usd.known) continue;
            if (!out->invoice) out->invoice = ARENA_NEW(arena, struct record_invoice_line, INVOICE_MAX);
            if (!out->invoice_usd.known) out->invoice_usd = record_known(0);
            bill(out, "cross-zone, reassignment", 2 * bytes / (starts_with(line->unit, "GiB") ? 1 << 30 : 1e9), line->unit, line->unit_usd.value);
            break;
        }
    }
}

int fill_growth_notes(const struct scenario *s, const struct replication *r, int n, struct arena *arena, const char **notes)
{
    int count = 0;
    for (int f = 0; f < s->faults_n && n > 0; f++) {
        struct reassignment_counts c;
        if (s->faults[f].kind != FAULT_BROKERS_ADDED || !r[0].pipeline->world.fault_log->first[f]) continue;
        const char *id = s->faults[f].id;
        if (!fault_growth(fault_first(&r[0].pipeline->world, f), &c))
            notes[count++] = arena_printf(arena, "%s: the brokers had not joined when the run ended: a zone had none that served, or an earlier "
                                                 "reassignment was under way", id);
        else if (c.moved == c.replicas)
            notes[count++] = arena_printf(arena, "%s: %d replicas have moved: %s, of which their logs held %s when it began", id, c.moved,
                                          bytes_text(c.moved_bytes, arena), bytes_text(c.to_move_bytes, arena));
        else
            notes[count++] = arena_printf(arena, "%s: when the run ended %d of %d replicas had moved, and %s of %s; %s", id, c.moved, c.replicas,
                                          bytes_text(c.moved_bytes, arena), bytes_text(c.to_move_bytes, arena), left_to_move(&c, arena));
    }
    if (count > 0)
        notes[count++] = arena_printf(arena, "the bill is that of %d brokers, as many as there are when the run ends; what was moved once is in "
                                             "the invoice of its fault, and not in the month", r[0].pipeline->world.cluster.brokers_n);
    return count;
}

void fill_replays(const struct scenario *s, const struct replication *r, int n, struct arena *arena, struct record *record)
{
    const struct record_number *each = &record->cost.per_million_events_usd;
    for (int f = 0; f < s->faults_n && n > 0; f++) {
        struct record_fault *out = &record->faults[f];
        if (s->faults[f].kind != FAULT_SCHEMA_BAD || !out->rejected.known) continue; /* it did not happen, or others stand for it */
        if (!each->known) {
            if (out->invoice_usd.known) out->invoice_usd = *each;
            continue;
        }
        if (!out->invoice) out->invoice = ARENA_NEW(arena, struct record_invoice_line, INVOICE_MAX);
        bill(out, "replay", pool(r, n, f, to_replay).sum / n / 1e6, "million events", each->value);
    }
}
