/* fill_run.c: what the run was: how long, how often, how finely, and how much of its beginning is left out; see fill.h. */
#include "fill_parts.h"

#include <math.h>

#include "arena.h"
#include "check.h"
#include "faults.h"
#include "table_strata.h"
#include "telemetry.h"
#include "units.h"

/* A stated warm-up is looked at over four times its length, at least over these seconds. */
static const int64_t LOOKED_AT_NS = 2000 * SIM_S;

void fill_run(const struct scenario *s, const struct run_story *story, const struct replication *r, int n,
              struct record *record)
{
    record->run.start_s = sim_seconds(s->run.start_ns);
    record->run.replications = n;
    record->run.warmup_s = sim_seconds(s->run.warmup_ns);
    record->run.warmup_by = story->by_pilot ? "mser-5" : "stated";
    record->run.partial = story->partial_why != NULL;
    record->run.partial_why = story->partial_why;
    record->run.simulated_s = n > 0 ? sim_seconds(r[0].pipeline->simulated) : 0;
    record->run.events = n > 0 ? r[0].pipeline->world.workload.produced : 0;
    double fraction = 0;
    for (int i = 0; i < n; i++) {
        const struct world *w = &r[i].pipeline->world;
        record->run.kernel_events += (int64_t)(kernel_dispatched(&w->data) + kernel_dispatched(&w->calendar));
        fraction += sim_seconds(w->data.now) / sim_seconds(r[i].pipeline->simulated) / n;
    }
    record->run.fraction_simulated = n > 0 ? record_known(fraction) : record_unknown("nothing was simulated");
    if (s->run.precision > 0) {
        record->run.precision = record_known(s->run.precision);
        record->run.precision_reached = story->partial_why ? record_unknown("the run is partial")
                                        : !story->precision.metric
                                            ? record_unknown("no metric that counts has an interval")
                                            : record_maybe(story->precision.widest, "the mean is 0, and its interval is not");
    }
}

static const char *seconds(struct arena *arena, double s)
{
    char text[UNITS_FORMAT_SIZE];
    return arena_strdup(arena, units_format(UNITS_DURATION, s, text, sizeof text));
}

static const char *share(struct arena *arena, double value)
{
    char text[UNITS_FORMAT_SIZE];
    return arena_strdup(arena, units_format(UNITS_SHARE, value, text, sizeof text));
}

/* NULL: there is nothing to say. */
static const char *stated_too_short(const struct scenario *s, const struct replication *first, struct arena *arena)
{
    int64_t until = 4 * s->run.warmup_ns > LOOKED_AT_NS ? 4 * s->run.warmup_ns : LOOKED_AT_NS;
    if (first->pipeline->simulated < until) until = first->pipeline->simulated;
    for (int i = 0; i < s->faults_n; i++)
        if (fault_first(&first->pipeline->world, i)->at < until) until = fault_first(&first->pipeline->world, i)->at;
    if (until > first->pipeline->world.telemetry->first_jump) until = first->pipeline->world.telemetry->first_jump;
    const struct settled found = settled_at(first->pipeline->world.telemetry, s->run.warmup_ns, until, arena);
    if (found.at <= s->run.warmup_ns) return NULL;
    if (found.off == 0)
        return arena_printf(arena, "warm-up: nothing of %s is there before %s", found.series, seconds(arena, sim_seconds(found.at)));
    return arena_printf(arena, "warm-up: MSER-5 would leave out the first %s: until then the mean of %s is off by %s",
                        seconds(arena, sim_seconds(found.at)), found.series, share(arena, found.off));
}

static const char *by_pilot(const struct scenario *s, const struct settled *found, struct arena *arena)
{
    if (!found->known)
        return arena_printf(arena, "warm-up: MSER-5 on a pilot found no end of it, so half of the run is left out (%s)", found->why);
    if (found->at > s->run.warmup_ns)
        return arena_printf(arena, "warm-up: by MSER-5 on a pilot it takes %s (%s), more than half of the run; half is left out",
                            seconds(arena, sim_seconds(found->at)), found->series);
    if (!found->series) return "warm-up: MSER-5 on a pilot finds nothing to leave out";
    return arena_printf(arena, "warm-up: found by MSER-5 on a pilot at the run's mean rates, without faults; the last to settle is %s",
                        found->series);
}

static const char *precision_note(const struct scenario *s, const struct run_story *story, int n, struct arena *arena)
{
    const struct precision *p = &story->precision;
    if (!p->metric) return "precision: no metric that counts has an interval to narrow";
    const char *end = p->widest <= s->run.precision ? "reached"
                      : story->out_of_memory        ? "not reached: no more replications fit into --max-memory"
                                                    : "not reached with run.replications_max";
    const char *found = isfinite(p->widest) ? share(arena, p->widest) : "more than its mean, which is 0,";
    return arena_printf(arena, "precision: %s on either side was asked for, and is %s; after %d replications the widest interval, of %s, "
                               "has %s; that their number was not fixed beforehand makes intervals slightly too narrow",
                        share(arena, s->run.precision), end, n, p->metric, found);
}

/* Of the first replication; NULL: the run is simulated throughout. */
static const struct table_mode *table_of(const struct replication *r, int n)
{
    return n > 0 ? r[0].pipeline->world.table : NULL;
}

static int faults_represented(const struct replication *r)
{
    return __builtin_popcountll(r->pipeline->world.represented);
}

int fill_table(const struct replication *r, int n, struct record_named_number *numbers)
{
    const struct table_mode *t = table_of(r, n);
    if (!t) return 0;
    const double jumped_s = sim_seconds(r[0].pipeline->world.jumped_ns), run_s = sim_seconds(r[0].pipeline->simulated);
    int count = 0;
    numbers[count++] = (struct record_named_number){"table.jumped_share", record_maybe(jumped_s / run_s, "nothing was simulated")};
    numbers[count++] = (struct record_named_number){"table.jumps", record_known((double)t->jumps)};
    numbers[count++] = (struct record_named_number){"table.rows", record_known(t->rows_n)};
    numbers[count++] = (struct record_named_number){
        "table.faults_represented", record_known(faults_represented(&r[0]))};
    CHECK(count == FILL_TABLE_MAX, "%d figures of the table", count);
    return count;
}

static const char *table_note(const struct scenario *s, const struct replication *r, const struct table_mode *t, struct arena *arena)
{
    const sim_time jumped = r->pipeline->world.jumped_ns;
    if (jumped == 0)
        return arena_printf(arena, "table: nothing was jumped over: no stretch was steady for as long as twice %s, the longest time "
                                   "between files, tables, checkpoints or checks of who leads", seconds(arena, sim_seconds(t->cycle_ns)));
    return arena_printf(arena, "table: %s of the run was jumped over in %lld jumps; its traffic is exact, and it counts as what was simulated "
                               "at the same rates does, to within %s (%d rows); series have nothing but traffic there%s",
                        share(arena, (double)jumped / (double)r->pipeline->simulated), (long long)t->jumps,
                        share(arena, TABLE_STEP), t->rows_n, s->tables_n > 0 ? ", and tables only files of what was simulated" : "");
}

int fill_run_notes(const struct scenario *s, const struct run_story *story, const struct replication *r, int n,
                   struct arena *arena, const char **notes)
{
    int count = 0;
    if (s->run.replications > 1) {
        notes[count++] = arena_printf(arena, "%s counts are sums over %d replications; series and path counts are "
                                             "the first one's; other figures are means with 95 %% Student intervals",
                                      s->queries_n > 0 ? "delivery and query" : "delivery", n);
    }
    notes[count++] = arena_printf(arena, "warm-up: the first %.0f s are in delivery and series, and in no other figure",
                                  sim_seconds(s->run.warmup_ns));
    if (story->by_pilot) notes[count++] = by_pilot(s, &story->settled, arena);
    const char *too_short = !story->by_pilot && n > 0 ? stated_too_short(s, &r[0], arena) : NULL;
    if (too_short) notes[count++] = too_short;
    if (table_of(r, n)) notes[count++] = table_note(s, &r[0], table_of(r, n), arena);
    if (table_of(r, n) && faults_represented(&r[0]) > 0)
        notes[count++] = arena_printf(arena, "table: %d of %d faults were not simulated; of those alike but for when they come and which broker "
                                             "or instance they take, the mean of the first %d stands for the others, so that what these "
                                             "had rejected, lost and delivered twice is an estimate",
                                      faults_represented(&r[0]), s->faults_n, (int)STRATUM_SIMULATED);
    if (s->run.precision > 0 && n > 0 && !story->partial_why) notes[count++] = precision_note(s, story, n, arena);
    return count;
}
