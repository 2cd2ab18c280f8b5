/* processor_parts.h: what the files of the stream processor share; see processor.h. Not for users of it.
 *
 *   processor.c           set-up, watermarks, the end of a slice
 *   processor_arrivals.c  the slice's records of followed keys
 *   processor_aligned.c   windows that follow a grid: what they hold becomes results when they end
 *   processor_keyed.c     all others: a record is seen with the first pane of its key that holds its time
 *   processor_visible.c   state, checkpoints, and when results are visible
 */
#ifndef HEADROOM_MODELS_PROCESSOR_PARTS_H
#define HEADROOM_MODELS_PROCESSOR_PARTS_H

#include "group.h"
#include "lateness_law.h"
#include "plugin.h"
#include "processor.h"
#include "window.h"
#include "windows.h"

enum { PROCESSOR_BINS = 16 };

struct sample { /* `count` records of one followed key that arrive together */
    sim_time arrival, event; /* calendar */
    int64_t count;
    int32_t key; /* of the followed ones, see struct processor */
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

/* Windows of single keys: records with event times in [from, to], evenly. */
struct keyed_span {
    sim_time from, to;
    double weight;
};

struct keyed_result { /* of a pane, not yet visible */
    sim_time fired;
    struct keyed_span span;
};

/* Records of one key that no pane has held: spans by time, apart from each other. */
struct keyed_waiting {
    struct keyed_span *spans;
    int n, capacity;
};

/* What is known of windows that follow no grid. */
struct keyed {
    struct windows_lag lag;
    sim_time step; /* of watermarks at which early panes are due; 0: there are none */
    int64_t shift; /* of event times, as the operator sees them: they are never negative */
    bool inclusive; /* of ends */
    struct keyed_waiting *waiting; /* by key */
    struct keyed_result *results;
    int results_n, results_capacity;
    const struct sample *folding; /* in the operator's hands; NULL: none is */
    double folding_weight;
    bool folding_given; /* in a pane already */
    sim_time from, to; /* where the watermark moves in this slice */
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
    double fold_ns, weighted_further; /* sliding: windows that records were folded into, but for one each */
    uint64_t panes_on_time;
    struct window_config window; /* of every partition's operator, but for its sink */
    struct keyed *keyed; /* NULL: they follow a grid */
    /* Followed keys of all streams, those of streams with other keys behind each other: */
    int first_key[SCENARIO_STREAMS_MAX], keys_n;
    double *weight; /* [keys_n], as in population.h */
    bool *partial;  /* [keys_n] */
    /* Of arrivals: records of a key that come further apart than this do not come together (0: within a slice they may); and at
     * most so many do. */
    sim_time apart_ns;
    int64_t together_most;
};

static inline const struct scenario_group *processor_config(const struct processor *p)
{
    return p->group->config;
}

/* Each of the two stores: the operator's sink; a record that is processed at now_fires; the watermark goes on to `mark`, on its
 * way from `from` to `to` in this slice. */
void processor_aligned_pane(void *context, const struct window_pane *pane);
void processor_aligned_fold(struct partition_state *s, const struct sample *sample);
void processor_aligned_advance(struct partition_state *s, sim_time from, sim_time to, sim_time mark);
void processor_aligned_forget(struct partition_state *s); /* at a slice's end */

void processor_keyed_init(struct processor *p);
void processor_keyed_free(struct processor *p);
void processor_keyed_pane(void *context, const struct window_pane *pane);
void processor_keyed_fold(struct partition_state *s, const struct sample *sample);
void processor_keyed_advance(struct partition_state *s, sim_time from, sim_time to, sim_time mark);
/* Results that had fired by then are visible from `visible` on, or from when they fired if that is later. */
void processor_keyed_release(struct processor *p, sim_time fired_until, sim_time visible);
double processor_keyed_state_bytes(const struct processor *p);
/* Records that no pane has held yet, scaled up. */
double processor_keyed_waiting(const struct processor *p);
/* The oldest event time of those that our own would have given out, where the output is complete up to `through`; SIM_NEVER: there
 * are none. */
sim_time processor_keyed_withheld(const struct processor *p, sim_time through);

/* Both: the operator, or what a plugin has in its place. */
enum window_result processor_operator_add(struct partition_state *s, const struct sample *sample, int64_t time);
void processor_operator_advance(struct partition_state *s, int64_t watermark);

/* processor_visible.c: results of records with event times in [from, from + length), in bins, given out at now_fires. */
struct result *processor_add_result(struct processor *p, sim_time from, sim_time length);
/* Checkpoints of the slice, and what becomes visible by its end. */
void processor_make_visible(struct processor *p);

#endif
