/* compact_measure.c: how small events are in files of a table; see compact.h. */
#include "compact.h"

#include "arena.h"
#include "check.h"

#include <math.h>
#include <string.h>

struct generated {
    struct table_record *records; /* file by file, as they came */
    size_t n;
    int32_t id_at;
};

static double uniform(uint64_t draw)
{
    return (double)(draw >> 11) * 0x1p-53;
}

/* An Avro event holds its id at a fixed place; a JSON event too, but in hexadecimal, which is no place for
 * it, and a column beside it would count it twice: so there these records have no id. */
static struct generated generate(struct event_generator *generator, enum event_format format,
                                 const struct record_batch_source *source, size_t n, struct arena *arena)
{
    struct generated all = {.records = ARENA_NEW(arena, struct table_record, n),
                            .n = n,
                            .id_at = format == EVENT_AVRO ? TABLE_ID_AT_AVRO_EVENT : TABLE_ID_NONE};
    unsigned char *encoded = ARENA_NEW(arena, unsigned char, EVENT_BYTES_MAX);
    int64_t time_ms = 1900000000000;
    for (size_t i = 0; i < n; i++, time_ms += source->time_step_ms) {
        struct event event;
        int64_t campaign = source->campaign != NULL
                               ? source->campaign(source->draw_context)
                               : (int64_t)event_rank(source->draw(source->draw_context), 1000000);
        enum event_kind kind = uniform(source->draw(source->draw_context)) < source->clicks_share
                                   ? EVENT_CLICK
                                   : EVENT_IMPRESSION;
        event_generate(generator, kind, campaign, time_ms, source->draw, source->draw_context, &event);
        size_t value_n = event_encode(&event, format, encoded, EVENT_BYTES_MAX);
        CHECK(value_n > 0, "an event larger than %d bytes", EVENT_BYTES_MAX);
        char key[EVENT_KEY_BYTES_MAX];
        size_t key_n = event_key((uint64_t)campaign, key);
        unsigned char *bytes = ARENA_NEW(arena, unsigned char, key_n + value_n);
        memcpy(bytes, key, key_n);
        memcpy(bytes + key_n, encoded, value_n);
        struct table_record *r = &all.records[i];
        *r = (struct table_record){.key = bytes,
                                   .key_n = (uint32_t)key_n,
                                   .value = bytes + key_n,
                                   .value_n = (uint32_t)value_n,
                                   .time_ms = time_ms};
        if (all.id_at != TABLE_ID_NONE) memcpy(r->id, event.event_id, sizeof r->id);
    }
    return all;
}

/* Files of `each` records; their bytes in all are returned, and the files in inputs, unless that is NULL. */
static double write_files(struct table_writer *writer, const struct generated *all, size_t each, bool sorted,
                          int level, int64_t group_bytes, struct arena *arena, struct table_bytes *inputs,
                          int64_t *raw_bytes)
{
    const struct table_writer_options options = {
        .level = level, .group_bytes = group_bytes, .id_at = all->id_at, .sorted = sorted, .arena = arena};
    struct table_record *own = ARENA_NEW(arena, struct table_record, each);
    double bytes = 0;
    for (size_t f = 0; f * each < all->n; f++) {
        memcpy(own, all->records + f * each, each * sizeof *own);
        if (sorted) (void)table_records_sort(own, each);
        /* `finished` is table_file_write()'s own. */
        struct table_file file = table_file_write(writer, &options, own, each);
        if (inputs != NULL) inputs[f] = (struct table_bytes){file.bytes, file.n};
        if (raw_bytes != NULL) *raw_bytes += file.stats.raw_bytes;
        bytes += (double)file.n;
    }
    return bytes;
}

struct compact_sizes compact_measure(struct compact_executor *executor, struct event_generator *generator,
                                     const struct record_batch_source *source,
                                     const struct compact_measure_options *options)
{
    CHECK(options->files >= 1 && options->records_per_file >= 1 &&
              options->records_per_file <= TABLE_GROUP_RECORDS_MAX,
          "%d files of %d records", options->files, options->records_per_file);
    const size_t files = (size_t)options->files, each = (size_t)options->records_per_file;
    const int64_t group_bytes = options->group_bytes == 0 ? COMPACT_GROUP_BYTES : options->group_bytes;
    struct arena *arena = arena_new(0);
    struct table_writer *writer = table_writer_new();
    struct generated all = generate(generator, options->format, source, files * each, arena);
    struct table_bytes *inputs = ARENA_NEW(arena, struct table_bytes, files);
    struct compact_sizes sizes = {.records = (int64_t)all.n};
    const double records = (double)all.n;
    sizes.sorted_bytes =
        write_files(writer, &all, each, true, options->level, group_bytes, arena, NULL, NULL) / records;
    int64_t raw_bytes = 0;
    sizes.arrival_bytes =
        write_files(writer, &all, each, false, options->level, group_bytes, arena, inputs, &raw_bytes) /
        records;
    sizes.raw_bytes = (double)raw_bytes / records;

    struct compact_result result;
    const struct compact_options executing = {.group_bytes = group_bytes, .level = options->level};
    compact_execute(executor, &executing, inputs, files, arena, &result);
    CHECK(result.status == TABLE_OK, "file %zu is %s", result.bad_input, table_status_name(result.status));
    sizes.counts = result.counts;
    sizes.compacted_bytes = (double)result.counts.bytes_out / records;
    table_writer_free(writer);
    arena_free(arena);
    return sizes;
}

void compact_ladder(struct event_generator *generator, const struct record_batch_source *source,
                    enum event_format format, int level, struct compact_rung rungs[COMPACT_LADDER_N])
{
    enum { RECORDS_MIN = 4096, FILES_MAX = 64 };
    struct table_writer *writer = table_writer_new();
    for (int rung = 0; rung < COMPACT_LADDER_N; rung++) {
        const size_t each = (size_t)1 << 2 * rung;
        size_t files = RECORDS_MIN / each;
        if (files > FILES_MAX) files = FILES_MAX;
        if (files < 1) files = 1;
        struct arena *arena = arena_new(0);
        struct generated all = generate(generator, format, source, files * each, arena);
        const double records = (double)all.n;
        rungs[rung] = (struct compact_rung){
            .records = (int64_t)each,
            .arrival_bytes =
                write_files(writer, &all, each, false, level, COMPACT_GROUP_BYTES, arena, NULL, NULL) /
                records,
            .sorted_bytes =
                write_files(writer, &all, each, true, level, COMPACT_GROUP_BYTES, arena, NULL, NULL) /
                records,
        };
        arena_free(arena);
    }
    table_writer_free(writer);
}

double compact_file_bytes(const struct compact_rung rungs[COMPACT_LADDER_N], double records, bool sorted)
{
    CHECK(records > 0, "a file of %g records", records);
    double place = records <= 1 ? 0 : log2(records) / 2;
    if (place > COMPACT_LADDER_N - 1) place = COMPACT_LADDER_N - 1;
    const int low = (int)place, high = low + 1 < COMPACT_LADDER_N ? low + 1 : low;
    const double at_low = sorted ? rungs[low].sorted_bytes : rungs[low].arrival_bytes;
    const double at_high = sorted ? rungs[high].sorted_bytes : rungs[high].arrival_bytes;
    return records * (at_low + (at_high - at_low) * (place - low));
}
