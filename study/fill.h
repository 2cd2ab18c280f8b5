/* fill.h: replications make a run record. See replicate.h for what is a mean and what is a sum. */
#ifndef HEADROOM_STUDY_FILL_H
#define HEADROOM_STUDY_FILL_H

#include "metrics.h"
#include "precision.h"
#include "record.h"
#include "replicate.h"
#include "settle.h"

/* How the replications came about. */
struct run_story {
    const char *partial_why; /* NULL: every replication was finished */
    bool by_pilot;           /* the warm-up was not stated: */
    struct settled settled;
    struct precision precision; /* if the scenario asks for one */
    bool out_of_memory;         /* no more replications fitted, though more were wanted */
};

/* n may be 0: then only inputs are known. The scenario is the one given but for the warm-up, which is known here. */
void record_fill(const struct scenario *scenario, const struct blueprint *blueprint,
                 const struct replicate_options *options, const struct run_story *story, struct replication *replications,
                 int n, struct arena *arena, struct record *record);

/* fill_cost.c: the bill of a month by each replication's own meters, into month_usd. */
void fill_month(const struct scenario *scenario, const struct pricebook *prices, struct replication *replications, int n,
                struct arena *arena);

/* verdict.c: objectives, verdict, answer, bottleneck and headroom. */
void record_judge(const struct scenario *scenario, const struct replication *replications, int n, struct arena *arena,
                  struct record *record);

/* A metric's mean over replications with its interval; unknown if it is in any of them. */
struct estimate {
    struct record_number mean;
    struct record_interval ci95;
};
struct estimate estimate_of(const struct metric *values, int n, struct arena *arena);

#endif
