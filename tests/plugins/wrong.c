/* wrong.c: plugins that are wrong, one a WRONG: see what a run says of each in the case plugin-mistakes.
 *
 *     0 of another version   1 replaces nothing   2 lacks a function   3 a name that is none
 *     4 a partition out of range   5 a pane of no window   6 a pane with more than there is   7 an answer
 * that is none 8 a plan that names a file twice   9 a plan with a file that is not there   10 a window of no
 * kind
 */
#include "headroom_plugin.h"

#include <stdlib.h>

static int32_t choose(void *state, const void *key, size_t key_bytes, int32_t partitions)
{
    (void)state, (void)key, (void)key_bytes;
    return WRONG == 4 ? partitions : 0;
}

static void *create(const struct headroom_window_config *config)
{
    struct headroom_window_config *kept = malloc(sizeof *kept);
    if (kept == NULL) abort();
    *kept = *config;
    return kept;
}

static int add(void *state, uint64_t key, int64_t time_ns, int side, int64_t count)
{
    const struct headroom_window_config *config = state;
    const int64_t into = time_ns % config->size_ns;
    const int64_t start = time_ns - (into < 0 ? into + config->size_ns : into) + (WRONG == 5 ? 1 : 0);
    const struct headroom_pane pane = {key, start, start + config->size_ns,
                                       side == HEADROOM_IMPRESSION ? count + 1 : 0,
                                       side == HEADROOM_CLICK ? count + 1 : 0};
    if (WRONG != 7) config->pane(config->context, &pane);
    return WRONG == 7 ? 7 : HEADROOM_COUNTED;
}

static void advance(void *state, int64_t watermark_ns)
{
    (void)state, (void)watermark_ns;
}

static void plan(const struct headroom_plan *wanted, const struct headroom_file *files, size_t n)
{
    const uint32_t group[] = {0, WRONG == 8 ? 0 : (uint32_t)n};
    (void)files;
    if (n > 0) wanted->group(wanted->context, group, 2, 1);
}

static const struct headroom_partitioner partitioner = {.choose = WRONG == 2 ? NULL : choose};
static const struct headroom_window window = {create, add, advance, free, .kinds = WRONG == 10 ? 0 : 1u << HEADROOM_TUMBLING};
static const struct headroom_planner planner = {plan};

const struct headroom_plugin headroom_plugin = {
    .version = HEADROOM_PLUGIN_VERSION + (WRONG == 0),
    .name = WRONG == 3 ? "Wrong one" : "wrong",
    .partitioner = WRONG == 2 || WRONG == 4 ? &partitioner : NULL,
    .window = (WRONG >= 5 && WRONG <= 7) || WRONG == 10 ? &window : NULL,
    .planner = WRONG == 8 || WRONG == 9 || WRONG == 0 || WRONG == 3 ? &planner : NULL,
};
