/* processor.c: the stream processor: its set-up, watermarks, and what a slice's end does; see processor.h. */
#include "processor_parts.h"

#include <stdlib.h>

#include "arena.h"
#include "check.h"
#include "telemetry.h"

/* --- Set-up ------------------------------------------------------------------------------------------ */

void processor_init(struct group *g)
{
    struct world *w = g->world;
    struct processor *p = ARENA_NEW(w->arena, struct processor, 1);
    const struct scenario_group *config = g->config;
    w->processors[g->index] = p;
    p->group = g;
    rng_init(&p->keys, w->arena, w->seed, arena_printf(w->arena, "processor/%s/keys", config->name));
    rng_init(&p->marks, w->arena, w->seed, arena_printf(w->arena, "processor/%s/watermarks", config->name));
    for (int i = 0; i < SCENARIO_STREAMS_MAX; i++) p->side[i] = -1;
    for (int i = 0; i < w->scenario->streams_n; i++) {
        int producer = w->blueprint->stream_producer[i];
        if (producer < 0 || w->scenario->producers[producer].topic != config->topic) continue;
        p->population[i] = w->blueprint->populations[i];
        if (p->population[i] && !p->population[i]->by_key) p->population[i] = NULL;
        if (!p->population[i]) continue;
        p->side[i] = i == config->window.clicks ? WINDOW_CLICK : WINDOW_IMPRESSION;
        p->reads[p->reads_n++] = i;
    }
    lateness_law_init(&p->law, w, p->reads, p->reads_n);
    p->partitions = ARENA_NEW(w->arena, struct partition_state, (size_t)g->partitions_n);
    p->task_watermark = ARENA_NEW(w->arena, sim_time, (size_t)g->consumers_n);
    p->window = (struct window_config){
        .kind = (enum window_kind)config->window.kind,
        .size = config->window.size_ns,
        .slide = config->window.slide_ns,
        .allowed_lateness = config->window.allowed_lateness_ns,
        .semantics = (enum window_semantics)config->window.semantics,
    };
    for (int i = 0; i < g->partitions_n; i++) {
        struct partition_state *s = &p->partitions[i];
        s->processor = p;
        s->index = i;
        s->newest_event = s->applied = INT64_MIN;
        s->fired_through = INT64_MIN;
        s->withheld_from = INT64_MAX;
        struct window_config window = p->window;
        window.sink = (struct window_sink){.pane = processor_aligned_pane, .context = s};
        if (window.kind == WINDOW_TUMBLING) s->plugged = plugin_window_new(w->scenario->plugins, &window, w->arena);
        if (!s->plugged) s->operator= window_new(w->arena, &window);
    }
    p->visible_through = p->becomes_visible_through = INT64_MIN;
    p->becomes_visible_at = SIM_NEVER;
    p->next_checkpoint = config->checkpoint_ns;
    p->base_cpu_ns_per_record = g->cpu_ns_per_record;
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
        sim_time mark = s->newest_event - processor_config(p)->window.out_of_orderness_ns - 1;
        sim_time *task = &p->task_watermark[gp->consumer->index];
        if (mark < *task) *task = mark;
    }
    double keys_before = p->keys_in_window;
    p->keys_in_window = 0;
    for (int i = 0; i < g->partitions_n; i++) {
        struct partition_state *s = &p->partitions[i];
        const struct group_partition *gp = &g->partitions[i];
        if (!gp->consumer || p->task_watermark[gp->consumer->index] == SIM_NEVER) continue;
        sim_time watermark = p->task_watermark[gp->consumer->index];
        if (s->applied != INT64_MIN && watermark < s->applied) watermark = s->applied;
        processor_aligned_fold(s, watermark);
    }
    if (p->keys_in_window < keys_before) p->keys_in_window = keys_before; /* the largest window so far */
    processor_make_visible(p);
    if (p->visible_through != INT64_MIN) telemetry_staleness(w, g->index, w->slice_end - p->visible_through);
    /* Firing panes costs the thread too, as many panes a record as there really were; and each of
     * several partial results of a key is folded once more. */
    if (p->counts.weighted_records > 0)
        g->cpu_ns_per_record =
            p->base_cpu_ns_per_record +
            (w->calibration->window_fire_pane_ns * p->weighted_panes + w->calibration->window_add_ns * p->weighted_partials) /
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

void processor_free(struct group *g)
{
    struct processor *p = g->world->processors[g->index];
    for (int i = 0; i < g->partitions_n; i++) {
        free(p->partitions[i].queue);
        plugin_window_free(p->partitions[i].plugged);
    }
    free(p->results);
}
