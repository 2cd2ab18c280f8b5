/* window.h: keyed event-time windows that join clicks to impressions and aggregate values.
 *
 * Every record has a key, an event time, a side (impression or click), and may have a value and an item.
 * Records of one key that fall into the same window are counted together, by side, and aggregated
 * (aggregate.h); the window gives a pane with both counts, hence the key's click-through rate, when its
 * trigger says so (window_trigger.h).
 *
 *   tumbling   [start, start + size), one after the other            window_assign.h
 *   hopping    the same, one begins every `slide`
 *   sliding    Kafka Streams' SlidingWindows: [t - size, t] for every record's time t, and [t + 1, t + 1 +
 * size] where other records lie in it; both ends inclusive session    of records that are no more than `gap`
 * apart; a record may merge several global     one for each key, without end
 *
 * What is late, and when a pane is given, differs between engines; `semantics` follows one (sources:
 * Flink 1.14 WindowOperator, Beam ReduceFnRunner, Kafka Streams KStream*WindowAggregate):
 *
 *                   gives a pane when          refuses a record as late when   state is dropped when
 *   flink           wm >= end - 1              end - 1 + lateness <= wm        end - 1 + lateness <= wm
 *   beam            wm >= end                  end - 1 + lateness <  wm        end - 1 + lateness <  wm
 *   kafka_streams   every record (on_update)   end + lateness <= time          end + lateness <= time
 *                   or when it refuses
 *     session       (on_close)                 last + lateness + gap < time    last + lateness + 3 gap < time
 *     sliding                                  end + lateness < time           end + lateness + 2 size < time
 *
 * What Kafka Streams refuses by itself may still be merged with, or tell what lies in, a window that is open,
 * so its stores hold it for longer. `time` is the greatest event time seen: Kafka Streams has no watermark.
 * Its lateness is called grace, and negative event times are skipped, as its tasks skip them. Sums saturate
 * at 2^63 - 1, and a window whose state would be dropped then keeps it. A session's end is that of the merged
 * one, but Beam looks at the record's own (LateDataDroppingDoFnRunner). Flink calls a record late when all
 * its windows are, and counts it once; the others count every window that refuses it.
 *
 * A record that comes after its window's pane, but not too late, gives a pane at once: of everything in the
 * window so far (accumulating, retracting) or of what is new (discarding). Retracting gives what a pane said
 * before as a retraction first. A session of Kafka Streams that grows retracts its former span, as its store
 * forwards tombstones. A pane without new records is given by Beam at the window's end, and when its state
 * goes if `closing_always` (ClosingBehavior.FIRE_ALWAYS); by Flink if there is anything in the window at all.
 *
 * A call with `count` n stands for n records of one key and time that arrive together, and gives at most one
 * pane a window.
 *
 * With trigger.processing_time (flink alone) windows go by the clock: window_advance() sets it, records are
 * taken to come at that time whatever their own, and none is late.
 *
 * Units: any one integer unit of event time; |timestamp|, lengths, lateness <= WINDOW_TIME_MAX (CHECKed).
 * Order of panes: tumbling and hopping windows with an event_time trigger (or Kafka's) by window end, within
 * a window in the order in which keys were first seen; all others by the time at which they are due, then in
 * the order in which windows were made. It depends on the calls alone, never on addresses or hashes. A sink
 * must not call the operator that called it (CHECKed). Errors: window_config_mistake() says what is wrong
 * with a configuration; the rest are CHECKs. Ownership: everything lives in the arena given. What dropped
 * windows held is used again, so memory is bounded by the most that was ever alive at once (rounded up to
 * powers of two). Cost: window_add is two cache misses for a large state, which window_add_batch overlaps
 * over the records of a batch; no allocation in the steady state. A drop is O(1) a window but for clearing
 * its table. Sessions, sliding and global windows and other triggers take a timer each, in a heap. Counted in
 * struct window_counts.
 *
 *   windows, ascending by start          one window                        window_aligned.c
 *   [ first_alive .. first_unfired )     slots: tag+index, open addressing, linear probes, load <= 3/4
 *        fired, kept for late records      |
 *   [ first_unfired .. n )               rows: key, impressions, clicks, aggregates; dense, in order of
 * arrival still collecting
 *
 *   the rest: one such table of keys, each with a list of its windows, ascending by start; a heap of timers
 *                                                                          window_cells.c, window_keyed.c
 */
#ifndef HEADROOM_PATHS_WINDOW_H
#define HEADROOM_PATHS_WINDOW_H

#include "window_assign.h"
#include "window_trigger.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct aggregate_set;
struct arena;

#define WINDOW_TIME_MAX ((int64_t)1 << 61)

enum window_kind { WINDOW_TUMBLING, WINDOW_HOPPING, WINDOW_SLIDING, WINDOW_SESSION, WINDOW_GLOBAL };
enum window_mode { WINDOW_ACCUMULATING, WINDOW_DISCARDING, WINDOW_RETRACTING };
enum window_side { WINDOW_IMPRESSION, WINDOW_CLICK };
enum window_result {
    WINDOW_COUNTED, /* by one window at least */
    WINDOW_LATE,
    WINDOW_SKIPPED /* no window takes it: between windows, or a negative time in Kafka Streams */
};
enum window_timing {
    WINDOW_PANE_ON_TIME,
    WINDOW_PANE_LATE,
    WINDOW_PANE_UPDATE, /* Kafka Streams' on_update */
    WINDOW_PANE_EARLY,
    WINDOW_PANE_RETRACTION, /* what an earlier pane said is no longer so */
    WINDOW_PANE_STATE       /* window_state_each() */
};

struct window_record {
    uint64_t key;
    int64_t timestamp;
    int64_t count; /* >= 1 */
    int64_t value; /* of each; for aggregates */
    uint64_t item;
    enum window_side side;
};

struct window_pane {
    uint64_t key;
    int64_t start;
    int64_t end; /* exclusive; inclusive for sessions and sliding windows of Kafka Streams */
    int64_t impressions;
    int64_t clicks;
    enum window_timing timing;
    const void
        *aggregates; /* an accumulator of the configuration's set, for the time of the call; NULL: no set */
};

struct window_late_record {
    uint64_t key;
    int64_t timestamp;
    int64_t start; /* of the window that is gone; the last of them if there are several */
    int64_t count;
    enum window_side side;
};

/* Where results go. `late` is the late side output; it may be NULL. */
struct window_sink {
    void (*pane)(void *context, const struct window_pane *pane);
    void (*late)(void *context, const struct window_late_record *record);
    void *context;
};

struct window_config {
    enum window_kind kind;
    int64_t size;             /* tumbling, hopping, sliding: > 0 */
    int64_t slide;            /* hopping: > 0 */
    int64_t gap;              /* session: > 0 */
    int64_t offset;           /* tumbling, hopping: |offset| < size or slide */
    int64_t allowed_lateness; /* >= 0 */
    enum window_mode mode;
    enum window_semantics semantics;
    struct window_trigger trigger;          /* zero: event_time, which kafka_streams takes for on_update */
    bool closing_always;                    /* beam: a last pane even if nothing came since the one before */
    const struct aggregate_set *aggregates; /* NULL: counts alone */
    struct window_sink sink;
};

/* Operations and outcomes so far. Records are weighted by `count`, folds are calls. */
struct window_counts {
    uint64_t folds;
    uint64_t records;
    uint64_t records_late; /* beam, kafka_streams: by each window that refused one */
    uint64_t records_skipped;
    uint64_t keys_inserted; /* keys x windows */
    uint64_t panes;         /* without retractions */
    uint64_t panes_late;    /* of those */
    uint64_t retractions;
    uint64_t windows_opened; /* sessions, sliding, global and those of other triggers: one for each key */
    uint64_t windows_dropped;
    uint64_t windows_merged; /* sessions that became part of another */
    uint64_t windows_updated; /* of those opened for one key: times that records were folded into one */
};

struct window_operator;

/* "tumbling", "hopping", "sliding", "session", "global" */
const char *window_kind_name(enum window_kind kind);

/* Is there a table of keys for each window? Else each key has windows of its own. */
bool window_is_aligned(const struct window_config *config);

/* NULL if the configuration is fine, else what is wrong with it (a constant). */
const char *window_config_mistake(const struct window_config *config);

/* The watermark from which a window that ends at `end` has its pane, and from which it refuses records; INT64_MAX: never,
 * but for refusing at the end of the input. */
int64_t window_due_at(const struct window_config *config, int64_t end);
int64_t window_refuses_at(const struct window_config *config, int64_t end);

struct window_operator *window_new(struct arena *arena, const struct window_config *config);

/* count >= 1. */
enum window_result window_add(struct window_operator *op, uint64_t key, int64_t timestamp,
                              enum window_side side, int64_t count);
/* The same with value and item. */
enum window_result window_add_record(struct window_operator *op, const struct window_record *record);
/* The same for each in turn; what a batch of them touches is fetched ahead. */
void window_add_batch(struct window_operator *op, const struct window_record *records, size_t n);

/* Asks the processor to fetch what a window_add of the same key and time will touch. Calling it for the
 * records of a batch some eight ahead of window_add hides most of the misses. It changes nothing. */
void window_prefetch(const struct window_operator *op, uint64_t key, int64_t timestamp);

/* Event time has come to `watermark` (kafka_streams: a record of this time was seen, here or in a partition
 * that is not followed in detail; processing time: the clock). One that does not advance is ignored. Returns
 * the number of panes given. INT64_MAX is the end of the input: a continuous trigger gives once more, not for
 * ever.
 */
uint64_t window_advance(struct window_operator *op, int64_t watermark);

int64_t window_watermark(const struct window_operator *op); /* INT64_MIN at first */
const struct window_counts *window_counts(const struct window_operator *op);

/* Clicks over impressions; NaN without impressions. */
double window_ctr(const struct window_pane *pane);

/* State. Live: keys x windows and their bytes in tables; snapshot: the bytes that window_snapshot() writes.
 */
size_t window_state_keys(const struct window_operator *op);
size_t window_state_windows(const struct window_operator *op);
size_t window_state_bytes(const struct window_operator *op);
/* Everything that is held, as panes of timing WINDOW_PANE_STATE, to a sink of the caller's. */
void window_state_each(struct window_operator *op,
                       void (*pane)(void *context, const struct window_pane *pane), void *context);
size_t window_snapshot_bytes(const struct window_operator *op);
/* What a snapshot of so many keys in so many windows takes, for models that scale a sample up. */
size_t window_snapshot_bytes_for(const struct window_config *config, size_t keys, size_t windows);
/* Writes a snapshot; capacity must be at least window_snapshot_bytes() (CHECKed). Returns its size. Byte
 * order is little-endian, counts are not in it. */
size_t window_snapshot(const struct window_operator *op, void *out, size_t capacity);
/* Replaces the state by a snapshot's. False, and an empty state, if it is damaged or of another
 * configuration. */
bool window_restore(struct window_operator *op, const void *data, size_t n);
/* Forgets all state and the watermark; counts stay. */
void window_clear(struct window_operator *op);

#endif
