/* processor.c: the stream processor: its set-up, watermarks, and what a slice's end does; see processor.h. */
#include "processor_parts.h"

#include <stdlib.h>

#include "arena.h"
#include "check.h"
#include "splitmix.h"
#include "telemetry.h"

/* --- Set-up ------------------------------------------------------------------------------------------ */

/* Followed keys of streams that have the same keys are the same. */
static void number_keys(struct processor *p, int stream)
{
    for (int i = 0; i < p->reads_n; i++) {
        const struct population *other = p->population[p->reads[i]], *own = p->population[stream];
        if (p->reads[i] == stream || other->keys != own->keys || other->followed_n != own->followed_n) continue;
        p->first_key[stream] = p->first_key[p->reads[i]];
        return;
    }
    p->first_key[stream] = p->keys_n;
    p->keys_n += p->population[stream]->followed_n;
}

static void read_streams(struct processor *p)
{
    const struct world *w = p->group->world;
    const struct scenario_group *config = p->group->config;
    for (int i = 0; i < SCENARIO_STREAMS_MAX; i++) p->side[i] = -1;
    for (int i = 0; i < w->scenario->streams_n; i++) {
        int producer = w->blueprint->stream_producer[i];
        if (producer < 0 || w->scenario->producers[producer].topic != config->topic) continue;
        p->population[i] = w->blueprint->populations[i];
        if (p->population[i] && !p->population[i]->by_key) p->population[i] = NULL;
        if (!p->population[i]) continue;
        p->side[i] = i == config->window.clicks ? WINDOW_CLICK : WINDOW_IMPRESSION;
        p->reads[p->reads_n++] = i;
        number_keys(p, i);
    }
    p->weight = ARENA_NEW(w->arena, double, (size_t)p->keys_n);
    p->partial = ARENA_NEW(w->arena, bool, (size_t)p->keys_n);
    for (int k = 0; k < p->reads_n; k++) {
        const struct population *population = p->population[p->reads[k]];
        for (int i = 0; i < population->followed_n; i++) {
            const int key = p->first_key[p->reads[k]] + i;
            if (p->weight[key] > 0) continue; /* known by another stream */
            p->weight[key] = population->weight[i];
            p->partial[key] = population->partial && population->partial[i];
        }
    }
}

void processor_init(struct group *g)
{
    struct world *w = g->world;
    struct processor *p = ARENA_NEW(w->arena, struct processor, 1);
    const struct scenario_group *config = g->config;
    w->processors[g->index] = p;
    p->group = g;
    rng_init(&p->keys, w->arena, w->seed, arena_printf(w->arena, "processor/%s/keys", config->name));
    rng_init(&p->marks, w->arena, w->seed, arena_printf(w->arena, "processor/%s/watermarks", config->name));
    read_streams(p);
    lateness_law_init(&p->law, w, p->reads, p->reads_n);
    p->partitions = ARENA_NEW(w->arena, struct partition_state, (size_t)g->partitions_n);
    p->task_watermark = ARENA_NEW(w->arena, sim_time, (size_t)g->consumers_n);
    p->together_most = INT64_MAX;
    const char *mistake = windows_config(config, w->arena, &p->window);
    CHECK(!mistake, "group %s: %s", config->name, mistake);
    /* A plugin may give any of the windows that hold a record first. */
    p->counts.follow_grid = windows_follow_grid(&p->window) &&
                            (p->window.kind == WINDOW_TUMBLING || !plugin_window_name(w->scenario->plugins, p->window.kind));
    if (!p->counts.follow_grid) processor_keyed_init(p);
    for (int i = 0; i < g->partitions_n; i++) {
        struct partition_state *s = &p->partitions[i];
        s->processor = p;
        s->index = i;
        s->newest_event = s->applied = INT64_MIN;
        s->fired_through = INT64_MIN;
        s->withheld_from = INT64_MAX;
        struct window_config window = p->window;
        window.sink = (struct window_sink){.pane = p->keyed ? processor_keyed_pane : processor_aligned_pane, .context = s};
        s->plugged = plugin_window_new(w->scenario->plugins, &window, w->arena);
        if (!s->plugged) s->operator= window_new(w->arena, &window);
    }
    p->visible_through = p->becomes_visible_through = INT64_MIN;
    p->becomes_visible_at = SIM_NEVER;
    p->next_checkpoint = config->checkpoint_ns;
    p->base_cpu_ns_per_record = g->cpu_ns_per_record;
    p->fold_ns = windows_fold_ns(config, w->calibration);
}

/* --- Watermarks -------------------------------------------------------------------------------------- */

/* How far behind the progress of processing the greatest event time is, seconds. */
static double freshest(struct processor *p, int partition)
{
    const struct world *w = p->group->world;
    double seconds = sim_seconds(w->slice_end - w->slice_start);
    double target = rng_exponential(&p->marks, 1);
    double rates[SCENARIO_STREAMS_MAX];
    for (int i = 0; i < p->reads_n; i++) rates[i] = (double)w->workload.streams[p->reads[i]].arrivals[partition] / seconds;
    return lateness_law_newest(&p->law, rates, target);
}

/* --- Folding ----------------------------------------------------------------------------------------- */

enum window_result processor_operator_add(struct partition_state *s, const struct sample *sample, int64_t time)
{
    const enum window_side side = (enum window_side)sample->side;
    if (s->plugged) return plugin_window_add(s->plugged, (uint64_t)sample->key, time, side, sample->count);
    if (!s->processor->window.aggregates) return window_add(s->operator, (uint64_t)sample->key, time, side, sample->count);
    const uint64_t drawn = splitmix((uint64_t)sample->arrival + (uint64_t)sample->key * SPLITMIX_STEP);
    const struct window_record record = {
        (uint64_t)sample->key, time, sample->count, (int64_t)(drawn >> 44), drawn & 0xfffff, side,
    };
    return window_add_record(s->operator, &record);
}

void processor_operator_advance(struct partition_state *s, int64_t watermark)
{
    if (s->plugged)
        plugin_window_advance(s->plugged, watermark);
    else
        window_advance(s->operator, watermark);
}

static void advance(struct partition_state *s, sim_time from, sim_time to, sim_time mark)
{
    if (s->processor->keyed)
        processor_keyed_advance(s, from, to, mark);
    else
        processor_aligned_advance(s, from, to, mark);
}

static void fold_partition(struct processor *p, struct partition_state *s, sim_time watermark)
{
    const struct world *w = p->group->world;
    sim_time from = s->applied == INT64_MIN ? watermark : s->applied;
    sim_time progress = p->group->partitions[s->index].progress;
    while (s->count > 0) {
        struct sample sample = s->queue[s->head & (s->capacity - 1)];
        if (sample.arrival > progress) break;
        s->head++;
        s->count--;
        /* When was it processed, and where was the watermark then? */
        sim_time at = processor_crossing(w, s->progress, progress, sample.arrival);
        double part = (double)(at - w->slice_start) / (double)(w->slice_end - w->slice_start);
        sim_time mark = from + (sim_time)(part * (double)(watermark - from));
        advance(s, from, watermark, mark);
        p->now_fires = at;
        if (p->keyed)
            processor_keyed_fold(s, &sample);
        else
            processor_aligned_fold(s, &sample);
    }
    advance(s, from, watermark, watermark);
    s->progress = progress;
    if (!p->keyed) processor_aligned_forget(s);
}

/* --- The end of a slice ------------------------------------------------------------------------------ */

void processor_slice_end(struct group *g)
{
    struct world *w = g->world;
    struct processor *p = w->processors[g->index];
    for (int i = 0; i < g->consumers_n; i++) p->task_watermark[i] = SIM_NEVER;
    for (int i = 0; i < g->partitions_n; i++) {
        struct partition_state *s = &p->partitions[i];
        const struct group_partition *gp = &g->partitions[i];
        if (gp->progress > s->progress) {
            sim_time seen = gp->progress - (sim_time)(freshest(p, i) * 1e9);
            if (seen > s->newest_event) s->newest_event = seen;
        }
        if (!gp->consumer || s->newest_event == INT64_MIN) continue;
        if (!windows_have_watermark(processor_config(p))) continue; /* each partition's task goes by its own time */
        sim_time mark = s->newest_event - processor_config(p)->window.out_of_orderness_ns - 1;
        sim_time *task = &p->task_watermark[gp->consumer->index];
        if (mark < *task) *task = mark;
    }
    double keys_before = p->keys_in_window;
    p->keys_in_window = 0;
    for (int i = 0; i < g->partitions_n; i++) {
        struct partition_state *s = &p->partitions[i];
        const struct group_partition *gp = &g->partitions[i];
        if (!gp->consumer) continue;
        sim_time watermark = p->task_watermark[gp->consumer->index];
        if (!windows_have_watermark(processor_config(p)) && s->newest_event != INT64_MIN) watermark = s->newest_event;
        if (watermark == SIM_NEVER) continue;
        if (s->applied != INT64_MIN && watermark < s->applied) watermark = s->applied;
        fold_partition(p, s, watermark);
    }
    if (p->keys_in_window < keys_before) p->keys_in_window = keys_before; /* the largest window so far */
    processor_make_visible(p);
    if (p->visible_through != INT64_MIN) telemetry_staleness(w, g->index, w->slice_end - p->visible_through);
    /* Firing panes costs the thread too, as many panes a record as there really were; and each of
     * several partial results of a key is folded once more. So does each further window of sliding ones. */
    if (p->counts.weighted_records > 0)
        g->cpu_ns_per_record =
            p->base_cpu_ns_per_record +
            (w->calibration->window_fire_pane_ns * p->weighted_panes + w->calibration->window_add_ns * p->weighted_partials +
             p->fold_ns * p->weighted_further) /
                p->counts.weighted_records;
}

void processor_passed_over(struct group *g, int partition, sim_time from, sim_time to)
{
    struct partition_state *s = &g->world->processors[g->index]->partitions[partition];
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        const struct sample *sample = &s->queue[(s->head + i) & (s->capacity - 1)];
        if (sample->arrival > from && sample->arrival <= to) continue;
        s->queue[(s->head + kept++) & (s->capacity - 1)] = *sample;
    }
    s->count = kept;
}

void processor_restarted(struct group *g)
{
    struct processor *p = g->world->processors[g->index];
    if (processor_config(p)->delivery != DELIVERY_EXACTLY_ONCE) return;
    p->becomes_visible_at = SIM_NEVER; /* the checkpoint under way is lost */
}

void processor_jumped(struct group *g, double late)
{
    g->world->processors[g->index]->counts.weighted_late += late;
}

struct processor_counts processor_counts(const struct group *g)
{
    return g->world->processors[g->index]->counts;
}

double processor_waiting(const struct group *g)
{
    const struct processor *p = g->world->processors[g->index];
    return p->keyed ? processor_keyed_waiting(p) : 0;
}

void processor_free(struct group *g)
{
    struct processor *p = g->world->processors[g->index];
    for (int i = 0; i < g->partitions_n; i++) {
        free(p->partitions[i].queue);
        plugin_window_free(p->partitions[i].plugged);
    }
    free(p->results);
    if (p->keyed) processor_keyed_free(p);
}
