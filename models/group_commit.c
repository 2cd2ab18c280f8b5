/* group_commit.c: when consumers commit what they have processed; see group.h.
 *
 *     checkpoint            all together, at every checkpoint
 *     writers               what is in files that can be read (writer.h)
 *     enable.auto.commit    each consumer by itself, at its first poll after auto.commit.interval.ms
 *     otherwise             each consumer after every batch, and it waits for the answer (commitSync)
 *
 * A thread polls when it is done with a batch, so what it commits has been processed. The requests of automatic commits are too few
 * to be work for a broker, and are not counted as any.
 */
#include "group.h"

#include "arena.h"
#include "group_parts.h"
#include "writer.h"

static void commit_partition(struct group *g, int index)
{
    g->partitions[index].committed = g->partitions[index].position.offset + group_partition_of(g, index)->base_offset;
}

void group_commit(struct group *g)
{
    if (!g->running) return;
    const bool some_cut = group_is_cut(g);
    if (some_cut && g->config->checkpoint_ns > 0) return; /* a checkpoint is everybody's */
    for (int i = 0; i < g->partitions_n; i++)
        if (!some_cut || !g->partitions[i].consumer || !world_is_cut(g->world, g->partitions[i].consumer->zone)) commit_partition(g, i);
}

void group_commit_consumer(struct consumer *c)
{
    struct group *g = c->group;
    c->committed_at = group_now(g);
    if (world_is_cut(g->world, c->zone)) return; /* it fails, and is tried again */
    if (c->unled) { /* some of its partitions are in no session */
        for (int i = 0; i < g->partitions_n; i++)
            if (g->partitions[i].consumer == c) commit_partition(g, i);
        return;
    }
    for (int b = 0; b < g->world->cluster.brokers_n; b++) {
        const struct fetch_session *s = &c->sessions[b];
        for (int i = 0; i < s->partitions_n; i++) commit_partition(g, s->partitions[i]);
    }
}

/* --- All together ---------------------------------------------------------------------------------------- */

static void commit_all(struct kernel *k, void *group, int64_t interval)
{
    struct group *g = group;
    if (g->world->writers[g->index])
        writer_commit(g);
    else
        group_commit(g);
    kernel_after(k, interval, 2, commit_all, g, interval);
}

/* --- Each by itself -------------------------------------------------------------------------------------- */

static void due(struct kernel *k, void *consumer, int64_t unused);

static void schedule(struct consumer *c, sim_time at)
{
    c->commit_timer = group_timer(c->group, at, due, c, 0);
}

void group_commit_polls(struct consumer *c)
{
    c->commit_due = false;
    group_commit_consumer(c);
    schedule(c, c->committed_at + c->group->config->config.auto_commit_interval_ns);
}

/* In a close-up a batch may be in hand for many slices of the calendar, which it is not. */
static void due(struct kernel *k, void *consumer, int64_t unused)
{
    (void)k;
    (void)unused;
    struct consumer *c = consumer;
    if (c->busy && c->group->world->fraction >= 1)
        c->commit_due = true;
    else
        group_commit_polls(c);
}

void group_commit_starts(struct consumer *c)
{
    struct group *g = c->group;
    c->committed_at = group_now(g);
    if (g->commits == COMMIT_AUTO) schedule(c, c->committed_at + g->config->config.auto_commit_interval_ns);
}

void group_commit_stops(struct consumer *c)
{
    c->commit_due = false;
    if (c->group->commits == COMMIT_AUTO) kernel_cancel(&c->group->world->calendar, c->commit_timer);
}

/* --- After every batch ----------------------------------------------------------------------------------- */

static void written(struct kernel *k, void *consumer, int64_t epoch)
{
    struct consumer *c = consumer;
    if (epoch != c->epoch) return;
    group_commit_consumer(c);
    kernel_after(k, group_hop_ns(c), 3, c->group->commit_answered, c, epoch);
}

static void arrives(struct kernel *k, void *consumer, int64_t epoch)
{
    struct consumer *c = consumer;
    if (epoch == c->epoch) kernel_at(k, group_coordinator_writes(c->group), 3, written, c, epoch);
}

void group_commit_sync(struct consumer *c, event_fn *answered)
{
    c->group->commit_answered = answered;
    kernel_after(&c->group->world->data, group_hop_ns(c), 3, arrives, c, c->epoch);
}

/* --------------------------------------------------------------------------------------------------------- */

void group_commits_init(struct group *g)
{
    struct world *w = g->world;
    const struct scenario_group *config = g->config;
    const sim_time interval = config->checkpoint_ns > 0 ? config->checkpoint_ns : config->config.auto_commit_interval_ns;
    if (config->checkpoint_ns > 0 || config->work == WORK_WRITE) {
        g->commits = COMMIT_TOGETHER;
        kernel_after(&w->calendar, interval, 2, commit_all, g, interval);
        return;
    }
    g->commits = config->config.enable_auto_commit ? COMMIT_AUTO : COMMIT_BATCH;
    if (g->commits == COMMIT_BATCH) return;
    struct rng phases;
    rng_init(&phases, w->arena, w->seed, arena_printf(w->arena, "group/%s/commits", config->name));
    for (int i = 0; i < group_threads(g); i++) /* they started at different times */
        schedule(&g->consumers[i], 1 + (sim_time)(rng_uniform(&phases) * (double)(interval - 1)));
}
