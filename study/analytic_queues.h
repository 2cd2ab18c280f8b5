/* analytic_queues.h: the queues of the suite `analytic`, simulated on the kernel and the resources that the
 * models use.
 *
 * Each function runs one replication and fills `values`, in the order that its comment gives. Services have a
 * mean of 1 ms; times are seconds. What is counted is a fixed number of customers, numbered as they arrive,
 * the first `warmup` of them left out, so that no mean is a ratio of two random numbers. Where a stationary
 * state can be drawn, the first customer arrives at time 0 and finds one (what an arrival finds is what the
 * law of its arrivals makes it find: for Poisson arrivals the state at any time); there warmup may be 0.
 * Elsewhere the queue starts empty and warmup says how many customers make that forgotten.
 *
 * Ownership: what is allocated is the arena's. Cost: 30 to 200 ns a customer.
 */
#ifndef HEADROOM_STUDY_ANALYTIC_QUEUES_H
#define HEADROOM_STUDY_ANALYTIC_QUEUES_H

#include <stdint.h>

struct arena;
struct histogram;

struct analytic_run {
    uint64_t seed;
    double utilisation;
    int64_t customers; /* counted */
    int64_t warmup;
    struct arena *arena;
    struct histogram *times; /* where times are counted, by analytic_times_new(); NULL: quantiles are NaN */
};

/* Values from 0.1 ms to 10 s, to 1 %. */
struct histogram *analytic_times_new(struct arena *arena);
double analytic_quantile(const struct analytic_run *, double q);

enum {
    ANALYTIC_SERVERS = 4,  /* of M/M/c */
    ANALYTIC_PLACES = 8,   /* of M/M/1/K, the one in service included */
    ANALYTIC_LOAD = 20,    /* erlangs of M/G/inf */
    ANALYTIC_MANY = 24,    /* its tail: this many or more in the system */
    ANALYTIC_STATIONS = 3, /* of the closed network */
    ANALYTIC_JOBS = 6,
    ANALYTIC_BURST = 5, /* tokens of the bucket */
};
#define ANALYTIC_SERVICE_S 1e-3
#define ANALYTIC_BATCH_MORE 0.5    /* geometric batches: probability of another one */
#define ANALYTIC_LOGNORMAL_SCV 0.5 /* squared coefficients of variation */
#define ANALYTIC_HYPER_SCV 4.0
#define ANALYTIC_GENERAL_SCV 2.0 /* of the service in G/G/1; its arrivals' intervals are gamma */
#define ANALYTIC_GAMMA_SCV 0.5
#define ANALYTIC_UP_S 20e-3 /* mean time to failure, and to repair */
#define ANALYTIC_DOWN_S 5e-3
#define ANALYTIC_SETUP_S 2e-3
#define ANALYTIC_STALL_S 2.0 /* the stalled server: how long, in how long a run, one arrival a ms */
#define ANALYTIC_STALL_RUN_S 60.0
#define ANALYTIC_STALL_SERVICE_S 0.25e-3
/* Services of the tandem's stations, and demands of the closed network's (visits x service). */
extern const double analytic_tandem_s[2];
extern const double analytic_demands_s[ANALYTIC_STATIONS];

/* On the kernel and sim/station.h. */
void analytic_mm1(const struct analytic_run *, double *values);     /* sojourn: mean, p50, p95, p99, p99.9 */
void analytic_mm1k(const struct analytic_run *, double *values);    /* share lost, mean number found */
void analytic_batches(const struct analytic_run *, double *values); /* sojourn: mean, p50, p99 */
void analytic_breakdowns(const struct analytic_run *, double *values); /* sojourn: mean */
void analytic_many(const struct analytic_run *, double *values);       /* N, N (N - 1), share with many */
void analytic_priority(const struct analytic_run *, double *values);   /* mean sojourn of class 0, class 1 */
void analytic_tandem(const struct analytic_run *, double *values);     /* sojourn: mean, p50, p99 */
/* customers: how many mean services it lasts; throughput, mean numbers at the first two stations. */
void analytic_closed(const struct analytic_run *, double *values);

/* On sim/resource.h and sim/token_bucket.h. */
void analytic_mm1_waits(const struct analytic_run *, double *values); /* wait: mean, share, p50, p99 */
void analytic_md1(const struct analytic_run *, double *values);       /* wait: mean, share, p50, p99 */
void analytic_mg1(const struct analytic_run *, double *values);       /* on a link; wait: mean, share */
void analytic_mh1(const struct analytic_run *, double *values);       /* wait: mean, share, p50, p99 */
void analytic_e2m1(const struct analytic_run *, double *values);      /* wait: mean, share, p99 */
void analytic_gg1(const struct analytic_run *, double *values);       /* wait: mean, the same again */
void analytic_mmc(const struct analytic_run *, double *values);       /* wait: mean, share, p99 */
void analytic_setup(const struct analytic_run *, double *values);     /* wait: mean */
void analytic_fork_join(const struct analytic_run *, double *values); /* sojourn: mean */
/* share that waits; tokens granted beyond the rate in any stretch, at most; rate when drained. */
void analytic_bucket(const struct analytic_run *, double *values);
void analytic_stall(const struct analytic_run *, double *values); /* latency: p97, p99, p99.9 */

#endif
