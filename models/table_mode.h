/* table_mode.h: runs of weeks: what has been seen for long enough is jumped over.
 *
 * A jump is to the calendar what a skip is to the data plane: the scenario's own clock moves on, and every other part stays
 * where it is, with every queue, open file, window and commit as it was. Rates, faults and the end of the run go by the
 * scenario's clock; everything else lives on the calendar, which is shorter.
 *
 * The table has a row for each combination of the streams' rates, in steps of TABLE_STEP, that was seen with nothing
 * unusual in it: no fault in effect, nothing that simulates all of a slice (fraction.h), and none of it for a cycle before,
 * the longest time between files, tables, checkpoints or checks of who leads (150 s at least). When there has been none for two cycles the run
 * jumps ahead, over all slices whose row has been measured for a cycle, whose rates change slowly, and that are
 * TABLE_APPROACH_NS or more away from a fault. It depends on rates and faults alone, never on queues. Times after a fault
 * are never in a row: they would count for days. Nor are those between a jump and the next fault, once the row has its cycle:
 * they are parts of cycles. A jump is a whole number of the periods of checkpoints, file rolls, windows,
 * tables and checks of who leads, as far as they have a common one of up to 15 minutes: what a crash finds open, and how
 * long a broker that comes back leads nothing, depends on when it comes.
 *
 * The traffic of what is jumped over is drawn as ever, with the same total for each stream and slice, so `produced` is what
 * it would have been, and every account holds to the record. What was not simulated counts as what was: in the end a
 * row's distributions weigh by all of its records, its meters and busy times likewise. What goes by the clock (staleness,
 * checkpoints) weighs by time. The lake's tables hold what was simulated; their meters are
 * ratios, of a lake that is fed over all of the time (lake_again.h).
 *
 * Errors: bugs only. Memory: the arena's; a scope set for each row (telemetry.h). Cost of a jump: about a microsecond for each
 * stream and slice, and one split to partitions.
 */
#ifndef HEADROOM_MODELS_TABLE_MODE_H
#define HEADROOM_MODELS_TABLE_MODE_H

#include "fraction.h"
#include "telemetry.h"
#include "world.h"

enum { TABLE_ROWS_MAX = 55 }; /* of TELEMETRY_ROWS_MAX; then those of times after faults (table_strata.h), and of all others */
#define TABLE_STEP 0.05                 /* of a rate */
#define TABLE_APPROACH_NS (60 * SIM_S) /* simulated before a fault's own surroundings (fraction.h) */

struct table_measure { /* of slices, after the warm-up */
    double seconds;
    int64_t produced;
    struct telemetry_totals totals;
    double busy_ns[TELEMETRY_RESOURCES_MAX];
    double late[SCENARIO_GROUPS_MAX]; /* records */
};

struct table_row {
    int16_t steps[SCENARIO_STREAMS_MAX];
    struct table_measure measured;
    double jumped_s;
    int64_t jumped, jumped_of[SCENARIO_STREAMS_MAX]; /* records */
};

struct table_strata;

struct table_mode {
    struct table_strata *strata; /* of faults: table_strata.h */
    struct table_row rows[TABLE_ROWS_MAX];
    int rows_n, row;            /* of the slice under way; -1: none */
    bool measuring;             /* the slice counts for its row, */
    bool landed;                /* which it does not if the row needs no more: there was a jump, and nothing unusual since */
    struct table_measure begin; /* readings at its beginning */
    sim_time cycle_ns;
    sim_time unusual; /* calendar: the end of the last slice that was */
    int64_t jumps;
};

/* w->table stays NULL unless run.table asks for it and the resolution is sampled. */
void table_mode_init(struct world *w);
/* Around a slice; without a table they do nothing. */
void table_mode_begin_slice(struct world *w, const struct fraction *f);
void table_mode_end_slice(struct world *w, int64_t produced);
/* From a time of the scenario's clock at which a slice of `each` has ended: how far the run jumps, in whole slices. 0: it
 * does not. */
sim_time table_mode_jump(struct world *w, struct fraction *f, sim_time from, sim_time each);
/* Once, after the run: what was jumped over is counted. */
void table_mode_finish(struct world *w);

/* --- For table_strata.c ------------------------------------------------------------------------------ */

void table_steps(const struct world *w, sim_time from, sim_time to, int16_t steps[SCENARIO_STREAMS_MAX]);
struct table_row *table_row_at(struct table_mode *t, const int16_t steps[SCENARIO_STREAMS_MAX]); /* NULL: there is none */
/* Meters since the beginning, without seconds and produced; adds what came between two readings. */
struct table_measure table_reading(const struct world *w);
void table_add_between(struct table_measure *to, const struct table_measure *begin, const struct table_measure *end);
/* A set counts for so many records more, of each group's delivered too, and so many seconds. */
void table_grow_set(struct world *w, struct scope_set *set, int64_t produced, const int64_t delivered[], double seconds);
/* What was measured counts so many times more, and over so many seconds. */
void table_grow_meters(struct world *w, const struct table_measure *m, double times, double seconds);

#endif
