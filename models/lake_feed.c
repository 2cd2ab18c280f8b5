/* lake_feed.c: see lake_feed.h. */
#include "lake_feed.h"

#include <math.h>
#include <string.h>

#include "arena.h"
#include "check.h"
#include "lake_again.h"
#include "lake_past.h"
#include "rate.h"
#include "telemetry.h"

static const sim_time DAY_NS = 24 * SIM_H;
static const sim_time NOTHING_YET = INT64_MIN;
_Static_assert((int)LAKE_LATENESS_POINTS == (int)BLUEPRINT_LATENESS_POINTS, "one set of points");

struct mark { /* once the files visible up to `at` can be read, all up to `through` is there */
    sim_time at, through;
};

struct feed {
    sim_time latest_visible;
    struct mark *marks;
    size_t marks_n, marks_capacity;
};

struct lake_feed {
    struct lake *lake;
    struct lake *again; /* lake_again.h; NULL: there is none */
    sim_time again_begin;
    sim_time ahead_ns;  /* of the calendar */
    struct lake_counts start[SCENARIO_TABLES_MAX]; /* when the run began */
    struct lake_reading warm[SCENARIO_TABLES_MAX];
    bool is_warm;
    sim_time lateness_ns[SCENARIO_TABLES_MAX][LAKE_LATENESS_POINTS];
    struct feed feeds[SCENARIO_TABLES_MAX]; /* of tables that groups write */
    sim_time through[SCENARIO_TABLES_MAX];  /* of tables made from others */
};

bool lake_feed_needed(const struct scenario *s)
{
    for (int i = 0; i < s->tables_n; i++)
        if (s->tables[i].from >= 0 || s->tables[i].compaction.strategy || s->tables[i].tiers_n > 0) return true;
    return s->queries_n > 0;
}

static int root_of(const struct scenario *s, int table)
{
    while (s->tables[table].from >= 0)
        table = s->tables[table].from;
    return table;
}

sim_time lake_feed_time(const struct world *w, sim_time calendar)
{
    return calendar + w->lake->ahead_ns;
}

sim_time lake_feed_calendar(const struct world *w, sim_time lake_time)
{
    return lake_time - w->lake->ahead_ns;
}

/* All up to when can be read at a moment? */
static sim_time through_at(const struct feed *feed, sim_time at)
{
    size_t low = 0, high = feed->marks_n; /* marks before low are there by then */
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (feed->marks[middle].at <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? feed->marks[low - 1].through : NOTHING_YET;
}

/* How fresh the run's own records are: those of before it are in the table, and that is all. */
static void note_fresh(struct world *w, int table, bool from_a_group, sim_time at, sim_time from, sim_time to, double rows)
{
    const int output = SCENARIO_GROUPS_MAX + table;
    if (w->scenario->lake.past_ns > 0 && from < 0) {
        if (to <= 0) return;
        rows *= (double)to / (double)(to - from);
        from = 0;
    }
    for (int i = 0; from_a_group && i < LAKE_LATENESS_POINTS; i++) {
        const sim_time late = w->lake->lateness_ns[table][i];
        telemetry_visible(w, output, at, from - late, to - late, rows / LAKE_LATENESS_POINTS);
    }
    if (!from_a_group) telemetry_visible(w, output, at, from, to, rows);
}

static void visible(void *context, int table, sim_time at, sim_time read_at, sim_time from, sim_time to, int64_t rows)
{
    struct world *w = context;
    struct lake_feed *f = w->lake;
    const bool from_a_group = w->scenario->tables[w->scenario->tables[table].from].from < 0;
    note_fresh(w, table, from_a_group, lake_feed_calendar(w, at), lake_feed_calendar(w, from), lake_feed_calendar(w, to),
               (double)rows);
    /* What its source had when it was read. */
    const sim_time through = from_a_group ? through_at(&f->feeds[root_of(w->scenario, table)], lake_feed_calendar(w, read_at))
                                          : f->through[w->scenario->tables[table].from];
    if (through > f->through[table]) f->through[table] = through;
}

/* Of the streams in a table, expected; seconds of the scenario's clock. */
static double records_between(const struct blueprint *b, int table, double from_s, double to_s)
{
    double records = 0;
    for (int i = 0; i < b->scenario->streams_n; i++) {
        if (!b->tables[table].streams[i]) continue;
        if (from_s < 0 && b->past_rates[i]) records += rate_integral(b->past_rates[i], from_s, fmin(to_s, 0));
        if (to_s > 0 || !b->past_rates[i])
            records += rate_integral(b->stream_rates[i], b->past_rates[i] ? fmax(from_s, 0) : from_s, to_s);
    }
    return records;
}

double lake_feed_share(const struct world *w, int table, sim_time from, sim_time to)
{
    const double from_s = sim_seconds(from), to_s = sim_seconds(to);
    const double wide_s = to_s - from_s < 1 ? from_s + 1 : to_s; /* a moment has no records */
    const double all = records_between(w->blueprint, w->scenario->tables[table].from, from_s, wide_s);
    return all > 0 ? fmin(records_between(w->blueprint, table, from_s, wide_s) / all, 1) : 0;
}

static double share(void *context, int table, sim_time from, sim_time to)
{
    const struct world *w = context;
    /* The files of a jump are of the time after it. */
    return lake_feed_share(w, table, world_scenario_time(w, lake_feed_calendar(w, from)),
                           world_scenario_time(w, lake_feed_calendar(w, to)));
}

static void note_warm(struct world *w)
{
    for (int i = 0; i < w->scenario->tables_n; i++)
        w->lake->warm[i] = lake_settled(w->lake->lake, i);
    w->lake->is_warm = true;
}

struct lake_counts lake_feed_counts(const struct world *w, int table)
{
    if (!w->lake) return (struct lake_counts){.files = 0};
    return lake_counts_since(lake_counts(w->lake->lake, table), &w->lake->start[table]);
}

struct lake_options lake_feed_options(const struct world *w)
{
    struct lake_options options = {.seed = w->seed};
    for (int t = 0; t < w->scenario->tables_n; t++) {
        const struct table_records *records = &w->blueprint->tables[t];
        options.tables[t] = (struct lake_records){
            .rungs = records->rungs, .row_bytes = records->row_bytes, .lateness_ns = w->lake->lateness_ns[t]};
    }
    memcpy(options.bucket_shares, w->blueprint->bucket_shares, sizeof options.bucket_shares);
    return options;
}

void lake_feed_init(struct world *w)
{
    const struct scenario *s = w->scenario;
    if (!lake_feed_needed(s)) return;
    struct lake_feed *f = ARENA_NEW(w->arena, struct lake_feed, 1);
    w->lake = f;
    for (int i = 0; i < SCENARIO_TABLES_MAX; i++) {
        f->through[i] = NOTHING_YET;
        f->feeds[i].latest_visible = NOTHING_YET;
    }
    for (int t = 0; t < s->tables_n; t++)
        for (int i = 0; i < LAKE_LATENESS_POINTS; i++)
            f->lateness_ns[t][i] = (sim_time)(w->blueprint->tables[t].lateness_s[i] * 1e9);
    struct lake_options options = lake_feed_options(w);
    options.share = share;
    options.visible = visible;
    options.context = w;
    f->lake = lake_new(s, w->calibration, &options, w->arena);
    f->ahead_ns = (s->lake.past_ns + DAY_NS - 1) / DAY_NS * DAY_NS;
    lake_past(w);
    for (int i = 0; i < s->tables_n; i++)
        f->start[i] = lake_counts(f->lake, i);
    if (s->run.warmup_ns <= 0) note_warm(w);
}

int lake_feed_table(const struct world *w, int group)
{
    const struct scenario *s = w->scenario;
    for (int i = 0; i < s->tables_n; i++)
        if (!strcmp(s->tables[i].name, s->groups[group].write.table)) return i;
    CHECK(false, "group %s writes a table that is not there", s->groups[group].name);
    return -1;
}

void lake_feed_file(struct world *w, int group, sim_time at, double bytes, double records, double copies, sim_time from,
                    sim_time to)
{
    if (!w->lake || records < 1) return;
    const int table = lake_feed_table(w, group);
    if (to > at) to = at;
    if (from > to) from = to;
    const int64_t rows = llround(records), twice = copies > 0 ? llround(copies) : 0;
    if (at > w->lake->feeds[table].latest_visible) w->lake->feeds[table].latest_visible = at;
    lake_file_landed(w->lake->lake, table, lake_feed_time(w, at), llround(bytes), rows,
                     twice < rows ? twice : rows, lake_feed_time(w, from), lake_feed_time(w, to));
}

void lake_feed_through(struct world *w, int group, sim_time through)
{
    if (!w->lake) return;
    struct feed *feed = &w->lake->feeds[lake_feed_table(w, group)];
    if (feed->marks_n > 0 && feed->marks[feed->marks_n - 1].through >= through) return;
    if (feed->marks_n == feed->marks_capacity) {
        const size_t wanted = feed->marks_capacity ? 2 * feed->marks_capacity : 64;
        feed->marks = arena_grow(w->arena, feed->marks, feed->marks_n, wanted, sizeof *feed->marks);
        feed->marks_capacity = wanted;
    }
    feed->marks[feed->marks_n++] = (struct mark){.at = feed->latest_visible, .through = through};
}

void lake_feed_advance(struct world *w, sim_time until)
{
    lake_advance(w->lake->lake, lake_feed_time(w, until));
}

void lake_feed_slice_end(struct world *w)
{
    if (!w->lake) return;
    lake_feed_advance(w, w->slice_end);
    if (w->slice_end >= w->scenario->run.warmup_ns && !w->lake->is_warm) note_warm(w);
    for (int i = 0; i < w->scenario->tables_n; i++)
        if (w->scenario->tables[i].from >= 0 && w->lake->through[i] > NOTHING_YET)
            telemetry_staleness(w, SCENARIO_GROUPS_MAX + i, w->slice_end - w->lake->through[i]);
}

struct lake *lake_feed_lake(const struct world *w)
{
    return w->lake ? w->lake->lake : NULL;
}

struct lake_metered lake_feed_metered(const struct world *w, int table)
{
    const struct lake_feed *f = w->lake;
    if (!f) return (struct lake_metered){.lake = NULL};
    if (f->again) return (struct lake_metered){.lake = f->again, .warm.at = f->again_begin, .begin = f->again_begin};
    return (struct lake_metered){.lake = f->lake, .begin = f->ahead_ns - w->scenario->lake.past_ns, .warm = f->warm[table]};
}

void lake_feed_again(struct world *w)
{
    struct lake_feed *f = w->lake;
    if (f && lake_again_needed(w->scenario)) f->again = lake_again(w, f->ahead_ns, &f->again_begin);
}
