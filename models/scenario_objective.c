/* scenario_objective.c: objectives, "metric op value [during all|steady|<fault>]", the metrics they may name, and
 * the decision, which hangs on one of those. */
#include "broker_resources.h"
#include "scenario_build.h"

#include "units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EXPANSIONS_MAX = 2048 };

enum metric_value { VALUE_DURATION, VALUE_RECORDS, VALUE_MONEY, VALUE_SHARE, VALUE_NUMBER };

/* <words> stand for the names that the scenario gives them. */
static const struct metric {
    const char *pattern;
    enum metric_value value;
} metrics[] = {
    {"freshness.<output>.<statistic>", VALUE_DURATION},
    {"staleness.<output>.<statistic>", VALUE_DURATION},
    {"latency.produce.<statistic>", VALUE_DURATION},
    {"latency.end_to_end.<group>.<statistic>", VALUE_DURATION},
    {"query.<query>.<statistic>", VALUE_DURATION},
    {"delivery.<group>.<count>", VALUE_RECORDS},
    {"delivery.produced", VALUE_RECORDS},
    {"delivery.rejected", VALUE_RECORDS},
    {"lag.<group>.peak", VALUE_RECORDS},
    {"lag.<group>.clear", VALUE_DURATION},
    {"lag.<group>.seconds", VALUE_DURATION},
    {"lag.<group>.end", VALUE_RECORDS},
    {"lag.<group>.skew", VALUE_NUMBER},
    {"rebalance.<group>.count", VALUE_NUMBER},
    {"rebalance.<group>.seconds", VALUE_DURATION},
    {"rebalance.<group>.longest", VALUE_DURATION},
    {"rebalance.<group>.stopped", VALUE_DURATION},
    {"instances.<group>.mean", VALUE_NUMBER},
    {"instances.<group>.peak", VALUE_NUMBER},
    {"availability.produce", VALUE_SHARE},
    {"headroom.load_factor", VALUE_NUMBER},
    {"utilization.<resource>.peak", VALUE_SHARE},
    {"utilization.<resource>.mean", VALUE_SHARE},
    {"cost.month", VALUE_MONEY},
    {"cost.delay", VALUE_MONEY},
};
enum { METRICS_N = sizeof metrics / sizeof metrics[0] };

static const char *const statistics[] = {"mean", "p50", "p75", "p95", "p99", "p99.9", "p99.99", "max"};
static const char *const counts[] = {"lost",      "duplicated", "deduplicated", "dropped_late",
                                     "reordered", "in_flight",  "delivered"};

const char *scenario_metric_pattern(int index)
{
    return index >= 0 && index < METRICS_N ? metrics[index].pattern : NULL;
}

struct names {
    const char *all[BROKER_RESOURCES + 2 * SCENARIO_GROUPS_MAX + SCENARIO_TABLES_MAX + SCENARIO_PRODUCERS_MAX + 2 * SCENARIO_ENGINES_MAX];
    size_t n;
};

/* What may stand for a <word>. */
static struct names names_of(const struct scenario_build *build, const char *word, size_t word_n)
{
    const struct scenario *scenario = build->scenario;
    struct names names = {.n = 0};
    if (!strncmp(word, "statistic", word_n)) {
        for (size_t i = 0; i < sizeof statistics / sizeof statistics[0]; i++)
            names.all[names.n++] = statistics[i];
    } else if (!strncmp(word, "count", word_n)) {
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
            names.all[names.n++] = counts[i];
    } else if (!strncmp(word, "resource", word_n)) {
        for (int i = 0; i < BROKER_RESOURCES; i++) names.all[names.n++] = broker_resources[i].name;
        for (int g = 0; g < scenario->groups_n; g++)
            if (scenario->groups[g].name)
                names.all[names.n++] = arena_printf(build->arena, "group.%s.cpu", scenario->groups[g].name);
        for (int g = 0; g < scenario->groups_n; g++)
            if (scenario->groups[g].name && scenario->groups[g].sink.throughput_per_s > 0)
                names.all[names.n++] = arena_printf(build->arena, "group.%s.sink", scenario->groups[g].name);
        for (int p = 0; p < scenario->producers_n; p++)
            if (scenario->producers[p].name)
                names.all[names.n++] = arena_printf(build->arena, "producer.%s.cpu", scenario->producers[p].name);
        for (int e = 0; e < scenario->engines_n; e++) {
            if (!scenario->engines[e].name) continue;
            names.all[names.n++] = arena_printf(build->arena, "engine.%s.slots", scenario->engines[e].name);
            names.all[names.n++] = arena_printf(build->arena, "engine.%s.coordinator", scenario->engines[e].name);
        }
    } else if (!strncmp(word, "query", word_n)) {
        for (int q = 0; q < scenario->queries_n; q++)
            if (scenario->queries[q].name) names.all[names.n++] = scenario->queries[q].name;
    } else {
        bool output = !strncmp(word, "output", word_n);
        for (int g = 0; g < scenario->groups_n; g++) {
            const struct scenario_group *group = &scenario->groups[g];
            const char *name = !output                      ? group->name
                               : group->work == WORK_WINDOW ? group->window.feeds
                               : group->work == WORK_WRITE  ? group->write.table
                                                            : NULL;
            if (name) names.all[names.n++] = name;
        }
        for (int t = 0; output && t < scenario->tables_n; t++)
            if (scenario->tables[t].from >= 0 && scenario->tables[t].name)
                names.all[names.n++] = scenario->tables[t].name;
    }
    return names;
}

/* Every metric that a pattern stands for, in order. */
static void expand(const struct scenario_build *build, const char *pattern, const char *so_far,
                   const char **out, size_t *n)
{
    const char *open = strchr(pattern, '<');
    if (!open) {
        if (*n < EXPANSIONS_MAX) out[(*n)++] = arena_printf(build->arena, "%s%s", so_far, pattern);
        return;
    }
    const char *close = strchr(open, '>');
    struct names names = names_of(build, open + 1, (size_t)(close - open - 1));
    for (size_t i = 0; i < names.n; i++)
        expand(build, close + 1,
               arena_printf(build->arena, "%s%.*s%s", so_far, (int)(open - pattern), pattern, names.all[i]),
               out, n);
}

/* Names hold no dots, or are fixed ones, so trying each that begins the text finds the match if there is one.
 */
static bool matches(const struct scenario_build *build, const char *pattern, const char *text)
{
    const char *open = strchr(pattern, '<');
    if (!open) return !strcmp(pattern, text);
    if (strncmp(pattern, text, (size_t)(open - pattern)) != 0) return false;
    text += open - pattern;
    const char *close = strchr(open, '>');
    struct names names = names_of(build, open + 1, (size_t)(close - open - 1));
    for (size_t i = 0; i < names.n; i++) {
        size_t length = strlen(names.all[i]);
        if (!strncmp(text, names.all[i], length) && matches(build, close + 1, text + length)) return true;
    }
    return false;
}

static const struct metric *find_metric(const struct scenario_build *build, const char *text)
{
    for (size_t i = 0; i < METRICS_N; i++)
        if (matches(build, metrics[i].pattern, text)) return &metrics[i];
    return NULL;
}

/* Some name is wrong already, so it may be the one that a metric means. */
static bool queries_unsure(struct scenario_build *build)
{
    bool unsure = scenario_is_wrong(build, "queries", false);
    for (int i = 0; i < build->scenario->queries_n && !unsure; i++)
        unsure = scenario_is_wrong(build, arena_printf(build->arena, "queries[%d].name", i), false);
    return unsure;
}

/* The same of a group's name or output. */
static bool groups_unsure(struct scenario_build *build)
{
    bool unsure = scenario_is_wrong(build, "groups", false);
    for (int i = 0; i < build->scenario->groups_n && !unsure; i++)
        unsure = scenario_is_wrong(build, arena_printf(build->arena, "groups[%d].name", i), false) ||
                 scenario_is_wrong(build, arena_printf(build->arena, "groups[%d].does", i), true);
    return unsure;
}

const char *scenario_metric_problem(struct scenario_build *build, const char *text)
{
    if (find_metric(build, text)) return NULL;
    struct arena *arena = build->arena;
    const char **all = ARENA_NEW(arena, const char *, EXPANSIONS_MAX);
    size_t all_n = 0, patterns_n = 0, head_n = strcspn(text, ".");
    const char *patterns[METRICS_N];
    for (size_t i = 0; i < METRICS_N; i++) {
        expand(build, metrics[i].pattern, "", all, &all_n);
        if (strcspn(metrics[i].pattern, ".") == head_n && !strncmp(metrics[i].pattern, text, head_n))
            patterns[patterns_n++] = metrics[i].pattern;
    }
    for (size_t i = 0; i < patterns_n; i++)
        if ((strstr(patterns[i], "<output>") || strstr(patterns[i], "<group>") ||
             strstr(patterns[i], "<resource>")) &&
            groups_unsure(build))
            return NULL;
    for (size_t i = 0; i < patterns_n; i++)
        if (strstr(patterns[i], "<query>") && queries_unsure(build)) return NULL;
    size_t same_head_n = patterns_n;
    for (size_t i = 0; !same_head_n && i < METRICS_N; i++)
        patterns[patterns_n++] = metrics[i].pattern;
    const char *suggestion = scenario_suggest(arena, text, all, all_n, "");
    if (strncmp(suggestion, "did you mean", 12) != 0) {
        suggestion = arena_printf(arena, "there %s %s", patterns_n == 1 ? "is" : "are",
                                  scenario_list_names(arena, patterns, patterns_n, ""));
        static const char *const words[] = {"output", "group", "query", "statistic", "count", "resource"};
        for (size_t i = 0; same_head_n && i < sizeof words / sizeof words[0]; i++) {
            const char *placeholder = arena_printf(arena, "<%s>", words[i]);
            if (!strstr(suggestion, placeholder)) continue;
            struct names names = names_of(build, words[i], strlen(words[i]));
            suggestion = arena_printf(arena, "%s; <%s> is one of %s", suggestion, words[i],
                                      scenario_list_names(arena, names.all, names.n, "(none)"));
        }
    }
    return arena_printf(arena, "no metric is called \"%s\": %s", text, suggestion);
}

/* --- one objective --- */

struct reading {
    struct scenario_build *build;
    const struct json_value *value;
};

/* Points into the text, where that is certain: without escapes a string's characters stand where they are
 * shown. */
static void mistake_at(const struct reading *reading, const char *at, const char *message)
{
    const struct json_value *value = reading->value;
    struct diag_pos pos = value->pos;
    bool plain = !strpbrk(value->text, "\"\\\n\t");
    for (const char *p = value->text; *p; p++)
        plain = plain && (unsigned char)*p < 0x80;
    if (pos.line && plain && at) {
        pos.column += (uint32_t)(at - value->text) + 1;
        pos.offset += (uint32_t)(at - value->text) + 1;
    }
    char path[JSON_PATH_MAX];
    diag_add(reading->build->diag, value->file, pos, json_path(value, path, sizeof path), "%s", message);
}

static bool read_target(const struct reading *reading, const struct metric *metric, const char *text,
                        const char *at, double *target)
{
    struct arena *arena = reading->build->arena;
    char error[UNITS_ERROR_SIZE];
    int64_t integer = 0;
    double number = 0;
    char *end;
    switch (metric->value) {
    case VALUE_DURATION:
        if (units_parse_ns(text, &integer, error, sizeof error)) {
            *target = (double)integer / 1e9;
            return true;
        }
        break;
    case VALUE_RECORDS:
        if (units_parse_int64(UNITS_COUNT, text, &integer, error, sizeof error)) {
            *target = (double)integer;
            return true;
        }
        break;
    case VALUE_MONEY:
        if (units_parse(UNITS_MONEY, text, target, error, sizeof error)) return true;
        break;
    case VALUE_SHARE:
        if (strchr(text, '%')) {
            if (units_parse(UNITS_SHARE, text, target, error, sizeof error)) return true;
            break;
        }
        number = strtod(text, &end);
        if (end != text && !*end && number >= 0 && number <= 1 && text[0] >= '0' && text[0] <= '9') {
            *target = number;
            return true;
        }
        mistake_at(reading, at, arena_printf(arena, "'%s': takes a share, as in 99.9%% or 0.999", text));
        return false;
    case VALUE_NUMBER:
        number = strtod(text, &end);
        if (end != text && !*end && isfinite(number) && text[0] >= '0' && text[0] <= '9') {
            *target = number;
            return true;
        }
        mistake_at(reading, at, arena_printf(arena, "'%s': takes a plain number, as in 1.3", text));
        return false;
    }
    mistake_at(reading, at, error);
    return false;
}

static bool read_comparison(const char **p, enum comparison *comparison)
{
    static const struct {
        const char *text;
        enum comparison value;
    } all[] = {{"<=", COMPARISON_LE},
               {">=", COMPARISON_GE},
               {"==", COMPARISON_EQ},
               {"<", COMPARISON_LT},
               {">", COMPARISON_GT}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        size_t n = strlen(all[i].text);
        if (strncmp(*p, all[i].text, n) != 0) continue;
        *p += n;
        *comparison = all[i].value;
        return !strchr("<>=", **p) || !**p;
    }
    return false;
}

static void read_scope(const struct reading *reading, const char *word, const char *at,
                       struct scenario_objective *objective)
{
    const struct scenario *scenario = reading->build->scenario;
    const char *names[SCENARIO_FAULTS_MAX + 2] = {"all", "steady"};
    size_t n = 2;
    objective->fault = -1;
    if (scenario_is_wrong(reading->build, "faults", false)) return;
    if (!strcmp(word, "all") || !strcmp(word, "steady")) {
        objective->scope = word[0] == 'a' ? SCOPE_ALL : SCOPE_STEADY;
        return;
    }
    for (int i = 0; i < scenario->faults_n; i++) {
        const char *id = scenario->faults[i].id;
        if (!id) return; /* its own mistake is enough: it may be the one that is meant */
        if (!strcmp(id, word)) {
            objective->scope = SCOPE_FAULT;
            objective->fault = i;
            return;
        }
        names[n++] = id;
    }
    struct arena *arena = reading->build->arena;
    mistake_at(reading, at,
               arena_printf(arena, "\"%s\" is neither all nor steady nor a fault: %s", word,
                            scenario_suggest(arena, word, names, n, "")));
}

static bool read_objective(const struct reading *reading, struct scenario_objective *objective)
{
    static const char *const units[] = {[VALUE_DURATION] = "s",
                                        [VALUE_RECORDS] = "records",
                                        [VALUE_MONEY] = "usd",
                                        [VALUE_SHARE] = "",
                                        [VALUE_NUMBER] = ""};
    struct arena *arena = reading->build->arena;
    const char *text = reading->value->text, *p = text + strspn(text, " ");
    const char *metric_at = p;
    size_t metric_n = strcspn(p, " <>=!");
    *objective =
        (struct scenario_objective){.text = arena_strdup(arena, text), .scope = SCOPE_ALL, .fault = -1};
    objective->metric = arena_strndup(arena, p, metric_n);
    p += metric_n;
    p += strspn(p, " ");
    if (!metric_n || !read_comparison(&p, &objective->comparison)) {
        mistake_at(reading, metric_n ? p : metric_at,
                   "an objective is \"metric op value [during scope]\" with op <=, <, >=, > or ==, as in "
                   "\"freshness.ctr.p99 <= 60s\"");
        return false;
    }
    p += strspn(p, " ");
    const char *value_at = p, *value_end = p + strlen(p), *during = strstr(p, " during");
    if (during && (during[7] == ' ' || !during[7])) value_end = during;
    while (value_end > value_at && value_end[-1] == ' ')
        value_end--;
    const char *value = arena_strndup(arena, value_at, (size_t)(value_end - value_at));
    const struct metric *metric = find_metric(reading->build, objective->metric);
    const char *problem = metric ? NULL : scenario_metric_problem(reading->build, objective->metric);
    if (problem) mistake_at(reading, metric_at, problem);
    if (!*value)
        mistake_at(reading, value_at, "has no value to compare with");
    else if (metric && read_target(reading, metric, value, value_at, &objective->target))
        objective->unit = units[metric->value];
    if (during && (during[7] == ' ' || !during[7])) {
        p = during + 7;
        p += strspn(p, " ");
        size_t n = strcspn(p, " ");
        if (!n || p[n + strspn(p + n, " ")])
            mistake_at(reading, p, "during takes one word: all, steady or a fault's id");
        else
            read_scope(reading, arena_strndup(arena, p, n), p, objective);
    }
    return objective->unit;
}

void scenario_bind_objectives(struct scenario_build *build)
{
    const struct json_value *list = build->objectives;
    struct scenario *scenario = build->scenario;
    if (!list) return;
    const struct scenario_row *row = scenario_row("", "objectives");
    if (list->kind != JSON_VALUE_ARRAY) {
        scenario_mismatch(build, row, list);
        return;
    }
    for (size_t i = 0; i < list->n; i++) {
        const struct json_value *item = &list->items[i];
        if (scenario->objectives_n == row->elements_max) {
            json_mistake(build->diag, item, "is one too many: at most %d fit", row->elements_max);
            return;
        }
        struct reading reading = {.build = build, .value = item};
        struct scenario_objective objective;
        if (item->kind != JSON_VALUE_STRING)
            scenario_mismatch(build, row, item);
        else if (read_objective(&reading, &objective))
            scenario->objectives[scenario->objectives_n++] = objective;
    }
}

/* --- the decision --- */

/* The output that a metric of freshness or staleness is of, or NULL. Names hold no dots. */
static const char *output_of(const char *metric, const char *kind, struct arena *arena)
{
    size_t n = strlen(kind);
    if (strncmp(metric, kind, n) != 0 || metric[n] != '.') return NULL;
    return arena_strndup(arena, metric + n + 1, strcspn(metric + n + 1, "."));
}

void scenario_bind_decision(struct scenario_build *build)
{
    static const char *const kinds[] = {"staleness", "freshness"};
    enum { KINDS_N = sizeof kinds / sizeof kinds[0] };
    struct scenario *scenario = build->scenario;
    const char *metric = scenario->decision.metric, *output = NULL;
    const char *problem = metric ? scenario_metric_problem(build, metric) : NULL;
    if (problem) {
        scenario_mistake(build, "decision.metric", "%s", problem);
        return;
    }
    for (size_t k = 0; metric && !output && k < KINDS_N; k++)
        output = output_of(metric, kinds[k], build->arena);
    scenario->decision.output = output;
    if (scenario->decision.stale_after_ns > 0 && !output && !scenario_is_wrong(build, "decision", true))
        scenario_mistake(build, "decision.stale_after",
                         "has nothing to hold for: decision.metric is to name an output's freshness or staleness");
    for (size_t k = 0; output && k < KINDS_N; k++) {
        for (int i = 0; i < scenario->objectives_n && scenario->decision.stale_after_ns == 0; i++) {
            const struct scenario_objective *objective = &scenario->objectives[i];
            bool bounds = objective->comparison == COMPARISON_LE || objective->comparison == COMPARISON_LT;
            const char *of = output_of(objective->metric, kinds[k], build->arena);
            if (!bounds || !of || strcmp(of, output) != 0 || !(objective->target > 0)) continue;
            char text[UNITS_FORMAT_SIZE];
            scenario->decision.stale_after_ns = llround(objective->target * 1e9);
            json_object_set_new(scenario_resolved_object(build->resolved, "decision"), "stale_after",
                                json_string(units_write_ns(scenario->decision.stale_after_ns, text, sizeof text)));
        }
    }
}
