/* window.h: keyed tumbling event-time windows that join clicks to impressions.
 *
 * Every record has a key, an event time and a side (impression or click). Records of one key whose times fall
 * into the same window [start, start + size) are counted together, and the window gives a pane with both
 * counts, hence the key's click-through rate, when event time has passed its end, and again for what comes
 * late but within the allowed lateness. start = floor((t - offset) / size) * size + offset, with true floor
 * division for negative times.
 *
 * What is late, and when a pane is given, differs between engines; `semantics` follows one (sources:
 * Flink 1.14 WindowOperator, Beam ReduceFnRunner, Kafka Streams KStreamWindowAggregate):
 *
 *                   gives a pane when          refuses a record as late when   state is dropped when
 *   flink           wm >= end - 1              end - 1 + lateness <= wm        end - 1 + lateness <= wm
 *   beam            wm >= end                  end - 1 + lateness <  wm        end - 1 + lateness <  wm
 *   kafka_streams   every record (on_update)   end + lateness <= time          end + lateness <= time
 *                   or at end + lateness
 *                   <= time (on_close)
 *
 * `time` is the greatest event time seen: Kafka Streams has no watermark. Its lateness is called grace, and
 * negative event times are skipped, as its tasks skip them.
 *
 * A record that comes after its window's pane, but not too late, gives a pane at once: of everything in the
 * window so far (accumulating) or of that record alone (discarding).
 *
 * A call with `count` n stands for n records of one key and time that arrive together, and gives at most one
 * pane.
 *
 * Units: any one integer unit of event time; |timestamp|, size, lateness <= WINDOW_TIME_MAX (CHECKed).
 * Order of panes: by window end; within a window, in order in which keys were first seen. It depends on the
 * calls alone, never on addresses or hashes. A sink must not call the operator that called it (CHECKed).
 * Errors: window_config_mistake() says what is wrong with a configuration; the rest are CHECKs.
 * Ownership: everything lives in the arena given. Tables of dropped windows are used again, so memory is
 * bounded by the most that was ever alive at once (rounded up to powers of two). Cost: window_add is two
 * cache misses for a large state; no allocation in the steady state. A drop is O(1) a window but for clearing
 * its table. Counted in struct window_counts.
 *
 *   windows, ascending by start          one window
 *   [ first_alive .. first_unfired )     slots: tag+index, open addressing, linear probes, load <= 3/4
 *        fired, kept for late records      |
 *   [ first_unfired .. n )               entries: key, impressions, clicks; dense, in order of arrival
 *        still collecting
 */
#ifndef HEADROOM_PATHS_WINDOW_H
#define HEADROOM_PATHS_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

#define WINDOW_TIME_MAX ((int64_t)1 << 61)

enum window_semantics { WINDOW_FLINK, WINDOW_BEAM, WINDOW_KAFKA_STREAMS };
enum window_emit { WINDOW_ON_UPDATE, WINDOW_ON_CLOSE }; /* kafka_streams only */
enum window_side { WINDOW_IMPRESSION, WINDOW_CLICK };
enum window_result { WINDOW_COUNTED, WINDOW_LATE, WINDOW_SKIPPED };
enum window_timing { WINDOW_PANE_ON_TIME, WINDOW_PANE_LATE, WINDOW_PANE_UPDATE };

struct window_pane {
    uint64_t key;
    int64_t start;
    int64_t end; /* exclusive */
    int64_t impressions;
    int64_t clicks;
    enum window_timing timing;
};

struct window_late_record {
    uint64_t key;
    int64_t timestamp;
    int64_t start; /* of the window that is gone */
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
    int64_t size;             /* > 0 */
    int64_t offset;           /* |offset| < size */
    int64_t allowed_lateness; /* >= 0 */
    bool discarding;          /* false: accumulating */
    enum window_semantics semantics;
    enum window_emit emit; /* kafka_streams; ignored by the others */
    struct window_sink sink;
};

/* Operations and outcomes so far. Records are weighted by `count`, folds are calls. */
struct window_counts {
    uint64_t folds;
    uint64_t records;
    uint64_t records_late;
    uint64_t records_skipped;
    uint64_t keys_inserted;
    uint64_t panes;
    uint64_t panes_late; /* of those */
    uint64_t windows_opened;
    uint64_t windows_dropped;
};

struct window_operator;

/* NULL if the configuration is fine, else what is wrong with it (a constant). */
const char *window_config_mistake(const struct window_config *config);

struct window_operator *window_new(struct arena *arena, const struct window_config *config);

/* count >= 1. */
enum window_result window_add(struct window_operator *op, uint64_t key, int64_t timestamp,
                              enum window_side side, int64_t count);

/* Asks the processor to fetch what a window_add of the same key and time will touch. Calling it for the
 * records of a batch some eight ahead of window_add hides most of the misses. It changes nothing. */
void window_prefetch(const struct window_operator *op, uint64_t key, int64_t timestamp);

/* Event time has come to `watermark` (kafka_streams: a record of this time was seen, here or in a partition
 * that is not followed in detail). One that does not advance is ignored. Returns the number of panes given.
 */
uint64_t window_advance(struct window_operator *op, int64_t watermark);

int64_t window_watermark(const struct window_operator *op); /* INT64_MIN at first */
const struct window_counts *window_counts(const struct window_operator *op);

/* The window that a timestamp falls into. */
int64_t window_start(int64_t timestamp, int64_t size, int64_t offset);

/* Clicks over impressions; NaN without impressions. */
double window_ctr(const struct window_pane *pane);

/* State. Live: keys x windows and their bytes in tables; snapshot: the bytes that window_snapshot() writes.
 */
size_t window_state_keys(const struct window_operator *op);
size_t window_state_windows(const struct window_operator *op);
size_t window_state_bytes(const struct window_operator *op);
size_t window_snapshot_bytes(const struct window_operator *op);
/* What a snapshot of so many keys in so many windows takes, for models that scale a sample up. */
size_t window_snapshot_bytes_for(size_t keys, size_t windows);
/* Writes a snapshot; capacity must be at least window_snapshot_bytes() (CHECKed). Returns its size. Byte
 * order is little-endian, counts are not in it. */
size_t window_snapshot(const struct window_operator *op, void *out, size_t capacity);
/* Replaces the state by a snapshot's. False, and an empty state, if it is damaged or of another window size
 * or offset. */
bool window_restore(struct window_operator *op, const void *data, size_t n);
/* Forgets all state and the watermark; counts stay. */
void window_clear(struct window_operator *op);

#endif
