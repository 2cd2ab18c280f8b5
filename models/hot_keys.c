/* hot_keys.c: a key takes a share of a stream's records; see hot_keys.h. */
#include "hot_keys.h"

#include "arena.h"
#include "check.h"
#include "rate.h"

static bool is_hot(const struct hot_key *key, int stream, sim_time at)
{
    return at >= key->from && at < key->to && (key->stream < 0 || key->stream == stream);
}

void hot_keys_add(struct world *w, const struct hot_key *key)
{
    struct workload *of = &w->workload;
    int n = 0;
    for (int i = 0; i < of->hot_n; i++)
        if (of->hot[i].to > w->slice_start) of->hot[n++] = of->hot[i];
    CHECK(n < HOT_KEYS_MAX, "%d keys are hot", n);
    of->hot[n++] = *key;
    of->hot_n = n;
    for (int i = 0; i < w->scenario->streams_n; i++)
        if (!of->streams[i].hot) of->streams[i].hot = ARENA_NEW(w->arena, struct hot_records, HOT_KEYS_MAX * HOT_PARTS_MAX);
}

/* A hot key's records to the partitions that it is on, the first of which is `first` among the followed keys. */
static void draw_parts(struct world *w, int stream, int first, int64_t records)
{
    struct workload_stream *of = &w->workload.streams[stream];
    const struct population *p = w->blueprint->populations[stream];
    double left = 1;
    for (int k = first; k < p->heavy_n && p->rank[k] == p->rank[first]; k++) {
        const double share = p->hot_share ? p->hot_share[k] : 1;
        if (share <= 0) continue;
        const bool last = share >= left - 1e-9;
        const int64_t here = last ? records : rng_binomial(&of->split, records, share / left);
        CHECK(of->hot_n < HOT_KEYS_MAX * HOT_PARTS_MAX, "%d parts of hot keys", of->hot_n);
        of->hot[of->hot_n++] = (struct hot_records){k, here};
        records -= here;
        left -= share;
        if (last) break;
    }
    CHECK(records == 0, "%lld records of a hot key went nowhere", (long long)records);
}

int64_t hot_keys_draw(struct world *w, int stream)
{
    struct workload_stream *of = &w->workload.streams[stream];
    const struct population *p = w->blueprint->populations[stream];
    const sim_time middle = w->slice_start + (w->slice_end - w->slice_start) / 2;
    int64_t left = of->count;
    of->hot_n = 0;
    for (int i = 0; i < w->workload.hot_n; i++) {
        const struct hot_key *key = &w->workload.hot[i];
        if (!p->by_key || !is_hot(key, stream, middle)) continue;
        const int64_t records = key->share >= 1 ? left : rng_binomial(&of->split, left, key->share);
        left -= records;
        draw_parts(w, stream, population_heavy_key(p, key->rank), records);
    }
    return of->count - left;
}

void hot_keys_arrive(struct world *w, int stream)
{
    struct workload_stream *of = &w->workload.streams[stream];
    for (int i = 0; i < of->hot_n; i++) of->arrivals[w->blueprint->populations[stream]->partition[of->hot[i].key]] += of->hot[i].records;
}

int64_t hot_keys_arrived(const struct world *w, int stream, int partition)
{
    const struct workload_stream *of = &w->workload.streams[stream];
    int64_t records = 0;
    for (int i = 0; i < of->hot_n; i++)
        if (w->blueprint->populations[stream]->partition[of->hot[i].key] == partition) records += of->hot[i].records;
    return records;
}

/* Records a second of a partition; *usual: as if no key were hot. */
static double rate_of(const struct world *w, int topic, int partition, sim_time at, double *usual)
{
    double rate = 0;
    *usual = 0;
    for (int i = 0; i < w->scenario->streams_n; i++) {
        const int f = w->blueprint->stream_producer[i];
        if (f < 0 || w->scenario->producers[f].topic != topic) continue;
        const struct population *p = w->blueprint->populations[i];
        const double all = rate_at(w->blueprint->stream_rates[i], sim_seconds(at));
        const double ever = all * (p ? p->partition_shares[partition] : 1.0 / w->scenario->topics[topic].partitions);
        double here = ever;
        *usual += ever;
        for (int k = 0; k < w->workload.hot_n && p; k++) {
            const struct hot_key *key = &w->workload.hot[k];
            if (!p->by_key || !is_hot(key, i, at - w->jumped_ns)) continue;
            double is_here = 0;
            for (int e = population_heavy_key(p, key->rank); e < p->heavy_n && p->rank[e] == key->rank; e++)
                if (p->partition[e] == partition) is_here = p->hot_share ? p->hot_share[e] : 1;
            here += key->share * (is_here * all - here);
        }
        rate += here;
    }
    return rate;
}

double hot_keys_concentration(const struct world *w, int group, sim_time at)
{
    bool any = false;
    for (int i = 0; i < w->workload.hot_n; i++)
        any |= at - w->jumped_ns >= w->workload.hot[i].from && at - w->jumped_ns < w->workload.hot[i].to;
    if (!any) return 1;
    const int units = group < 0 ? w->cluster.brokers_n : w->groups[group].consumers_n;
    double most = 0, most_usual = 0;
    for (int u = 0; u < units; u++) {
        double hot = 0, usual = 0, ever;
        for (int i = 0; i < w->cluster.partitions_n; i++) {
            const struct partition *p = &w->cluster.partitions[i];
            if (group < 0 ? p->leader == NO_SLOT || p->replicas[p->leader].broker != u
                          : p->topic != w->groups[group].config->topic ||
                                w->groups[group].partitions[p->index].consumer != &w->groups[group].consumers[u])
                continue;
            hot += rate_of(w, p->topic, p->index, at, &ever);
            usual += ever;
        }
        if (hot > most) most = hot;
        if (usual > most_usual) most_usual = usual;
    }
    return most > most_usual && most_usual > 0 ? most / most_usual : 1;
}
