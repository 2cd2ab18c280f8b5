/* reassignment_plan.c: see reassignment_plan.h. */
#include "reassignment_plan.h"

#include "arena.h"

/* Passes end when one changes nothing; each brings numbers nearer to each other. */
enum { PASSES_MAX = 64 };

struct counts { /* [brokers] */
    int *replicas, *leads;
};

struct planner {
    const struct world *world;
    struct reassignment_plan *plan;
    int first_new;
    struct counts topic, all;
};

static struct counts counts_new(const struct world *w)
{
    const size_t n = (size_t)w->cluster.brokers_n;
    return (struct counts){ARENA_NEW(w->arena, int, n), ARENA_NEW(w->arena, int, n)};
}

static int *order_of(const struct planner *pl, int partition)
{
    return &pl->plan->order[(size_t)partition * REPLICAS_MAX];
}

static void count(struct planner *pl, const int *order, int n, struct counts *in)
{
    (void)pl;
    in->leads[order[0]]++;
    for (int r = 0; r < n; r++) in->replicas[order[r]]++;
}

/* By how many one has more than the other; a tie within the topic is decided over all topics. */
static bool has_more(int topic_a, int topic_b, int all_a, int all_b)
{
    return topic_a - topic_b >= 2 || (topic_a - topic_b == 1 && all_a - all_b >= 2);
}

/* May a broker stand in the place of the replica in this slot? */
static bool is_legal(const struct planner *pl, const int *order, int n, int slot, int to)
{
    const struct broker *brokers = pl->world->cluster.brokers;
    const int zones = pl->world->scenario->cluster.zones, most = (n + zones - 1) / zones;
    int there = 0;
    for (int r = 0; r < n; r++) {
        if (order[r] == to) return false;
        there += r != slot && brokers[order[r]].zone == brokers[to].zone;
    }
    return there < most || brokers[order[slot]].zone == brokers[to].zone;
}

static bool is_wanted(const struct planner *pl, const int *order, int slot, int to)
{
    const struct counts *t = &pl->topic, *all = &pl->all;
    const int from = order[slot];
    if (slot == 0 && (t->leads[from] - t->leads[to] < 2 || t->replicas[from] <= t->replicas[to])) return false;
    return slot == 0 || has_more(t->replicas[from], t->replicas[to], all->replicas[from], all->replicas[to]);
}

/* The new broker that has least, of those that a replica may go to; NO_BROKER: it stays. */
static int wanted_by(const struct planner *pl, const int *order, int n, int slot)
{
    int best = NO_BROKER;
    for (int b = pl->first_new; b < pl->world->cluster.brokers_n; b++) {
        if (!is_wanted(pl, order, slot, b) || !is_legal(pl, order, n, slot, b)) continue;
        if (best == NO_BROKER || pl->topic.replicas[b] < pl->topic.replicas[best] ||
            (pl->topic.replicas[b] == pl->topic.replicas[best] && pl->all.replicas[b] < pl->all.replicas[best]))
            best = b;
    }
    return best;
}

static void move(struct planner *pl, int partition, int slot, int to)
{
    int *order = order_of(pl, partition);
    const int from = order[slot];
    struct counts *each[] = {&pl->topic, &pl->all};
    for (int i = 0; i < 2; i++) {
        each[i]->replicas[from]--;
        each[i]->replicas[to]++;
        if (slot > 0) continue;
        each[i]->leads[from]--;
        each[i]->leads[to]++;
    }
    order[slot] = to;
    pl->plan->moves[pl->plan->moves_n++] = (struct replica_move){partition, from, to};
}

/* One replica of each partition at most, of the broker that has most: so moves are spread. */
static bool pass_replicas(struct planner *pl, int first, int end, int n)
{
    bool changed = false;
    for (int i = first; i < end; i++) {
        const int *order = order_of(pl, i);
        int slot = NO_SLOT, to = NO_BROKER;
        for (int r = 0; r < n; r++) {
            if (slot == 0 || order[r] >= pl->first_new) continue; /* who leads goes first; nothing moves twice */
            if (slot != NO_SLOT && pl->topic.replicas[order[r]] <= pl->topic.replicas[order[slot]]) continue;
            const int wanted = wanted_by(pl, order, n, r);
            if (wanted == NO_BROKER) continue;
            slot = r;
            to = wanted;
        }
        if (slot == NO_SLOT) continue;
        move(pl, i, slot, to);
        changed = true;
    }
    return changed;
}

/* A partition's preferred leader changes places with the replica whose broker leads least. */
static bool pass_leaders(struct planner *pl, int first, int end, int n)
{
    struct counts *t = &pl->topic, *all = &pl->all;
    bool changed = false;
    for (int i = first; i < end; i++) {
        int *order = order_of(pl, i), slot = 0;
        for (int r = 1; r < n; r++)
            if (t->leads[order[r]] < t->leads[order[slot]] ||
                (t->leads[order[r]] == t->leads[order[slot]] && all->leads[order[r]] < all->leads[order[slot]]))
                slot = r;
        const int from = order[0], to = order[slot];
        if (!has_more(t->leads[from], t->leads[to], all->leads[from], all->leads[to])) continue;
        order[slot] = from;
        order[0] = to;
        t->leads[from]--;
        t->leads[to]++;
        all->leads[from]--;
        all->leads[to]++;
        changed = true;
    }
    return changed;
}

void reassignment_plan_make(const struct world *w, int first_new, struct reassignment_plan *plan)
{
    const struct cluster *c = &w->cluster;
    int replicas = 0;
    for (int i = 0; i < c->partitions_n; i++) replicas += c->partitions[i].replicas_n;
    plan->moves = ARENA_NEW(w->arena, struct replica_move, (size_t)replicas); /* none moves twice */
    plan->moves_n = 0;
    plan->order = ARENA_NEW(w->arena, int, (size_t)c->partitions_n * REPLICAS_MAX);
    struct planner pl = {.world = w, .plan = plan, .first_new = first_new, .all = counts_new(w)};
    for (int i = 0; i < c->partitions_n; i++) {
        const struct partition *p = &c->partitions[i];
        for (int r = 0; r < p->replicas_n; r++) order_of(&pl, i)[r] = p->replicas[r].broker;
        count(&pl, order_of(&pl, i), p->replicas_n, &pl.all);
    }
    for (int t = 0; t < w->scenario->topics_n; t++) {
        const int first = c->topic_first[t], end = c->topic_first[t + 1], n = w->scenario->topics[t].replication;
        pl.topic = counts_new(w);
        for (int i = first; i < end; i++) count(&pl, order_of(&pl, i), n, &pl.topic);
        for (int pass = 0; pass < PASSES_MAX && pass_replicas(&pl, first, end, n); pass++) continue;
        for (int pass = 0; pass < PASSES_MAX && pass_leaders(&pl, first, end, n); pass++) continue;
    }
}
