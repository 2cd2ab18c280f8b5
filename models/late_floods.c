/* late_floods.c: a share of a stream's records comes later than ever; see late_floods.h. */
#include "late_floods.h"

#include "check.h"
#include "rate.h"

/* Files may hold what came while a flood lasted for so long. */
static const sim_time FORGOTTEN_AFTER_NS = SIM_H;

static bool is_forgotten(const struct world *w, const struct late_flood *flood)
{
    return flood->to < w->slice_start - FORGOTTEN_AFTER_NS;
}

bool late_floods_have_room(const struct world *w)
{
    int n = 0;
    for (int i = 0; i < w->workload.floods_n; i++) n += !is_forgotten(w, &w->workload.floods[i]);
    return n < LATE_FLOODS_MAX;
}

void late_floods_add(struct world *w, const struct late_flood *flood)
{
    struct workload *of = &w->workload;
    int n = 0;
    for (int i = 0; i < of->floods_n; i++)
        if (!is_forgotten(w, &of->floods[i])) of->floods[n++] = of->floods[i];
    CHECK(n < LATE_FLOODS_MAX, "%d floods of late records", n);
    of->floods[n++] = *flood;
    of->floods_n = n;
}

bool late_floods_concern(const struct world *w, const struct late_flood *flood, int stream)
{
    const sim_time middle = w->slice_start + (w->slice_end - w->slice_start) / 2;
    return middle >= flood->from && middle < flood->to && (flood->stream < 0 || flood->stream == stream);
}

double late_floods_share(const struct world *w, const struct late_flood *flood, int topic, sim_time from, sim_time to)
{
    const sim_time begin = from > flood->from ? from : flood->from, end = to < flood->to ? to : flood->to;
    if (begin >= end) return 0;
    double all = 0, concerned = 0;
    for (int i = 0; i < w->scenario->streams_n; i++) {
        const int f = w->blueprint->stream_producer[i];
        if (f < 0 || w->scenario->producers[f].topic != topic) continue;
        const double rate = rate_at(w->blueprint->stream_rates[i], sim_seconds(world_scenario_time(w, begin)));
        all += rate;
        if (flood->stream < 0 || flood->stream == i) concerned += rate;
    }
    return all > 0 ? flood->share * concerned / all * ((double)(end - begin) / (double)(to - from)) : 0;
}
