/* windows.c: see windows.h. */
#include "windows.h"

#include "aggregate.h"
#include "calibration.h"
#include "check.h"

enum { TOP_K_COUNTERS = 64 }; /* of the calibration's row */
static const int64_t TRIGGER_UNIT_NS = 1000000;

static void no_pane(void *context, const struct window_pane *pane)
{
    (void)context;
    (void)pane;
}

static const struct aggregate_set *aggregates_of(const struct scenario_group *group, struct arena *arena)
{
    struct aggregate_spec specs[CALIBRATION_AGGREGATES];
    size_t n = 0;
    for (int kind = 0; kind < CALIBRATION_AGGREGATES; kind++) {
        if (!(group->window.aggregates & 1 << kind)) continue;
        specs[n] = (struct aggregate_spec){.kind = (enum aggregate_kind)kind};
        if (kind == AGGREGATE_DISTINCT) specs[n].size = group->window.distinct_precision;
        if (kind == AGGREGATE_TOP_K) specs[n].size = group->window.top_k_counters;
        if (kind == AGGREGATE_QUANTILE) {
            specs[n].size = group->window.quantile_bins;
            specs[n].accuracy = group->window.quantile_accuracy;
        }
        n++;
    }
    return aggregate_set_new(arena, specs, n);
}

const char *windows_config(const struct scenario_group *group, struct arena *arena, struct window_config *config)
{
    *config = (struct window_config){
        .kind = (enum window_kind)group->window.kind,
        .size = group->window.size_ns,
        .slide = group->window.slide_ns,
        .gap = group->window.gap_ns,
        .allowed_lateness = group->window.allowed_lateness_ns,
        .mode = (enum window_mode)group->window.panes,
        .semantics = (enum window_semantics)group->window.semantics,
        .sink = {.pane = no_pane},
    };
    const char *mistake = NULL;
    if (group->window.trigger && !window_trigger_parse(group->window.trigger, &config->trigger, &mistake)) return mistake;
    if (config->trigger.processing_time) return "windows that go by the clock are not modelled here yet";
    if (config->trigger.interval > WINDOW_TIME_MAX / TRIGGER_UNIT_NS) return "a trigger's interval is too long";
    config->trigger.interval *= TRIGGER_UNIT_NS;
    if (arena && group->window.aggregates) config->aggregates = aggregates_of(group, arena);
    return window_config_mistake(config);
}

static bool gives_each(const struct window_config *config)
{
    const struct window_trigger *t = &config->trigger;
    if (t->kind == WINDOW_ON_UPDATE || t->early_count == 1) return true;
    return config->semantics == WINDOW_KAFKA_STREAMS && t->kind == WINDOW_AT_END;
}

bool windows_follow_grid(const struct window_config *config)
{
    return (config->kind == WINDOW_TUMBLING || config->kind == WINDOW_HOPPING) && config->semantics != WINDOW_KAFKA_STREAMS &&
           config->mode != WINDOW_RETRACTING && window_trigger_is_plain(&config->trigger);
}

struct windows_lag windows_lag(const struct window_config *config)
{
    if (gives_each(config)) return (struct windows_lag){0, 0};
    if (config->trigger.kind == WINDOW_BY_COUNT) return (struct windows_lag){INT64_MAX, 0};
    if (config->trigger.kind == WINDOW_CONTINUOUS) return (struct windows_lag){0, config->trigger.interval};
    const int64_t due = window_due_at(config, 0);
    switch (config->kind) {
    case WINDOW_TUMBLING:
    case WINDOW_HOPPING:
        return (struct windows_lag){due, config->slide};
    case WINDOW_SLIDING: /* the window that ends with the record */
        return (struct windows_lag){due, 0};
    case WINDOW_SESSION: /* that the record is the last of */
        return (struct windows_lag){config->semantics == WINDOW_KAFKA_STREAMS ? due : due + config->gap, 0};
    case WINDOW_GLOBAL:
        break;
    }
    return (struct windows_lag){INT64_MAX, 0};
}

sim_time windows_wait_ns(const struct scenario_group *group)
{
    struct window_config config;
    if (windows_config(group, NULL, &config)) return 0;
    const struct windows_lag lag = windows_lag(&config);
    if (lag.lag == INT64_MAX) return 0;
    return lag.step + (lag.lag > 0 ? lag.lag : 0) + (windows_have_watermark(group) ? group->window.out_of_orderness_ns : 0);
}

double windows_fold_ns(const struct scenario_group *group, const struct calibration *c)
{
    struct window_config config;
    const char *mistake = windows_config(group, NULL, &config);
    CHECK(!mistake, "group %s: %s", group->name, mistake);
    const bool on_grid = config.kind == WINDOW_TUMBLING || config.kind == WINDOW_HOPPING;
    double each = window_is_aligned(&config)        ? c->window_add_ns
                  : config.kind == WINDOW_SESSION   ? c->window_session_ns
                  : config.kind == WINDOW_SLIDING   ? c->window_sliding_ns / 2
                                                    : c->window_triggered_ns;
    for (int kind = 0; kind < CALIBRATION_AGGREGATES; kind++) {
        if (!(group->window.aggregates & 1 << kind)) continue;
        each += c->aggregate_ns[kind] * (kind == AGGREGATE_TOP_K ? group->window.top_k_counters / (double)TOP_K_COUNTERS : 1);
    }
    return each * (on_grid ? (double)(config.size / config.slide) : 1);
}
