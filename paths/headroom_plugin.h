/* headroom_plugin.h: your own partitioner, window operator or compaction planner inside of headroom.
 *
 * A plugin is a shared object that exports one symbol:
 *
 *     const struct headroom_plugin headroom_plugin = {
 *         .version = HEADROOM_PLUGIN_VERSION, .name = "mine", .partitioner = &my_partitioner};
 *
 * and is given to a run by `headroom run SCENARIO --plugin ./mine.so`, as often as there are plugins. What it
 * does not replace is NULL. This header needs nothing but the C library's; a plugin links nothing of
 * headroom's. Compile it with -fPIC -shared.
 *
 * What is asked of a plugin: answers depend on the arguments and the state alone, not on a clock, addresses
 * or random numbers, or a run is not reproducible; and nothing is written that two states share, for
 * replications run on threads.
 *
 * What is checked: every answer. One out of range ends the run with the answer in words, exit code 2 and no
 * result. What is not: a plugin runs inside of the process, so its own crash is the process's crash, and an
 * endless loop its hang.
 *
 * Time is charged by the calibration, not by how long a plugin takes: a partitioner as the scenario's own, a
 * window as the scenario's own of that kind (window.add, window.session, ..., window.fire), a planner as
 * compact.plan. `headroom bench --plugin ./mine.so --calibration mine.json` times yours in their place
 * (tumbling windows, of all kinds); give it with --calibration.
 */
#ifndef HEADROOM_PLUGIN_H
#define HEADROOM_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

/* Changes with every change of what is below. 2: windows of all kinds. */
#define HEADROOM_PLUGIN_VERSION 2

/* Which partition a record goes to, by its key: in place of the partitioner of every producer that heeds
 * keys. The whole population of keys is asked once, in order of descending traffic; records without a key are
 * none of its business. */
struct headroom_partitioner {
    void *(*create)(int32_t partitions); /* may be NULL, then state is NULL; not NULL: must not return NULL */
    int32_t (*choose)(void *state, const void *key, size_t key_bytes,
                      int32_t partitions); /* 0 .. partitions - 1 */
    void (*destroy)(void *state);          /* may be NULL */
};

/* A pane: what a window says of one key. Times are nanoseconds of event time. */
struct headroom_pane {
    uint64_t key;
    int64_t start_ns, end_ns; /* the window's, see struct headroom_window */
    int64_t impressions, clicks;
};

enum headroom_window_kind {
    HEADROOM_TUMBLING,
    HEADROOM_HOPPING,
    HEADROOM_SLIDING,
    HEADROOM_SESSION,
    HEADROOM_GLOBAL
};
enum headroom_semantics { HEADROOM_FLINK, HEADROOM_BEAM, HEADROOM_KAFKA_STREAMS };

/* What the scenario says of the windows. What it says of triggers, panes and aggregates is the program's own;
 * a plugin gives what it gives. Under HEADROOM_KAFKA_STREAMS the watermark is the greatest event time that
 * the partition has seen. */
struct headroom_window_config {
    int kind, semantics;
    int64_t size_ns;  /* of the first three kinds, else 0 */
    int64_t slide_ns; /* from one start to the next, of the first two, else 0 */
    int64_t gap_ns;   /* of sessions, else 0 */
    int64_t allowed_lateness_ns;
    void (*pane)(void *context,
                 const struct headroom_pane *pane); /* to be called from add() and advance() alone */
    void *context;
};

enum headroom_side { HEADROOM_IMPRESSION, HEADROOM_CLICK };
enum headroom_counted { HEADROOM_COUNTED, HEADROOM_LATE };

/* Windows of one partition: in place of the operator of every group whose windows are of one of the kinds
 * below. A pane is of a window that a record of its key was added to, and has no more records of it than were
 * added there and counted:
 *
 *   tumbling, hopping   [start, start + size_ns), start a multiple of slide_ns
 *   sliding             [start, start + size_ns], both inclusive
 *   session, global     from start to end, which hold the time of one of its records; of those there may be
 *                       as many as were ever counted
 */
struct headroom_window {
    void *(*create)(const struct headroom_window_config *config); /* must not return NULL */
    /* `count` >= 1 records of one key and time at once. HEADROOM_LATE: the window is gone, the records are
     * refused. */
    int (*add)(void *state, uint64_t key, int64_t time_ns, int side, int64_t count);
    void (*advance)(void *state, int64_t watermark_ns); /* never back */
    void (*destroy)(void *state);
    uint32_t kinds; /* 1 << HEADROOM_TUMBLING and so on; the program's own does the others. Not 0 */
    /* What a checkpoint of it would write, of the keys that it was given. May be NULL: then as much as the
     * program's own would hold of the keys that may still be open. */
    size_t (*state_bytes)(void *state);
};

struct headroom_file {
    uint64_t partition; /* files of different partitions are not to be merged */
    int64_t size_bytes, records, deleted_records, delete_files;
};

struct headroom_plan {
    int64_t target_bytes;    /* of an output file */
    int64_t min_input_files; /* what the scenario asks for */
    /* To be called from plan() for each group of files to rewrite together: indices into files[], and into
     * how many files, >= 1. */
    void (*group)(void *context, const uint32_t *files, size_t files_n, int64_t outputs);
    void *context;
};

/* Which files to rewrite together: in place of the planner of every table that is compacted. */
struct headroom_planner {
    void (*plan)(const struct headroom_plan *plan, const struct headroom_file *files, size_t files_n);
};

struct headroom_plugin {
    uint32_t version;
    const char *name; /* [a-z0-9_-]+ */
    const struct headroom_partitioner *partitioner;
    const struct headroom_window *window;
    const struct headroom_planner *planner;
};

#endif
