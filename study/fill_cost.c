/* fill_cost.c: the record's paths, storage and cost; see fill.h. */
#include "fill_parts.h"

#include <math.h>

#include "arena.h"
#include "cleaner.h"
#include "compacted.h"
#include "duplicates.h"
#include "group.h"
#include "lake_feed.h"
#include "prices.h"
#include "processor.h"
#include "tiered.h"

static void fill_partition(const struct blueprint *blueprint, struct arena *arena, struct record *record)
{
    record->paths.partition.name.why_null = record->paths.partition.sample.why_null = "no stream has a key";
    record->paths.partition.skew_max_over_mean = record_unknown("no stream has a key");
    for (int i = 0; i < blueprint->scenario->streams_n; i++) {
        const struct population *p = blueprint->populations[i];
        if (!p || record->paths.partition.name.text) continue;
        record->paths.partition.name.text = population_partitioner(p);
        record->paths.partition.calls = p->hashed;
        record->paths.partition.sample.text =
            p->sampled > 0 ? arena_printf(arena, "%lld records of the keys by their traffic", (long long)p->sampled)
            : p->by_key    ? "every key of the population, once"
                           : "records without a key";
        if (p->sampled > 0) record->paths.partition.share_error = record_known(population_share_error(p));
        record->paths.partition.skew_max_over_mean = record_known(p->skew_max_over_mean);
    }
}

/* Which keys a group's windows see: of the first of its streams that has keys. */
static void fill_sample(const struct blueprint *blueprint, int group, struct arena *arena, struct record *record)
{
    const struct scenario *s = blueprint->scenario;
    for (int i = 0; i < s->streams_n; i++) {
        const struct population *p = blueprint->populations[i];
        if (!p || !p->by_key || p->topic != s->groups[group].topic || record->paths.window.sample.text) continue;
        const int64_t keys = population_keys(p, s), followed = population_keys_followed(p);
        record->paths.window.keys = keys;
        record->paths.window.keys_followed = followed;
        record->paths.window.sample_error = record_known(population_sample_error(p));
        record->paths.window.sample.text =
            followed == keys ? "every record of every key"
                             : arena_printf(arena, "every record of %lld of %lld keys: all that have much traffic, and of the others one in %.4g by hash",
                                            (long long)followed, (long long)keys, p->weight[p->followed_n - 1]);
    }
}

/* Of several groups that remove copies the sample is that of the one that saw fewest. */
static void fill_dedup(const struct scenario *s, const struct group *g, struct arena *arena, struct record *record)
{
    const int64_t horizon = s->groups[g->index].dedup.horizon_ns;
    if (horizon == 0) return;
    const struct duplicates_counts c = duplicates_counts(g);
    const double share = c.copies > 0 ? c.found / c.copies : 0;
    const double error = c.copies > 0 ? sqrt(share * (1 - share) / c.copies) : 0;
    record->paths.dedup.name.text = "by id within a horizon";
    record->paths.dedup.looked_up += (int64_t)(c.kept + c.removed);
    record->paths.dedup.removed += (int64_t)c.removed;
    record->paths.dedup.sample.text =
        c.one_in == 1 ? "every id of the traffic, one in sixteen or more of them sent again"
                      : arena_printf(arena, "one id in %lld, by chance, and one in sixteen or more of them sent again", (long long)c.one_in);
    if (!record->paths.dedup.sample_error.known || error > record->paths.dedup.sample_error.value)
        record->paths.dedup.sample_error = c.copies > 0 ? record_known(error) : record_unknown("no copy of an id followed was processed");
    record->paths.dedup.ids_max += c.ids_max;
    record->paths.dedup.memory_bytes_max += c.memory_bytes_max;
    record->paths.dedup.checkpoint_bytes_max += c.checkpoint_bytes_max;
}

void fill_paths(const struct blueprint *blueprint, const struct replication *r, int n, struct arena *arena,
                struct record *record)
{
    const struct scenario *s = blueprint->scenario;
    fill_partition(blueprint, arena, record);
    record->paths.window.name.why_null = record->paths.window.sample.why_null = "no group has a window";
    record->paths.window.sample_error = record_unknown("no group has a window");
    record->paths.compact.name.why_null = record->paths.compact.sample.why_null = "no table is compacted";
    for (int g = 0; g < s->groups_n; g++) {
        if (s->groups[g].work != WORK_WINDOW) continue;
        record->paths.window.sample.why_null = "its records have no key";
        record->paths.window.sample_error = record_unknown("its records have no key");
        break;
    }
    if (n == 0) return;
    for (int t = 0; t < s->tables_n; t++) {
        if (!s->tables[t].compaction.strategy) continue;
        const struct lake_counts c = lake_feed_counts(&r[0].pipeline->world, t);
        record->paths.compact.name.text = blueprint_planner(s, t);
        record->paths.compact.sample.text = "the whole manifest; partitions unchanged since their last plan are passed over";
        record->paths.compact.plans += c.plans;
        record->paths.compact.files_planned += c.files_planned;
        record->paths.compact.files_in += c.files_rewritten;
        record->paths.compact.files_out += c.files_written;
        record->paths.compact.bytes_in += c.bytes_rewritten;
        record->paths.compact.bytes_out += c.bytes_written;
    }
    for (int g = 0; g < s->groups_n; g++) {
        if (s->groups[g].work != WORK_WINDOW) continue;
        struct processor_counts c = processor_counts(&r[0].pipeline->world.groups[g]);
        record->paths.window.name.text = blueprint_window(s, g);
        fill_sample(blueprint, g, arena, record);
        record->paths.window.folded += (int64_t)c.folded;
        record->paths.window.panes += (int64_t)c.panes;
        record->paths.window.late += (int64_t)c.late;
        if ((!c.follow_grid || s->groups[g].window.aggregates) && c.state_bytes_max > 0)
            record->paths.window.state_bytes = record_known(record->paths.window.state_bytes.value + c.state_bytes_max);
        fill_dedup(s, &r[0].pipeline->world.groups[g], arena, record);
        if (c.partials > 0) record->paths.window.partials = record_known(record->paths.window.partials.value + (double)c.partials);
    }
}

void fill_tables(const struct scenario *s, const struct replication *r, int n, struct arena *arena, struct record *record)
{
    if (n == 0 || !lake_feed_needed(s)) return;
    record->tables = ARENA_NEW(arena, struct record_table, (size_t)s->tables_n);
    record->tables_n = s->tables_n;
    for (int t = 0; t < s->tables_n; t++) {
        const struct lake_counts c = lake_feed_counts(&r[0].pipeline->world, t);
        const struct lake_counts end = lake_counts(lake_feed_lake(&r[0].pipeline->world), t);
        record->tables[t] = (struct record_table){
            .name = s->tables[t].name,
            .files = end.files,
            .bytes = end.bytes,
            .rows = end.rows,
            .files_landed = c.files_landed,
            .rows_landed = c.rows_landed,
            .rows_duplicate = c.rows_duplicate,
            .commits = c.commits,
            .conflicts = c.conflicts,
            .commits_failed = c.commits_failed,
            .etl_runs = c.etl_runs,
            .compactions = c.compactions,
            .compactions_skipped = c.compactions_skipped,
            .compactions_failed = c.compactions_failed,
            .files_rewritten = c.files_rewritten,
            .files_written = c.files_written,
            .files_expired = c.files_expired,
        };
    }
}

/* A compacted topic's own row: this version has one topic. */
static void fill_compacted(const struct scenario *s, const struct bill *bill, const struct replication *r, int n, struct arena *arena,
                           struct record *record)
{
    if (n == 0 || !(s->topics[0].cleanup_policy & CLEANUP_COMPACT)) return;
    struct record_storage *row = &record->storage[record->storage_n++];
    struct cleaner_counts all = {0};
    for (int i = 0; i < n; i++) {
        const struct cleaner_counts c = cleaner_counts(&r[i].pipeline->world);
        all.cleanings += c.cleanings;
        all.bytes_read += c.bytes_read;
        all.bytes_written += c.bytes_written;
        all.tombstones += c.tombstones;
        all.dirty_ratio_max = fmax(all.dirty_ratio_max, c.dirty_ratio_max);
    }
    *row = (struct record_storage){.name = arena_printf(arena, "log.%s", s->topics[0].name),
                                   .bytes = record_known(bill->log_bytes),
                                   .cleanings = record_known((double)all.cleanings / n),
                                   .cleaned_bytes = record_known(all.bytes_read / n),
                                   .written_bytes = record_known(all.bytes_written / n),
                                   .dirty_ratio_max = record_known(all.dirty_ratio_max),
                                   .kept_error = record_known(r[0].pipeline->world.blueprint->compacted[0]->error)};
    if (r[0].pipeline->world.blueprint->compacted[0]->tombstones > 0) row->tombstones = record_known(all.tombstones / n);
}

/* A tiered topic's segments in the object store. */
static void fill_tiered(const struct scenario *s, const struct bill *bill, const struct replication *r, int n, struct arena *arena,
                        struct record *record)
{
    if (n == 0 || !s->topics[0].remote_storage_enable) return;
    struct tiered_counts all = {0};
    for (int i = 0; i < n; i++) {
        const struct tiered_counts c = tiered_counts(&r[i].pipeline->world);
        all.segments += c.segments;
        all.copied_bytes += c.copied_bytes;
        all.read_bytes += c.read_bytes;
        all.reads_late += c.reads_late;
    }
    record->storage[record->storage_n++] =
        (struct record_storage){.name = arena_printf(arena, "remote.%s", s->topics[0].name),
                                .bytes = record_maybe(bill->tiered_bytes, "nothing was simulated"),
                                .objects = record_known((double)all.segments / n),
                                .copied_bytes = record_known(all.copied_bytes / n),
                                .read_bytes = record_known(all.read_bytes / n),
                                .reads_late = record_known(all.reads_late / n)};
}

/* A row for standard, and for each class that a tier of the scenario moves files to. */
static void fill_storage(const struct scenario *s, const struct bill *bill, const struct replication *r, int n, struct arena *arena,
                         struct record *record)
{
    const char *nothing = "nothing was simulated";
    bool used[OBJECT_CLASSES] = {[OBJECT_STANDARD] = true};
    for (int t = 0; t < s->tables_n; t++)
        for (int k = 0; k < s->tables[t].tiers_n; k++) used[objectstore_class_find(s->tables[t].tiers[k].to)] = true;
    record->storage = ARENA_NEW(arena, struct record_storage, 3 + OBJECT_CLASSES);
    record->storage[record->storage_n++] =
        (struct record_storage){.name = "log",
                                .bytes = bill ? record_maybe(bill->log_bytes, nothing) : record_unknown(nothing),
                                .capacity_bytes = bill ? record_known(bill->log_capacity_bytes) : record_unknown(nothing),
                                .full_share = bill ? record_maybe(bill->log_full_share, nothing) : record_unknown(nothing)};
    fill_compacted(s, bill, r, n, arena, record);
    fill_tiered(s, bill, r, n, arena, record);
    for (int i = 0; i < OBJECT_CLASSES; i++) {
        if (!used[i]) continue;
        record->storage[record->storage_n++] = (struct record_storage){
            .name = arena_printf(arena, "lake.%s", objectstore_classes[i].name),
            .bytes = bill ? record_maybe(bill->lake[i].bytes, nothing) : record_unknown(nothing),
            .objects = bill ? record_maybe(bill->lake[i].objects, nothing) : record_unknown(nothing)};
    }
}

void fill_month(const struct scenario *s, const struct pricebook *prices, struct replication *r, int n, struct arena *arena)
{
    struct bill *bill = ARENA_NEW(arena, struct bill, 1);
    struct meters *meters = ARENA_NEW(arena, struct meters, 1);
    for (int i = 0; i < n; i++) {
        metric_meters(&r[i], 1, meters, arena);
        bill_compute(meters, s, prices, arena, bill);
        r[i].month_usd = bill->month_usd;
        r[i].month_null_reason = bill->month_null_reason;
    }
}

void fill_cost(const struct scenario *s, const struct pricebook *prices, struct replication *r, int n,
                      struct arena *arena, struct record *record, struct bill *bill)
{
    const char *nothing = "nothing was simulated";
    record->cost.month_usd = record->cost.low_usd = record->cost.high_usd = record->cost.per_million_events_usd =
        record_unknown(nothing);
    if (n == 0) {
        fill_storage(s, NULL, r, n, arena, record);
        return;
    }
    struct meters meters;
    fill_month(s, prices, r, n, arena);
    metric_meters(r, n, &meters, arena); /* the bill itself is of all replications together */
    bill_compute(&meters, s, prices, arena, bill);
    fill_storage(s, bill, r, n, arena, record);
    record->cost.month_usd = record_maybe(bill->month_usd, bill->month_null_reason);
    record->cost.low_usd = record_maybe(bill->low_usd, bill->range_null_reason);
    record->cost.high_usd = record_maybe(bill->high_usd, bill->range_null_reason);
    record->cost.per_million_events_usd = record_maybe(bill->per_million_events_usd, bill->per_million_events_null_reason);
    record->cost.lines = ARENA_NEW(arena, struct record_cost_line, (size_t)bill->lines_n);
    record->cost.lines_n = bill->lines_n;
    for (int i = 0; i < bill->lines_n; i++) {
        const struct bill_line *l = &bill->lines[i];
        const char *missing = "the price book does not have this price";
        record->cost.lines[i] = (struct record_cost_line){
            .item = l->item,
            .quantity = l->quantity,
            .unit = l->unit,
            .price_id = l->price_id,
            .unit_usd = record_maybe(l->unit_usd, missing),
            .usd = record_maybe(l->usd, missing),
            .confidence = l->confidence,
        };
    }
}

void fill_delay(const struct scenario *s, const struct replication *r, int n, struct arena *arena, struct record *record)
{
    struct metric *values = ARENA_NEW(arena, struct metric, (size_t)n + 1);
    values[0].why = "nothing was simulated";
    for (int i = 0; i < n; i++) values[i] = metric_stale_share(&r[i]);
    record->delay.output = s->decision.output ? (struct record_text){.text = s->decision.output}
                                              : (struct record_text){.why_null = values[0].why};
    record->delay.stale_after_s = s->decision.stale_after_ns > 0 ? record_known(sim_seconds(s->decision.stale_after_ns))
                                                                 : record_unknown(values[0].why);
    const struct record_number share = estimate_of(values, n, arena).mean;
    record->delay.stale_share = record->delay.minutes_a_month = share;
    if (share.known) record->delay.minutes_a_month.value *= METRIC_MONTH_MINUTES;
    double usd_per_minute = s->decision.cost_of_delay_usd_per_s * 60;
    record->delay.usd_per_minute = usd_per_minute > 0 ? record_known(usd_per_minute) : record_unknown(METRIC_NO_COST_OF_DELAY);
    record->delay.month_usd = !(usd_per_minute > 0) ? record->delay.usd_per_minute
                              : share.known         ? record_known(share.value * METRIC_MONTH_MINUTES * usd_per_minute)
                                                    : share;
}
