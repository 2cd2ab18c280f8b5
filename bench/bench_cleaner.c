/* bench_cleaner.c: see bench_cleaner.h. */
#include "bench_cleaner.h"

#include "arena.h"
#include "bench_paths.h"
#include "check.h"
#include "event.h"
#include "log_cleaner.h"
#include "philox.h"
#include "record_batch.h"

#include <stdlib.h>

struct cleaner_state {
    struct log_cleaner *cleaner;
    struct log_cleaner_config config;
    struct cleaner_log log;
    uint64_t sum;
};

void *bench_cleaner_set_up(struct arena *arena, const struct bench_case *bench)
{
    enum { BATCH = 300, KEY_BYTES = 8 };
    struct cleaner_state *s = ARENA_NEW(arena, struct cleaner_state, 1);
    struct philox philox = philox_named(1, "bench/cleaner");
    s->config = log_cleaner_defaults();
    s->cleaner = log_cleaner_new((size_t)2 * BENCH_CLEANER_RECORDS * OFFSET_MAP_ENTRY_BYTES, 0.9);
    cleaner_log_init(&s->log, 0);
    struct record_batch_codec *codec = record_batch_codec_new();
    const size_t value_n = (size_t)bench->bytes - KEY_BYTES;
    unsigned char *values = ARENA_NEW(arena, unsigned char, BATCH * value_n);
    for (size_t i = 0; i < BATCH * value_n; i++)
        values[i] = (unsigned char)philox_next_u32(&philox);
    struct record_batch_record records[BATCH];
    char keys[BATCH][EVENT_KEY_BYTES_MAX];
    const size_t capacity = record_batch_bound(BATCH * (value_n + 2 * EVENT_KEY_BYTES_MAX));
    unsigned char *batch = ARENA_NEW(arena, unsigned char, capacity);
    while (s->log.end_offset < BENCH_CLEANER_RECORDS) {
        const int64_t left = BENCH_CLEANER_RECORDS - s->log.end_offset;
        const int n = left < BATCH ? (int)left : BATCH;
        for (int i = 0; i < n; i++)
            records[i] = (struct record_batch_record){
                .key = keys[i],
                .key_n = event_key(1 + philox_below(&philox, (uint64_t)bench->parameter), keys[i]),
                .value = values + (size_t)i * value_n,
                .value_n = value_n};
        const struct record_batch_header header = {.base_offset = s->log.end_offset, .producer_id = -1};
        const size_t size = record_batch_encode(codec, &header, 0, records, n, batch, capacity);
        cleaner_log_append(&s->log, &s->config, batch, size);
    }
    record_batch_codec_free(codec);
    cleaner_log_roll(&s->log);
    return s;
}

void bench_cleaner_tear_down(void *state)
{
    struct cleaner_state *s = state;
    log_cleaner_free(s->cleaner);
    cleaner_log_free(&s->log);
}

void bench_cleaner_index_run(void *state, int64_t n)
{
    struct cleaner_state *s = state;
    CHECK(log_cleaner_index(s->cleaner, &s->log, 0, n), "a map that is full");
    s->sum += log_cleaner_map(s->cleaner)->size;
}

void bench_cleaner_copy_run(void *state, int64_t n)
{
    struct cleaner_state *s = state;
    if (log_cleaner_map(s->cleaner)->size == 0) log_cleaner_index(s->cleaner, &s->log, 0, n);
    const struct cleaner_segment out =
        log_cleaner_copy(s->cleaner, s->log.segments, s->log.segments_n - 1, &s->config, 0);
    s->sum += out.size_bytes;
    free(out.bytes);
}
