/* processor.c: the stream processor; see processor.h. */
#include "processor.h"

#include <math.h>
#include <stdlib.h>

#include "arena.h"
#include "check.h"
#include "plugin.h"
#include "group.h"
#include "hot_keys.h"
#include "late_floods.h"
#include "lateness_law.h"
#include "memory.h"
#include "telemetry.h"
#include "window.h"

enum { BINS = 16 };
static const double WITHHELD_LEAST = 1e-6; /* records; less is what subtracting late ones leaves */
/* Committing a checkpoint after its state is stored: a round through coordinator and sink. */
static const sim_time COMMIT_NS = 50 * SIM_MS;

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
    double bins[BINS];
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
    double bins[BINS];
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

static const struct scenario_group *config_of(const struct processor *p)
{
    return p->group->config;
}

/* --- The operator's results -------------------------------------------------------------------------- */

static struct open_window *window_of(struct partition_state *s, int64_t end)
{
    for (int i = 0; i < s->windows_n; i++) {
        if (s->windows[i].end == end) return &s->windows[i];
    }
    if (s->windows_n == s->windows_capacity) {
        int capacity = s->windows_capacity ? 2 * s->windows_capacity : 4;
        s->windows = arena_grow(s->processor->group->world->arena, s->windows, (size_t)s->windows_n, (size_t)capacity,
                                sizeof *s->windows);
        s->windows_capacity = capacity;
    }
    s->windows[s->windows_n] = (struct open_window){.end = end};
    return &s->windows[s->windows_n++];
}

static double held_in(const struct open_window *w)
{
    double held = 0;
    for (int b = 0; b < BINS; b++) held += w->bins[b];
    return held;
}

static struct result *add_result(struct processor *p, sim_time from, sim_time length)
{
    if (p->results_n == p->results_capacity) {
        int capacity = p->results_capacity ? 2 * p->results_capacity : 256;
        p->results = memory_resize(p->results, (size_t)capacity, sizeof *p->results);
        p->results_capacity = capacity;
    }
    struct result *r = &p->results[p->results_n++];
    *r = (struct result){.fired = p->now_fires, .from = from, .length = length};
    return r;
}

static void add_stray(struct partition_state *s, struct stray stray)
{
    if (s->strays_n == s->strays_capacity) {
        int capacity = s->strays_capacity ? 2 * s->strays_capacity : 16;
        s->strays = arena_grow(s->processor->group->world->arena, s->strays, (size_t)s->strays_n, (size_t)capacity,
                               sizeof *s->strays);
        s->strays_capacity = capacity;
    }
    s->strays[s->strays_n++] = stray;
}

/* What waited for windows that end by then. */
static void give_strays(struct processor *p, struct partition_state *s, int64_t end)
{
    int kept = 0;
    for (int i = 0; i < s->strays_n; i++) {
        if (s->strays[i].end <= end)
            add_result(p, s->strays[i].event, 0)->bins[0] = s->strays[i].weight;
        else
            s->strays[kept++] = s->strays[i];
    }
    s->strays_n = kept;
}

/* The operator gave a pane: what its window held becomes a result, once for all keys of this firing. */
static void on_pane(void *context, const struct window_pane *pane)
{
    struct partition_state *s = context;
    struct processor *p = s->processor;
    const struct population *population = NULL;
    for (int i = 0; i < SCENARIO_STREAMS_MAX && !population; i++) population = p->population[i];
    double weight = population->weight[pane->key];
    struct open_window *w = window_of(s, pane->end);
    p->counts.panes++;
    if (pane->timing == WINDOW_PANE_ON_TIME) {
        w->keys += weight;
        p->weighted_panes += weight;
        p->panes_on_time++;
        if (population->partial && population->partial[pane->key]) {
            p->counts.partials++;
            p->weighted_partials += weight;
        }
        p->counts.weighted_impressions += weight * (double)pane->impressions;
        p->counts.weighted_clicks += weight * (double)pane->clicks;
    }
    give_strays(p, s, pane->end);
    if (held_in(w) <= 0) return;
    const int64_t slide = config_of(p)->window.slide_ns;
    struct result *r = add_result(p, pane->end - slide, slide);
    for (int b = 0; b < BINS; b++) {
        r->bins[b] = w->bins[b];
        w->bins[b] = 0;
    }
}

static void give_out(struct processor *p, const struct result *r, sim_time visible)
{
    for (int b = 0; b < BINS; b++) {
        if (r->bins[b] <= 0) continue;
        telemetry_visible(p->group->world, p->group->index, visible, r->from + r->length * b / BINS,
                          r->from + r->length * (b + 1) / BINS, r->bins[b]);
    }
}

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
        window.sink = (struct window_sink){.pane = on_pane, .context = s};
        if (window.kind == WINDOW_TUMBLING) s->plugged = plugin_window_new(w->scenario->plugins, &window, w->arena);
        if (!s->plugged) s->operator= window_new(w->arena, &window);
    }
    p->visible_through = p->becomes_visible_through = INT64_MIN;
    p->becomes_visible_at = SIM_NEVER;
    p->next_checkpoint = config->checkpoint_ns;
    p->base_cpu_ns_per_record = g->cpu_ns_per_record;
}

/* --- Arrivals of followed keys ----------------------------------------------------------------------- */

static void enqueue(struct partition_state *s, struct sample sample)
{
    if (s->count == s->capacity) {
        uint32_t capacity = s->capacity ? 2 * s->capacity : 32;
        CHECK(capacity > s->capacity, "sample queue of %u", s->capacity);
        struct sample *queue = malloc(capacity * sizeof *queue);
        CHECK(queue, "out of memory for %u samples", capacity);
        for (uint32_t i = 0; i < s->count; i++) queue[i] = s->queue[(s->head + i) & (s->capacity - 1)];
        free(s->queue);
        s->queue = queue;
        s->capacity = capacity;
        s->head = 0;
    }
    /* Into its place by arrival: only the slice's own few are later. */
    uint32_t i = s->count++;
    while (i > 0) {
        struct sample *before = &s->queue[(s->head + i - 1) & (s->capacity - 1)];
        if (before->arrival <= sample.arrival) break;
        s->queue[(s->head + i) & (s->capacity - 1)] = *before;
        i--;
    }
    s->queue[(s->head + i) & (s->capacity - 1)] = sample;
}

/* By the law inside a cell: linear between its quantiles. */
static double late_within(const double quantiles[BLUEPRINT_CELL_QUANTILES + 1], double u)
{
    double at = u * BLUEPRINT_CELL_QUANTILES;
    int i = (int)at;
    return quantiles[i] + (at - i) * (quantiles[i + 1] - quantiles[i]);
}

/* n records of a key in this slice: by how late they are, in cells; a few one by one. All are late by so much more. */
static void add_late(struct processor *p, struct partition_state *s, int stream, int key, int64_t n, sim_time by)
{
    const struct world *w = p->group->world;
    const struct distribution *lateness = &w->scenario->streams[stream].lateness;
    double span = (double)(w->slice_end - w->slice_start);
    if (n <= 4) {
        for (int64_t i = 0; i < n; i++) {
            sim_time at = w->slice_start + (sim_time)(rng_uniform(&p->keys) * span);
            double late = distribution_quantile(lateness, rng_uniform(&p->keys));
            enqueue(s, (struct sample){at, at - (sim_time)(late * 1e9) - by, 1, key, p->side[stream]});
        }
        return;
    }
    const double *cells = w->blueprint->lateness_cells[stream];
    double left = 1;
    for (int j = 0; j < BLUEPRINT_LATENESS_CELLS && n > 0; j++) {
        double share = left > 0 ? cells[j] / left : 1;
        int64_t k = j == BLUEPRINT_LATENESS_CELLS - 1 || share >= 1 ? n : rng_binomial(&p->keys, n, share);
        left -= cells[j];
        n -= k;
        if (k == 0) continue;
        sim_time at = w->slice_start + (sim_time)(rng_uniform(&p->keys) * span);
        double late;
        if (lateness->kind == DISTRIBUTION_CONSTANT)
            late = lateness->value;
        else if (j == BLUEPRINT_LATENESS_CELLS - 1)
            late = distribution_quantile(lateness, 1 - cells[j] * rng_uniform(&p->keys));
        else
            late = late_within(w->blueprint->lateness_quantiles[stream][j], rng_uniform(&p->keys));
        enqueue(s, (struct sample){at, at - (sim_time)(late * 1e9) - by, k, key, p->side[stream]});
    }
}

static void add_samples(struct processor *p, struct partition_state *s, int stream, int key, int64_t n)
{
    const struct workload *workload = &p->group->world->workload;
    for (int i = 0; i < workload->floods_n && n > 0; i++) {
        const struct late_flood *flood = &workload->floods[i];
        if (!late_floods_concern(p->group->world, flood, stream)) continue;
        const int64_t late = flood->share >= 1 ? n : rng_binomial(&p->keys, n, flood->share);
        n -= late;
        if (late > 0) add_late(p, s, stream, key, late, flood->by);
    }
    if (n > 0) add_late(p, s, stream, key, n, 0);
}

/* Records of the sampled part of the tail, n in all: each to a key by its share. */
static void add_tail(struct processor *p, struct partition_state *s, int stream, int64_t n)
{
    const struct population *population = p->population[stream];
    int from = population->first_tail[s->index], to = population->first[s->index + 1];
    double all = population->tail_shares[to - 1];
    for (int64_t i = 0; i < n; i++) {
        double at = rng_uniform(&p->keys) * all;
        int low = from, high = to - 1;
        while (low < high) {
            int middle = (low + high) / 2;
            if (population->tail_shares[middle] > at)
                high = middle;
            else
                low = middle + 1;
        }
        add_samples(p, s, stream, population->by_partition[low], 1);
    }
}

void processor_slice_arrivals(struct group *g, int64_t slice)
{
    struct world *w = g->world;
    struct processor *p = w->processors[g->index];
    rng_cell(&p->keys, (uint64_t)slice);
    rng_cell(&p->marks, (uint64_t)slice);
    for (int stream = 0; stream < w->scenario->streams_n; stream++) {
        if (p->side[stream] < 0) continue;
        const struct population *population = p->population[stream];
        const int64_t *arrivals = w->workload.streams[stream].arrivals;
        for (int i = 0; i < population->partitions; i++) {
            int64_t n = arrivals[i] - hot_keys_arrived(w, stream, i);
            double share = population->partition_shares[i];
            for (int j = population->first[i]; j < population->first_tail[i] && n > 0 && share > 0; j++) {
                int key = population->by_partition[j];
                double q = population->share[key] / share;
                int64_t k = q >= 1 ? n : rng_binomial(&p->keys, n, q);
                n -= k;
                share -= population->share[key];
                if (k > 0) add_samples(p, &p->partitions[i], stream, key, k);
            }
            if (population->first_tail[i] == population->first[i + 1] || n == 0) continue;
            double q = population->tail_shares[population->first[i + 1] - 1] / share;
            add_tail(p, &p->partitions[i], stream, q >= 1 ? n : rng_binomial(&p->keys, n, q));
        }
        const struct workload_stream *of = &w->workload.streams[stream];
        for (int i = 0; i < of->hot_n; i++)
            if (of->hot[i].records > 0)
                add_samples(p, &p->partitions[population->partition[of->hot[i].key]], stream, of->hot[i].key, of->hot[i].records);
    }
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

/* From the last slice's end to this one's: the watermark moves from `from` to `to`, calendar from slice_start to slice_end. */
static sim_time crossing(const struct world *w, sim_time from, sim_time to, sim_time mark)
{
    if (to <= from) return w->slice_end;
    double part = (double)(mark - from) / (double)(to - from);
    if (part < 0) part = 0;
    if (part > 1) part = 1;
    return w->slice_start + (sim_time)(part * (double)(w->slice_end - w->slice_start));
}

static void fold(struct processor *p, struct partition_state *s, const struct sample *sample)
{
    const struct population *population = NULL;
    for (int i = 0; i < SCENARIO_STREAMS_MAX && !population; i++) population = p->population[i];
    double weight = population->weight[sample->key] * (double)sample->count;
    const int64_t size = config_of(p)->window.size_ns, slide = config_of(p)->window.slide_ns;
    const int64_t start = window_start(sample->event, slide, 0), last = start + size;
    int64_t end = start + slide; /* of the first window that takes it */
    while (end < last && window_refuses_at(&p->window, end) <= s->applied) end += slide;
    const bool strays = end > start + slide;
    struct open_window *w = window_of(s, start + slide);
    int bin = (int)((double)(sample->event - start) / (double)slide * BINS);
    if (bin >= BINS) bin = BINS - 1;
    /* Before the call: a late record's pane is given inside it. */
    if (strays)
        add_stray(s, (struct stray){end, sample->event, weight});
    else
        w->bins[bin] += weight;
    enum window_result result =
        s->plugged
            ? plugin_window_add(s->plugged, (uint64_t)sample->key, sample->event, (enum window_side)sample->side, sample->count)
            : window_add(s->operator, (uint64_t)sample->key, sample->event, (enum window_side)sample->side, sample->count);
    p->counts.folded++;
    p->counts.weighted_records += weight;
    if (result == WINDOW_COUNTED) return;
    p->counts.late++;
    p->counts.weighted_late += weight;
    if (strays) {
        s->strays_n--; /* no pane was given */
        return;
    }
    w->bins[bin] -= weight;
    if (w->bins[bin] < 0) w->bins[bin] = 0;
}

/* A plugin's windows may keep to themselves what our own give out at their end: the output is not complete beyond that. */
static bool withheld_before(const struct partition_state *s, int64_t end)
{
    if (!s->plugged) return false;
    for (int i = 0; i < s->windows_n; i++) {
        if (s->windows[i].end <= end && held_in(&s->windows[i]) > WITHHELD_LEAST) return true;
    }
    return s->withheld_from < end;
}

static void advance_operator(struct partition_state *s, int64_t watermark)
{
    if (s->plugged)
        plugin_window_advance(s->plugged, watermark);
    else
        window_advance(s->operator, watermark);
}

/* Windows whose end the watermark passes until `mark` give their panes, each at its own time. */
static void advance(struct processor *p, struct partition_state *s, sim_time from, sim_time to, sim_time mark)
{
    const int64_t slide = config_of(p)->window.slide_ns;
    if (s->applied == INT64_MIN) s->applied = from;
    for (;;) {
        int64_t end = window_start(s->applied, slide, 0) + slide;
        if (end > mark) break;
        p->now_fires = crossing(p->group->world, from, to, end);
        advance_operator(s, end);
        s->applied = end;
        if (!withheld_before(s, end)) s->fired_through = end;
        for (int i = 0; i < s->windows_n; i++) {
            if (s->windows[i].end != end) continue;
            p->keys_in_window += s->windows[i].keys;
            break;
        }
    }
    if (mark > s->applied) {
        p->now_fires = crossing(p->group->world, from, to, mark);
        advance_operator(s, mark);
        s->applied = mark;
    }
}

/* Windows that the operator has dropped, and whose late records it refuses, hold nothing any more. */
static void forget_windows(struct processor *p, struct partition_state *s)
{
    int64_t oldest = s->applied - config_of(p)->window.allowed_lateness_ns - config_of(p)->window.size_ns;
    int kept = 0;
    for (int i = 0; i < s->windows_n; i++) {
        if (s->windows[i].end < oldest) {
            const int64_t from = s->windows[i].end - config_of(p)->window.size_ns;
            if (s->plugged && held_in(&s->windows[i]) > WITHHELD_LEAST && from < s->withheld_from) s->withheld_from = from;
            continue;
        }
        if (kept < i) s->windows[kept] = s->windows[i];
        kept++;
    }
    s->windows_n = kept;
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
        sim_time at = crossing(w, s->progress, progress, sample.arrival);
        double part = (double)(at - w->slice_start) / (double)(w->slice_end - w->slice_start);
        sim_time mark = from + (sim_time)(part * (double)(watermark - from));
        advance(p, s, from, watermark, mark);
        p->now_fires = at;
        fold(p, s, &sample);
    }
    advance(p, s, from, watermark, watermark);
    s->progress = progress;
    forget_windows(p, s);
}

/* --- Checkpoints and what is visible ----------------------------------------------------------------- */

/* Of windows that follow each other, as many as are open of the fullest so far; of others what the operators hold. */
static double state_bytes(const struct processor *p)
{
    const struct scenario_group *config = config_of(p);
    if (p->window.kind == WINDOW_TUMBLING) {
        double open = (double)(config->window.size_ns + config->window.out_of_orderness_ns + config->window.allowed_lateness_ns) /
                      (double)config->window.size_ns;
        return (double)window_snapshot_bytes_for(&p->window, (size_t)(p->keys_in_window * open), (size_t)open);
    }
    size_t keys = 0, windows = 0;
    for (int i = 0; i < p->group->partitions_n; i++) {
        keys += window_state_keys(p->partitions[i].operator);
        windows += window_state_windows(p->partitions[i].operator);
    }
    const double weight = p->panes_on_time > 0 ? p->weighted_panes / (double)p->panes_on_time : 1;
    return (double)window_snapshot_bytes_for(&p->window, (size_t)((double)keys * weight), windows);
}

static sim_time checkpoint_ns(const struct processor *p)
{
    const struct calibration_latency *l = &p->group->world->calibration->latency;
    double each = state_bytes(p) / group_threads(p->group);
    return (sim_time)(l->object_put_p50_ns + each / l->object_put_bytes_per_s * 1e9) + COMMIT_NS;
}

sim_time processor_restore_ns(const struct group *g)
{
    const struct processor *p = g->world->processors[g->index];
    const struct calibration_latency *l = &g->world->calibration->latency;
    double each = state_bytes(p) / group_threads(g);
    return (sim_time)(l->object_get_first_byte_p50_ns + each / l->object_get_bytes_per_s * 1e9);
}

static bool rereads(const struct group *g)
{
    for (int i = 0; i < g->partitions_n; i++) {
        if (g->partitions[i].position.offset < g->partitions[i].furthest) return true;
    }
    return false;
}

static sim_time fired_through(const struct processor *p)
{
    sim_time least = SIM_NEVER;
    for (int i = 0; i < p->group->partitions_n; i++) {
        if (p->partitions[i].fired_through < least) least = p->partitions[i].fired_through;
    }
    return least;
}

static void release(struct processor *p, sim_time fired_until, sim_time visible)
{
    int kept = 0;
    for (int i = 0; i < p->results_n; i++) {
        if (p->results[i].fired <= fired_until)
            give_out(p, &p->results[i], visible < p->results[i].fired ? p->results[i].fired : visible);
        else
            p->results[kept++] = p->results[i];
    }
    p->results_n = kept;
}

static void make_visible(struct processor *p)
{
    struct group *g = p->group;
    struct world *w = g->world;
    if (config_of(p)->checkpoint_ns <= 0 || config_of(p)->delivery != DELIVERY_EXACTLY_ONCE) {
        release(p, SIM_NEVER, INT64_MIN); /* each when it fires */
        p->visible_through = fired_through(p);
        p->becomes_visible_at = SIM_NEVER;
    }
    if (config_of(p)->checkpoint_ns <= 0) return;
    for (; p->next_checkpoint <= w->slice_end; p->next_checkpoint += config_of(p)->checkpoint_ns) {
        if (!g->running || rereads(g) || group_is_cut(g)) continue; /* it fails, or holds nothing new */
        p->counts.checkpoints++;
        w->telemetry->totals.put_requests[g->index] += w->telemetry->warm ? group_threads(g) : 0;
        double bytes = state_bytes(p);
        if (bytes > p->counts.state_bytes_max) p->counts.state_bytes_max = bytes;
        if (config_of(p)->delivery != DELIVERY_EXACTLY_ONCE) continue;
        sim_time done = p->next_checkpoint + checkpoint_ns(p);
        release(p, p->next_checkpoint, done);
        if (p->becomes_visible_at <= w->slice_end) p->visible_through = p->becomes_visible_through;
        p->becomes_visible_at = done;
        p->becomes_visible_through = fired_through(p);
    }
    if (p->becomes_visible_at <= w->slice_end) {
        p->visible_through = p->becomes_visible_through;
        p->becomes_visible_at = SIM_NEVER;
    }
}

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
        sim_time mark = s->newest_event - config_of(p)->window.out_of_orderness_ns - 1;
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
        fold_partition(p, s, watermark);
    }
    if (p->keys_in_window < keys_before) p->keys_in_window = keys_before; /* the largest window so far */
    make_visible(p);
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
    if (config_of(p)->delivery != DELIVERY_EXACTLY_ONCE) return;
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
