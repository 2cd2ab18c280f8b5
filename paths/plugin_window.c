/* plugin_window.c: windows of plugins, and the check of what they give; see plugin.h. */
#include "plugin_parts.h"

#include "arena.h"
#include "check.h"
#include "memory.h"

#include <stdlib.h>

/* What was counted in one window, by key: what its panes may say at most. */
struct counted_key {
    uint64_t key;
    int64_t first, last; /* event times */
    int64_t records[2];  /* impressions, clicks */
};

/* A tumbling or hopping window; of other kinds all that may still be open, as one. */
struct counted {
    int64_t start;
    struct counted_key *keys; /* a partition's followed keys are few */
    int keys_n, capacity;
};

struct plugin_window {
    const struct plugin_set *set;
    void *state;
    struct window_sink sink;
    struct window_config config; /* of tumbling windows the slide is the size */
    bool on_grid;
    int64_t watermark, forgotten_at;
    struct counted *windows;
    int windows_n, windows_capacity;
    bool adding, advancing;
};

static struct counted *counted_in(struct plugin_window *w, int64_t start)
{
    for (int i = 0; i < w->windows_n; i++)
        if (w->windows[i].start == start) return &w->windows[i];
    return NULL;
}

static struct counted *open_window(struct plugin_window *w, int64_t start)
{
    struct counted *found = counted_in(w, start);
    if (found != NULL) return found;
    if (w->windows_n == w->windows_capacity) {
        w->windows_capacity = w->windows_capacity > 0 ? 2 * w->windows_capacity : 4;
        w->windows = memory_resize(w->windows, (size_t)w->windows_capacity, sizeof *w->windows);
    }
    w->windows[w->windows_n] = (struct counted){.start = start};
    return &w->windows[w->windows_n++];
}

/* NULL: nothing of that key is in it. */
static struct counted_key *counted_of(const struct counted *window, uint64_t key)
{
    for (int i = 0; i < window->keys_n; i++)
        if (window->keys[i].key == key) return &window->keys[i];
    return NULL;
}

/* Counts, or takes back. */
static void count(struct counted *window, uint64_t key, int64_t time, enum window_side side, int64_t by)
{
    struct counted_key *found = counted_of(window, key);
    if (found == NULL) {
        if (window->keys_n == window->capacity) {
            window->capacity = window->capacity > 0 ? 2 * window->capacity : 8;
            window->keys = memory_resize(window->keys, (size_t)window->capacity, sizeof *window->keys);
        }
        found = &window->keys[window->keys_n++];
        *found = (struct counted_key){.key = key, .first = time, .last = time};
    }
    found->records[side == WINDOW_CLICK] += by;
    if (time < found->first) found->first = time;
    if (time > found->last) found->last = time;
}

/* Into each window that holds it. */
static void count_record(struct plugin_window *w, uint64_t key, int64_t time, enum window_side side, int64_t by)
{
    if (!w->on_grid) {
        count(open_window(w, INT64_MIN), key, time, side, by);
        return;
    }
    const struct window_starts starts =
        window_starts(w->config.semantics, time, w->config.size, w->config.slide, 0);
    for (int64_t i = 0; i < starts.n; i++)
        count(open_window(w, starts.first + i * w->config.slide), key, time, side, by);
}

/* Keys of which nothing can be open any more, four spans later to be generous. */
static void forget_keys(struct plugin_window *w)
{
    const int64_t span = w->config.kind == WINDOW_SESSION ? w->config.gap : w->config.size;
    if (w->config.kind == WINDOW_GLOBAL || w->windows_n == 0 || w->watermark < w->forgotten_at + span) return;
    struct counted *all = &w->windows[0];
    int kept = 0;
    for (int i = 0; i < all->keys_n; i++)
        if (all->keys[i].last >= w->watermark - w->config.allowed_lateness - 4 * span)
            all->keys[kept++] = all->keys[i];
    all->keys_n = kept;
    w->forgotten_at = w->watermark;
}

/* Windows whose records are all refused by now: no pane may come of them, two windows later to be generous.
 */
static void forget(struct plugin_window *w)
{
    int kept = 0;
    for (int i = 0; i < w->windows_n; i++) {
        if (w->windows[i].start + w->config.size + w->config.allowed_lateness + 2 * w->config.size < w->watermark)
            free(w->windows[i].keys);
        else
            w->windows[kept++] = w->windows[i];
    }
    w->windows_n = kept;
}

/* NULL: no window can be like that. */
static const struct counted *window_of_pane(struct plugin_window *w, const struct headroom_pane *pane)
{
    const bool sized = w->on_grid || w->config.kind == WINDOW_SLIDING;
    int64_t length;
    if (pane->end_ns < pane->start_ns) return NULL;
    if (sized && (__builtin_sub_overflow(pane->end_ns, pane->start_ns, &length) || length != w->config.size))
        return NULL;
    return counted_in(w, w->on_grid ? pane->start_ns : INT64_MIN);
}

static void take_pane(void *context, const struct headroom_pane *pane)
{
    struct plugin_window *w = context;
    const struct plugin_named *of = &w->set->window_of;
    if (!w->adding && !w->advancing) {
        plugin_wrong(w->set, of, "its window gave a pane when nothing was asked of it");
        return;
    }
    const struct counted *counted = window_of_pane(w, pane);
    if (counted == NULL) {
        plugin_wrong(w->set, of,
                "its window gave a pane of [%lld, %lld) ns, which is no window that holds a record",
                (long long)pane->start_ns, (long long)pane->end_ns);
        return;
    }
    const struct counted_key *key = counted_of(counted, pane->key);
    if (key == NULL || pane->start_ns > key->last || pane->end_ns < key->first) {
        plugin_wrong(w->set, of,
                "its window gave a pane of key %llu in [%lld, %lld) ns, to which none of it was added",
                (unsigned long long)pane->key, (long long)pane->start_ns, (long long)pane->end_ns);
        return;
    }
    const int64_t *held = key->records;
    if (pane->impressions < 0 || pane->clicks < 0 || pane->impressions + pane->clicks < 1 ||
        pane->impressions > held[0] || pane->clicks > held[1]) {
        plugin_wrong(w->set, of,
                "its window gave a pane of %lld impressions and %lld clicks of key %llu in [%lld, %lld) ns, "
                "which holds %lld and %lld",
                (long long)pane->impressions, (long long)pane->clicks, (unsigned long long)pane->key,
                (long long)pane->start_ns, (long long)pane->end_ns, (long long)held[0], (long long)held[1]);
        return;
    }
    const struct window_pane given = {.key = pane->key,
                                      .start = pane->start_ns,
                                      .end = pane->end_ns,
                                      .impressions = pane->impressions,
                                      .clicks = pane->clicks,
                                      .timing = w->watermark < pane->end_ns - 1 ? WINDOW_PANE_EARLY
                                                : w->advancing                  ? WINDOW_PANE_ON_TIME
                                                                                : WINDOW_PANE_LATE};
    w->sink.pane(w->sink.context, &given);
}

struct plugin_window *plugin_window_new(const struct plugin_set *set, const struct window_config *config,
                                        struct arena *arena)
{
    if (plugin_window_name(set, config->kind) == NULL) return NULL;
    struct plugin_window *w = ARENA_NEW(arena, struct plugin_window, 1);
    const bool on_grid = config->kind == WINDOW_TUMBLING || config->kind == WINDOW_HOPPING;
    *w = (struct plugin_window){.set = set,
                                .sink = config->sink,
                                .config = *config,
                                .on_grid = on_grid,
                                .watermark = INT64_MIN,
                                .forgotten_at = INT64_MIN / 2};
    if (config->kind == WINDOW_TUMBLING) w->config.slide = config->size;
    w->state = set->window->create(&(struct headroom_window_config){
        .kind = (int)config->kind,
        .semantics = (int)config->semantics,
        .size_ns = on_grid || config->kind == WINDOW_SLIDING ? config->size : 0,
        .slide_ns = on_grid ? w->config.slide : 0,
        .gap_ns = config->kind == WINDOW_SESSION ? config->gap : 0,
        .allowed_lateness_ns = config->allowed_lateness,
        .pane = take_pane,
        .context = w});
    if (w->state == NULL) plugin_wrong(set, &set->window_of, "its window gave no state");
    return w;
}

enum window_result plugin_window_add(struct plugin_window *w, uint64_t key, int64_t timestamp,
                                     enum window_side side, int64_t records)
{
    if (w->state == NULL) return WINDOW_LATE;
    CHECK(records >= 1, "%lld records", (long long)records);
    /* Counted before the call, for a late record's pane comes inside of it. */
    count_record(w, key, timestamp, side, records);
    w->adding = true;
    const int answer = w->set->window->add(
        w->state, key, timestamp, side == WINDOW_CLICK ? HEADROOM_CLICK : HEADROOM_IMPRESSION, records);
    w->adding = false;
    if (answer == HEADROOM_COUNTED) return WINDOW_COUNTED;
    count_record(w, key, timestamp, side, -records);
    if (answer != HEADROOM_LATE)
        plugin_wrong(w->set, &w->set->window_of,
                "its window answered %d to a record: HEADROOM_COUNTED and HEADROOM_LATE are %d and %d",
                answer, HEADROOM_COUNTED, HEADROOM_LATE);
    return WINDOW_LATE;
}

void plugin_window_advance(struct plugin_window *w, int64_t watermark)
{
    if (w->state == NULL || watermark <= w->watermark) return;
    w->watermark = watermark;
    w->advancing = true;
    w->set->window->advance(w->state, watermark);
    w->advancing = false;
    if (w->on_grid)
        forget(w);
    else
        forget_keys(w);
}

size_t plugin_window_state_bytes(const struct plugin_window *w, double scale)
{
    if (w->state != NULL && w->set->window->state_bytes != NULL)
        return (size_t)((double)w->set->window->state_bytes(w->state) * scale);
    size_t keys = 0;
    for (int i = 0; i < w->windows_n; i++)
        keys += (size_t)w->windows[i].keys_n;
    return window_snapshot_bytes_for(&w->config, (size_t)((double)keys * scale), (size_t)w->windows_n);
}

void plugin_window_free(struct plugin_window *w)
{
    if (w == NULL) return;
    if (w->state != NULL) w->set->window->destroy(w->state);
    for (int i = 0; i < w->windows_n; i++)
        free(w->windows[i].keys);
    free(w->windows);
    w->windows = NULL;
    w->windows_n = w->windows_capacity = 0;
    w->state = NULL;
}
