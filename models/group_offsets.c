/* group_offsets.c: positions and commits of consumer groups, and what the cluster does to them; see group.h. */
#include "group.h"

#include "check.h"
#include "duplicates.h"
#include "fetch.h"
#include "group_parts.h"
#include "passed_over.h"
#include "processor.h"
#include "segments.h"
#include "writer.h"

const char *const group_lost_names[LOST_REASONS] = {
    [LOST_IN_HAND] = "at_most_once",
    [LOST_DEAD_LETTER] = "dead_letter",
    [LOST_UNDECODABLE] = "undecodable",
    [LOST_ABORTED] = "transaction_aborted",
    [LOST_LEADER] = "leader_lost",
    [LOST_REGION] = "region_lost",
    [LOST_RETENTION] = "retention",
    [LOST_OFFSET_RESET] = "offset_reset",
    [LOST_COMPACTED] = "compacted",
    [LOST_SHED] = "shed",
};

void group_drop_work(struct consumer *c)
{
    c->epoch++; /* the batch in hand will not be finished */
    c->busy = c->poisoned = false;
    c->buffered_n = 0;
    c->processing_n = 0;
}

/* Under at-most-once offsets are committed when records are handed out: those in hand will not come again. */
static void lose_in_hand(struct group *g, int index)
{
    struct group_partition *gp = &g->partitions[index];
    if (g->world->writers[g->index]) {
        int64_t first;
        const int64_t written = writer_lost(g, index, &first);
        gp->delivered -= written;
        if (written > 0) passed_over_lose_delivered(g->world, gp, first, written, LOST_IN_HAND);
    }
    int64_t from = gp->position.offset > gp->furthest ? gp->position.offset : gp->furthest;
    int64_t lost = gp->processing_to - from;
    if (lost > 0) {
        passed_over_lose(g->world, gp, from, gp->processing_to, LOST_IN_HAND);
        gp->furthest = gp->processing_to;
    }
    gp->position.offset = gp->processing_to;
    gp->fetched_to = gp->processing_to;
    gp->committed = gp->position.offset + group_partition_of(g, index)->base_offset;
}

/* A partition whose consumer is gone is read again from what was committed. */
void group_rewind(struct group *g, int index, bool clean)
{
    struct group_partition *gp = &g->partitions[index];
    if (g->config->delivery == DELIVERY_AT_MOST_ONCE && !clean) {
        lose_in_hand(g, index);
        return;
    }
    const struct partition *p = group_partition_of(g, index);
    const int64_t committed = gp->committed - p->base_offset, start = logcurve_start(&p->log);
    const bool again = committed < gp->position.offset;
    if (again && gp->position.offset > start) gp->position.offset = committed > start ? committed : start;
    if (again && g->world->writers[g->index]) writer_rewound(g, index, gp->position.offset);
    gp->processing_to = gp->fetched_to = gp->position.offset;
}

/* --- What the cluster tells -------------------------------------------------------------------------- */

void groups_on_readable(struct world *w, struct partition *p, int64_t grown, bool committed)
{
    for (int i = 0; i < w->scenario->groups_n; i++) {
        struct group *g = &w->groups[i];
        if (g->config->topic != p->topic) continue;
        if (w->transactional && (g->config->config.isolation_level == ISOLATION_READ_COMMITTED) != committed) continue;
        struct fetch_session *s = g->partitions[p->index].session;
        if (s && g->rack_aware && s->broker != p->replicas[p->leader].broker) continue; /* its broker does not know yet */
        if (s && s->state == FETCH_PARKED) fetch_wake(s, (double)grown * p->bytes_per_record);
    }
}

void groups_on_region_lost(struct world *w, struct partition *p, int64_t end)
{
    for (int i = 0; i < w->scenario->groups_n; i++) {
        struct group *g = &w->groups[i];
        struct group_partition *gp = &g->partitions[p->index];
        if (g->config->topic != p->topic || gp->furthest <= end) continue;
        gp->delivered -= gp->furthest - end - passed_over_cut(gp, end);
        gp->furthest = end;
    }
}

void groups_on_truncate(struct world *w, struct partition *p, int64_t old_end, int64_t new_end, int64_t acknowledged)
{
    CHECK(acknowledged >= 0, "%lld acknowledged records in a tail of %lld", (long long)acknowledged,
          (long long)(old_end - new_end));
    for (int i = 0; i < w->scenario->groups_n; i++) {
        struct group *g = &w->groups[i];
        if (g->config->topic != p->topic) continue;
        struct group_partition *gp = &g->partitions[p->index];
        /* What it had read of the tail it has; of the rest, what was acknowledged is lost to it. */
        int64_t read = gp->furthest > new_end ? gp->furthest - new_end - passed_over_cut(gp, new_end) : 0;
        int64_t lost = acknowledged > read ? acknowledged - read : 0;
        group_lose(gp, w->cluster.from_mirror ? LOST_REGION : LOST_LEADER, lost);
        /* Unacknowledged records that it read all the same will come again. */
        int64_t again = read > acknowledged ? read - acknowledged : 0;
        gp->delivered -= again;
        if (g->config->delivery == DELIVERY_EXACTLY_ONCE)
            g->reprocessed += again;
        else
            gp->duplicated += again;
        if (gp->furthest > new_end) gp->furthest = new_end;
        if (gp->position.offset > new_end) gp->position.offset = new_end;
        if (gp->processing_to > new_end && gp->consumer) group_drop_work(gp->consumer);
        if (gp->processing_to > new_end) gp->processing_to = new_end;
        if (gp->fetched_to > new_end) gp->fetched_to = new_end;
        if (gp->committed > new_end + p->base_offset) gp->committed = new_end + p->base_offset;
    }
    /* Consumers that lost their batch in hand go back to where they were, on all their partitions. */
    for (int i = 0; i < w->scenario->groups_n; i++) {
        struct group *g = &w->groups[i];
        if (g->config->topic != p->topic) continue;
        for (int j = 0; j < g->partitions_n; j++) {
            struct group_partition *gp = &g->partitions[j];
            if (gp->consumer && !gp->consumer->busy) gp->processing_to = gp->position.offset;
        }
    }
}

void groups_on_duplicate(struct world *w, struct partition *p, int64_t records)
{
    for (int i = 0; i < w->scenario->groups_n; i++) {
        struct group *g = &w->groups[i];
        if (g->config->topic != p->topic) continue;
        struct group_partition *gp = &g->partitions[p->index];
        gp->delivered -= records;
        *(duplicates_removes_resent(g) ? &gp->deduplicated : &gp->duplicated) += records;
    }
}

void groups_on_lost(struct world *w, const struct partition *p, int64_t records)
{
    for (int i = 0; i < w->scenario->groups_n; i++) {
        struct group *g = &w->groups[i];
        if (g->config->topic == p->topic) group_lose(&g->partitions[p->index], LOST_LEADER, records);
    }
}

/* --- Out of range ------------------------------------------------------------------------------------ */

void groups_on_log_start(struct world *w, struct partition *p)
{
    for (int i = 0; i < w->scenario->groups_n; i++) {
        struct group *g = &w->groups[i];
        if (g->config->topic != p->topic) continue;
        struct group_partition *gp = &g->partitions[p->index];
        const int64_t has = gp->furthest > gp->fetched_to ? gp->furthest : gp->fetched_to; /* what was fetched is still processed */
        const int64_t gone = segments_start(p) - has;
        if (gone <= gp->gone) continue;
        group_lose(gp, LOST_RETENTION, gone - gp->gone);
        gp->gone = gone;
    }
}

static void die(struct kernel *k, void *group, int64_t unused)
{
    (void)k;
    (void)unused;
    group_stop(group, false);
}

void group_pass_over(struct group *g, int partition, int64_t to, enum lost_reason reason)
{
    const struct world *w = g->world;
    const struct partition *p = group_partition_of(g, partition);
    struct group_partition *gp = &g->partitions[partition];
    if (to > gp->furthest) {
        passed_over_lose(g->world, gp, gp->furthest, to, reason);
        gp->furthest = to;
    }
    gp->position.offset = gp->processing_to = to;
    if (to <= logcurve_start(&p->log)) return;
    const sim_time through = logcurve_time_at(&p->log, to - 1);
    if (w->processors[g->index])
        processor_passed_over(g, partition, world_calendar(w, gp->processed_through), world_calendar(w, through));
    duplicates_passed_over(g, partition, world_calendar(w, gp->processed_through), world_calendar(w, through));
    gp->processed_through = through;
}

bool group_reset_offset(struct group *g, int partition)
{
    struct world *w = g->world;
    struct partition *p = group_partition_of(g, partition);
    struct group_partition *gp = &g->partitions[partition];
    if (gp->position.offset != gp->fetched_to || g->died) return false;
    g->out_of_range++;
    if (g->config->config.auto_offset_reset == OFFSET_RESET_NONE) {
        /* The consumer's poll throws, its thread ends, and whoever takes the partition over meets the same. */
        g->died = true;
        kernel_at(&w->data, w->data.now, 0, die, g, 0);
        return false;
    }
    const int64_t start = segments_start(p);
    const bool latest = g->config->config.auto_offset_reset == OFFSET_RESET_LATEST;
    const int64_t to = latest && p->hw > start ? p->hw : start;
    if (start > gp->furthest) {
        group_lose(gp, LOST_RETENTION, start - gp->furthest - gp->gone);
        gp->furthest = start;
    }
    gp->gone = 0;
    group_pass_over(g, partition, to, LOST_OFFSET_RESET);
    gp->fetched_to = to;
    return true;
}
