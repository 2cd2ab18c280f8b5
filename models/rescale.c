/* rescale.c: see rescale.h. */
#include "rescale.h"

#include "arena.h"
#include "telemetry.h"

static const double CLASS_FROM[RESCALE_CLASSES] = {0.1, 0}; /* of f */

void rescale_init(struct world *w)
{
    struct rescale *r = &w->telemetry->rescale;
    r->begin = ARENA_NEW(w->arena, struct telemetry_totals, 1);
    r->sampled = ARENA_NEW(w->arena, struct telemetry_totals, 1);
    for (int g = 0; g < w->scenario->groups_n; g++) {
        const size_t threads = (size_t)w->groups[g].consumers_n, partitions = (size_t)w->groups[g].partitions_n;
        r->threads[g] = (struct rescale_threads){
            .ns = ARENA_NEW(w->arena, double, threads),
            .seen = ARENA_NEW(w->arena, double, threads),
            .ledger = ARENA_NEW(w->arena, double, threads),
            .last_position = ARENA_NEW(w->arena, int64_t, partitions),
            .last_delivered = ARENA_NEW(w->arena, int64_t, partitions),
        };
    }
}

static struct rescale_part *part_of(struct world *w, struct scope_set *set)
{
    int class = 0;
    while (class < RESCALE_CLASSES - 1 && w->fraction < CLASS_FROM[class]) class++;
    if (!set->sampled[class]) {
        struct rescale_part *part = set->sampled[class] = ARENA_NEW(w->arena, struct rescale_part, 1);
        telemetry_times_init(w, &part->produce);
        for (int g = 0; g < w->scenario->groups_n; g++) telemetry_times_init(w, &part->end_to_end[g]);
    }
    return set->sampled[class];
}

void rescale_begin_slice(struct world *w)
{
    struct rescale *r = &w->telemetry->rescale;
    r->part = NULL;
    if (w->fraction >= 1 || !w->telemetry->warm) return;
    r->part = part_of(w, w->telemetry->set);
    *r->begin = w->telemetry->totals;
    for (int g = 0; g < w->scenario->groups_n; g++) {
        const struct group *group = &w->groups[g];
        for (int p = 0; p < group->partitions_n; p++) {
            r->threads[g].last_position[p] = group->partitions[p].position.offset;
            r->threads[g].last_delivered[p] = group->partitions[p].delivered;
        }
    }
}

void rescale_slice(struct world *w, int64_t produced, const int64_t delivered[])
{
    struct rescale *r = &w->telemetry->rescale;
    if (!r->part) return;
    double *sum = (double *)r->sampled;
    const double *begin = (const double *)r->begin, *end = (const double *)&w->telemetry->totals;
    for (size_t i = 0; i < sizeof *r->sampled / sizeof *sum; i++) sum[i] += end[i] - begin[i];
    r->part->produced += produced;
    r->window_data_s += sim_seconds(w->piece_end - w->piece_start);
    for (int g = 0; g < w->scenario->groups_n; g++) {
        const struct group *group = &w->groups[g];
        struct rescale_threads *threads = &r->threads[g];
        r->part->delivered[g] += delivered[g];
        for (int p = 0; p < group->partitions_n; p++) {
            const struct group_partition *gp = &group->partitions[p];
            if (!gp->consumer) continue;
            const double seen = w->weight * (double)(gp->position.offset - threads->last_position[p]);
            threads->seen[gp->consumer->index] += seen;
            threads->all_seen += seen;
            threads->ledger[gp->consumer->index] += (double)(gp->delivered - threads->last_delivered[p]);
        }
    }
}

bool rescale_worked(struct world *w, int group, int thread, double weighed_ns)
{
    struct rescale *r = &w->telemetry->rescale;
    if (!r->part) return false;
    r->threads[group].ns[thread] += weighed_ns;
    r->threads[group].all_ns += weighed_ns;
    return true;
}

/* Where there is nothing to go by, things stay as they were weighed. */
static double ratio(double ledger, double weighed)
{
    return ledger > 0 && weighed > 0 ? ledger / weighed : 1;
}

double rescale_thread_ns(const struct world *w, int group, int thread)
{
    const struct rescale_threads *t = &w->telemetry->rescale.threads[group];
    if (w->telemetry->rescale.window_data_s < RESCALE_OWN_S && t->all_seen > 0)
        return t->all_ns * t->ledger[thread] / t->all_seen;
    return t->ns[thread] * ratio(t->ledger[thread], t->seen[thread]);
}

void rescale_window_end(struct world *w)
{
    struct rescale *r = &w->telemetry->rescale;
    r->window_data_s = 0;
    for (int g = 0; g < w->scenario->groups_n; g++) {
        struct rescale_threads *t = &r->threads[g];
        t->all_ns = t->all_seen = 0;
        for (int c = 0; c < w->groups[g].consumers_n; c++) t->ns[c] = t->seen[c] = t->ledger[c] = 0;
    }
}

/* --- In the end --------------------------------------------------------------------------------------- */

struct count {
    double ledger, weighed;
};

enum { PRODUCE = -1 }; /* in place of a group */

static struct histogram *seen(struct rescale_part *part, int group)
{
    return group == PRODUCE ? &part->produce : &part->end_to_end[group];
}

static int64_t counted(const struct rescale_part *part, int group)
{
    return group == PRODUCE ? part->produced : part->delivered[group];
}

/* Scales each part and adds it to its set. Parts in which no close-up met anything are short: what they count goes to the
 * one that saw the most. */
static struct count rescale(struct telemetry *t, int group)
{
    struct count all = {0};
    double most = 0, unseen = 0;
    const struct rescale_part *heir = NULL;
    for (int i = 0; i < t->sets_n * RESCALE_CLASSES; i++) {
        struct rescale_part *part = t->sets[i / RESCALE_CLASSES].sampled[i % RESCALE_CLASSES];
        if (!part) continue;
        const double weighed = histogram_count(seen(part, group));
        all.ledger += (double)counted(part, group);
        all.weighed += weighed;
        if (weighed <= 0) unseen += (double)counted(part, group);
        if (weighed > most) {
            most = weighed;
            heir = part;
        }
    }
    for (int i = 0; i < t->sets_n * RESCALE_CLASSES; i++) {
        struct scope_set *set = &t->sets[i / RESCALE_CLASSES];
        struct rescale_part *part = set->sampled[i % RESCALE_CLASSES];
        if (!part) continue;
        struct histogram *h = seen(part, group);
        histogram_scale(h, ratio((double)counted(part, group) + (part == heir ? unseen : 0), histogram_count(h)));
        histogram_merge(group == PRODUCE ? &set->produce : &set->end_to_end[group], h);
    }
    return all;
}

static void grow(double *total, double sampled, struct count by)
{
    *total += sampled * (ratio(by.ledger, by.weighed) - 1);
}

static void grow_meters(struct world *w, double produced, const struct count delivered[])
{
    struct telemetry *t = w->telemetry;
    struct telemetry_totals *all = &t->totals;
    const struct telemetry_totals *sampled = t->rescale.sampled;
    const struct count appended = {produced, sampled->records};
    grow(&all->records, sampled->records, appended);
    grow(&all->wire_bytes, sampled->wire_bytes, appended);
    grow(&all->batches, sampled->batches, appended);
    grow(&all->requests, sampled->requests, appended);
    grow(&all->produce_cross_zone_bytes, sampled->produce_cross_zone_bytes, appended);
    grow(&all->replication_bytes, sampled->replication_bytes, appended);
    grow(&all->replication_cross_zone_bytes, sampled->replication_cross_zone_bytes, appended);
    for (int i = 0; i < w->scenario->topics_n; i++) grow(&all->appended_bytes[i], sampled->appended_bytes[i], appended);
    for (int g = 0; g < w->scenario->groups_n; g++) {
        struct resource_use *threads = &t->resources[BROKER_RESOURCES + g];
        grow(&all->fetch_bytes[g], sampled->fetch_bytes[g], delivered[g]);
        grow(&all->fetch_cross_zone_bytes[g], sampled->fetch_cross_zone_bytes[g], delivered[g]);
        grow(&all->group_cpu_ns[g], sampled->group_cpu_ns[g], delivered[g]);
        grow(&threads->busy_ns, threads->sampled_busy_ns, delivered[g]);
    }
}

void rescale_finish(struct world *w)
{
    const struct count produced = rescale(w->telemetry, PRODUCE);
    struct count delivered[SCENARIO_GROUPS_MAX];
    for (int g = 0; g < w->scenario->groups_n; g++) delivered[g] = rescale(w->telemetry, g);
    grow_meters(w, produced.ledger, delivered);
}
