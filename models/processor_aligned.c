/* processor_aligned.c: windows that follow a grid; see processor_parts.h. */
#include "processor_parts.h"

#include "arena.h"

static const double WITHHELD_LEAST = 1e-6; /* records; less is what subtracting late ones leaves */

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
    for (int b = 0; b < PROCESSOR_BINS; b++) held += w->bins[b];
    return held;
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
            processor_add_result(p, s->strays[i].event, 0)->bins[0] = s->strays[i].weight;
        else
            s->strays[kept++] = s->strays[i];
    }
    s->strays_n = kept;
}

/* The operator gave a pane: what its window held becomes a result, once for all keys of this firing. */
void processor_aligned_pane(void *context, const struct window_pane *pane)
{
    struct partition_state *s = context;
    struct processor *p = s->processor;
    double weight = p->weight[pane->key];
    struct open_window *w = window_of(s, pane->end);
    p->counts.panes++;
    if (pane->timing == WINDOW_PANE_ON_TIME) {
        w->keys += weight;
        p->weighted_panes += weight;
        p->panes_on_time++;
        if (p->partial[pane->key]) {
            p->counts.partials++;
            p->weighted_partials += weight;
        }
        p->counts.weighted_impressions += weight * (double)pane->impressions;
        p->counts.weighted_clicks += weight * (double)pane->clicks;
    }
    give_strays(p, s, pane->end);
    if (held_in(w) <= 0) return;
    const int64_t slide = processor_config(p)->window.slide_ns;
    struct result *r = processor_add_result(p, pane->end - slide, slide);
    for (int b = 0; b < PROCESSOR_BINS; b++) {
        r->bins[b] = w->bins[b];
        w->bins[b] = 0;
    }
}

/* --- Folding ----------------------------------------------------------------------------------------- */

void processor_aligned_fold(struct partition_state *s, const struct sample *sample)
{
    struct processor *p = s->processor;
    double weight = p->weight[sample->key] * (double)sample->count;
    const int64_t size = processor_config(p)->window.size_ns, slide = processor_config(p)->window.slide_ns;
    const int64_t start = window_start(sample->event, slide, 0), last = start + size;
    int64_t end = start + slide; /* of the first window that takes it */
    while (end < last && window_refuses_at(&p->window, end) <= s->applied) end += slide;
    const bool strays = end > start + slide;
    struct open_window *w = window_of(s, start + slide);
    int bin = (int)((double)(sample->event - start) / (double)slide * PROCESSOR_BINS);
    if (bin >= PROCESSOR_BINS) bin = PROCESSOR_BINS - 1;
    /* Before the call: a late record's pane is given inside it. */
    if (strays)
        add_stray(s, (struct stray){end, sample->event, weight});
    else
        w->bins[bin] += weight;
    const enum window_result result = processor_operator_add(s, sample, sample->event);
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

/* Windows whose end the watermark passes until `mark` give their panes, each at its own time. */
void processor_aligned_advance(struct partition_state *s, sim_time from, sim_time to, sim_time mark)
{
    struct processor *p = s->processor;
    const int64_t slide = processor_config(p)->window.slide_ns;
    if (s->applied == INT64_MIN) s->applied = from;
    for (;;) {
        int64_t end = window_start(s->applied, slide, 0) + slide;
        if (end > mark) break;
        p->now_fires = processor_crossing(p->group->world, from, to, end);
        processor_operator_advance(s, end);
        s->applied = end;
        if (!withheld_before(s, end)) s->fired_through = end;
        for (int i = 0; i < s->windows_n; i++) {
            if (s->windows[i].end != end) continue;
            p->keys_in_window += s->windows[i].keys;
            break;
        }
    }
    if (mark > s->applied) {
        p->now_fires = processor_crossing(p->group->world, from, to, mark);
        processor_operator_advance(s, mark);
        s->applied = mark;
    }
}

/* Windows that the operator has dropped, and whose late records it refuses, hold nothing any more. */
void processor_aligned_forget(struct partition_state *s)
{
    struct processor *p = s->processor;
    int64_t oldest = s->applied - processor_config(p)->window.allowed_lateness_ns - processor_config(p)->window.size_ns;
    int kept = 0;
    for (int i = 0; i < s->windows_n; i++) {
        if (s->windows[i].end < oldest) {
            const int64_t from = s->windows[i].end - processor_config(p)->window.size_ns;
            if (s->plugged && held_in(&s->windows[i]) > WITHHELD_LEAST && from < s->withheld_from) s->withheld_from = from;
            continue;
        }
        if (kept < i) s->windows[kept] = s->windows[i];
        kept++;
    }
    s->windows_n = kept;
}
