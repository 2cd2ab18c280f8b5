/* scenario.c: from a file to a struct scenario; see scenario.h for what it promises and scenario_build.h for
 * the parts. */
#include "scenario_build.h"

#include "file.h"
#include "rate.h"
#include "units.h"

#include <string.h>

const char *scenario_data_dir(struct arena *arena, struct diag *diag)
{
    char buffer[FILE_PATH_SIZE], error[FILE_ERROR_SIZE] = "";
    if (file_data_directory(NULL, buffer, sizeof buffer, error, sizeof error))
        return arena_printf(arena, "%s/scenarios", buffer);
    diag_add(diag, "scenarios/", DIAG_NO_POS, "", "%s", error);
    return NULL;
}

double scenario_stream_mean(const struct scenario_build *build, int stream)
{
    const struct scenario *scenario = build->scenario;
    double times = 1;
    for (; scenario->streams[stream].rate.kind == RATE_DERIVED; stream = scenario->streams[stream].rate.of)
        times *= scenario->streams[stream].rate.times;
    return times * rate_mean(rate_of_stream(scenario, stream, build->arena));
}

/* Without a month of its own, the bill is for a month of the workload's profiles, at their mean rate. */
static void resolve_month(struct scenario_build *build)
{
    struct scenario *scenario = build->scenario;
    const struct json_value *month = json_member(build->root, "month");
    scenario->month.given = month;
    if (month) return;
    double mean = 0;
    for (int p = 0; p < scenario->producers_n; p++)
        for (int s = 0; s < scenario->producers[p].sends_n; s++)
            mean += scenario_stream_mean(build, scenario->producers[p].sends[s]);
    scenario->month.rate = (struct scenario_rate){.kind = RATE_CONSTANT, .peak_per_s = mean, .of = -1};
    char text[UNITS_FORMAT_SIZE];
    json_object_set_new(build->resolved, "month",
                        json_pack("{s:s}", "constant", units_write(UNITS_RATE, mean, text, sizeof text)));
}

/* The table's order, also for what was filled in at the end, so that a resolved scenario resolves to itself.
 */
static json_t *in_order(json_t *resolved)
{
    json_t *ordered = json_object();
    for EACH_SCENARIO_ROW(row) {
        json_t *value = *row->object ? NULL : json_object_get(resolved, row->key);
        if (value) json_object_set(ordered, row->key, value);
    }
    json_decref(resolved);
    return ordered;
}

const struct scenario *scenario_load(const char *file, const struct scenario_override *overrides,
                                     int overrides_n, const char *data_dir, const char *prices_file,
                                     struct arena *arena, struct diag *diag)
{
    size_t before = diag_count(diag);
    struct scenario_build build = {.arena = arena, .diag = diag, .prices_file = prices_file};
    build.file = strcmp(file, "-") != 0 ? arena_strdup(arena, file) : "(stdin)";
    build.data_dir = data_dir ? data_dir : scenario_data_dir(arena, diag);
    if (!build.data_dir) return NULL;
    sha256_init(&build.hash);
    build.root = scenario_read(&build, file, overrides, overrides_n);
    if (!build.root) return NULL;
    struct scenario *scenario = build.scenario = ARENA_NEW(arena, struct scenario, 1);
    scenario->file = build.file;
    scenario->month.rate.of = -1;
    build.resolved = json_object();
    scenario_bind(&build);
    scenario_check(&build);
    if (diag_count(diag) > before) {
        json_decref(build.resolved);
        return NULL;
    }
    resolve_month(&build);
    scenario_note_logs(&build);
    scenario_note_windows(&build);
    scenario->resolved = in_order(build.resolved);
    uint8_t digest[SHA256_BYTES];
    sha256_final(&build.hash, digest);
    sha256_hex(digest, scenario->sha256);
    return scenario;
}

void scenario_release(const struct scenario *scenario)
{
    if (scenario) json_decref(scenario->resolved);
}

bool scenario_producer_has_schemas(const struct scenario *s, int producer)
{
    const struct scenario_producer *p = &s->producers[producer];
    for (int i = 0; i < p->sends_n; i++)
        if (p->sends[i] >= 0 && s->streams[p->sends[i]].serialization == SERIALIZATION_AVRO) return true;
    return false;
}

bool scenario_topic_has_schemas(const struct scenario *s, int topic)
{
    for (int p = 0; p < s->producers_n; p++)
        if (s->producers[p].topic == topic && scenario_producer_has_schemas(s, p)) return true;
    return false;
}
