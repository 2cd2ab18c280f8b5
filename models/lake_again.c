/* lake_again.c: see lake_again.h. */
#include "lake_again.h"

#include <math.h>

#include "arena.h"
#include "lake_feed.h"
#include "lake_past.h"
#include "rate.h"
#include "writer.h"

static const sim_time DAY_NS = 24 * SIM_H;
enum { AGAIN_FILES_MAX = 200000 };

struct again {
    const struct world *world;
    sim_time ahead_ns;
};

bool lake_again_needed(const struct scenario *s)
{
    for (int i = 0; i < s->tables_n; i++)
        if (s->tables[i].from >= 0 || s->tables[i].compaction.strategy) return true;
    return false;
}

static double share(void *context, int table, sim_time from, sim_time to)
{
    const struct again *a = context;
    return lake_feed_share(a->world, table, from - a->ahead_ns, to - a->ahead_ns);
}

static double records_between(const struct world *w, double from_s, double to_s)
{
    double records = 0;
    for (int i = 0; i < w->scenario->streams_n; i++)
        records += rate_integral(w->blueprint->stream_rates[i], from_s, to_s);
    return records;
}

/* A day's, about: files are rolled by the clock or by size, and ETL writes one a bucket. */
static double files_a_day(struct world *w)
{
    const struct scenario *s = w->scenario;
    const double duration_s = sim_seconds(s->run.duration_ns), day_s = sim_seconds(DAY_NS);
    const double records = records_between(w, 0, duration_s) / duration_s * day_s;
    double files = 0;
    for (int g = 0; g < s->groups_n; g++) {
        if (!w->writers[g]) continue;
        const struct scenario_group *group = &s->groups[g];
        const double readers = fmin(w->groups[g].consumers_n, w->groups[g].partitions_n);
        files += readers * day_s / sim_seconds(group->write.roll_every_ns) +
                 writer_file_bytes(&w->groups[g], records) / (double)group->write.roll_size_bytes;
    }
    for (int t = 0; t < s->tables_n; t++) {
        const struct scenario_table *table = &s->tables[t];
        if (table->from < 0) continue;
        const int buckets = table->partition_by & PARTITION_BY_BUCKET ? table->buckets : 1;
        files += day_s / sim_seconds(table->every_ns) * buckets;
    }
    return files;
}

/* Of so many days, the first ones of which the traffic is nearest to the mean. */
static sim_time typical(const struct world *w, int64_t days)
{
    const double duration_s = sim_seconds(w->scenario->run.duration_ns), long_s = sim_seconds(days * DAY_NS);
    const double expected = records_between(w, 0, duration_s) / duration_s * long_s;
    double nearest = INFINITY;
    sim_time at = 0;
    for (sim_time from = 0; from + days * DAY_NS <= w->scenario->run.duration_ns; from += DAY_NS) {
        const double from_s = sim_seconds(from), off = fabs(records_between(w, from_s, from_s + long_s) - expected);
        if (off >= nearest * (1 - 1e-9)) continue;
        nearest = off;
        at = from;
    }
    return at;
}

struct lake *lake_again(struct world *w, sim_time ahead_ns, sim_time *begin)
{
    struct again *a = ARENA_NEW(w->arena, struct again, 1);
    *a = (struct again){.world = w, .ahead_ns = ahead_ns};
    struct lake_options options = lake_feed_options(w);
    options.share = share;
    options.context = a;
    struct lake *lake = lake_new(w->scenario, w->calibration, &options, w->arena);
    const double days = fmax(floor(AGAIN_FILES_MAX / files_a_day(w)), 1);
    sim_time from = -w->scenario->lake.past_ns, to = w->scenario->run.duration_ns;
    if ((double)to > days * (double)DAY_NS) {
        from = typical(w, (int64_t)days);
        to = from + (sim_time)days * DAY_NS;
    }
    lake_past_again(w, lake, ahead_ns, from, to);
    *begin = from + ahead_ns;
    return lake;
}
