/* analytic_truth.h: what queueing theory says about queues that it can solve.
 *
 * Rates are per second, times seconds, quantiles of q in (0, 1). The queue must be stable where it has no
 * bound of its own (CHECK). Each function names its source. Nothing here knows of the simulator.
 */
#ifndef HEADROOM_STUDY_ANALYTIC_TRUTH_H
#define HEADROOM_STUDY_ANALYTIC_TRUTH_H

enum { TRUTH_STATIONS_MAX = 8 };

/* The service time's law in an M/G/1 queue: its mean and squared coefficient of variation. */
double truth_mg1_wait_mean(double arrivals, double service_mean, double service_scv);
/* M/D/1: probability that a wait is at most x service times. */
double truth_md1_wait_at_most(double utilisation, double x);
double truth_md1_wait_quantile(double utilisation, double service_s, double q);
/* The two exponentials of a hyperexponential law of squared variation scv > 1 with balanced means: the first
 * has probability p and rate rate[0]. */
void truth_balanced_means(double mean, double scv, double *p, double rate[2]);
double truth_mh2_wait_quantile(double arrivals, double service_mean, double service_scv, double q);
/* Probability that an arrival waits in M/M/c; load in erlangs. */
double truth_erlang_c(int servers, double load);
/* M/M/1/K: p[0..places], the number in the system, the one in service included. */
void truth_mm1k_number(double utilisation, int places, double *p);
/* Erlang-2 arrivals, exponential service: the root of GI/M/1. An arrival waits with that probability. */
double truth_e2m1_sigma(double utilisation);
/* Sojourn in a tandem of M/M/1 queues, each with its own service rate; the rates differ. */
double truth_tandem_sojourn_quantile(double arrivals, const double *service_rates, int stations, double q);
/* Exact mean value analysis of a closed network without delays: demands in seconds a job and cycle. */
void truth_mva(const double *demands, int stations, int jobs, double *throughput, double *numbers);
/* M/M/1 whose server fails at a rate, working or idle, and is repaired at another; work is resumed. */
double truth_breakdown_number(double arrivals, double service_rate, double failures, double repairs);
/* M/M/1 that needs an exponential set-up before the first job of each busy period. */
double truth_setup_wait_mean(double arrivals, double service_mean, double setup_mean);
/* Bounds of the mean wait in G/G/1: scv of the arrivals' intervals and of the service. */
double truth_kingman_upper(double arrivals, double service_mean, double arrival_scv, double service_scv);
double truth_marchal_lower(double arrivals, double service_mean, double service_scv);

#endif
