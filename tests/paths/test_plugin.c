/* What replaces a path: right answers go through as they are, wrong ones are kept in words and harm nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "arena.h"
#include "plugin.h"

enum { ERROR_SIZE = 512 };

/* --- Partitioner */

static int32_t answer;

static int32_t choose(void *state, const void *key, size_t key_bytes, int32_t partitions)
{
    (void)state, (void)partitions;
    return key_bytes > 0 && *(const char *)key == 'x' ? answer : 1;
}

static int created, destroyed;

static void *create_partitioner(int32_t partitions)
{
    created += partitions;
    return &created;
}

static void destroy_partitioner(void *state)
{
    destroyed += state == &created;
}

static void partitions(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    char error[ERROR_SIZE] = "";
    static const struct headroom_partitioner own = {create_partitioner, choose, destroy_partitioner};
    const struct headroom_plugin plugin = {HEADROOM_PLUGIN_VERSION, "own", &own, NULL, NULL};
    struct plugin_set *set = plugin_set_new(arena);
    assert_true(plugin_set_add(set, "own.so", &plugin, error, sizeof error));
    const struct partition_rule *murmur2 = partition_rule_find("murmur2"),
                                *sticky = partition_rule_find("sticky");
    const struct partition_rule *rule = plugin_partition_rule(set, murmur2);
    assert_string_equal(rule->name, "own");
    assert_ptr_equal(plugin_partition_rule(set, sticky), sticky); /* no key decides there */
    assert_ptr_equal(plugin_partition_rule(NULL, murmur2), murmur2);
    struct partitioner *p =
        partition_new(arena, rule, &(struct partition_config){.partitions = 8, .sticky_batch_bytes = 16384});
    assert_int_equal(created, 8);
    assert_int_equal(partition_choose(p, "a", 1, NULL), 1);
    answer = 7;
    assert_int_equal(partition_choose(p, "x", 1, NULL), 7);
    assert_int_equal(p->counts.keys_hashed, 2);
    assert_null(plugin_mistake(set));
    answer = 8;
    assert_int_equal(partition_choose(p, "xyz", 3, NULL), 0);
    assert_string_equal(
        plugin_mistake(set),
        "own.so: plugin own: its partitioner answered 8 for the key \"xyz\": there are partitions 0 to 7");
    answer = -1; /* the first mistake stays */
    assert_int_equal(partition_choose(p, "x", 1, NULL), 0);
    assert_non_null(strstr(plugin_mistake(set), "answered 8"));
    plugin_set_free(set);
    assert_int_equal(destroyed, 1);
    arena_free(arena);
}

/* --- Windows: the state is its configuration; each record gives the pane that `pane` says. */

static struct headroom_window_config windows;
static struct headroom_pane next;
static int counted = HEADROOM_COUNTED;

static void *create_window(const struct headroom_window_config *config)
{
    windows = *config;
    return &windows;
}

static int add(void *state, uint64_t key, int64_t time_ns, int side, int64_t count)
{
    (void)state, (void)key, (void)time_ns, (void)side, (void)count;
    if (next.end_ns > next.start_ns) windows.pane(windows.context, &next);
    return counted;
}

static void advance(void *state, int64_t watermark_ns)
{
    (void)state, (void)watermark_ns;
    if (next.end_ns > next.start_ns) windows.pane(windows.context, &next);
}

static void destroy_window(void *state)
{
    (void)state;
}

static struct window_pane last;
static int panes;

static void take(void *context, const struct window_pane *pane)
{
    (void)context;
    last = *pane;
    panes++;
}

/* A record of key 3 at 25 and a click at 26 were added, windows are of 10. */
static const char *what_of(struct headroom_pane pane, int result, bool advancing)
{
    static char kept[ERROR_SIZE];
    struct arena *arena = arena_new(0);
    char error[ERROR_SIZE];
    static const struct headroom_window own = {create_window, add, advance, destroy_window,
                                               .kinds = 1u << HEADROOM_TUMBLING};
    const struct headroom_plugin plugin = {HEADROOM_PLUGIN_VERSION, "own", NULL, &own, NULL};
    struct plugin_set *set = plugin_set_new(arena);
    assert_true(plugin_set_add(set, "own.so", &plugin, error, sizeof error));
    const struct window_config config = {.size = 10, .allowed_lateness = 5, .sink = {.pane = take}};
    struct plugin_window *w = plugin_window_new(set, &config, arena);
    next = (struct headroom_pane){0};
    counted = HEADROOM_COUNTED;
    panes = 0;
    assert_int_equal(plugin_window_add(w, 3, 25, WINDOW_IMPRESSION, 4), WINDOW_COUNTED);
    assert_int_equal(plugin_window_add(w, 3, 26, WINDOW_CLICK, 1), WINDOW_COUNTED);
    next = pane;
    counted = result;
    if (advancing)
        plugin_window_advance(w, 30);
    else
        assert_int_equal(plugin_window_add(w, 3, 27, WINDOW_IMPRESSION, 2),
                         result == HEADROOM_COUNTED ? WINDOW_COUNTED : WINDOW_LATE);
    snprintf(kept, sizeof kept, "%s", plugin_mistake(set) ? plugin_mistake(set) : "");
    plugin_window_free(w);
    plugin_set_free(set);
    arena_free(arena);
    return kept;
}

static void panes_in_their_windows(void **state)
{
    (void)state;
    const int fine = HEADROOM_COUNTED;
    assert_string_equal(what_of((struct headroom_pane){3, 20, 30, 4, 1}, fine, true), "");
    assert_true(panes == 1 && last.timing == WINDOW_PANE_ON_TIME && last.impressions == 4 &&
                last.clicks == 1);
    assert_string_equal(what_of((struct headroom_pane){3, 20, 30, 6, 1}, fine, false),
                        ""); /* with the record under way */
    assert_true(panes == 1 && last.timing == WINDOW_PANE_EARLY);
    assert_string_equal(what_of((struct headroom_pane){0}, HEADROOM_LATE, false), "");
    assert_non_null(strstr(what_of((struct headroom_pane){3, 21, 31, 4, 1}, fine, true),
                           "[21, 31) ns, which is no window"));
    assert_int_equal(panes, 0); /* what is wrong goes no further */
    assert_non_null(strstr(what_of((struct headroom_pane){3, 20, 40, 4, 1}, fine, true),
                           "no window that holds a record"));
    assert_non_null(strstr(what_of((struct headroom_pane){3, 30, 40, 4, 1}, fine, true),
                           "no window that holds a record"));
    assert_non_null(strstr(what_of((struct headroom_pane){4, 20, 30, 4, 1}, fine, true), "of key 4"));
    assert_non_null(
        strstr(what_of((struct headroom_pane){3, 20, 30, 5, 1}, fine, true), "which holds 4 and 1"));
    assert_non_null(strstr(what_of((struct headroom_pane){3, 20, 30, -1, 1}, fine, true), "-1 impressions"));
    assert_non_null(
        strstr(what_of((struct headroom_pane){3, 20, 30, 0, 0}, fine, true), "0 impressions and 0 clicks"));
    assert_non_null(strstr(what_of((struct headroom_pane){0}, 2, false), "answered 2 to a record"));
}

static size_t held(void *state)
{
    (void)state;
    return 1000;
}

/* What a plugin of all kinds may say of windows of one: after a record of key 3 at 25 and one at 36. */
static const char *what_of_kind(struct window_config config, struct headroom_pane pane)
{
    static char kept[ERROR_SIZE];
    struct arena *arena = arena_new(0);
    char error[ERROR_SIZE];
    static const struct headroom_window own = {create_window, add, advance, destroy_window, .kinds = 31};
    const struct headroom_plugin plugin = {HEADROOM_PLUGIN_VERSION, "own", NULL, &own, NULL};
    struct plugin_set *set = plugin_set_new(arena);
    assert_true(plugin_set_add(set, "own.so", &plugin, error, sizeof error));
    config.sink.pane = take;
    struct plugin_window *w = plugin_window_new(set, &config, arena);
    assert_int_equal(windows.kind, config.kind);
    assert_int_equal(windows.semantics, config.semantics);
    next = (struct headroom_pane){0};
    counted = HEADROOM_COUNTED;
    panes = 0;
    plugin_window_add(w, 3, 25, WINDOW_IMPRESSION, 1);
    plugin_window_add(w, 3, 36, WINDOW_IMPRESSION, 2);
    next = pane;
    plugin_window_advance(w, 50);
    snprintf(kept, sizeof kept, "%s", plugin_mistake(set) ? plugin_mistake(set) : "");
    assert_int_equal(panes, kept[0] == '\0');
    plugin_window_free(w);
    plugin_set_free(set);
    arena_free(arena);
    return kept;
}

static void windows_of_all_kinds(void **state)
{
    (void)state;
    const struct window_config hopping = {.kind = WINDOW_HOPPING, .size = 20, .slide = 10},
                               session = {.kind = WINDOW_SESSION, .gap = 15, .semantics = WINDOW_BEAM},
                               sliding = {.kind = WINDOW_SLIDING, .size = 20, .semantics = WINDOW_KAFKA_STREAMS},
                               global = {.kind = WINDOW_GLOBAL, .trigger = {.kind = WINDOW_BY_COUNT, .early_count = 3}};
    assert_string_equal(what_of_kind(hopping, (struct headroom_pane){3, 20, 40, 3, 0}), "");
    assert_true(windows.size_ns == 20 && windows.slide_ns == 10 && windows.gap_ns == 0);
    assert_string_equal(what_of_kind(hopping, (struct headroom_pane){3, 30, 50, 2, 0}), "");
    assert_non_null(strstr(what_of_kind(hopping, (struct headroom_pane){3, 30, 50, 3, 0}), "which holds 2 and 0"));
    assert_non_null(strstr(what_of_kind(hopping, (struct headroom_pane){3, 25, 45, 1, 0}), "which is no window"));
    assert_string_equal(what_of_kind(session, (struct headroom_pane){3, 25, 51, 3, 0}), "");
    assert_true(windows.size_ns == 0 && windows.slide_ns == 0 && windows.gap_ns == 15);
    assert_non_null(strstr(what_of_kind(session, (struct headroom_pane){3, 25, 51, 4, 0}), "which holds 3 and 0"));
    assert_non_null(strstr(what_of_kind(session, (struct headroom_pane){3, 40, 55, 1, 0}), "none of it was added"));
    assert_non_null(strstr(what_of_kind(session, (struct headroom_pane){4, 25, 51, 1, 0}), "of key 4"));
    assert_string_equal(what_of_kind(sliding, (struct headroom_pane){3, 16, 36, 3, 0}), "");
    assert_non_null(strstr(what_of_kind(sliding, (struct headroom_pane){3, 16, 37, 3, 0}), "which is no window"));
    assert_string_equal(what_of_kind(global, (struct headroom_pane){3, INT64_MIN, INT64_MAX, 3, 0}), "");
}

static void other_windows_stay(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    char error[ERROR_SIZE];
    const struct window_config session = {.kind = WINDOW_SESSION, .gap = 5};
    assert_null(plugin_window_new(NULL, &session, arena));
    assert_null(plugin_window_new(plugin_set_new(arena), &(struct window_config){.size = 10}, arena));
    static const struct headroom_window own = {create_window, add, advance, destroy_window,
                                               .kinds = 1u << HEADROOM_HOPPING, .state_bytes = held};
    const struct headroom_plugin plugin = {HEADROOM_PLUGIN_VERSION, "own", NULL, &own, NULL};
    struct plugin_set *set = plugin_set_new(arena);
    assert_true(plugin_set_add(set, "own.so", &plugin, error, sizeof error));
    assert_null(plugin_window_new(set, &session, arena));
    assert_null(plugin_window_new(set, &(struct window_config){.size = 10}, arena));
    const struct window_config hopping = {.kind = WINDOW_HOPPING, .size = 20, .slide = 10, .sink = {.pane = take}};
    struct plugin_window *w = plugin_window_new(set, &hopping, arena);
    assert_non_null(w);
    assert_int_equal(plugin_window_state_bytes(w, 2.5), 2500);
    plugin_window_free(w);
    plugin_window_free(NULL);
    plugin_set_free(set);
    arena_free(arena);
}

/* --- Planner: gives the groups of `wanted`, up to -1 each. */

static const uint32_t *groups[3];
static size_t groups_n[3];
static int64_t outputs;

static void plan(const struct headroom_plan *p, const struct headroom_file *files, size_t n)
{
    (void)files, (void)n;
    for (int i = 0; i < 3; i++)
        if (groups[i] != NULL) p->group(p->context, groups[i], groups_n[i], outputs);
}

static const char *what_of_plan(const uint32_t *a, size_t a_n, const uint32_t *b, size_t b_n,
                                int64_t files_out, size_t *taken)
{
    static char kept[ERROR_SIZE];
    struct arena *arena = arena_new(0);
    char error[ERROR_SIZE];
    static const struct headroom_planner own = {plan};
    const struct headroom_plugin plugin = {HEADROOM_PLUGIN_VERSION, "own", NULL, NULL, &own};
    struct plugin_set *set = plugin_set_new(arena);
    assert_true(plugin_set_add(set, "own.so", &plugin, error, sizeof error));
    struct compact_policy policy = compact_policy_default(compact_strategy_find("binpack"), 1000);
    plugin_replace_planner(set, &policy, arena);
    assert_string_equal(policy.strategy->name, "own");
    const struct compact_file files[] = {{.partition = 1, .size_bytes = 10, .records = 1},
                                         {.partition = 1, .size_bytes = 20, .records = 2},
                                         {.partition = 2, .size_bytes = 30, .records = 3},
                                         {.partition = 2, .size_bytes = 40, .records = 4}};
    struct compact_plan out;
    groups[0] = a;
    groups_n[0] = a_n;
    groups[1] = b;
    groups_n[1] = b_n;
    outputs = files_out;
    compact_plan(&policy, files, 4, arena, &out);
    *taken = out.groups_n;
    if (out.groups_n == 2) {
        assert_true(out.files_in == 4 && out.bytes_in == 100 && out.files_out == 2 && out.files_seen == 4);
        assert_true(out.groups[1].size_bytes == 70 && out.groups[1].records == 7 &&
                    out.groups[1].partition == 2);
    }
    snprintf(kept, sizeof kept, "%s", plugin_mistake(set) ? plugin_mistake(set) : "");
    arena_free(arena);
    return kept;
}

static void plans_of_files_that_are_there(void **state)
{
    (void)state;
    static const uint32_t first[] = {1, 0}, second[] = {2, 3}, twice[] = {2, 2}, beyond[] = {3, 4},
                          mixed[] = {1, 2};
    size_t n;
    assert_string_equal(what_of_plan(first, 2, second, 2, 1, &n), "");
    assert_int_equal(n, 2);
    assert_string_equal(what_of_plan(NULL, 0, NULL, 0, 1, &n), "");
    assert_int_equal(n, 0);
    assert_non_null(strstr(what_of_plan(first, 2, twice, 2, 1, &n), "file 2 twice"));
    assert_int_equal(n, 0); /* not even the group that was right */
    assert_non_null(strstr(what_of_plan(first, 2, first, 2, 1, &n), "file 1 twice"));
    assert_non_null(strstr(what_of_plan(first, 2, beyond, 2, 1, &n), "file 4: there are files 0 to 3"));
    assert_non_null(strstr(what_of_plan(mixed, 2, NULL, 0, 1, &n), "different partitions"));
    assert_non_null(strstr(what_of_plan(first, 0, NULL, 0, 1, &n), "without files"));
    assert_non_null(strstr(what_of_plan(first, 2, NULL, 0, 0, &n), "wants 0 files"));
}

/* --- What is no plugin */

static void refused(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    static const struct headroom_partitioner good = {.choose = choose}, none = {0};
    static const struct headroom_window half = {.create = create_window, .add = add},
                                        no_kind = {create_window, add, advance, destroy_window, .kinds = 0},
                                        unknown_kind = {create_window, add, advance, destroy_window, .kinds = 32};
    static const struct headroom_planner empty = {0};
    const struct {
        struct headroom_plugin plugin;
        const char *words;
    } cases[] = {
        {{HEADROOM_PLUGIN_VERSION + 1, "own", &good, NULL, NULL}, "version 3; this program takes version 2"},
        {{1, "own", &good, NULL, NULL}, "version 1; this program takes version 2: compile it with its headroom_plugin.h"},
        {{HEADROOM_PLUGIN_VERSION, "own", NULL, NULL, NULL}, "replaces nothing"},
        {{HEADROOM_PLUGIN_VERSION, "own", NULL, &no_kind, NULL}, "replaces no kind of windows"},
        {{HEADROOM_PLUGIN_VERSION, "own", NULL, &unknown_kind, NULL}, "its kinds are 32"},
        {{HEADROOM_PLUGIN_VERSION, NULL, &good, NULL, NULL}, "name must be"},
        {{HEADROOM_PLUGIN_VERSION, "", &good, NULL, NULL}, "name must be"},
        {{HEADROOM_PLUGIN_VERSION, "a b", &good, NULL, NULL}, "name must be"},
        {{HEADROOM_PLUGIN_VERSION, "own", &none, NULL, NULL}, "no choose()"},
        {{HEADROOM_PLUGIN_VERSION, "own", NULL, &half, NULL},
         "lacks create(), add(), advance() or destroy()"},
        {{HEADROOM_PLUGIN_VERSION, "own", NULL, NULL, &empty}, "no plan()"},
    };
    char error[ERROR_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plugin_set *set = plugin_set_new(arena);
        assert_false(plugin_set_add(set, "own.so", &cases[i].plugin, error, sizeof error));
        if (strstr(error, cases[i].words) == NULL) fail_msg("case %zu: %s", i, error);
        assert_ptr_equal(plugin_partition_rule(set, &partition_rules[0]), &partition_rules[0]);
        assert_null(plugin_window_name(set, WINDOW_TUMBLING));
        assert_null(plugin_planner_name(set));
    }
    struct plugin_set *set = plugin_set_new(arena);
    const struct headroom_plugin plugin = {HEADROOM_PLUGIN_VERSION, "own", &good, NULL, NULL};
    assert_true(plugin_set_add(set, "a.so", &plugin, error, sizeof error));
    assert_false(plugin_set_add(set, "b.so", &plugin, error, sizeof error));
    assert_string_equal(error, "a.so and b.so both replace the partitioner");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(partitions),
        cmocka_unit_test(panes_in_their_windows),
        cmocka_unit_test(windows_of_all_kinds),
        cmocka_unit_test(other_windows_stay),
        cmocka_unit_test(plans_of_files_that_are_there),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
