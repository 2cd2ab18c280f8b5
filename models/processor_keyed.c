/* processor_keyed.c: windows that follow no grid, or give more than their ends do; see processor_parts.h.
 *
 * 1. A record that is folded waits with its key until a pane of that key holds its time: that is when it is first seen.
 * 2. What waits is kept as spans of event time. Of a key with more than SPANS_MAX the two that are nearest to each other
 *    become one, so that a session that never ends takes no more memory, and its ages are known to a part in SPANS_MAX.
 * 3. A pane that the watermark brings about is given when the watermark passed its window's time, one that a record brings
 *    about when the record was processed.
 */
#include "processor_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "memory.h"
#include "telemetry.h"

enum { SPANS_MAX = 64, PARTS_OF_A_GAP = 16 };
static const int64_t SHIFT_NS = (int64_t)1 << 60;

void processor_keyed_init(struct processor *p)
{
    const struct window_config *config = &p->window;
    struct keyed *k = ARENA_NEW(p->group->world->arena, struct keyed, 1);
    *k = (struct keyed){.lag = windows_lag(config),
                        .step = config->trigger.kind == WINDOW_CONTINUOUS ? config->trigger.interval : 0,
                        .inclusive = config->semantics == WINDOW_KAFKA_STREAMS &&
                                     (config->kind == WINDOW_SESSION || config->kind == WINDOW_SLIDING),
                        .waiting = ARENA_NEW(p->group->world->arena, struct keyed_waiting, (size_t)p->keys_n)};
    if (config->semantics == WINDOW_KAFKA_STREAMS) k->shift = config->slide > 0 ? SHIFT_NS / config->slide * config->slide : SHIFT_NS;
    p->keyed = k;
    if (config->kind == WINDOW_SESSION) p->apart_ns = config->gap / PARTS_OF_A_GAP + 1;
    if (config->kind == WINDOW_SLIDING) p->apart_ns = 1; /* each record has windows of its own */
    if (config->trigger.early_count > 0) p->together_most = config->trigger.early_count;
}

void processor_keyed_free(struct processor *p)
{
    for (int i = 0; i < p->keys_n; i++) free(p->keyed->waiting[i].spans);
    free(p->keyed->results);
}

/* --- What waits, and what is given ------------------------------------------------------------------- */

static void join_nearest(struct keyed_waiting *of)
{
    int nearest = 0;
    for (int i = 1; i + 1 < of->n; i++)
        if (of->spans[i + 1].from - of->spans[i].to < of->spans[nearest + 1].from - of->spans[nearest].to) nearest = i;
    struct keyed_span *a = &of->spans[nearest];
    const struct keyed_span *b = a + 1;
    if (b->to > a->to) a->to = b->to;
    a->weight += b->weight;
    of->n--;
    memmove(a + 1, a + 2, (size_t)(of->n - nearest - 1) * sizeof *a);
}

static void add_waiting(struct processor *p, int key, sim_time event, double weight)
{
    struct keyed_waiting *of = &p->keyed->waiting[key];
    int at = of->n;
    while (at > 0 && of->spans[at - 1].from > event) at--;
    if (at > 0 && of->spans[at - 1].to >= event) {
        of->spans[at - 1].weight += weight;
        return;
    }
    if (of->n == of->capacity) {
        of->capacity = of->capacity > 0 ? 2 * of->capacity : 2;
        of->spans = memory_resize(of->spans, (size_t)of->capacity, sizeof *of->spans);
    }
    memmove(of->spans + at + 1, of->spans + at, (size_t)(of->n - at) * sizeof *of->spans);
    of->spans[at] = (struct keyed_span){event, event, weight};
    of->n++;
    if (of->n > SPANS_MAX) join_nearest(of);
}

static void add_result(struct processor *p, sim_time fired, struct keyed_span span)
{
    struct keyed *k = p->keyed;
    if (k->results_n == k->results_capacity) {
        k->results_capacity = k->results_capacity > 0 ? 2 * k->results_capacity : 256;
        k->results = memory_resize(k->results, (size_t)k->results_capacity, sizeof *k->results);
    }
    k->results[k->results_n++] = (struct keyed_result){fired, span};
}

/* Of a key's records those with event times in [from, to]. */
static void give_waiting(struct processor *p, int key, sim_time from, sim_time to, sim_time fired)
{
    struct keyed_waiting *of = &p->keyed->waiting[key];
    int kept = 0;
    for (int i = 0; i < of->n; i++) {
        struct keyed_span span = of->spans[i];
        if (span.to < from || span.from > to) {
            of->spans[kept++] = span;
            continue;
        }
        struct keyed_span given = {span.from > from ? span.from : from, span.to < to ? span.to : to, span.weight};
        const bool whole = given.from == span.from && given.to == span.to;
        if (!whole) {
            given.weight *= (double)(given.to - given.from) / (double)(span.to - span.from);
            span.weight -= given.weight;
            of->spans[kept++] = span;
        }
        if (given.weight > 0) add_result(p, fired, given);
    }
    of->n = kept;
}

/* Times of the operator's on the calendar; those of windows without an end stay as they are. */
static sim_time calendar_of(const struct keyed *k, int64_t time)
{
    return time == INT64_MIN || time == INT64_MAX ? time : time - k->shift;
}

void processor_keyed_pane(void *context, const struct window_pane *pane)
{
    struct partition_state *s = context;
    struct processor *p = s->processor;
    struct keyed *k = p->keyed;
    const double weight = p->weight[pane->key];
    if (pane->timing == WINDOW_PANE_RETRACTION) {
        p->weighted_panes += weight;
        return;
    }
    /* Records that come together give as many updates. */
    p->weighted_panes += weight * (pane->timing == WINDOW_PANE_UPDATE && k->folding ? (double)k->folding->count : 1);
    p->counts.panes++;
    if (p->partial[pane->key]) {
        p->counts.partials++;
        p->weighted_partials += weight;
    }
    sim_time fired = p->now_fires;
    if (pane->timing == WINDOW_PANE_ON_TIME) {
        p->counts.weighted_impressions += weight * (double)pane->impressions;
        p->counts.weighted_clicks += weight * (double)pane->clicks;
        if (!k->folding && !s->plugged)
            fired = processor_crossing(p->group->world, k->from, k->to, calendar_of(k, window_due_at(&p->window, pane->end)));
    }
    const sim_time from = calendar_of(k, pane->start), end = calendar_of(k, pane->end);
    const sim_time to = k->inclusive || end == INT64_MAX ? end : end - 1;
    give_waiting(p, (int)pane->key, from, to, fired);
    if (!k->folding || k->folding_given || (uint64_t)k->folding->key != pane->key) return;
    if (k->folding->event < from || k->folding->event > to) return;
    k->folding_given = true;
    add_result(p, fired, (struct keyed_span){k->folding->event, k->folding->event, k->folding_weight});
}

/* --- Folding ----------------------------------------------------------------------------------------- */

void processor_keyed_fold(struct partition_state *s, const struct sample *sample)
{
    struct processor *p = s->processor;
    struct keyed *k = p->keyed;
    k->folding = sample;
    k->folding_weight = p->weight[sample->key] * (double)sample->count;
    k->folding_given = false;
    const bool sliding = p->window.kind == WINDOW_SLIDING && !s->plugged;
    const uint64_t before = sliding ? window_counts(s->operator)->windows_updated : 0;
    const enum window_result result = processor_operator_add(s, sample, sample->event + k->shift);
    if (sliding && result == WINDOW_COUNTED)
        p->weighted_further += k->folding_weight * ((double)(window_counts(s->operator)->windows_updated - before) - 1);
    k->folding = NULL;
    p->counts.folded++;
    p->counts.weighted_records += k->folding_weight;
    if (result != WINDOW_COUNTED) {
        p->counts.late++;
        p->counts.weighted_late += k->folding_weight;
    } else if (!k->folding_given) {
        add_waiting(p, sample->key, sample->event, k->folding_weight);
    }
}

void processor_keyed_advance(struct partition_state *s, sim_time from, sim_time to, sim_time mark)
{
    struct processor *p = s->processor;
    struct keyed *k = p->keyed;
    if (s->applied == INT64_MIN) s->applied = from;
    k->from = from;
    k->to = to;
    while (s->applied < mark) {
        const int64_t next = k->step > 0 ? window_start(s->applied, k->step, 0) + k->step : mark;
        s->applied = next < mark ? next : mark;
        p->now_fires = processor_crossing(p->group->world, from, to, s->applied);
        processor_operator_advance(s, s->applied + k->shift);
    }
    if (k->lag.lag == INT64_MAX) return;
    const sim_time through = s->applied - k->lag.lag;
    s->fired_through = k->lag.step > 0 ? window_start(through, k->lag.step, 0) : through;
}

/* --- What is visible, and state ---------------------------------------------------------------------- */

void processor_keyed_release(struct processor *p, sim_time fired_until, sim_time visible)
{
    struct keyed *k = p->keyed;
    int kept = 0;
    for (int i = 0; i < k->results_n; i++) {
        const struct keyed_result *r = &k->results[i];
        if (r->fired <= fired_until)
            telemetry_visible(p->group->world, p->group->index, visible < r->fired ? r->fired : visible, r->span.from, r->span.to,
                              r->span.weight);
        else
            k->results[kept++] = *r;
    }
    k->results_n = kept;
}

double processor_keyed_waiting(const struct processor *p)
{
    double waiting = 0;
    for (int i = 0; i < p->keys_n; i++)
        for (int j = 0; j < p->keyed->waiting[i].n; j++) waiting += p->keyed->waiting[i].spans[j].weight;
    return waiting;
}

/* Of a session the last record decides, of windows on a grid the last that holds it. */
static bool is_due(const struct processor *p, sim_time last, sim_time through)
{
    const struct window_config *config = &p->window;
    const bool on_grid = config->kind == WINDOW_TUMBLING || config->kind == WINDOW_HOPPING;
    const bool at_end = p->keyed->lag.step > 0 && p->keyed->step == 0;
    return on_grid && at_end ? window_start(last, config->slide, 0) + config->size <= through : last <= through;
}

sim_time processor_keyed_withheld(const struct processor *p, sim_time through)
{
    const int64_t apart = p->window.kind == WINDOW_SESSION ? p->window.gap : 0;
    sim_time oldest = SIM_NEVER;
    for (int i = 0; i < p->keys_n; i++) {
        const struct keyed_waiting *of = &p->keyed->waiting[i];
        for (int j = 0, first = 0; j < of->n; j++) {
            if (j + 1 < of->n && of->spans[j + 1].from - of->spans[j].to <= apart) continue; /* one session */
            if (of->spans[first].from < oldest && is_due(p, of->spans[j].to, through)) oldest = of->spans[first].from;
            first = j + 1;
        }
    }
    return oldest;
}

struct held {
    const struct processor *p;
    double keys; /* x windows, scaled up */
};

static void count_held(void *context, const struct window_pane *pane)
{
    struct held *held = context;
    held->keys += held->p->weight[pane->key];
}

double processor_keyed_state_bytes(const struct processor *p)
{
    double bytes = 0;
    double weights = 0;
    for (int i = 0; i < p->keys_n; i++) weights += p->weight[i];
    for (int i = 0; i < p->group->partitions_n; i++) {
        struct held held = {.p = p};
        if (p->partitions[i].plugged) {
            bytes += (double)plugin_window_state_bytes(p->partitions[i].plugged, weights / p->keys_n);
            continue;
        }
        struct window_operator *operator= p->partitions[i].operator;
        window_state_each(operator, count_held, &held);
        bytes += (double)window_snapshot_bytes_for(&p->window, (size_t)llround(held.keys), window_state_windows(operator));
    }
    return bytes;
}
