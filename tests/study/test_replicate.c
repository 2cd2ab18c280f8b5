/* Replications made into a record: the same bytes on any number of threads, intervals, verdicts, partial runs; and what
 * turning a knob does to the bill. */
#include "study/replicate_fixture.h"

#include <signal.h>

#include "fill.h"
#include "metrics.h"

/* --- Threads ------------------------------------------------------------------------------------------- */

static void the_number_of_threads_changes_nothing(void **state)
{
    struct bench *b = *state;
#define FAULTY                                                                                                         \
    QUICK "|run.replications=5|objectives=[\"freshness.count.p99 <= 60s\", \"delivery.count.lost == 0\"]|faults=[{\"id\": \"a\", \"kind\": \"restart_group\", "      \
          "\"group\": \"count\", \"at\": \"15s\", \"for\": \"5s\", \"clean\": false}]"
    struct outcome one = run(b, FAULTY, 1);
    assert_true(one.whole);
    static const int threads[] = {1, 2, 5, 16};
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        struct outcome other = run(b, FAULTY, threads[i]);
        assert_int_equal(other.n, one.n);
        assert_memory_equal(other.bytes, one.bytes, one.n);
    }
    struct outcome seeded = run(b, FAULTY "|run.seed=2", 2);
    assert_true(seeded.n != one.n || memcmp(seeded.bytes, one.bytes, one.n) != 0);
}

/* With a table too, whose figures are in the record. */
static void jumps_are_in_the_record(void **state)
{
    struct bench *b = *state;
#define JUMPS                                                                                                          \
    QUICK "|run.table=true|run.duration=2h|run.replications=3|workload[0].rate=60/s|faults=[{\"id\": \"a\", \"kind\": "           \
          "\"restart_group\", \"group\": \"count\", \"at\": \"75m\", \"for\": \"5s\", \"clean\": false}]"
    struct outcome one = run(b, JUMPS, 1), two = run(b, JUMPS, 2);
    assert_int_equal(two.n, one.n);
    assert_memory_equal(two.bytes, one.bytes, one.n);
    const int last = one.record.error.resolution_n - 4; /* the table's own stand last */
    const struct record_named_number *jumped = &one.record.error.resolution[last];
    assert_string_equal(jumped->name, "table.jumped_share");
    assert_true(jumped->number.known && jumped->number.value > 0.6 && jumped->number.value < 0.9);
    assert_true(one.record.run.simulated_s == 7200);
    assert_true(one.record.run.fraction_simulated.value < 1 - jumped->number.value + 1e-9);
    assert_true(fabs((double)one.record.delivery.produced - 3 * 7200.0 * 60) < 5 * sqrt(3 * 7200.0 * 60));
    bool said = false;
    for (int i = 0; i < one.record.notes_n; i++) said |= strncmp(one.record.notes[i], "table: ", 7) == 0;
    assert_true(said);
    struct outcome without = run(b, JUMPS "|run.table=false", 2);
    for (int i = 0; i < without.record.error.resolution_n; i++)
        assert_true(strncmp(without.record.error.resolution[i].name, "table.", 6) != 0);
    assert_int_equal(without.record.delivery.produced, one.record.delivery.produced);
}

#define ASKED                                                                                                         \
    QUICK "|run.replications=4|groups[1].does.write.roll.every=5s|lake.tables=[{\"name\": \"raw_events\"}]|engines=[{\"name\": "       \
          "\"presto\", \"workers\": 1, \"instance\": \"m7g.large\"}]|queries=[{\"name\": \"all\", \"engine\": \"presto\", "          \
          "\"rate\": \"2/s\", \"reads\": \"raw_events\", \"columns\": 2}, {\"name\": \"never\", \"engine\": \"presto\", "         \
          "\"rate\": \"0.00001/s\", \"reads\": \"raw_events\", \"columns\": 2}]|objectives=[\"query.all.p50 <= 60s\", "             \
          "\"query.never.p50 <= 1s\", \"utilization.engine.presto.slots.mean <= 100%\"]"

/* With queries too; and the record says of each class what it did, and what is not known of it. */
static void queries_are_in_the_record(void **state)
{
    struct bench *b = *state;
    struct outcome one = run(b, ASKED, 1), two = run(b, ASKED, 2);
    assert_int_equal(two.n, one.n);
    assert_memory_equal(two.bytes, one.bytes, one.n);
    assert_int_equal(one.record.query_n, 2);
    const struct record_query *all = &one.record.query[0], *never = &one.record.query[1];
    assert_string_equal(all->latency.name, "all");
    assert_string_equal(all->engine, "presto");
    assert_string_equal(all->table, "raw_events");
    assert_in_range(all->arrived, 200, 360); /* 4 x 35 s x 2/s */
    assert_int_equal(all->latency.count, all->completed);
    assert_int_equal(all->queue_wait.count, all->completed);
    assert_true(all->latency.figure[RECORD_P50].known && all->queue_wait.figure[RECORD_P50].known);
    assert_true(all->latency.figure[RECORD_P50].value > all->queue_wait.figure[RECORD_P50].value);
    assert_true(all->files_read > 0 && all->bytes_scanned > 0 && all->get_requests > all->splits / 2);
    assert_int_equal(never->arrived, 0);
    assert_false(never->latency.figure[RECORD_P50].known);
    const struct record_objective *o = one.record.objectives;
    assert_true(o[0].value.known && o[0].value.value == all->latency.figure[RECORD_P50].value);
    assert_int_equal(o[1].met, RECORD_INCONCLUSIVE);
    bool found = false;
    for (int i = 0; i < one.record.utilization_n; i++) {
        if (strcmp(one.record.utilization[i].resource, "engine.presto.slots") != 0) continue;
        found = true;
        assert_near(o[2].value.value, one.record.utilization[i].mean.value, 1e-12);
        assert_true(o[2].value.value > 0.01 && o[2].value.value <= 1);
    }
    assert_true(found);
    /* It reads back as it was written. */
    struct record *again = record_read("record", one.bytes, one.n, b->fixture->arena, b->fixture->diag, NULL);
    assert_non_null(again);
    size_t n;
    const char *bytes = record_write(again, false, b->fixture->arena, &n);
    assert_int_equal(n, one.n);
    assert_memory_equal(bytes, one.bytes, n);
    record_release(again);
}

/* An engine that cannot keep up gets no better for what it leaves undone. */
static void overload_is_missed(void **state)
{
    struct bench *b = *state;
    struct outcome o = run(b, QUICK "|run.replications=2|groups[1].does.write.roll.every=5s|lake.tables=[{\"name\": \"raw_events\"}]|"
                              "engines=[{\"name\": \"presto\", \"workers\": 1, \"instance\": \"m7g.large\", \"concurrent\": 100}]|"
                              "queries=[{\"name\": \"all\", \"engine\": \"presto\", \"rate\": \"10/s\", \"reads\": \"raw_events\", "
                              "\"columns\": 20, \"cpu_factor\": 200}]|objectives=[\"query.all.p95 <= 3s\", \"query.all.p95 <= 1h\", \"query.all.mean <= 1h\"]",
                           1);
    const struct record_query *q = &o.record.query[0];
    assert_true(q->completed < q->arrived / 2);
    assert_int_equal(q->latency.count, q->completed);
    assert_false(q->latency.figure[RECORD_P95].known);
    assert_non_null(strstr(q->latency.figure[RECORD_P95].why_null, "had not ended"));
    assert_false(q->latency.figure[RECORD_MEAN].known);
    assert_int_equal(o.record.objectives[0].met, RECORD_MISSED);       /* it is longer than that already */
    assert_int_equal(o.record.objectives[1].met, RECORD_INCONCLUSIVE); /* nobody waited so long */
    assert_int_equal(o.record.objectives[2].met, RECORD_INCONCLUSIVE);
}

static void seeds_are_their_own(void **state)
{
    (void)state;
    assert_true(replicate_seed(42, 0) == 42);
    uint64_t seeds[200];
    for (int i = 0; i < 100; i++) seeds[i] = replicate_seed(42, i);
    for (int i = 0; i < 100; i++) seeds[100 + i] = replicate_seed(43, i);
    for (int i = 0; i < 200; i++)
        for (int j = 0; j < i; j++) assert_true(seeds[i] != seeds[j]);
    assert_true(replicate_seed(42, 7) == seeds[7]);
}

/* Replication 0 is the run of one replication; counts of all are added. */
static void counts_are_sums_and_figures_means(void **state)
{
    struct bench *b = *state;
    struct outcome all = run(b, QUICK "|run.replications=3", 2);
    const struct scenario *s = scenario_with(b, base_system, QUICK "|run.replications=3");
    int64_t produced = 0, delivered = 0;
    double p50 = 0;
    for (int i = 0; i < 3; i++) {
        struct run *r = &b->runs[b->runs_n++];
        r->arena = arena_new(0);
        r->scenario = s;
        r->pipeline = pipeline_new(blueprint_new(s, calibration_with(b, ""), r->arena), replicate_seed(s->run.seed, i), r->arena);
        pipeline_run(r->pipeline, NULL, NULL, NULL);
        produced += account_of(r, 0).produced;
        delivered += account_of(r, 0).delivered;
        p50 += quantile_of(r, PRODUCE, 0, 0.5) / 3;
    }
    assert_int_equal(all.record.delivery.produced, produced);
    assert_int_equal(all.record.delivery.groups[0].delivered, delivered);
    const struct record_distribution *produce = distribution(all.record.latency, all.record.latency_n, "produce");
    assert_true(produce->figure[RECORD_P50].known);
    assert_near(produce->figure[RECORD_P50].value, p50, 1e-9 + 1e-6 * p50);
    struct outcome first = run(b, QUICK "|run.replications=1", 1);
    assert_int_equal(first.record.run.events, all.record.run.events);
}

/* --- The cost of delay --------------------------------------------------------------------------------- */

#define DELAYED(after, usd) \
    QUICK "|run.duration=60s|run.warmup=20s|run.replications=2|decision={\"metric\": \"freshness.count.p99\", " after \
          "\"cost_of_delay\": \"" usd "\"}"

/* Without a commit interval a window of ten seconds that waits two is 2 s stale when it fires, and 12 s just before the
 * next does: above 7 s half of the time, and a month has 43,800 minutes. */
static void delay_costs_while_the_output_is_stale(void **state)
{
    struct bench *b = *state;
    struct outcome o = run(b, DELAYED("\"stale_after\": \"7s\", ", "$3/min") "|objectives=[\"cost.delay <= $1\"]", 2);
    assert_string_equal(o.record.delay.output.text, "count");
    assert_true(o.record.delay.stale_after_s.known && o.record.delay.stale_after_s.value == 7);
    assert_true(o.record.delay.stale_share.known);
    assert_near(o.record.delay.stale_share.value, 0.5, 0.1);
    assert_near(o.record.delay.minutes_a_month.value, 43800 * o.record.delay.stale_share.value, 1e-6);
    assert_near(o.record.delay.usd_per_minute.value, 3, 1e-12);
    assert_near(o.record.delay.month_usd.value, 3 * 43800 * o.record.delay.stale_share.value, 1e-6);
    assert_near(o.record.objectives[0].value.value, o.record.delay.month_usd.value, 1e-6);
    assert_int_equal(o.record.objectives[0].met, RECORD_MISSED);

    struct outcome never = run(b, DELAYED("\"stale_after\": \"40s\", ", "$3/min"), 2);
    assert_true(never.record.delay.month_usd.known && never.record.delay.month_usd.value == 0);
    struct outcome always = run(b, DELAYED("\"stale_after\": \"1ms\", ", "$3/min"), 2);
    assert_true(always.record.delay.stale_share.known && always.record.delay.stale_share.value == 1);
}

/* Every figure of it that cannot be known says why. */
static void unknown_delay_has_its_reason(void **state)
{
    struct bench *b = *state;
    struct outcome no_bound = run(b, DELAYED("", "$3/min"), 2);
    assert_false(no_bound.record.delay.month_usd.known);
    assert_non_null(strstr(no_bound.record.delay.month_usd.why_null, "stale_after"));
    assert_true(no_bound.record.delay.usd_per_minute.known);
    struct outcome no_price = run(b, QUICK "|run.replications=2|decision={\"metric\": \"freshness.count.p99\", \"stale_after\": \"7s\"}", 2);
    assert_true(no_price.record.delay.stale_share.known);
    assert_false(no_price.record.delay.month_usd.known);
    assert_non_null(strstr(no_price.record.delay.month_usd.why_null, "no cost of delay"));
    struct outcome none = run(b, QUICK "|run.replications=2|objectives=[\"cost.delay <= $1\"]", 2);
    assert_null(none.record.delay.output.text);
    assert_non_null(strstr(none.record.delay.output.why_null, "names no metric"));
    assert_int_equal(none.record.objectives[0].met, RECORD_INCONCLUSIVE);
}

/* --- Intervals and verdicts ---------------------------------------------------------------------------- */

static void intervals_hold_their_means(void **state)
{
    struct bench *b = *state;
    struct outcome o = run(b, QUICK "|run.replications=5", 2);
    int known = 0;
    for (int i = 0; i < o.record.latency_n; i++) {
        const struct record_distribution *d = &o.record.latency[i];
        for (int f = 0; f < RECORD_FIGURES; f++) {
            if (!d->ci95[f].known) continue;
            known++;
            assert_true(d->figure[f].known);
            assert_true(d->ci95[f].low <= d->figure[f].value && d->figure[f].value <= d->ci95[f].high);
        }
        assert_true(d->ci95[RECORD_P50].low < d->ci95[RECORD_P50].high);
    }
    assert_true(known >= 3 * o.record.latency_n);
    char why[256];
    if (!record_adds_up(&o.record, why, sizeof why)) fail_msg("%s", why);

    struct outcome single = run(b, QUICK "|run.replications=1", 1);
    for (int f = 0; f < RECORD_FIGURES; f++) assert_false(single.record.latency[0].ci95[f].known);
}

/* More replications, narrower intervals: Student's t over the root of n. */
static void intervals_shrink(void **state)
{
    struct bench *b = *state;
    struct outcome few = run(b, QUICK "|run.duration=25s|run.replications=3", 2), many = run(b, QUICK "|run.duration=25s|run.replications=16", 2);
    const struct record_interval *wide = &few.record.latency[0].ci95[RECORD_MEAN], *narrow = &many.record.latency[0].ci95[RECORD_MEAN];
    assert_true(wide->known && narrow->known);
    assert_less(narrow->high - narrow->low, wide->high - wide->low);
}

static struct outcome judged(struct bench *b, const char *objectives)
{
    return run(b, arena_printf(b->fixture->arena, QUICK "|run.replications=4|objectives=[%s]", objectives), 2);
}

static void objectives_are_judged_by_their_intervals(void **state)
{
    struct bench *b = *state;
    struct outcome met = judged(b, "\"latency.produce.p99 <= 10s\"");
    assert_int_equal(only(&met)->met, RECORD_MET);
    assert_int_equal(met.record.verdict, RECORD_MET);
    assert_true(only(&met)->value.known && only(&met)->low.known && only(&met)->high.known);
    assert_near(only(&met)->target, 10, 0);
    struct outcome missed = judged(b, "\"latency.produce.p99 <= 1ms\"");
    assert_int_equal(only(&missed)->met, RECORD_MISSED);
    assert_int_equal(missed.record.verdict, RECORD_MISSED);

    /* A target inside the interval cannot be told; just outside it can, on either side. */
    struct outcome mean = judged(b, "\"latency.produce.mean <= 10s\"");
    double low = only(&mean)->low.value, high = only(&mean)->high.value;
    assert_less(low, high);
    struct fixture *f = b->fixture;
    struct outcome open = judged(b, arena_printf(f->arena, "\"latency.produce.mean <= %.0fns\"", (low + high) / 2 * 1e9));
    assert_int_equal(only(&open)->met, RECORD_INCONCLUSIVE);
    assert_int_equal(open.record.verdict, RECORD_INCONCLUSIVE);
    struct outcome above = judged(b, arena_printf(f->arena, "\"latency.produce.mean <= %.0fns\"", high * 1.001e9));
    assert_int_equal(only(&above)->met, RECORD_MET);
    struct outcome below = judged(b, arena_printf(f->arena, "\"latency.produce.mean <= %.0fns\"", low * 0.999e9));
    assert_int_equal(only(&below)->met, RECORD_MISSED);
    struct outcome at_least = judged(b, arena_printf(f->arena, "\"latency.produce.mean >= %.0fns\"", low * 0.999e9));
    assert_int_equal(only(&at_least)->met, RECORD_MET);
}

static void one_miss_misses(void **state)
{
    struct bench *b = *state;
    struct outcome o = judged(b, "\"latency.produce.p99 <= 10s\", \"delivery.count.lost == 0\", \"latency.end_to_end.count.p50 <= 1us\", "
                                 "\"latency.produce.p99 <= 10s during steady\", \"latency.produce.p99.99 <= 10s\"");
    assert_int_equal(o.record.objectives_n, 5);
    static const enum record_verdict verdicts[] = {RECORD_MET, RECORD_MET, RECORD_MISSED, RECORD_MET};
    for (int i = 0; i < 4; i++) assert_int_equal(o.record.objectives[i].met, verdicts[i]);
    assert_string_equal(o.record.objectives[3].during, "steady");
    assert_int_equal(o.record.verdict, RECORD_MISSED);
    assert_non_null(strstr(o.record.answer, "latency.end_to_end.count.p50"));
    /* 17,500 records know no 99.99th percentile: said, not guessed. */
    assert_int_equal(o.record.objectives[4].met, RECORD_INCONCLUSIVE);
    assert_false(o.record.objectives[4].value.known);
    struct outcome unknown = judged(b, "\"latency.produce.p99 <= 10s\", \"latency.produce.p99.99 <= 10s\"");
    assert_int_equal(unknown.record.verdict, RECORD_INCONCLUSIVE);
}

static void a_fault_has_figures_of_its_own(void **state)
{
    struct bench *b = *state;
    struct outcome o = run(b, "run.duration=80s|run.warmup=5s|workload[0].rate=500/s|run.replications=2|cluster.config.log.segment.bytes=1048576|"
                              "faults=[{\"id\": \"dead\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"20s\", \"for\": \"15s\"}]|"
                              "objectives=[\"latency.produce.max <= 1s during steady\", \"latency.produce.max <= 1s during dead\", "
                              "\"latency.produce.max <= 1s\", \"delivery.count.lost == 0\"]", 2);
    assert_int_equal(o.record.objectives[0].met, RECORD_MET);
    assert_int_equal(o.record.objectives[1].met, RECORD_MISSED);
    assert_int_equal(o.record.objectives[2].met, RECORD_MISSED);
    assert_int_equal(o.record.objectives[3].met, RECORD_MET);
    assert_string_equal(o.record.objectives[1].during, "dead");
    assert_less(o.record.objectives[0].value.value, 0.1);
    assert_near(o.record.objectives[1].value.value, 9, 3);
    assert_int_equal(o.record.faults_n, 1);
}

/* --- Partial runs -------------------------------------------------------------------------------------- */

static volatile sig_atomic_t stop;

static void stop_halfway(void *context, double simulated_s, double total_s)
{
    double *last = context;
    assert_true(simulated_s >= *last && simulated_s <= total_s);
    *last = simulated_s;
    if (simulated_s > total_s / 2) stop = 1;
}

static struct outcome stopped_halfway(struct bench *b, const char *overrides, double *last)
{
    const struct scenario *s = scenario_with(b, base_system, overrides);
    struct replicate_options options = options_of(b, s, 1);
    options.stop = &stop;
    options.progress = stop_halfway;
    options.progress_context = last;
    stop = 0;
    *last = 0;
    struct outcome o = run_with(b, s, &options);
    stop = 0;
    return o;
}

static void an_interrupted_run_keeps_what_was_finished(void **state)
{
    struct bench *b = *state;
    double last;
    struct outcome o = stopped_halfway(b, QUICK "|run.replications=6|objectives=[\"latency.produce.p99 <= 10s\"]", &last);
    assert_false(o.whole);
    assert_true(last > 0);
    assert_true(o.record.run.partial);
    assert_non_null(strstr(o.record.run.partial_why, "interrupted"));
    assert_true(o.record.run.replications > 0 && o.record.run.replications < 6);
    assert_true(o.record.latency[0].figure[RECORD_P50].known);
    assert_int_equal(o.record.verdict, RECORD_INCONCLUSIVE); /* not all that was asked for was seen */
    char why[256];
    assert_true(record_adds_up(&o.record, why, sizeof why));
    /* Those are the same as if nothing had happened. */
    struct outcome fewer = run(b, arena_printf(b->fixture->arena, QUICK "|run.replications=%d|objectives=[\"latency.produce.p99 <= 10s\"]",
                                               o.record.run.replications), 2);
    assert_int_equal(fewer.record.delivery.produced, o.record.delivery.produced);
    assert_near(fewer.record.latency[0].figure[RECORD_P50].value, o.record.latency[0].figure[RECORD_P50].value, 0);
}

static void a_run_stopped_at_once_still_writes(void **state)
{
    struct bench *b = *state;
    const struct scenario *s = scenario_with(b, base_system, QUICK "|run.replications=2|objectives=[\"latency.produce.p99 <= 10s\"]");
    struct replicate_options options = options_of(b, s, 2);
    stop = 1;
    options.stop = &stop;
    struct outcome o = run_with(b, s, &options);
    assert_false(o.whole);
    assert_true(o.record.run.partial);
    assert_int_equal(o.record.run.replications, 0);
    assert_int_equal(o.record.verdict, RECORD_INCONCLUSIVE);
    stop = 0;
}

static void a_single_replication_is_kept_as_far_as_it_came(void **state)
{
    struct bench *b = *state;
    double last;
    struct outcome o = stopped_halfway(b, QUICK "|run.replications=1", &last);
    assert_false(o.whole);
    assert_true(o.record.run.partial);
    assert_true(o.record.delivery.produced > 0);
    assert_true(o.record.run.simulated_s > 20 && o.record.run.simulated_s < 40);
    char why[256];
    assert_true(record_adds_up(&o.record, why, sizeof why));
}

static void too_little_memory_is_said(void **state)
{
    struct bench *b = *state;
    static const int64_t budgets[] = {1000, 300000, 1000000, 2000000, 4000000, 8000000};
    const struct scenario *s = scenario_with(b, base_system, QUICK "|run.replications=2|objectives=[\"latency.produce.p99 <= 10s\"]");
    bool short_of = false, enough = false;
    for (size_t i = 0; i < COUNT_OF(budgets); i++) {
        struct replicate_options options = options_of(b, s, 2);
        options.max_memory_bytes = budgets[i];
        struct outcome o = run_with(b, s, &options);
        if (o.whole) {
            enough = true;
            continue;
        }
        short_of = true;
        assert_false(enough); /* more is never too little */
        assert_true(o.record.run.partial);
        assert_non_null(strstr(o.record.run.partial_why, "memory"));
        assert_int_equal(o.record.verdict, RECORD_INCONCLUSIVE);
    }
    assert_true(short_of);
}

/* --- The bill ------------------------------------------------------------------------------------------ */

static double line_usd(const struct outcome *o, const char *part_of_item)
{
    double usd = 0;
    int found = 0;
    for (int i = 0; i < o->record.cost.lines_n; i++) {
        const struct record_cost_line *line = &o->record.cost.lines[i];
        if (!strstr(line->item, part_of_item)) continue;
        assert_true(line->usd.known);
        usd += line->usd.value;
        found++;
    }
    if (!found) fail_msg("the bill has no line '%s'", part_of_item);
    return usd;
}

static double month_usd(const struct outcome *o)
{
    assert_true(o->record.cost.month_usd.known);
    double sum = 0;
    for (int i = 0; i < o->record.cost.lines_n; i++) sum += o->record.cost.lines[i].usd.value;
    assert_near(sum, o->record.cost.month_usd.value, 1e-6 * sum);
    return o->record.cost.month_usd.value;
}

static void knobs_have_prices(void **state)
{
    struct bench *b = *state;
#define BILLED "run.duration=60s|run.warmup=20s|run.replications=1|workload[0].rate=1k/s|month=5M/s"
    struct outcome base = run(b, BILLED, 1);
    struct outcome two = run(b, BILLED "|topics[0].replication=2", 1);
    struct outcome six = run(b, BILLED "|cluster.brokers=6|topics[0].partitions=6", 1);
    struct outcome raw = run(b, BILLED "|producers[0].config.compression.type=none", 1);
    struct outcome slow = run(b, BILLED "|groups.raw.does.write.roll.every=5s", 1);
    struct outcome linger = run(b, BILLED "|producers[0].config.linger.ms=200", 1);
    /* A third replica in a third zone: two copies cross zones instead of one. */
    assert_less(month_usd(&two), month_usd(&base));
    assert_near(line_usd(&base, "replication"), 2 * line_usd(&two, "replication"), 0.02 * line_usd(&base, "replication"));
    assert_near(line_usd(&six, "kafka brokers"), 2 * line_usd(&base, "kafka brokers"), 1e-6);
    assert_less(1.2 * line_usd(&base, "replication"), line_usd(&raw, "replication"));
    assert_less(1.2 * line_usd(&linger, "replication"), line_usd(&base, "replication"));
    assert_less(2 * line_usd(&base, "PUT"), line_usd(&slow, "PUT"));
}

/* Requests that are refused and sent again are not events: what one event costs stays what it was. */
static void retries_are_not_events(void **state)
{
    struct bench *b = *state;
#define REFUSED                                                                                                        \
    "run.duration=90s|run.warmup=10s|run.replications=1|workload[0].rate=1k/s|month=5M/s|cluster.config.min.insync.replicas=2|cluster.config.log.segment.bytes=1048576"
    struct outcome calm = run(b, REFUSED, 1);
    struct outcome refused = run(b, REFUSED "|faults=[{\"id\": \"a\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"20s\", \"for\": \"20s\", \"clean\": true},"
                                            "{\"id\": \"b\", \"kind\": \"broker_down\", \"broker\": 2, \"at\": \"20s\", \"for\": \"20s\", \"clean\": true}]", 1);
    /* The third of the time in which backlogs made larger batches makes bytes fewer, not thirty times fewer. */
    assert_less(0.5 * line_usd(&calm, "replication"), line_usd(&refused, "replication"));
    assert_less(line_usd(&refused, "replication"), 1.1 * line_usd(&calm, "replication"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_number_of_threads_changes_nothing),
        TEST(jumps_are_in_the_record),
        TEST(queries_are_in_the_record),
        TEST(overload_is_missed),
        cmocka_unit_test(seeds_are_their_own),
        TEST(counts_are_sums_and_figures_means),
        TEST(delay_costs_while_the_output_is_stale),
        TEST(unknown_delay_has_its_reason),
        TEST(intervals_hold_their_means),
        TEST(intervals_shrink),
        TEST(objectives_are_judged_by_their_intervals),
        TEST(one_miss_misses),
        TEST(a_fault_has_figures_of_its_own),
        TEST(an_interrupted_run_keeps_what_was_finished),
        TEST(a_run_stopped_at_once_still_writes),
        TEST(a_single_replication_is_kept_as_far_as_it_came),
        TEST(too_little_memory_is_said),
        TEST(knobs_have_prices),
        TEST(retries_are_not_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
