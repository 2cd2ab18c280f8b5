/* quota.c: what brokers allow each client; see quota.h. */
#include "quota.h"

#include <math.h>

#include "arena.h"

void quotas_init(struct world *w)
{
    const struct scenario *s = w->scenario;
    const int clients = s->producers_n + s->groups_n;
    bool any = false;
    for (int i = 0; i < clients; i++) {
        const struct scenario_quota *q = i < s->producers_n ? &s->producers[i].quota : &s->groups[i - s->producers_n].quota;
        any = any || q->bytes_per_s > 0 || q->request_percentage > 0;
    }
    if (!any) return;
    w->quotas = ARENA_NEW(w->arena, struct quota, (size_t)(clients * w->cluster.brokers_max));
    w->throttled = ARENA_NEW(w->arena, struct throttled, (size_t)clients);
    const double window_s = s->cluster.config.quota_window_num * sim_seconds(s->cluster.config.quota_window_size_ns);
    for (int i = 0; i < clients; i++) {
        const struct scenario_quota *q = i < s->producers_n ? &s->producers[i].quota : &s->groups[i - s->producers_n].quota;
        const double rates[QUOTA_KINDS] = {[QUOTA_BYTES] = q->bytes_per_s * 1e-9, [QUOTA_THREADS] = q->request_percentage / 100};
        for (int b = 0; b < w->cluster.brokers_max; b++) {
            struct quota *quota = &w->quotas[b * clients + i];
            for (int kind = 0; kind < QUOTA_KINDS; kind++)
                quota->buckets[kind] = (struct quota_bucket){.per_ns = rates[kind], .holds = rates[kind] * window_s * 1e9};
            quota->thread_mute_max = s->cluster.config.quota_window_size_ns;
        }
    }
}

/* How long until the bucket holds no more than it may. */
static sim_time pour(struct quota_bucket *b, sim_time now, double amount)
{
    if (b->per_ns <= 0) return 0;
    b->level = fmax(0, b->level - (double)(now - b->at) * b->per_ns) + amount;
    b->at = now;
    return b->level > b->holds ? (sim_time)((b->level - b->holds) / b->per_ns) : 0;
}

sim_time quota_charge(struct world *w, int broker, int client, double bytes, double thread_ns)
{
    if (!w->quotas) return 0;
    struct quota *q = &w->quotas[broker * (w->scenario->producers_n + w->scenario->groups_n) + client];
    sim_time mute = pour(&q->buckets[QUOTA_BYTES], w->data.now, bytes);
    sim_time by_threads = pour(&q->buckets[QUOTA_THREADS], w->data.now, thread_ns);
    if (by_threads > q->thread_mute_max) by_threads = q->thread_mute_max;
    if (by_threads > mute) mute = by_threads;
    if (mute > 0) {
        w->throttled[client].requests += w->weight;
        w->throttled[client].seconds += w->weight * sim_seconds(mute);
    }
    return mute;
}
