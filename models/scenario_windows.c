/* scenario_windows.c: the rules of groups' windows. */
#include "scenario_build.h"

#include <math.h>
#include <string.h>

#include "units.h"
#include "windows.h"

enum { WINDOWS_NOTED = 100, RANKS_ADDED = 1000 };

static bool is_sent_to(const struct scenario *scenario, int stream, int topic)
{
    for (int p = 0; p < scenario->producers_n; p++)
        for (int s = 0; s < scenario->producers[p].sends_n; s++)
            if (scenario->producers[p].sends[s] == stream)
                return scenario->producers[p].topic < 0 || scenario->producers[p].topic == topic;
    return true; /* sent by nobody: reported elsewhere */
}

static void check_rate_of_clicks(struct scenario_build *build, int index)
{
    const struct scenario *scenario = build->scenario;
    const struct scenario_group *group = &scenario->groups[index];
    const char *impressions = AT("groups[%d].does.window.impressions", index), *clicks = AT("groups[%d].does.window.clicks", index);
    bool has_impressions = scenario_is_given(build, impressions), has_clicks = scenario_is_given(build, clicks);
    if (has_impressions != has_clicks)
        scenario_mistake(build, has_impressions ? clicks : impressions,
                         "is missing: a click-through rate takes both impressions and clicks");
    if (group->window.impressions >= 0 && group->window.impressions == group->window.clicks)
        scenario_mistake(build, clicks, "is the same stream as impressions");
    const int streams[] = {group->window.impressions, group->window.clicks};
    for (int s = 0; s < 2; s++)
        if (streams[s] >= 0 && group->topic >= 0 && !is_sent_to(scenario, streams[s], group->topic))
            scenario_mistake(build, s ? clicks : impressions, "\"%s\" is not sent to topic \"%s\"",
                             scenario->streams[streams[s]].name, scenario->topics[group->topic].name);
}

/* What the operator does not take, at the field that says so. */
static void check_operator(struct scenario_build *build, int index)
{
    const struct scenario_group *group = &build->scenario->groups[index];
    const char *window = AT("groups[%d].does.window", index), *kind = AT("%s.kind", window), *trigger = AT("%s.trigger", window);
    if (group->window.kind == WINDOW_SLIDING && group->window.semantics != WINDOW_KAFKA_STREAMS) {
        scenario_mistake(build, kind,
                         "\"sliding\" goes with semantics \"kafka_streams\" (its SlidingWindows): did you mean \"hopping\", Flink's "
                         "sliding windows, with size and slide?");
        return;
    }
    struct window_config config;
    const char *mistake = windows_config(group, NULL, &config);
    const bool has_trigger = scenario_is_given(build, trigger);
    if (mistake) {
        const char *panes = AT("%s.panes", window);
        scenario_mistake(build, has_trigger ? trigger : scenario_is_given(build, panes) ? panes : window, "does not do: %s", mistake);
    } else if (group->window.kind == WINDOW_GLOBAL && windows_lag(&config).lag == INT64_MAX &&
               config.trigger.kind != WINDOW_BY_COUNT) {
        scenario_mistake(build, has_trigger ? trigger : kind,
                         "a window without an end gives nothing by its end: takes a trigger \"count:N\", \"continuous_event_time:I\"%s",
                         windows_have_watermark(group) ? "" : " or \"on_update\"");
    }
}

void scenario_check_window(struct scenario_build *build, int index, json_t *does)
{
    struct scenario_group *group = &build->scenario->groups[index];
    const char *window = AT("groups[%d].does.window", index);
    if (!group->window.feeds) {
        group->window.feeds = group->name;
        if (group->name) json_object_set_new(does, "feeds", json_string(group->name));
    }
    const bool hopping = group->window.kind == WINDOW_HOPPING;
    if (hopping && group->window.slide_ns && group->window.size_ns % group->window.slide_ns)
        scenario_mistake(build, AT("%s.slide", window), "is %s, which does not divide size, %s",
                         scenario_duration(build, group->window.slide_ns), scenario_duration(build, group->window.size_ns));
    if (!hopping) group->window.slide_ns = group->window.size_ns;
    const char *bound = AT("%s.out_of_orderness", window);
    if (!windows_have_watermark(group) && scenario_is_given(build, bound) && group->window.out_of_orderness_ns)
        scenario_mistake(build, bound, "is %s, but Kafka Streams has no watermark: events that come out of order have allowed_lateness, its grace",
                         scenario_duration(build, group->window.out_of_orderness_ns));
    if (!scenario_is_wrong(build, window, true)) check_operator(build, index);
    check_rate_of_clicks(build, index);
}

/* Of the traffic, by Zipf's law: the first ranks added up, and the rest as the integral through the middles between them. */
static double heaviest_share(const struct scenario_keys *keys)
{
    const int64_t n = keys->population, added = n < RANKS_ADDED ? n : RANKS_ADDED;
    const double s = keys->zipf, from = (double)added + 0.5, to = (double)n + 0.5;
    double sum = fabs(s - 1) < 1e-9 ? log(to / from) : (pow(to, 1 - s) - pow(from, 1 - s)) / (1 - s);
    for (int64_t rank = added; rank >= 1; rank--) sum += pow((double)rank, -s);
    return 1 / sum;
}

void scenario_note_windows(struct scenario_build *build)
{
    const struct scenario *scenario = build->scenario;
    for (int g = 0; g < scenario->groups_n; g++) {
        const struct scenario_group *group = &scenario->groups[g];
        if (group->work != WORK_WINDOW || group->window.kind != WINDOW_SLIDING) continue;
        double records = 0; /* of the heaviest key, in a window */
        for (int i = 0; i < scenario->streams_n; i++) {
            const struct scenario_stream *stream = &scenario->streams[i];
            if (stream->keys < 0 || !is_sent_to(scenario, i, group->topic)) continue;
            records += scenario_stream_mean(build, i) * heaviest_share(&scenario->keys[stream->keys]) * (double)group->window.size_ns * 1e-9;
        }
        if (records > WINDOWS_NOTED)
            json_note(build->diag, scenario_find(build->root, AT("groups[%d].does.window.size", g)),
                      "the heaviest key has some %s records in a window's size, and each of them is in as many windows: Kafka Streams makes "
                      "one for every record, and so does a run",
                      scenario_in_units(build, UNITS_COUNT, round(records)));
    }
}
