/* table_strata.h: outages that are alike: some are simulated, and stand for the others.
 *
 * In table mode faults of one kind, alike in everything but when they come and which broker or instance they take, at the same
 * rates (a row of the table), are a stratum. Its first STRATUM_SIMULATED are simulated. The others do not happen: they are
 * represented by the mean of those, in distributions, meters and accounts, with the cycle of files, tables and checks of
 * who leads that comes after a fault: a broker that is back leads nothing for minutes. What they are expected to have rejected, lost and
 * delivered twice is moved there in whole records, so that every account holds, but is an estimate. Always simulated are
 * faults that come within STRATUM_APART_NS of another, or before the end of the warm-up, and those that an objective is about.
 * Faults that happen again, are drawn or wait for a condition are simulated, and so are all beside such.
 * What brokers lead is not alike where keys are hot: then the mean of the first stands for others' with an error of its own.
 *
 * Which are simulated depends on the scenario alone: world.represented says which are not. Errors: bugs only. Memory: the
 * arena's, a measure for each fault.
 */
#ifndef HEADROOM_MODELS_TABLE_STRATA_H
#define HEADROOM_MODELS_TABLE_STRATA_H

#include "table_mode.h"

enum {
    STRATUM_SIMULATED = 6,
    STRATUM_AFTER_MAX = 8 /* of so many strata what comes after has a row of its own; that of others counts as itself */
};
#define STRATUM_APART_NS (1800 * SIM_S)

struct stratum_account { /* records */
    int64_t rejected_by[REJECT_REASONS], vanished;
    int64_t lost_by[SCENARIO_GROUPS_MAX][LOST_REASONS], duplicated[SCENARIO_GROUPS_MAX];
};

struct stratum {
    uint64_t simulated, represented; /* bit i: fault i; none represented: not a stratum */
    int16_t steps[SCENARIO_STREAMS_MAX];
    struct table_measure measured; /* while those simulated were in effect, and after */
    struct stratum_account account;
};

struct table_strata {
    struct stratum strata[SCENARIO_FAULTS_MAX];
    int n;
    uint64_t begin_faults; /* in effect when the slice began */
    int last;   /* stratum of the faults that were in effect last; -1: of none, or of one without a row */
    bool after; /* the slice under way comes after those */
    struct table_measure begin;
    struct stratum_account begin_account;
};

/* Before the faults are scheduled. */
void table_strata_init(struct world *w);
/* Around a slice. */
void table_strata_begin_slice(struct world *w);
/* The slice comes soon after a fault, and none is in effect. Its row; -1: it has none of its own. */
int table_strata_after(struct world *w);
void table_strata_end_slice(struct world *w, int64_t produced);
/* After the run, before rows are made to count for what was jumped over: what the represented had of it is taken from
 * their row and counted as theirs. */
void table_strata_finish(struct world *w);

#endif
