/* fault_condition.c: what a fault may wait for; see fault_condition.h. */
#include "fault_condition.h"

#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "broker_resources.h"
#include "check.h"
#include "cluster.h"
#include "controller.h"
#include "faults.h"
#include "group.h"
#include "nearest.h"
#include "telemetry.h"
#include "units.h"
#include "workload.h"

static double lag_records(const struct world *w, int group) { return (double)group_lag(&w->groups[group]); }

/* The age of the oldest record not processed. */
static double lag_s(const struct world *w, int group)
{
    const struct group *g = &w->groups[group];
    sim_time oldest = 0;
    for (int i = 0; i < g->partitions_n; i++) {
        const sim_time age = group_partition_age(g, i);
        if (age > oldest) oldest = age;
    }
    return sim_seconds(oldest);
}

static double staleness_s(const struct world *w, int group) { return w->fault_log->staleness_s[group]; }

static double rate_per_s(const struct world *w, int unused)
{
    (void)unused;
    return workload_rate(w, world_scenario_time(w, w->slice_end));
}

static double under_replicated(const struct world *w, int unused)
{
    (void)unused;
    int n = 0;
    for (int i = 0; i < w->cluster.partitions_n; i++)
        n += partition_isr_count(&w->cluster.partitions[i]) < w->cluster.partitions[i].replicas_n;
    return n;
}

static double unavailable(const struct world *w, int unused)
{
    (void)unused;
    return (1 - controller_available_share(w)) * w->cluster.partitions_n;
}

static double of_broker(const struct world *w, int resource) { return w->telemetry->resources[resource].last; }

static double of_group(const struct world *w, int group) { return w->telemetry->resources[BROKER_RESOURCES + group].last; }

static double fullest_volume(const struct world *w, int unused)
{
    (void)unused;
    return w->cluster.fullest_volume;
}

static double brokers_down(const struct world *w, int unused)
{
    (void)unused;
    int n = 0;
    for (int b = 0; b < w->cluster.brokers_n; b++) n += !w->cluster.brokers[b].up;
    return n;
}

static const struct reading {
    const char *pattern; /* "lag.<group>": any group; else the whole */
    enum units_kind unit;
    double (*value)(const struct world *w, int of);
    const char *words;
    int of; /* the resource; -1: none */
} readings[] = {
    {"lag.<group>", UNITS_COUNT, lag_records, "records that the group has not processed", -1},
    {"lag.<group>", UNITS_DURATION, lag_s, "the age of the oldest record that the group has not processed", -1},
    {"staleness.<group>", UNITS_DURATION, staleness_s, "how stale the group's output is", -1},
    {"rate", UNITS_RATE, rate_per_s, "records that come a second, of all streams", -1},
    {"partitions.under_replicated", UNITS_COUNT, under_replicated, "partitions with a replica that is not in sync", -1},
    {"partitions.unavailable", UNITS_COUNT, unavailable, "partitions that accept no acks=all writes", -1},
    {"brokers.down", UNITS_COUNT, brokers_down, "brokers that do not serve", -1},
    {"utilization.broker.cpu", UNITS_SHARE, of_broker, "the busiest broker's cores, over the last minute that was measured", BROKER_CPU},
    {"utilization.broker.disk", UNITS_SHARE, of_broker, "the busiest broker's disk, over the last minute that was measured", BROKER_DISK},
    {"utilization.broker.network", UNITS_SHARE, of_broker, "the busiest broker's network, over the last minute that was measured", BROKER_NETWORK},
    {"utilization.group.<group>.cpu", UNITS_SHARE, of_group, "the group's busiest thread, over the last minute that was measured", -1},
    {"storage.log", UNITS_SHARE, fullest_volume, "the fullest broker's volume, looked at every 30 s at least", -1},
};
enum { READINGS_N = sizeof readings / sizeof readings[0] };

const char *fault_condition_pattern(int i) { return i >= 0 && i < READINGS_N ? readings[i].pattern : NULL; }
const char *fault_condition_words(int i) { return i >= 0 && i < READINGS_N ? readings[i].words : NULL; }

/* "lag.ctr": the group it is about, -1 if the reading is of the whole, -2 if it is not this reading. */
static int group_of(const struct scenario *s, const struct reading *reading, const char *word)
{
    const char *open = strchr(reading->pattern, '<');
    if (!open) return strcmp(word, reading->pattern) == 0 ? -1 : -2;
    const size_t n = (size_t)(open - reading->pattern);
    const char *after = strchr(open, '>') + 1;
    if (strncmp(word, reading->pattern, n) != 0) return -2;
    for (int g = 0; g < s->groups_n; g++) {
        const char *name = s->groups[g].name;
        if (name && strncmp(word + n, name, strlen(name)) == 0 && strcmp(word + n + strlen(name), after) == 0) return g;
    }
    return -2;
}

static const char *unknown_reading(const struct scenario *s, const char *word, struct arena *arena)
{
    enum { NAMES_MAX = READINGS_N * SCENARIO_GROUPS_MAX };
    const char *names[NAMES_MAX], *list = "";
    size_t n = 0;
    for (int i = 0; i < READINGS_N; i++) {
        const char *open = strchr(readings[i].pattern, '<');
        if (i == 0 || strcmp(readings[i].pattern, readings[i - 1].pattern) != 0)
            list = arena_printf(arena, "%s%s%s", list, *list ? ", " : "", readings[i].pattern);
        for (int g = 0; g < (open ? s->groups_n : 1); g++) {
            if (open && !s->groups[g].name) continue;
            names[n++] = open ? arena_printf(arena, "%.*s%s%s", (int)(open - readings[i].pattern), readings[i].pattern, s->groups[g].name,
                                             strchr(open, '>') + 1)
                              : readings[i].pattern;
        }
    }
    const char *nearest = nearest_name(word, names, n);
    return nearest ? arena_printf(arena, "nothing is called \"%s\": did you mean \"%s\"?", word, nearest)
                   : arena_printf(arena, "nothing is called \"%s\": a fault may wait for %s", word, list);
}

const char *fault_condition_read(const struct scenario *s, const char *text, struct fault_condition *condition, struct arena *arena)
{
    static const struct {
        const char *word;
        enum comparison comparison;
    } comparisons[] = {{"<=", COMPARISON_LE}, {"<", COMPARISON_LT}, {">=", COMPARISON_GE}, {">", COMPARISON_GT}};
    char word[128], compare[3], value[64];
    int used = 0;
    if (sscanf(text, " %127[^ <>=] %2[<>=] %63[^\n]%n", word, compare, value, &used) != 3 || text[used])
        return "a condition is \"reading op value\" with op <=, <, >= or >, as in \"lag.ctr > 5M\"";
    size_t of = 0, comparisons_n = sizeof comparisons / sizeof comparisons[0];
    while (of < comparisons_n && strcmp(compare, comparisons[of].word) != 0) of++;
    if (of == comparisons_n) return arena_printf(arena, "\"%s\" is no comparison: one of <=, <, >= and > is", compare);
    condition->comparison = comparisons[of].comparison;
    char error[UNITS_ERROR_SIZE];
    const char *problem = NULL;
    for (int i = 0; i < READINGS_N; i++) {
        const int group = group_of(s, &readings[i], word);
        if (group == -2) continue;
        condition->what = i;
        condition->of = group < 0 ? readings[i].of : group;
        if (strncmp(readings[i].pattern, "staleness", 9) == 0 && s->groups[group].work == WORK_NOTHING)
            return arena_printf(arena, "group \"%s\" has no output that could be stale", s->groups[group].name);
        if (units_parse(readings[i].unit, value, &condition->target, error, sizeof error)) return NULL;
        if (!problem) problem = arena_strdup(arena, error);
    }
    return problem ? problem : unknown_reading(s, word, arena);
}

bool fault_condition_holds(const struct world *w, const struct fault_condition *condition)
{
    CHECK(condition->what >= 0 && condition->what < READINGS_N, "reading %d", condition->what);
    const double value = readings[condition->what].value(w, condition->of);
    switch (condition->comparison) {
    case COMPARISON_LE: return value <= condition->target;
    case COMPARISON_LT: return value < condition->target;
    case COMPARISON_GE: return value >= condition->target;
    case COMPARISON_GT: return value > condition->target;
    case COMPARISON_EQ: break;
    }
    CHECK(false, "a condition of equality");
    return false;
}
