/* lake_feed.c: see lake_feed.h. */
#include "lake_feed.h"

#include <math.h>
#include <string.h>

#include "arena.h"
#include "check.h"
#include "lake.h"
#include "telemetry.h"

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
    sim_time lateness_ns[LAKE_LATENESS_POINTS];
    struct feed feeds[SCENARIO_TABLES_MAX]; /* of tables that groups write */
    sim_time through[SCENARIO_TABLES_MAX];  /* of tables made from others; -1: nothing yet */
};

bool lake_feed_needed(const struct scenario *s)
{
    for (int i = 0; i < s->tables_n; i++)
        if (s->tables[i].from >= 0 || s->tables[i].compaction.strategy || s->tables[i].tiers_n > 0) return true;
    return false;
}

static int root_of(const struct scenario *s, int table)
{
    while (s->tables[table].from >= 0)
        table = s->tables[table].from;
    return table;
}

static void visible(void *context, int table, sim_time at, sim_time read_at, sim_time from, sim_time to, int64_t rows)
{
    struct world *w = context;
    struct lake_feed *f = w->lake;
    const int output = SCENARIO_GROUPS_MAX + table;
    const bool from_a_group = w->scenario->tables[w->scenario->tables[table].from].from < 0;
    for (int i = 0; from_a_group && i < LAKE_LATENESS_POINTS; i++)
        telemetry_visible(w, output, at, from - f->lateness_ns[i], to - f->lateness_ns[i],
                          (double)rows / LAKE_LATENESS_POINTS);
    if (!from_a_group) telemetry_visible(w, output, at, from, to, (double)rows);
    /* What its source had when it was read. */
    const struct feed *feed = &f->feeds[root_of(w->scenario, table)];
    sim_time through = -1;
    if (!from_a_group) {
        through = f->through[w->scenario->tables[table].from];
    } else {
        size_t n = feed->marks_n;
        while (n > 0 && feed->marks[n - 1].at > read_at)
            n--;
        if (n > 0) through = feed->marks[n - 1].through;
    }
    if (through > f->through[table]) f->through[table] = through;
}

void lake_feed_init(struct world *w)
{
    const struct scenario *s = w->scenario;
    if (!lake_feed_needed(s)) return;
    struct lake_feed *f = ARENA_NEW(w->arena, struct lake_feed, 1);
    w->lake = f;
    const struct distribution *lateness = NULL;
    double row_bytes = 0;
    for (int i = 0; i < s->streams_n && !lateness; i++) {
        if (w->blueprint->stream_producer[i] < 0) continue;
        lateness = &s->streams[i].lateness;
        row_bytes = (double)s->streams[i].event_size_bytes;
    }
    for (int i = 0; lateness && i < LAKE_LATENESS_POINTS; i++)
        f->lateness_ns[i] = (sim_time)(distribution_quantile(lateness, (i + 0.5) / LAKE_LATENESS_POINTS) * 1e9);
    for (int i = 0; i < SCENARIO_TABLES_MAX; i++) {
        f->through[i] = -1;
        f->feeds[i].latest_visible = -1;
    }
    CHECK(w->blueprint->table_rungs, "the blueprint has no sizes of tables");
    const struct lake_options options = {.rungs = w->blueprint->table_rungs,
                                         .row_bytes = row_bytes > 0 ? row_bytes : 1,
                                         .lateness_ns = f->lateness_ns,
                                         .visible = visible,
                                         .context = w,
                                         .seed = w->seed};
    f->lake = lake_new(s, w->calibration, &options, w->arena);
}

static int table_of(const struct world *w, int group)
{
    const struct scenario *s = w->scenario;
    for (int i = 0; i < s->tables_n; i++)
        if (!strcmp(s->tables[i].name, s->groups[group].write.table)) return i;
    CHECK(false, "group %s writes a table that is not there", s->groups[group].name);
    return -1;
}

void lake_feed_file(struct world *w, int group, sim_time at, double bytes, double records, sim_time from, sim_time to)
{
    if (!w->lake || records < 1) return;
    const int table = table_of(w, group);
    if (to > at) to = at;
    if (from > to) from = to;
    if (at > w->lake->feeds[table].latest_visible) w->lake->feeds[table].latest_visible = at;
    lake_file_landed(w->lake->lake, table, at, llround(bytes), llround(records), 0, from, to);
}

void lake_feed_through(struct world *w, int group, sim_time through)
{
    if (!w->lake) return;
    struct feed *feed = &w->lake->feeds[table_of(w, group)];
    if (feed->marks_n > 0 && feed->marks[feed->marks_n - 1].through >= through) return;
    if (feed->marks_n == feed->marks_capacity) {
        const size_t wanted = feed->marks_capacity ? 2 * feed->marks_capacity : 64;
        feed->marks = arena_grow(w->arena, feed->marks, feed->marks_n, wanted, sizeof *feed->marks);
        feed->marks_capacity = wanted;
    }
    feed->marks[feed->marks_n++] = (struct mark){.at = feed->latest_visible, .through = through};
}

void lake_feed_slice_end(struct world *w)
{
    if (!w->lake) return;
    lake_advance(w->lake->lake, w->slice_end);
    for (int i = 0; i < w->scenario->tables_n; i++)
        if (w->scenario->tables[i].from >= 0 && w->lake->through[i] >= 0)
            telemetry_staleness(w, SCENARIO_GROUPS_MAX + i, w->slice_end - w->lake->through[i]);
}

struct lake *lake_feed_lake(const struct world *w)
{
    return w->lake ? w->lake->lake : NULL;
}
