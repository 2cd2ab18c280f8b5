/* fill.h: replications make a run record. See replicate.h for what is a mean and what is a sum. */
#ifndef HEADROOM_STUDY_FILL_H
#define HEADROOM_STUDY_FILL_H

#include "metrics.h"
#include "record.h"
#include "replicate.h"

/* partial_why: NULL if every replication was finished. n may be 0: then only inputs are known. */
void record_fill(const struct scenario *scenario, const struct blueprint *blueprint,
                 const struct replicate_options *options, struct replication *replications, int n,
                 const char *partial_why, struct arena *arena, struct record *record);

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
