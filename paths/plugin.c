/* plugin.c: see plugin.h. */
#include "plugin_parts.h"

#include "arena.h"
#include "check.h"
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct own_strategy {
    struct compact_strategy strategy;
    const struct plugin_set *set;
};

void plugin_wrong(const struct plugin_set *given, const struct plugin_named *of, const char *format, ...)
{
    struct plugin_set *set = (struct plugin_set *)given; /* what is asked is const, what went wrong is kept */
    va_list args;
    if (atomic_flag_test_and_set(&set->taken)) return;
    int n = snprintf(set->mistake, sizeof set->mistake, "%.200s: plugin %s: ", of->file, of->name);
    va_start(args, format);
    vsnprintf(set->mistake + n, sizeof set->mistake - (size_t)n, format, args);
    va_end(args);
    atomic_store(&set->mistaken, true);
}

const char *plugin_mistake(const struct plugin_set *set)
{
    return set != NULL && atomic_load(&set->mistaken) ? set->mistake : NULL;
}

/* --- The set ----------------------------------------------------------------------------------------- */

static int32_t choose_own(struct partitioner *p, const void *key, size_t len,
                          const struct partition_hints *hints)
{
    const struct plugin_rule *own = (const struct plugin_rule *)(const void *)p->rule;
    const struct plugin_set *set = own->set;
    const int32_t n = p->config.partitions;
    if (key == NULL)
        return partition_rules[own - set->rules].choose(p, key, len, hints); /* none of its business */
    const int32_t partition = set->partitioner->choose(p->external, key, len, n);
    p->counts.keys_hashed++;
    p->counts.key_bytes_hashed += len;
    if (partition >= 0 && partition < n) return partition;
    plugin_wrong(set, &set->partitioner_of,
            "its partitioner answered %d for the key \"%.*s\": there are partitions 0 to %d", partition,
            len < 100 ? (int)len : 100, (const char *)key, n - 1);
    return 0;
}

static void set_up_own(struct partitioner *p, struct arena *arena)
{
    (void)arena;
    struct plugin_set *set = ((const struct plugin_rule *)(const void *)p->rule)->set;
    if (set->partitioner->create == NULL) return;
    p->external = set->partitioner->create(p->config.partitions);
    if (p->external == NULL)
        plugin_wrong(set, &set->partitioner_of, "its partitioner gave no state for %d partitions",
                p->config.partitions);
    struct plugin_kept_state *kept = ARENA_NEW(set->arena, struct plugin_kept_state, 1);
    *kept = (struct plugin_kept_state){p->external, set->states};
    set->states = kept;
}

struct plugin_set *plugin_set_new(struct arena *arena)
{
    struct plugin_set *set = ARENA_NEW(arena, struct plugin_set, 1);
    set->arena = arena;
    atomic_flag_clear(&set->taken);
    atomic_init(&set->mistaken, false);
    return set;
}

void plugin_set_free(struct plugin_set *set)
{
    for (struct plugin_kept_state *s = set->states; s != NULL; s = s->next)
        if (set->partitioner->destroy != NULL && s->state != NULL) set->partitioner->destroy(s->state);
    set->states = NULL;
}

static bool name_fits(const char *name)
{
    return name != NULL && name[0] != '\0' && strlen(name) <= 64 &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-")] == '\0';
}

bool plugin_set_add(struct plugin_set *set, const char *file, const struct headroom_plugin *plugin,
                    char *error, size_t error_n)
{
    const struct plugin_named named = {file, plugin->name};
    if (plugin->version != HEADROOM_PLUGIN_VERSION)
        return error_say(error, error_n,
                         "%s is a plugin of version %u; this program takes version %d: compile it with its "
                         "headroom_plugin.h",
                         file, plugin->version, HEADROOM_PLUGIN_VERSION);
    if (!name_fits(plugin->name))
        return error_say(error, error_n,
                         "%s: the plugin's name must be of a-z, 0-9, _ and -, at most 64 of them", file);
    if (plugin->partitioner == NULL && plugin->window == NULL && plugin->planner == NULL)
        return error_say(error, error_n,
                         "%s: plugin %s replaces nothing: it has no partitioner, window or planner", file,
                         plugin->name);
    if (plugin->partitioner != NULL && plugin->partitioner->choose == NULL)
        return error_say(error, error_n, "%s: the partitioner of plugin %s has no choose()", file,
                         plugin->name);
    if (plugin->window != NULL && (plugin->window->create == NULL || plugin->window->add == NULL ||
                                   plugin->window->advance == NULL || plugin->window->destroy == NULL))
        return error_say(error, error_n,
                         "%s: the window of plugin %s lacks create(), add(), advance() or destroy()", file,
                         plugin->name);
    const uint32_t kinds = plugin->window != NULL ? plugin->window->kinds : 1;
    if (kinds == 0 || kinds >= 2u << HEADROOM_GLOBAL)
        return error_say(error, error_n,
                         "%s: the window of plugin %s replaces no kind of windows: its kinds are %u: it takes the bits 1 << "
                         "HEADROOM_TUMBLING to 1 << HEADROOM_GLOBAL",
                         file, plugin->name, kinds);
    if (plugin->planner != NULL && plugin->planner->plan == NULL)
        return error_say(error, error_n, "%s: the planner of plugin %s has no plan()", file, plugin->name);
    const struct {
        bool both;
        const char *what, *other;
    } clashes[] = {
        {plugin->partitioner != NULL && set->partitioner != NULL, "partitioner", set->partitioner_of.file},
        {plugin->window != NULL && set->window != NULL, "window", set->window_of.file},
        {plugin->planner != NULL && set->planner != NULL, "planner", set->planner_of.file},
    };
    for (size_t i = 0; i < sizeof clashes / sizeof *clashes; i++)
        if (clashes[i].both)
            return error_say(error, error_n, "%s and %s both replace the %s", clashes[i].other, file,
                             clashes[i].what);
    if (plugin->partitioner != NULL) {
        set->partitioner = plugin->partitioner;
        set->partitioner_of = named;
        for (int i = 0; i < PARTITION_RULES_N; i++) {
            set->rules[i] = (struct plugin_rule){.rule = partition_rules[i], .set = set};
            set->rules[i].rule.name = plugin->name;
            set->rules[i].rule.choose = choose_own;
            set->rules[i].rule.set_up = set_up_own;
            set->rules[i].rule.keys = KEYS_TOGETHER;
        }
    }
    if (plugin->window != NULL) {
        set->window = plugin->window;
        set->window_of = named;
    }
    if (plugin->planner != NULL) {
        set->planner = plugin->planner;
        set->planner_of = named;
    }
    return true;
}

const struct partition_rule *plugin_partition_rule(const struct plugin_set *set,
                                                   const struct partition_rule *rule)
{
    if (set == NULL || set->partitioner == NULL || rule->keys == KEYS_IGNORED) return rule;
    return &set->rules[rule - partition_rules].rule;
}

_Static_assert((int)HEADROOM_GLOBAL == (int)WINDOW_GLOBAL && (int)HEADROOM_SESSION == (int)WINDOW_SESSION &&
                   (int)HEADROOM_KAFKA_STREAMS == (int)WINDOW_KAFKA_STREAMS,
               "kinds and semantics go by the same numbers");

const char *plugin_window_name(const struct plugin_set *set, enum window_kind kind)
{
    return set != NULL && set->window != NULL && set->window->kinds & 1u << kind ? set->window_of.name : NULL;
}

const struct headroom_window *plugin_window_vtable(const struct plugin_set *set, enum window_kind kind)
{
    return plugin_window_name(set, kind) != NULL ? set->window : NULL;
}

const char *plugin_planner_name(const struct plugin_set *set)
{
    return set != NULL && set->planner != NULL ? set->planner_of.name : NULL;
}

/* --- Planner ----------------------------------------------------------------------------------------- */

struct planning {
    const struct plugin_set *set;
    const struct compact_policy *policy;
    const struct compact_file *files;
    size_t n;
    bool *used; /* [n] */
    struct arena *arena;
    struct compact_group *groups;
    size_t groups_n, capacity;
    bool bad;
};

/* A group that is right, or else none. */
static bool group_fits(struct planning *p, const uint32_t *files, size_t n, int64_t outputs)
{
    const struct plugin_named *of = &p->set->planner_of;
    if (n == 0 || files == NULL) {
        plugin_wrong(p->set, of, "its planner gave a group without files");
        return false;
    }
    if (outputs < 1 || outputs > COMPACT_FILES_MAX) {
        plugin_wrong(p->set, of, "its planner wants %lld files of a group of %zu: it takes at least one",
                (long long)outputs, n);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (files[i] >= p->n) {
            plugin_wrong(p->set, of, "its planner named file %u: there are files 0 to %zu", files[i], p->n - 1);
            return false;
        }
        if (p->used[files[i]]) {
            plugin_wrong(p->set, of, "its planner named file %u twice", files[i]);
            return false;
        }
        if (p->files[files[i]].partition != p->files[files[0]].partition) {
            plugin_wrong(p->set, of, "its planner merges files %u and %u, which are of different partitions",
                    files[0], files[i]);
            return false;
        }
        p->used[files[i]] = true;
    }
    return true;
}

static void take_group(void *context, const uint32_t *files, size_t n, int64_t outputs)
{
    struct planning *p = context;
    p->bad = p->bad || !group_fits(p, files, n, outputs);
    if (p->bad) return;
    if (p->groups_n == p->capacity) {
        const size_t capacity = p->capacity > 0 ? 2 * p->capacity : 16;
        p->groups = arena_grow(p->arena, p->groups, p->groups_n, capacity, sizeof *p->groups);
        p->capacity = capacity;
    }
    uint32_t *kept = ARENA_NEW(p->arena, uint32_t, n);
    memcpy(kept, files, n * sizeof *kept);
    struct compact_group *g = &p->groups[p->groups_n++];
    *g = (struct compact_group){.partition = p->files[files[0]].partition,
                                .files = kept,
                                .files_n = n,
                                .outputs = outputs,
                                .reasons = COMPACT_ALL};
    for (size_t i = 0; i < n; i++) {
        g->size_bytes += p->files[files[i]].size_bytes;
        g->records += p->files[files[i]].records;
    }
    g->split_bytes = g->size_bytes / outputs + (g->size_bytes % outputs != 0);
}

static void plan_own(const struct compact_policy *policy, const struct compact_file *files, size_t n,
                     struct arena *arena, struct compact_plan *plan)
{
    const struct plugin_set *set = ((const struct own_strategy *)(const void *)policy->strategy)->set;
    struct planning p = {.set = set, .policy = policy, .files = files, .n = n, .arena = arena};
    struct headroom_file *shown = ARENA_NEW(arena, struct headroom_file, n + 1);
    p.used = ARENA_NEW(arena, bool, n + 1);
    for (size_t i = 0; i < n; i++)
        shown[i] = (struct headroom_file){.partition = files[i].partition,
                                          .size_bytes = files[i].size_bytes,
                                          .records = files[i].records,
                                          .deleted_records = files[i].deleted_records,
                                          .delete_files = files[i].delete_files};
    const struct headroom_plan wanted = {.target_bytes = policy->target_bytes,
                                         .min_input_files = policy->min_input_files,
                                         .group = take_group,
                                         .context = &p};
    set->planner->plan(&wanted, shown, n);
    plan->groups = p.groups;
    plan->groups_n = p.bad ? 0 : p.groups_n;
    plan->files_seen = (int64_t)n;
    plan->groups_packed = (int64_t)plan->groups_n;
    for (size_t i = 0; i < plan->groups_n; i++) {
        plan->files_in += (int64_t)p.groups[i].files_n;
        plan->bytes_in += p.groups[i].size_bytes;
        plan->files_out += p.groups[i].outputs;
    }
    plan->files_chosen = plan->files_in;
}

void plugin_replace_planner(const struct plugin_set *set, struct compact_policy *policy, struct arena *arena)
{
    if (set == NULL || set->planner == NULL) return;
    struct own_strategy *own = ARENA_NEW(arena, struct own_strategy, 1);
    *own = (struct own_strategy){.strategy = *policy->strategy, .set = set};
    own->strategy.name = set->planner_of.name;
    own->strategy.plan = plan_own;
    policy->strategy = &own->strategy;
}
