/* metrics_lake.c: what the lake of a run does an event and an hour; see metrics.h. */
#include "metrics.h"

#include <math.h>

#include "lake.h"
#include "lake_feed.h"

/* A file at half the size that is aimed at was split off a larger one: such files come with bytes. */
static const double BY_SIZE_SHARE = 0.5;

/* Of all replications together. */
struct flows {
    double hours, rows; /* rows: that were not there before, each event once */
    double landed_bytes, landed_files;
    double replaced_bytes, replaced_files;
    double written_bytes, written_files;
    double files, partitions; /* of the last snapshot */
    double puts, gets, cold_bytes[OBJECT_CLASSES], cold_gets[OBJECT_CLASSES];
    double etl_cpu_s, etl_s, compaction_cpu_s, compaction_s;
    double vacuum_lists, vacuum_s;
    bool unsettled;
};

static double rows_in(const struct lake_counts *c)
{
    return (double)(c->rows_landed - c->rows_pending - c->rows_duplicate);
}

static bool has_grown(const struct lake_counts *from, const struct lake_counts *to)
{
    return to->bytes + to->bytes_expired > from->bytes + from->bytes_expired;
}

static void add_replication(const struct world *w, int t, struct flows *f)
{
    const struct lake_metered metered = lake_feed_metered(w, t);
    const struct lake *lake = metered.lake;
    if (!lake) return;
    struct lake_reading from = metered.warm, to = lake_settled(lake, t);
    if (to.counts.files_landed == 0 && w->scenario->tables[t].compaction.strategy) {
        f->unsettled = true;
        to = lake_reading(lake, t);
    }
    if (to.at <= from.at || !has_grown(&from.counts, &to.counts))
        from = (struct lake_reading){.at = metered.begin};
    const struct lake_counts *a = &from.counts, *b = &to.counts;
    f->hours += sim_seconds(to.at - from.at) / 3600;
    f->rows += rows_in(b) - rows_in(a);
    f->landed_bytes += (double)(b->bytes_landed - a->bytes_landed);
    f->landed_files += (double)(b->files_landed - a->files_landed);
    f->replaced_bytes += (double)(b->bytes_rewritten - a->bytes_rewritten);
    f->replaced_files += (double)(b->files_rewritten - a->files_rewritten);
    f->written_bytes += (double)(b->bytes_written - a->bytes_written);
    f->written_files += (double)(b->files_written - a->files_written);
    f->files += (double)(b->files - to.waiting);
    f->partitions += (double)b->partitions;
    f->etl_cpu_s += b->etl_cpu_s - a->etl_cpu_s;
    f->etl_s += b->etl_s - a->etl_s;
    f->compaction_cpu_s += b->compaction_cpu_s - a->compaction_cpu_s;
    f->compaction_s += b->compaction_s - a->compaction_s;
    const struct lake_counts all = lake_counts(lake, t); /* few of them: from the beginning on */
    f->vacuum_lists += (double)all.vacuum_lists;
    f->vacuum_s += all.vacuum_s;
    for (int i = 0; i < OBJECT_CLASSES; i++) {
        const struct lake_held *x = &from.held[i], *y = &to.held[i];
        f->puts += (double)(y->put_requests - x->put_requests);
        *(i == OBJECT_STANDARD ? &f->gets : &f->cold_gets[i]) += (double)(y->get_requests - x->get_requests);
        f->cold_bytes[i] += (double)(y->retrieved_bytes - x->retrieved_bytes);
    }
}

/* How many of the events go into a table: a group's takes every one once, one made from it those that it takes from there. */
static double events_share(const struct replication *r, int n, const struct scenario *s, int t)
{
    const int source = s->tables[t].from;
    if (source < 0) return 1;
    double taken = 0, there = 0;
    for (int i = 0; i < n; i++) {
        const struct lake *lake = lake_feed_metered(&r[i].pipeline->world, t).lake;
        if (!lake) continue;
        const struct lake_counts of = lake_counts(lake, source);
        taken += (double)lake_counts(lake, t).rows_landed;
        there += rows_in(&of);
    }
    return there > 0 ? events_share(r, n, s, source) * taken / there : 0;
}

struct scale {
    double per_event; /* of what was counted */
    double hours;
};

static struct meter meter_of(double amount, bool by_event, const struct scale *scale)
{
    return by_event ? (struct meter){.per_event = amount * scale->per_event}
                    : (struct meter){.per_hour = amount / scale->hours};
}

/* The work comes with events, waiting for the store as its requests do. */
static struct meter core_s(double cpu_s, double s, int cores, bool by_event, const struct scale *scale)
{
    const double all = s * cores, waiting = fmax(all - cpu_s, 0);
    const struct meter work = meter_of(fmin(cpu_s, all), true, scale), wait = meter_of(waiting, by_event, scale);
    return (struct meter){.per_event = work.per_event + wait.per_event, .per_hour = wait.per_hour};
}

/* Files that stay. Compaction leaves some in each partition as long as they are smaller than what it aims at, however often
 * it writes them again: then they come with partitions, and else with bytes. */
static struct meter stay_files(const struct scenario_table *config, const struct flows *f, const struct scale *scale)
{
    const double bytes = fmax(f->landed_bytes - f->replaced_bytes + f->written_bytes, 0);
    const double files = fmax(f->landed_files - f->replaced_files + f->written_files, 0);
    const double target = (double)lake_target_bytes(config);
    const bool split = files > 0 && bytes >= BY_SIZE_SHARE * target * files;
    if (split || !config->compaction.strategy || f->unsettled) return meter_of(files, split, scale);
    const int buckets = config->partition_by & PARTITION_BY_BUCKET ? config->buckets : 1;
    const double partition_h = (double)lake_partition_ns(config) / 3600e9;
    if (partition_h <= 0 || f->partitions <= 0 || bytes / f->hours * partition_h / buckets >= target)
        return meter_of(bytes / target, true, scale);
    return (struct meter){.per_hour = f->files / f->partitions * buckets / partition_h};
}

/* Of a run too short for one, as long as the store's median says. */
static void fill_vacuum(const struct scenario_table *config, const struct flows *f, const struct calibration *calibration,
                        struct meters_table *table)
{
    if (config->vacuum.every_ns == 0) return;
    table->vacuum.per_hour = 3600e9 / (double)config->vacuum.every_ns;
    table->vacuum.cores = config->vacuum.cores;
    table->vacuum.list_s =
        f->vacuum_lists > 0 && f->vacuum_s > 0 ? f->vacuum_s / f->vacuum_lists : calibration->latency.object_get_first_byte_p50_ns / 1e9;
}

static void fill_table(const struct scenario_table *config, const struct flows *f, const struct scale *scale,
                       struct meters_table *table)
{
    const double stay_bytes = f->landed_bytes - f->replaced_bytes + f->written_bytes;
    const double split_bytes = BY_SIZE_SHARE * (double)lake_target_bytes(config);
    const bool parts = f->landed_bytes + f->written_bytes >= OBJECTSTORE_PART_BYTES * (f->landed_files + f->written_files);
    const bool jobs = config->from >= 0 || config->compaction.strategy;
    table->get_requests = meter_of(f->gets, parts, scale);
    if (!jobs) return;
    table->unsettled = f->unsettled;
    table->object_bytes = meter_of(fmax(stay_bytes, 0), true, scale);
    table->objects = stay_files(config, f, scale);
    table->replaced_bytes = meter_of(f->replaced_bytes, true, scale);
    table->replaced_objects = meter_of(f->replaced_files, f->replaced_bytes >= split_bytes * f->replaced_files, scale);
    table->put_requests = meter_of(f->puts, parts, scale);
    for (int i = 0; i < OBJECT_CLASSES; i++) {
        table->read[i].bytes = meter_of(f->cold_bytes[i], true, scale);
        table->read[i].get_requests = meter_of(f->cold_gets[i], parts, scale);
    }
    table->etl_core_s = core_s(f->etl_cpu_s, f->etl_s, config->cores, parts, scale);
    table->compaction_core_s = core_s(f->compaction_cpu_s, f->compaction_s, config->compaction.cores, parts, scale);
}

void metrics_lake(const struct replication *r, int n, struct meters *m)
{
    const struct scenario *s = r[0].pipeline->world.scenario;
    for (int i = 0; i < m->tables_n; i++) {
        struct meters_table *table = &m->tables[i];
        if (table->table < 0) continue;
        struct flows f = {.hours = 0};
        for (int k = 0; k < n; k++)
            add_replication(&r[k].pipeline->world, table->table, &f);
        if (f.hours <= 0 || f.landed_bytes <= 0 || f.rows <= 0) continue;
        const struct scenario_table *config = &s->tables[table->table];
        /* What a group writes is metered with the group. */
        const struct scale scale = {.per_event = config->from < 0
                                                     ? table->object_bytes.per_event / f.landed_bytes
                                                     : events_share(r, n, s, table->table) / f.rows,
                                    .hours = f.hours};
        fill_table(config, &f, &scale, table);
        fill_vacuum(config, &f, r[0].pipeline->world.calibration, table);
    }
}
