/* data_sizes.c: a ring of what has been measured; see the header. */
#include "data_sizes.h"

#include <pthread.h>
#include <string.h>

#include "arena.h"
#include "philox.h"

enum what { BATCHES, FILES };

struct measured {
    enum what what;
    struct data_kind kind;
    enum record_batch_compression compression; /* of batches */
    int level;
    union {
        struct record_batch_size batches[RECORD_BATCH_LADDER_N];
        struct compact_rung files[COMPACT_LADDER_N];
    } sizes;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct measured ring[DATA_SIZES_KEPT]; /* under the lock */
static int64_t ever_kept;                     /* under the lock; the next one's place is that modulo DATA_SIZES_KEPT */

static uint64_t draw_philox(void *context)
{
    return philox_next_u64(context);
}

static void measure(struct measured *m)
{
    struct philox philox = philox_named(0, "blueprint/records");
    const struct record_batch_source source = {
        .draw = draw_philox, .draw_context = &philox, .clicks_share = 0.02, .time_step_ms = 1, .keyed = m->kind.keyed};
    struct arena *arena = arena_new(0);
    struct event_generator *generator = event_generator_new(arena, m->kind.format, m->kind.value_bytes);
    if (m->what == BATCHES) {
        struct record_batch_codec *codec = record_batch_codec_new();
        record_batch_ladder(codec, generator, m->kind.format, &source, m->compression, m->level, m->sizes.batches);
        record_batch_codec_free(codec);
    } else {
        compact_ladder(generator, &source, m->kind.format, m->level, m->sizes.files);
    }
    arena_free(arena);
}

static bool same(const struct measured *a, const struct measured *b)
{
    return a->what == b->what && a->kind.format == b->kind.format && a->kind.keyed == b->kind.keyed &&
           a->kind.value_bytes == b->kind.value_bytes && a->compression == b->compression && a->level == b->level;
}

/* Under the lock; NULL: it is not there. */
static const struct measured *find(const struct measured *like)
{
    for (int64_t i = 0; i < ever_kept && i < DATA_SIZES_KEPT; i++)
        if (same(&ring[i], like)) return &ring[i];
    return NULL;
}

/* Measures without the lock: two threads may measure the same, and find the same. */
static void find_or_measure(struct measured *m)
{
    pthread_mutex_lock(&lock);
    const struct measured *found = find(m);
    if (found) *m = *found;
    pthread_mutex_unlock(&lock);
    if (found) return;
    measure(m);
    pthread_mutex_lock(&lock);
    if (!find(m)) ring[ever_kept++ % DATA_SIZES_KEPT] = *m;
    pthread_mutex_unlock(&lock);
}

void data_batch_sizes(const struct data_kind *kind, enum record_batch_compression compression, int level,
                      struct record_batch_size sizes[RECORD_BATCH_LADDER_N])
{
    struct measured m = {.what = BATCHES, .kind = *kind, .compression = compression, .level = level};
    find_or_measure(&m);
    memcpy(sizes, m.sizes.batches, sizeof m.sizes.batches);
}

void data_file_sizes(const struct data_kind *kind, int level, struct compact_rung rungs[COMPACT_LADDER_N])
{
    struct measured m = {.what = FILES, .kind = *kind, .level = level};
    find_or_measure(&m);
    memcpy(rungs, m.sizes.files, sizeof m.sizes.files);
}
