/* mutant.c: three plugins that do not do their work, each right in form: a run takes them, and its figures
 * must show it.
 *
 *     -DMUTANT=zero      a partitioner that answers 0 to every key
 *     -DMUTANT=silent    a window that counts every record and never fires
 *     -DMUTANT=idle      a planner that never plans
 */
#include "headroom_plugin.h"

#define NAME_OF(mutant) #mutant
#define NAME(mutant) NAME_OF(mutant)
#define IS_zero 1
#define IS_silent 2
#define IS_idle 3
#define IS_OF(mutant) IS_##mutant
#define IS(mutant) IS_OF(mutant)

#if IS(MUTANT) == IS_zero
static int32_t choose(void *state, const void *key, size_t key_bytes, int32_t partitions)
{
    (void)state, (void)key, (void)key_bytes, (void)partitions;
    return 0;
}
static const struct headroom_partitioner mutant = {.choose = choose};
const struct headroom_plugin headroom_plugin = {HEADROOM_PLUGIN_VERSION, NAME(MUTANT), &mutant, 0, 0};
#elif IS(MUTANT) == IS_silent
static char nothing;
static void *create(const struct headroom_window_config *config)
{
    (void)config;
    return &nothing;
}
static int add(void *state, uint64_t key, int64_t time_ns, int side, int64_t count)
{
    (void)state, (void)key, (void)time_ns, (void)side, (void)count;
    return HEADROOM_COUNTED;
}
static void advance(void *state, int64_t watermark_ns)
{
    (void)state, (void)watermark_ns;
}
static void destroy(void *state)
{
    (void)state;
}
static const struct headroom_window mutant = {create, add, advance, destroy, .kinds = 2u * (1u << HEADROOM_GLOBAL) - 1};
const struct headroom_plugin headroom_plugin = {HEADROOM_PLUGIN_VERSION, NAME(MUTANT), 0, &mutant, 0};
#else
static void plan(const struct headroom_plan *wanted, const struct headroom_file *files, size_t n)
{
    (void)wanted, (void)files, (void)n;
}
static const struct headroom_planner mutant = {plan};
const struct headroom_plugin headroom_plugin = {HEADROOM_PLUGIN_VERSION, NAME(MUTANT), 0, 0, &mutant};
#endif
