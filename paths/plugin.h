/* plugin.h: what plugins replace, in the shape of the paths they replace: models see no difference.
 *
 * Every answer of a plugin is checked here. A wrong one is kept, in words, as the set's mistake; what was
 * asked gets a harmless answer, and the run is to end at its next safe point without a result
 * (plugin_mistake()).
 *
 * Ownership: what is made lives in the arena given; a plugin's own states end with plugin_window_free() and
 * plugin_set_free(). Errors: plugin_set_add() says what is wrong. Threads: a set may be asked by several at
 * once. Cost: beside the plugin's own, a window's pane looks its key up among those of its window.
 */
#ifndef HEADROOM_PATHS_PLUGIN_H
#define HEADROOM_PATHS_PLUGIN_H

#include "compact.h"
#include "headroom_plugin.h"
#include "partition.h"
#include "window.h"

struct plugin_set;

struct plugin_set *plugin_set_new(struct arena *arena);
void plugin_set_free(struct plugin_set *set);

/* The plugin of that file, whose vtable stays valid. False, with words, if it is of another version, replaces
 * nothing, lacks a function, or replaces what another plugin has replaced. */
bool plugin_set_add(struct plugin_set *set, const char *file, const struct headroom_plugin *plugin,
                    char *error, size_t error_n);

/* NULL: every answer was right so far. */
const char *plugin_mistake(const struct plugin_set *set);

/* In place of `rule`; `rule` itself where nothing replaces it: there is no set, no partitioner in it, or no
 * key decides. */
const struct partition_rule *plugin_partition_rule(const struct plugin_set *set,
                                                   const struct partition_rule *rule);

/* In place of the policy's strategy, which `policy` then names. */
void plugin_replace_planner(const struct plugin_set *set, struct compact_policy *policy, struct arena *arena);

/* The vtable that replaces windows of this kind, for those who time it unchecked; NULL: none does. */
const struct headroom_window *plugin_window_vtable(const struct plugin_set *set, enum window_kind kind);

/* A window operator of a plugin; NULL: none replaces windows of this kind. */
struct plugin_window;
struct plugin_window *plugin_window_new(const struct plugin_set *set, const struct window_config *config,
                                        struct arena *arena);
enum window_result plugin_window_add(struct plugin_window *w, uint64_t key, int64_t timestamp,
                                     enum window_side side, int64_t count);
void plugin_window_advance(struct plugin_window *w, int64_t watermark);
/* Of a checkpoint, if its keys stand for `scale` times as many. */
size_t plugin_window_state_bytes(const struct plugin_window *w, double scale);
void plugin_window_free(struct plugin_window *w); /* NULL is fine */

/* Names of plugins that replace each; NULL: none. */
const char *plugin_window_name(const struct plugin_set *set, enum window_kind kind);
const char *plugin_planner_name(const struct plugin_set *set);

#endif
