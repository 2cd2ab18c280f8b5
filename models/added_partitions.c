/* added_partitions.c: a topic gets more partitions; see added_partitions.h. */
#include "added_partitions.h"

#include "arena.h"
#include "check.h"
#include "group_parts.h"
#include "rate.h"
#include "writer.h"

struct knower { /* a producer that knows */
    sim_time since; /* data */
};

struct added_partitions {
    int topic;
    int first_n, all_n;
    bool begun;
    struct rng phases;
    struct knower *known; /* those that do, in the order in which they came to */
    int known_n, producers_n;
    double *first, *added; /* [all_n]: of all the topic's records */
    double *moves;         /* [first_n * all_n] */
    bool over[SCENARIO_GROUPS_MAX]; /* everybody has read what came before the last producer knew */
    sim_time *noticed;
};

int added_partitions_now(const struct world *w, int topic)
{
    const struct scenario_topic *t = &w->scenario->topics[topic];
    return w->added && w->added->topic == topic && w->added->begun ? t->partitions : t->partitions_first;
}

const double *added_partitions_shares(struct world *w, int stream)
{
    const struct population *p = w->blueprint->populations[stream];
    double *shares = w->workload.streams[stream].shares;
    if (!shares || w->added->known_n == 0) return p->partition_shares;
    if (w->added->known_n == w->added->producers_n) return p->added_shares;
    const double know = (double)w->added->known_n / w->added->producers_n;
    for (int i = 0; i < p->partitions; i++) shares[i] = (1 - know) * p->partition_shares[i] + know * p->added_shares[i];
    return shares;
}

/* Shares and moves of the streams together, each by its records in the run. */
static void put_together(struct world *w, struct added_partitions *a)
{
    double all = 0;
    for (int i = 0; i < w->scenario->streams_n; i++) {
        const struct population *p = w->blueprint->populations[i];
        if (!p || p->topic != a->topic) continue;
        const double n = rate_integral(w->blueprint->stream_rates[i], 0, sim_seconds(w->scenario->run.duration_ns));
        all += n;
        for (int q = 0; q < a->all_n; q++) {
            a->first[q] += n * p->partition_shares[q];
            a->added[q] += n * p->added_shares[q];
        }
        for (size_t m = 0; m < (size_t)a->first_n * (size_t)a->all_n; m++) a->moves[m] += n * p->moves[m];
    }
    if (all <= 0) return;
    for (int q = 0; q < a->all_n; q++) {
        a->first[q] /= all;
        a->added[q] /= all;
    }
    for (size_t m = 0; m < (size_t)a->first_n * (size_t)a->all_n; m++) a->moves[m] /= all;
}

void added_partitions_init(struct world *w)
{
    for (int t = 0; t < w->scenario->topics_n; t++) {
        const struct scenario_topic *topic = &w->scenario->topics[t];
        if (topic->partitions_first == topic->partitions) continue;
        struct added_partitions *a = w->added = ARENA_NEW(w->arena, struct added_partitions, 1);
        a->topic = t;
        a->first_n = topic->partitions_first;
        a->all_n = topic->partitions;
        rng_init(&a->phases, w->arena, w->seed, arena_printf(w->arena, "topic/%s/metadata", topic->name));
        for (int f = 0; f < w->scenario->producers_n; f++)
            if (w->scenario->producers[f].topic == t) a->producers_n += w->fleets[f].n;
        a->known = ARENA_NEW(w->arena, struct knower, (size_t)a->producers_n);
        a->first = ARENA_NEW(w->arena, double, (size_t)a->all_n);
        a->added = ARENA_NEW(w->arena, double, (size_t)a->all_n);
        a->moves = ARENA_NEW(w->arena, double, (size_t)a->first_n * (size_t)a->all_n);
        put_together(w, a);
    }
}

static void producer_knows(struct kernel *k, void *world, int64_t unused)
{
    (void)k;
    (void)unused;
    struct world *w = world;
    struct added_partitions *a = w->added;
    CHECK(a->known_n < a->producers_n, "%d producers know, of %d", a->known_n, a->producers_n);
    a->known[a->known_n++].since = w->data.now;
}

static sim_time phase(struct added_partitions *a, int64_t age_ns)
{
    return (sim_time)(rng_uniform(&a->phases) * (double)age_ns);
}

void added_partitions_noticed(struct world *w)
{
    struct added_partitions *a = w->added;
    if (a->noticed && *a->noticed == SIM_NEVER) *a->noticed = w->calendar.now;
}

void added_partitions_begin(struct world *w, int topic, sim_time *noticed)
{
    struct added_partitions *a = w->added;
    CHECK(a && a->topic == topic && !a->begun, "partitions are added to topic %d", topic);
    a->begun = true;
    a->noticed = noticed;
    for (int f = 0; f < w->scenario->producers_n; f++) {
        if (w->scenario->producers[f].topic != topic) continue;
        for (int i = 0; i < w->fleets[f].n; i++)
            kernel_at(&w->calendar, w->calendar.now + phase(a, w->scenario->producers[f].config.metadata_max_age_ns), 1, producer_knows,
                      w, 0);
    }
    for (int i = 0; i < w->scenario->groups_n; i++) {
        struct group *g = &w->groups[i];
        if (g->config->topic != topic) continue;
        for (int p = a->first_n; p < a->all_n; p++) {
            g->partitions[p].untouched = true;
            g->partitions[p].processed_through = w->data.now;
            g->partitions[p].progress = w->calendar.now;
            if (w->writers[i]) writer_partition_added(g, p, w->calendar.now);
        }
        const sim_time after = phase(a, g->config->config.metadata_max_age_ns);
        if (g->config->protocol == PROTOCOL_CLASSIC)
            classic_partitions_added(g, after);
        else
            consumer_partitions_added(g);
    }
}

/* Of the producers that know now, how many learned it after the moment up to which the partition has been read: their earlier
 * records of keys that have moved from there may still wait in it. */
static int not_passed(const struct added_partitions *a, const struct group *g, int partition)
{
    const struct partition *p = group_partition_of(g, partition);
    const struct group_partition *gp = &g->partitions[partition];
    if (gp->position.offset >= logcurve_end(&p->log)) return 0;
    int n = 0;
    while (n < a->known_n && a->known[a->known_n - 1 - n].since > gp->processed_through) n++;
    return n;
}

void added_partitions_processed(struct group *g, int partition, int64_t records)
{
    struct added_partitions *a = g->world->added;
    if (g->config->topic != a->topic || a->known_n == 0 || a->over[g->index]) return;
    const double know = (double)a->known_n / a->producers_n;
    const double all = (1 - know) * a->first[partition] + know * a->added[partition];
    bool behind = false;
    for (int p = 0; p < a->first_n; p++) {
        const int waiting = not_passed(a, g, p);
        if (waiting == 0) continue;
        behind = true;
        const double moved = a->moves[(size_t)p * (size_t)a->all_n + (size_t)partition];
        if (all > 0 && moved > 0)
            g->partitions[partition].reordered += (double)records * moved / all * waiting / a->producers_n;
    }
    a->over[g->index] = !behind && a->known_n == a->producers_n;
}
