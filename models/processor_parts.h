/* processor_parts.h: what the files of the stream processor share; see processor.h. Not for users of it.
 *
 *   processor.c           set-up, watermarks, the end of a slice
 *   processor_arrivals.c  the slice's records of followed keys
 *   processor_aligned.c   windows that follow a grid: what they hold becomes results when they end
 *   processor_visible.c   state, checkpoints, and when results are visible
 */
#ifndef HEADROOM_MODELS_PROCESSOR_PARTS_H
#define HEADROOM_MODELS_PROCESSOR_PARTS_H

#include "group.h"
#include "lateness_law.h"
#include "plugin.h"
#include "processor.h"
#include "window.h"

enum { PROCESSOR_BINS = 16 };

struct sample { /* `count` records of one followed key that arrive together */
    sim_time arrival, event; /* calendar */
    int64_t count;
    int32_t key; /* index of the followed key */
    int32_t side;
};

/* Event times of what no pane has given out yet. A record is first seen in the window that ends next, so this is of
 * [end - slide, end), also where windows overlap. */
struct open_window {
    int64_t end;
    double bins[PROCESSOR_BINS];
    double keys; /* distinct keys in its pane, scaled up */
};

/* A record that is too late for the window that ended next, and waits for a later one that holds it too. */
struct stray {
    int64_t end; /* of that one */
    sim_time event;
    double weight;
};

struct partition_state {
    struct processor *processor;
    int index;
    struct window_operator *operator;
    struct plugin_window *plugged; /* in its place; NULL: nothing is */
    struct sample *queue; /* a ring, by arrival */
    uint32_t head, count, capacity;
    sim_time newest_event; /* of all records */
    sim_time applied;      /* watermark given to the operator */
    sim_time progress;     /* as of the last slice's end */
    struct open_window *windows;
    int windows_n, windows_capacity;
    struct stray *strays;
    int strays_n, strays_capacity;
    int64_t fired_through;
    int64_t withheld_from; /* what a plugin never gave out begins there; INT64_MAX: nothing */
};

struct result { /* a pane's records, not yet visible */
    sim_time fired;
    sim_time from, length; /* of event time, in bins */
    double bins[PROCESSOR_BINS];
};

struct processor {
    struct group *group;
    struct rng keys, marks;
    const struct population *population[SCENARIO_STREAMS_MAX]; /* of streams that the window reads */
    int side[SCENARIO_STREAMS_MAX];
    int reads[SCENARIO_STREAMS_MAX], reads_n; /* those streams */
    struct lateness_law law; /* of those */
    struct partition_state *partitions;
    sim_time *task_watermark; /* [consumers] */
    struct result *results;
    int results_n, results_capacity;
    sim_time now_fires; /* calendar time of what the operator gives at this moment */
    sim_time next_checkpoint;
    sim_time visible_through; /* event time up to which every partition's results are visible */
    sim_time becomes_visible_at, becomes_visible_through;
    struct processor_counts counts;
    double keys_in_window, base_cpu_ns_per_record, weighted_panes, weighted_partials;
    uint64_t panes_on_time;
    struct window_config window; /* of every partition's operator, but for its sink */
};

static inline const struct scenario_group *processor_config(const struct processor *p)
{
    return p->group->config;
}

/* The first population of those that its streams have, by which followed keys weigh. */
static inline const struct population *processor_population(const struct processor *p)
{
    for (int i = 0; i < SCENARIO_STREAMS_MAX; i++)
        if (p->population[i]) return p->population[i];
    return NULL;
}

/* When a watermark that moves from `from` to `to` in the slice under way passes `mark`; calendar. */
static inline sim_time processor_crossing(const struct world *w, sim_time from, sim_time to, sim_time mark)
{
    if (to <= from) return w->slice_end;
    double part = (double)(mark - from) / (double)(to - from);
    if (part < 0) part = 0;
    if (part > 1) part = 1;
    return w->slice_start + (sim_time)(part * (double)(w->slice_end - w->slice_start));
}

/* processor_aligned.c: the operator's sink. And records that are processed by the slice's end are folded, while the watermark
 * moves on. */
void processor_aligned_pane(void *context, const struct window_pane *pane);
void processor_aligned_fold(struct partition_state *s, sim_time watermark);

/* processor_visible.c: results of records with event times in [from, from + length), in bins, given out at now_fires. */
struct result *processor_add_result(struct processor *p, sim_time from, sim_time length);
/* Checkpoints of the slice, and what becomes visible by its end. */
void processor_make_visible(struct processor *p);

#endif
