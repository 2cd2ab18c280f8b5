/* data_sizes.h: what generated records weigh in record batches and in table files, by the real codecs.
 *
 * Measuring takes a tenth of a second to a second, and depends on nothing but what is asked: records are generated from a
 * stream of their own, the same for every seed, as a ratio is a property of the data and not of the run. So what was
 * measured is kept for as long as the process lives, and every scenario, design and replication that asks again gets a
 * copy: of the last DATA_SIZES_KEPT, 50 KB together. Any thread may ask.
 */
#ifndef HEADROOM_MODELS_DATA_SIZES_H
#define HEADROOM_MODELS_DATA_SIZES_H

#include <stdbool.h>
#include <stdint.h>

#include "compact.h"
#include "event.h"
#include "record_batch.h"

enum { DATA_SIZES_KEPT = 128 };

struct data_kind {
    enum event_format format;
    bool keyed;
    int64_t value_bytes; /* EVENT_SIZE_BYTES_MIN .. EVENT_SIZE_BYTES_MAX */
};

/* Batches of 1, 2, 4 .. records; see record_batch_ladder(). */
void data_batch_sizes(const struct data_kind *, enum record_batch_compression, int level,
                      struct record_batch_size sizes[RECORD_BATCH_LADDER_N]);

/* Files of 1, 4, 16 .. records, compressed with zstd; see compact_ladder(). */
void data_file_sizes(const struct data_kind *, int level, struct compact_rung rungs[COMPACT_LADDER_N]);

#endif
