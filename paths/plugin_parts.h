/* plugin_parts.h: what the files of plugins share; see plugin.h. Not for users of it.
 *
 *   plugin.c          the set, partitioners and planners
 *   plugin_window.c   windows
 */
#ifndef HEADROOM_PATHS_PLUGIN_PARTS_H
#define HEADROOM_PATHS_PLUGIN_PARTS_H

#include "plugin.h"

#include <stdatomic.h>

enum { PLUGIN_MISTAKE_SIZE = 512 };

/* A plugin's file and name. */
struct plugin_named {
    const char *file, *name;
};

struct plugin_rule { /* a partition_rule first, so that the one is the other */
    struct partition_rule rule;
    struct plugin_set *set;
};

struct plugin_kept_state {
    void *state;
    struct plugin_kept_state *next;
};

struct plugin_set {
    struct arena *arena;
    struct plugin_named partitioner_of, window_of, planner_of;
    const struct headroom_partitioner *partitioner;
    const struct headroom_window *window;
    const struct headroom_planner *planner;
    struct plugin_rule rules[PARTITION_RULES_N]; /* one for each that may be replaced */
    struct plugin_kept_state *states;                /* partitioners' */
    atomic_flag taken;                        /* the first mistake has come */
    atomic_bool mistaken;                     /* and stands in: */
    char mistake[PLUGIN_MISTAKE_SIZE];
};

/* The first one is kept. */
void plugin_wrong(const struct plugin_set *set, const struct plugin_named *of, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
