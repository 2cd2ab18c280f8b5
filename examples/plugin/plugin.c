/* plugin.c: a plugin with all three: a partitioner, a window operator and a compaction planner, each as
 * simple as it can be.
 *
 *     make -C examples/plugin
 *     ./headroom run scenarios/ad-clickstream-small.json --plugin examples/plugin/plugin.so
 *
 * The partitioner is FNV-1a, the windows are tumbling, hopping or sessions, with panes when they end and for
 * what comes late, and the planner merges what is smaller than half of the target, in the order in which it is given, up to the
 * target.
 */
#include "headroom_plugin.h"

#include <stdlib.h>
#include <string.h>

/* --- Partitioner ----------------------------------------------------------------------------- */

static int32_t choose(void *state, const void *key, size_t key_bytes, int32_t partitions)
{
    uint32_t hash = 2166136261u;
    (void)state;
    for (size_t i = 0; i < key_bytes; i++)
        hash = (hash ^ ((const unsigned char *)key)[i]) * 16777619u;
    return (int32_t)(hash % (uint32_t)partitions);
}

static const struct headroom_partitioner partitioner = {.choose = choose};

/* --- Windows --------------------------------------------------------------------------------- */

struct cell { /* what one window holds of one key */
    uint64_t key;
    int64_t start_ns, end_ns, impressions, clicks;
    int fired;
};

struct windows {
    struct headroom_window_config config;
    int64_t watermark_ns;
    struct cell *cells;
    size_t n, capacity;
};

static void *create(const struct headroom_window_config *config)
{
    struct windows *w = calloc(1, sizeof *w);
    if (w != NULL) *w = (struct windows){.config = *config, .watermark_ns = INT64_MIN};
    return w;
}

static void destroy(void *state)
{
    free(((struct windows *)state)->cells);
    free(state);
}

static void give(struct windows *w, struct cell *cell)
{
    const struct headroom_pane pane = {.key = cell->key,
                                       .start_ns = cell->start_ns,
                                       .end_ns = cell->end_ns,
                                       .impressions = cell->impressions,
                                       .clicks = cell->clicks};
    cell->fired = 1;
    w->config.pane(w->config.context, &pane);
}

static struct cell *new_cell(struct windows *w, struct cell cell)
{
    if (w->n == w->capacity) {
        const size_t capacity = w->capacity > 0 ? 2 * w->capacity : 64;
        struct cell *cells = realloc(w->cells, capacity * sizeof *cells);
        if (cells == NULL) abort();
        w->cells = cells;
        w->capacity = capacity;
    }
    w->cells[w->n] = cell;
    return &w->cells[w->n++];
}

/* Is a window gone that ends then? */
static int gone(const struct windows *w, int64_t end_ns)
{
    return end_ns - 1 + w->config.allowed_lateness_ns <= w->watermark_ns;
}

static void count_in(struct windows *w, struct cell *cell, int side, int64_t count)
{
    *(side == HEADROOM_CLICK ? &cell->clicks : &cell->impressions) += count;
    if (cell->end_ns - 1 <= w->watermark_ns) give(w, cell); /* late, but not too late */
}

/* The key's session that the record's own touches, with all others that it joins, or a new one. */
static int add_to_session(struct windows *w, uint64_t key, int64_t time_ns, int side, int64_t count)
{
    struct cell merged = {.key = key, .start_ns = time_ns, .end_ns = time_ns + w->config.gap_ns};
    size_t kept = 0;
    for (size_t i = 0; i < w->n; i++) {
        const struct cell *c = &w->cells[i];
        if (c->key != key || c->start_ns > time_ns + w->config.gap_ns || time_ns > c->end_ns) continue;
        if (c->start_ns < merged.start_ns) merged.start_ns = c->start_ns;
        if (c->end_ns > merged.end_ns) merged.end_ns = c->end_ns;
        merged.impressions += c->impressions;
        merged.clicks += c->clicks;
    }
    if (gone(w, merged.end_ns)) return HEADROOM_LATE;
    for (size_t i = 0; i < w->n; i++)
        if (w->cells[i].key != key || w->cells[i].start_ns < merged.start_ns || w->cells[i].end_ns > merged.end_ns)
            w->cells[kept++] = w->cells[i];
    w->n = kept;
    count_in(w, new_cell(w, merged), side, count);
    return HEADROOM_COUNTED;
}

static int add(void *state, uint64_t key, int64_t time_ns, int side, int64_t count)
{
    struct windows *w = state;
    if (w->config.kind == HEADROOM_SESSION) return add_to_session(w, key, time_ns, side, count);
    const int64_t size = w->config.size_ns, slide = w->config.slide_ns, into = time_ns % slide;
    int answer = HEADROOM_LATE; /* unless one of the windows that hold it takes it */
    for (int64_t start = time_ns - (into < 0 ? into + slide : into); start + size > time_ns; start -= slide) {
        if (gone(w, start + size)) break;
        size_t i = 0;
        while (i < w->n && (w->cells[i].key != key || w->cells[i].start_ns != start))
            i++;
        struct cell *cell =
            i < w->n ? &w->cells[i] : new_cell(w, (struct cell){.key = key, .start_ns = start, .end_ns = start + size});
        count_in(w, cell, side, count);
        answer = HEADROOM_COUNTED;
    }
    return answer;
}

static void advance(void *state, int64_t watermark_ns)
{
    struct windows *w = state;
    size_t kept = 0;
    w->watermark_ns = watermark_ns;
    for (size_t i = 0; i < w->n; i++) {
        if (w->cells[i].end_ns - 1 <= watermark_ns && !w->cells[i].fired) give(w, &w->cells[i]);
        if (!gone(w, w->cells[i].end_ns)) w->cells[kept++] = w->cells[i];
    }
    w->n = kept;
}

static size_t state_bytes(void *state)
{
    return ((struct windows *)state)->n * sizeof(struct cell);
}

static const struct headroom_window window = {
    .create = create,
    .add = add,
    .advance = advance,
    .destroy = destroy,
    .kinds = 1u << HEADROOM_TUMBLING | 1u << HEADROOM_HOPPING | 1u << HEADROOM_SESSION,
    .state_bytes = state_bytes};

/* --- Planner --------------------------------------------------------------------------------- */

static void plan(const struct headroom_plan *wanted, const struct headroom_file *files, size_t n)
{
    uint32_t *group = malloc((n + 1) * sizeof *group);
    char *taken = calloc(n + 1, 1);
    if (group == NULL || taken == NULL) abort();
    for (size_t first = 0; first < n; first++) {
        size_t in = 0;
        int64_t bytes = 0;
        for (size_t i = first; i < n && bytes < wanted->target_bytes; i++) {
            if (taken[i] || files[i].partition != files[first].partition) continue;
            if (files[i].size_bytes >= wanted->target_bytes / 2) continue;
            taken[i] = 1;
            group[in++] = (uint32_t)i;
            bytes += files[i].size_bytes;
        }
        if (in > 1) wanted->group(wanted->context, group, in, 1);
    }
    free(group);
    free(taken);
}

static const struct headroom_planner planner = {.plan = plan};

const struct headroom_plugin headroom_plugin = {.version = HEADROOM_PLUGIN_VERSION,
                                                .name = "example",
                                                .partitioner = &partitioner,
                                                .window = &window,
                                                .planner = &planner};
