/* lake_state.h: what the parts of the lake share. Nobody else includes it.
 *
 * lake.c keeps the manifest and what is held; lake_jobs.c does ETL, compaction and commits; lake_age.c retention, tiers
 * and the removal of replaced files.
 */
#ifndef HEADROOM_MODELS_LAKE_STATE_H
#define HEADROOM_MODELS_LAKE_STATE_H

#include "calibration.h"
#include "compact.h"
#include "kernel.h"
#include "lake.h"
#include "lake_layout.h"

struct lake_table;

enum { NO_FILE = -1 };

struct slot { /* lake_next() and lake_previous() count on the file being first */
    struct lake_file file;
    int64_t duplicates;
    int32_t part;
    int32_t prev, next;           /* live: in the table's order; replaced: next alone; free: next alone */
    int32_t part_prev, part_next; /* in its partition's */
    uint32_t uses;
    bool live;
    sim_time replaced_at;
};

struct part {
    uint64_t key;
    int32_t date, hour, bucket;
    int32_t first, last, files_n;
    sim_time last_commit; /* -1: none */
    bool dirty;           /* in the table's list of those to plan */
    bool recent;          /* written to since it was last planned */
};

struct piece { /* records that a table made from this one has not read yet */
    int64_t rows, duplicates, bytes;
    int64_t rows_read; /* of which rows are taken */
    sim_time from, to; /* as they were produced, or of their event times: */
    bool event_times;
    enum object_class class;
};

struct pieces {
    struct piece *all;
    size_t n, capacity;
};

struct output {
    int64_t bytes, rows;
    sim_time min_event, max_event;
    double min_key, max_key;
    int32_t part;
    bool sorted;
};

struct input {
    int32_t slot;
    uint32_t uses;
};

struct job {
    struct lake_table *table;
    bool compaction, running, waiting; /* waiting: ETL is due again and begins when this ends */
    sim_time started, began;           /* began: what its commit is based on */
    int tries;
    struct pieces pieces; /* ETL */
    struct input *inputs; /* compaction */
    size_t inputs_n, inputs_capacity;
    struct output *outputs;
    size_t outputs_n, outputs_capacity;
    int32_t *parts; /* touched; one may stand there twice */
    size_t parts_n, parts_capacity;
    int64_t duplicates;
    int64_t landed_before; /* the table's files_landed when it started */
};

struct held {
    struct lake_held sum;
    sim_time at;
};

struct lake_table {
    struct lake *lake;
    const struct scenario_table *config;
    int index;
    struct lake_records records;
    double rows_owed, copies_owed; /* of what it takes from its source: what rounding has kept back */
    struct slot *slots;
    int32_t slots_n, slots_capacity, free;
    int32_t first, last;                   /* of the snapshot */
    int32_t replaced_first, replaced_last; /* in the order in which they were */
    struct part *parts;
    int32_t parts_n, parts_capacity;
    uint32_t *places; /* hash table of parts, 1 + index; 0: free */
    uint32_t places_n;
    int32_t *dirty;
    size_t dirty_n, dirty_capacity;
    struct pieces pending; /* of its source */
    struct job etl, compaction;
    struct compact_policy policy;
    bool compaction_stopped; /* none begins */
    double contended;        /* share of its commits that somebody else's comes before */
    struct held held[OBJECT_CLASSES];
    struct lake_counts counts;
    int64_t snapshot;
    sim_time age_every;
    struct lake_reading settled; /* of a table with jobs */
};

struct lake {
    const struct scenario *scenario;
    const struct calibration *calibration;
    struct lake_options options;
    struct arena *arena;
    struct kernel kernel;
    struct objectstore store; /* a prefix for each table */
    struct rng others; /* commits of somebody else */
    struct objectstore_terms terms;
    struct lake_table *tables;
    int tables_n;
};

/* At the same instant what ends comes before what begins, and what ages files last. */
enum { LAKE_ENDS = 0, LAKE_BEGINS = 1, LAKE_AGES = 2 };

#define LAKE_ROOM(lake, array, n, capacity)                                                                  \
    do {                                                                                                     \
        if ((size_t)(n) >= (size_t)(capacity)) {                                                             \
            size_t wanted_ = (capacity) ? 2 * (size_t)(capacity) : 16;                                       \
            (array) = arena_grow((lake)->arena, (array), (size_t)(n), wanted_, sizeof *(array));             \
            (capacity) = (__typeof__(capacity))wanted_;                                                      \
        }                                                                                                    \
    } while (0)

static inline sim_time lake_now(const struct lake_table *t)
{
    return kernel_now(&t->lake->kernel);
}

/* lake.c */
int32_t lake_part_at(struct lake_table *, sim_time event, int bucket); /* found, or made */
int32_t lake_slot_new(struct lake_table *);
void lake_slot_free(struct lake_table *, int32_t slot);
/* Into the snapshot, and out of it; what is held changes in the first alone. */
void lake_add(struct lake_table *, int32_t slot);
void lake_take(struct lake_table *, int32_t slot);
void lake_hold(struct lake_table *, enum object_class);                     /* integrates up to now */
void lake_hold_file(struct lake_table *, const struct lake_file *, int by); /* +1, -1 */
void lake_mark_dirty(struct lake_table *, int32_t part);
void lake_pend(struct lake_table *source, const struct piece *); /* to every table made from it */
void lake_piece(struct lake *, struct pieces *, const struct piece *);
int64_t lake_floor_div(int64_t a, int64_t b);

/* lake_jobs.c */
void lake_jobs_init(struct lake_table *);

/* lake_age.c */
void lake_age_init(struct lake_table *);

#endif
