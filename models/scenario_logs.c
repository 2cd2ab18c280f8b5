/* scenario_logs.c: do the logs fit on the brokers' volumes? See scenario_build.h.
 *
 * How well records compress is measured by a run, so what can be said here is how well they would have to.
 */
#include "scenario_build.h"

#include "rate.h"
#include "units.h"

/* Records that are compressed are taken to reach this without a word. */
static const double EXPECTED_COMPRESSION = 2.5;

/* Bytes that go to a topic for each record of the workload. `compressed`: all of them are. */
static double topic_bytes(const struct scenario_build *build, int topic, bool *compressed)
{
    const struct scenario *scenario = build->scenario;
    double bytes = 0, records = 0;
    *compressed = true;
    for (int p = 0; p < scenario->producers_n; p++) {
        const struct scenario_producer *producer = &scenario->producers[p];
        for (int i = 0; i < producer->sends_n; i++) {
            const struct scenario_stream *stream = &scenario->streams[producer->sends[i]];
            const double mean = scenario_stream_mean(build, producer->sends[i]);
            records += mean;
            if (producer->topic != topic) continue;
            bytes += mean * (double)stream->event_size_bytes;
            *compressed = *compressed && producer->config.compression_type != COMPRESSION_NONE;
        }
    }
    return records > 0 ? bytes / records : 0;
}

void scenario_note_logs(struct scenario_build *build)
{
    const struct scenario *scenario = build->scenario;
    const double capacity = (double)scenario->cluster.storage_size_bytes * scenario->cluster.brokers;
    const struct rate_curve *month = rate_of_month(scenario, build->arena);
    for (int i = 0; i < scenario->topics_n; i++) {
        const struct scenario_topic *topic = &scenario->topics[i];
        bool compressed;
        if (topic->cleanup_policy & CLEANUP_COMPACT) continue; /* its keys are what it holds */
        const double bytes = topic_bytes(build, i, &compressed) * topic->replication;
        const bool tiered = topic->remote_storage_enable; /* then what is local counts */
        const int64_t retention_ns = tiered ? topic->local_retention_ns : topic->retention_ns;
        const double retention_s = (double)retention_ns / 1e9;
        if (!(retention_s > 0) || bytes <= 0 || capacity <= 0) continue;
        const double held = bytes * retention_s * rate_window_max(month, retention_s), fold = held / capacity;
        if (fold <= (compressed ? EXPECTED_COMPRESSION : 1)) continue;
        /* The first stretch of the month's busiest that fills them. */
        double low_s = 0, high_s = retention_s;
        for (int step = 0; step < 40; step++) {
            const double middle_s = (low_s + high_s) / 2;
            *(bytes * middle_s * rate_window_max(month, middle_s) < capacity ? &low_s : &high_s) = middle_s;
        }
        const char *retention = scenario_duration(build, retention_ns);
        const char *all = scenario_in_units(build, UNITS_BYTES, held);
        const char *room = scenario_in_units(build, UNITS_BYTES, capacity);
        const struct json_value *value = scenario_find(build->root, AT(tiered ? "topics[%d].config.local.retention.ms" : "topics[%d].retention", i));
        if (compressed)
            json_note(build->diag, value,
                      "keeps %s: %s in the month's busiest, before compression, and the brokers' volumes hold %s: unless records "
                      "shrink %.1f-fold, the disks fill up",
                      retention, all, room, fold);
        else
            json_note(build->diag, value,
                      "keeps %s: %s in the month's busiest, and the brokers' volumes hold %s: the disks are full after %.1f h of it",
                      retention, all, room, high_s / 3600);
    }
}
