/* writer.c: a group that writes objects; see writer.h. */
#include "writer.h"

#include <math.h>

#include "added_partitions.h"
#include "arena.h"
#include "check.h"
#include "duplicates.h"
#include "lake_feed.h"
#include "late_floods.h"
#include "objectstore.h"
#include "telemetry.h"

/* Multipart uploads in parts of this size; below it one PUT. */
static const double PART_BYTES = 16.0 * 1024 * 1024;

struct rolled {
    int64_t offset; /* absolute: all before it is in files */
    sim_time visible;
};

struct holding { /* of one partition, in its consumer's open file */
    int64_t delivered, duplicated; /* the group's counts when last looked at */
    double records, copies;
    int64_t again; /* records that were written before, since the last roll */
    struct rolled last, before; /* rolls */
    sim_time from, to; /* intended times, calendar */
    bool any;
    sim_time written_through;
    sim_time awaited_through, awaited; /* while the store is not as usual: through when the last file is there, and when; 0: none is */
    double past_records; /* of [past_from, 0), before the run */
    sim_time past_from;
};

struct open_file {
    double bytes, records, copies; /* copies: of the records */
    sim_time opened; /* calendar; SIM_NEVER: none is open */
};

struct writer {
    struct group *group;
    struct holding *partitions;
    struct open_file *files; /* [consumers] */
    double bytes_per_record;
    const double *lateness_s; /* [BLUEPRINT_LATENESS_POINTS] */
    struct rng rng;
    double put_mu, put_sigma;
    sim_time upload_ends;
    sim_time visible_through;
    struct writer_counts counts;
};

void writer_init(struct group *g)
{
    struct world *w = g->world;
    struct writer *writer = ARENA_NEW(w->arena, struct writer, 1);
    w->writers[g->index] = writer;
    writer->group = g;
    writer->partitions = ARENA_NEW(w->arena, struct holding, (size_t)g->partitions_n);
    writer->files = ARENA_NEW(w->arena, struct open_file, (size_t)g->consumers_n);
    rng_init(&writer->rng, w->arena, w->seed, arena_printf(w->arena, "writer/%s", g->config->name));
    writer->lateness_s = w->blueprint->tables[lake_feed_table(w, g->index)].lateness_s;
    enum { LARGE = 4096 };
    writer->bytes_per_record = compressibility_wire_bytes(&w->blueprint->file_compressibility[g->index], LARGE) / LARGE;
    /* Instances start one after the other: their files do not all roll at once. */
    for (int i = 0; i < g->consumers_n; i++)
        writer->files[i].opened = -(sim_time)(rng_uniform(&writer->rng) * (double)g->config->write.roll_every_ns);
    const struct calibration_latency *l = &w->calibration->latency;
    writer->put_mu = log(l->object_put_p50_ns);
    writer->put_sigma = (log(l->object_put_p99_ns) - writer->put_mu) / 2.326347874; /* the normal's 99 % point */
    writer->visible_through = INT64_MIN;
}

static int64_t base_of(const struct group *g, int partition)
{
    return g->world->cluster.partitions[g->partition_first + partition].base_offset;
}

/* Is the partition reading again what a lost file held? */
static bool rereads(const struct group_partition *gp)
{
    return gp->position.offset < gp->furthest;
}

static sim_time upload_ns(const struct writer *writer, double latency_ns, double bytes)
{
    return (sim_time)(latency_ns + bytes / writer->group->world->calibration->latency.object_put_bytes_per_s * 1e9);
}

/* A partition's records of a file can be read, `by` later than ever. */
static void show(struct writer *writer, const struct holding *h, sim_time visible, double records, sim_time by)
{
    for (int j = 0; j < BLUEPRINT_LATENESS_POINTS; j++) {
        const sim_time late = (sim_time)(writer->lateness_s[j] * 1e9) + by;
        telemetry_visible(writer->group->world, writer->group->index, visible, h->from - late, h->to - late, records / BLUEPRINT_LATENESS_POINTS);
    }
}

static void show_all(struct writer *writer, const struct holding *h, sim_time visible)
{
    const struct world *w = writer->group->world;
    double records = h->records;
    for (int i = 0; i < w->workload.floods_n; i++) {
        const struct late_flood *flood = &w->workload.floods[i];
        const double late = records * late_floods_share(w, flood, writer->group->config->topic, h->from, h->to);
        if (late > 0) show(writer, h, visible, late, flood->by);
        records -= late;
    }
    if (records > 0) show(writer, h, visible, records, 0);
}

static void roll(struct writer *writer, int consumer, sim_time at)
{
    struct group *g = writer->group;
    struct world *w = g->world;
    struct open_file *file = &writer->files[consumer];
    file->opened = at;
    if (file->records <= 0) return;
    double latency = rng_lognormal(&writer->rng, writer->put_mu, writer->put_sigma);
    const bool is_usual = w->store_slow == 1 && at >= w->store_down_until; /* a file is there in less than a slice */
    sim_time begins = at;
    for (int tries = 0; begins < w->store_down_until; tries++) begins += objectstore_back_off(&writer->rng, tries);
    sim_time visible = begins + (sim_time)(w->store_slow * (double)upload_ns(writer, latency, file->bytes));
    double requests = file->bytes <= PART_BYTES ? 1 : ceil(file->bytes / PART_BYTES) + 2;
    telemetry_object(w, g->index, file->bytes, requests);
    writer->counts.objects++;
    writer->counts.bytes += file->bytes;
    writer->counts.put_requests += requests;
    sim_time from = SIM_NEVER, to = 0;
    for (int i = 0; i < g->partitions_n; i++) {
        struct holding *h = &writer->partitions[i];
        if (!g->partitions[i].consumer || g->partitions[i].consumer->index != consumer) continue;
        const struct group_partition *gp = &g->partitions[i];
        if (rereads(gp)) continue;
        if (h->any && h->records > 0) {
            if (h->from < from) from = h->from;
            if (h->to > to) to = h->to;
            show_all(writer, h, visible);
        }
        if (g->partitions[i].progress > h->written_through) {
            if (is_usual) {
                h->written_through = g->partitions[i].progress;
            } else {
                h->awaited_through = g->partitions[i].progress;
                h->awaited = visible;
            }
        }
        if (h->past_records > 0 && h->past_from < from) from = h->past_from;
        if (h->copies > 0 && gp->progress > to) to = gp->progress; /* there may be nothing else */
        h->records = h->copies = h->past_records = 0;
        h->again = 0;
        h->any = false;
        h->before = h->last;
        h->last = (struct rolled){.offset = gp->position.offset + base_of(g, i), .visible = visible};
        if (g->config->delivery != DELIVERY_AT_LEAST_ONCE) g->partitions[i].committed = h->last.offset;
    }
    lake_feed_file(w, g->index, visible, file->bytes, file->records, file->copies, from, to);
    file->bytes = file->records = file->copies = 0;
}

void writer_slice_end(struct group *g)
{
    struct world *w = g->world;
    struct writer *writer = w->writers[g->index];
    const double sent_again = duplicates_share(w);
    for (int i = 0; i < g->consumers_n; i++)
        writer->files[i].bytes = writer->files[i].records = writer->files[i].copies = 0;
    for (int i = 0; i < g->partitions_n; i++) {
        struct holding *h = &writer->partitions[i];
        const struct group_partition *gp = &g->partitions[i];
        double fresh = (double)(gp->delivered - h->delivered);
        h->copies += (double)(gp->duplicated - h->duplicated);
        h->records += fresh;
        h->delivered = gp->delivered;
        h->duplicated = gp->duplicated;
        if (fresh > 0) {
            if (!h->any) {
                h->any = true;
                h->from = h->to > 0 ? h->to : gp->progress;
            }
            h->to = gp->progress;
        }
        /* A file is what its consumer's partitions hold; what a lost one held is in no file until it has been read again. */
        if (!gp->consumer || !gp->consumer->alive || rereads(gp)) continue;
        struct open_file *file = &writer->files[gp->consumer->index];
        const double records = h->records + h->copies + h->past_records;
        file->records += records;
        file->copies += h->copies + sent_again * (h->records + h->past_records);
        file->bytes += records * writer->bytes_per_record;
    }
    for (int i = 0; i < g->consumers_n; i++) {
        const struct open_file *file = &writer->files[i];
        if (!g->consumers[i].alive || world_is_cut(w, g->consumers[i].zone)) continue;
        if (file->bytes >= (double)g->config->write.roll_size_bytes ||
            w->slice_end - file->opened >= g->config->write.roll_every_ns)
            roll(writer, i, w->slice_end);
    }
    sim_time through = SIM_NEVER;
    for (int i = 0; i < added_partitions_now(w, g->config->topic); i++) {
        struct holding *h = &writer->partitions[i];
        if (h->awaited > 0 && h->awaited <= w->slice_end) {
            if (h->awaited_through > h->written_through) h->written_through = h->awaited_through;
            h->awaited = 0;
        }
        if (writer->partitions[i].written_through < through) through = writer->partitions[i].written_through;
    }
    if (through > 0 && through != SIM_NEVER) {
        writer->visible_through = through;
        telemetry_staleness(w, g->index, w->slice_end - through);
        lake_feed_through(w, g->index, through);
    }
}

void writer_jumped(struct group *g, int partition, int64_t records)
{
    struct holding *h = &g->world->writers[g->index]->partitions[partition];
    h->delivered += records;
    h->before.offset += records;
    h->last.offset += records;
}

void writer_stopped(struct group *g, bool clean)
{
    struct writer *writer = g->world->writers[g->index];
    for (int i = 0; i < g->consumers_n; i++) {
        if (clean) roll(writer, i, g->world->calendar.now);
        /* Else the files are abandoned. Their records stay in the holdings, come again, and are then written. */
    }
}

void writer_instance_stopped(struct group *g, int instance)
{
    for (int i = 0; i < g->consumers_n; i++)
        if (g->consumers[i].instance == instance && g->consumers[i].alive) roll(g->world->writers[g->index], i, g->world->calendar.now);
}

void writer_commit(struct group *g)
{
    struct writer *writer = g->world->writers[g->index];
    if (g->config->delivery != DELIVERY_AT_LEAST_ONCE || !g->running) return;
    for (int i = 0; i < g->partitions_n; i++) {
        struct group_partition *gp = &g->partitions[i];
        const struct holding *h = &writer->partitions[i];
        if (!gp->consumer || !gp->consumer->alive || world_is_cut(g->world, gp->consumer->zone) || rereads(gp)) continue;
        const sim_time now = g->world->calendar.now;
        int64_t offset = h->last.visible <= now ? h->last.offset : h->before.visible <= now ? h->before.offset : 0;
        const int64_t position = gp->position.offset + base_of(g, i); /* the log may have been cut */
        if (offset > position) offset = position;
        if (offset > gp->committed) gp->committed = offset;
    }
}

int64_t writer_written_again(struct group *g, int partition, int64_t from, int64_t records)
{
    struct holding *h = &g->world->writers[g->index]->partitions[partition];
    int64_t twice = h->last.offset - base_of(g, partition) - from;
    if (twice > records) twice = records;
    if (twice < 0) twice = 0;
    h->again += twice;
    return twice;
}

void writer_rewound(struct group *g, int partition, int64_t position)
{
    struct group_partition *gp = &g->partitions[partition];
    struct holding *h = &g->world->writers[g->index]->partitions[partition];
    gp->duplicated -= h->again; /* those were in the file that is gone */
    h->again = 0;
    if (g->config->delivery != DELIVERY_AT_LEAST_ONCE) return;
    const int64_t committed = gp->committed - base_of(g, partition);
    gp->duplicated += writer_written_again(g, partition, committed, position > committed ? position - committed : 0);
}

int64_t writer_lost(struct group *g, int partition, int64_t *from)
{
    struct holding *h = &g->world->writers[g->index]->partitions[partition];
    const int64_t lost = llround(h->records) + g->partitions[partition].delivered - h->delivered;
    h->past_records = 0;
    *from = h->last.offset - base_of(g, partition);
    return lost > 0 ? lost : 0;
}

double writer_file_bytes(const struct group *g, double records)
{
    return records * g->world->writers[g->index]->bytes_per_record;
}

sim_time writer_upload_median_ns(const struct group *g, double bytes)
{
    return upload_ns(g->world->writers[g->index], exp(g->world->writers[g->index]->put_mu), bytes);
}

sim_time writer_opened(const struct group *g, int consumer)
{
    return g->world->writers[g->index]->files[consumer].opened;
}

void writer_open_since(struct group *g, int consumer, sim_time opened)
{
    g->world->writers[g->index]->files[consumer].opened = opened;
}

void writer_take_over(struct group *g, int partition, double records, sim_time from)
{
    struct holding *h = &g->world->writers[g->index]->partitions[partition];
    h->past_records = records;
    h->past_from = from;
}

void writer_partition_added(struct group *g, int partition, sim_time at)
{
    g->world->writers[g->index]->partitions[partition].written_through = at;
}

struct writer_counts writer_counts(const struct group *g)
{
    struct writer_counts c = g->world->writers[g->index]->counts;
    c.mean_object_bytes = c.objects > 0 ? c.bytes / (double)c.objects : 0;
    return c;
}
