/* analytic_cases.c: the table; see analytic_cases.h. Formulas are in analytic_truth.c, queues in
 * analytic_events.c and analytic_direct.c. */
#include "analytic_cases.h"

#include <math.h>

#include <gsl/gsl_cdf.h>

#include "analytic_truth.h"

#define S ANALYTIC_SERVICE_S

/* The sojourn in M/M/1 is exponential with rate mu - lambda. */
static void truth_mm1(double rho, double *values)
{
    const double mean = S / (1 - rho);
    values[0] = mean;
    values[1] = mean * log(2);
    values[2] = mean * log(20);
    values[3] = mean * log(100);
    values[4] = mean * log(1000);
}

/* P(wait > x) = rho e^(-(mu - lambda) x). */
static void truth_mm1_waits(double rho, double *values)
{
    values[0] = truth_mg1_wait_mean(rho / S, S, 1);
    values[1] = rho;
    values[2] = S / (1 - rho) * log(fmax(1, rho / 0.5));
    values[3] = S / (1 - rho) * log(fmax(1, rho / 0.01));
}

static void truth_md1(double rho, double *values)
{
    values[0] = truth_mg1_wait_mean(rho / S, S, 0);
    values[1] = rho;
    values[2] = truth_md1_wait_quantile(rho, S, 0.5);
    values[3] = truth_md1_wait_quantile(rho, S, 0.99);
}

static void truth_mg1(double rho, double *values)
{
    values[0] = truth_mg1_wait_mean(rho / S, S, ANALYTIC_LOGNORMAL_SCV);
    values[1] = rho;
}

static void truth_mh1(double rho, double *values)
{
    values[0] = truth_mg1_wait_mean(rho / S, S, ANALYTIC_HYPER_SCV);
    values[1] = rho;
    values[2] = truth_mh2_wait_quantile(rho / S, S, ANALYTIC_HYPER_SCV, 0.5);
    values[3] = truth_mh2_wait_quantile(rho / S, S, ANALYTIC_HYPER_SCV, 0.99);
}

/* P(wait > x) = C e^(-(c mu - lambda) x). */
static void truth_mmc(double rho, double *values)
{
    const double c = truth_erlang_c(ANALYTIC_SERVERS, ANALYTIC_SERVERS * rho);
    const double mean = S / (ANALYTIC_SERVERS * (1 - rho));
    values[0] = c * mean;
    values[1] = c;
    values[2] = mean * log(c / 0.01);
}

static void truth_mm1k(double rho, double *values)
{
    double p[ANALYTIC_PLACES + 1];
    truth_mm1k_number(rho, ANALYTIC_PLACES, p);
    values[0] = p[ANALYTIC_PLACES];
    values[1] = 0;
    for (int n = 1; n <= ANALYTIC_PLACES; n++)
        values[1] += n * p[n];
}

/* Poisson, whatever the service's law (Palm 1943); E[N (N - 1)] = a^2. */
static void truth_many(double rho, double *values)
{
    (void)rho;
    values[0] = ANALYTIC_LOAD;
    values[1] = (double)ANALYTIC_LOAD * ANALYTIC_LOAD;
    values[2] = gsl_cdf_poisson_Q(ANALYTIC_MANY - 1, ANALYTIC_LOAD);
}

/* Gross and Harris, "Fundamentals of Queueing Theory", 3.1: L = (rho + lambda E[X^2] / mu) / (2 (1 - rho)).
 * For geometric batches a customer finds a geometric number in the system, those before it in its batch
 * included, so its sojourn is exponential, and its mean tells the law. */
static void truth_batches(double rho, double *values)
{
    const double more = ANALYTIC_BATCH_MORE;
    const double square = (1 + more) / ((1 - more) * (1 - more)); /* E[X^2] */
    const double number = (rho + rho * (1 - more) * square) / (2 * (1 - rho));
    const double mean = number * S / rho;
    values[0] = mean;
    values[1] = mean * log(2);
    values[2] = mean * log(100);
}

/* Cobham, Operations Research 2, 1954: R / (1 - rho1), R / ((1 - rho1) (1 - rho)), R = rho E[S^2] / (2 E[S]).
 */
static void truth_priority(double rho, double *values)
{
    values[0] = S + rho * S / (1 - rho / 2);
    values[1] = S + rho * S / ((1 - rho / 2) * (1 - rho));
}

static void truth_tandem(double rho, double *values)
{
    const double arrivals = rho / S;
    const double rates[2] = {1 / analytic_tandem_s[0], 1 / analytic_tandem_s[1]};
    values[0] = 1 / (rates[0] - arrivals) + 1 / (rates[1] - arrivals); /* Jackson 1957 */
    values[1] = truth_tandem_sojourn_quantile(arrivals, rates, 2, 0.5);
    values[2] = truth_tandem_sojourn_quantile(arrivals, rates, 2, 0.99);
}

static void truth_closed(double rho, double *values)
{
    double numbers[ANALYTIC_STATIONS];
    (void)rho;
    truth_mva(analytic_demands_s, ANALYTIC_STATIONS, ANALYTIC_JOBS, &values[0], numbers);
    values[1] = numbers[0];
    values[2] = numbers[1];
}

/* Flatto and Hahn 1984; Nelson and Tantawi, IEEE Transactions on Computers 37, 1988; exact for two. */
static void truth_fork_join(double rho, double *values)
{
    values[0] = (12 - rho) / 8 * S / (1 - rho);
}

static void truth_breakdowns(double rho, double *values)
{
    const double arrivals = rho / S;
    values[0] = truth_breakdown_number(arrivals, 1 / S, 1 / ANALYTIC_UP_S, 1 / ANALYTIC_DOWN_S) / arrivals;
}

static void truth_setup(double rho, double *values)
{
    values[0] = truth_setup_wait_mean(rho / S, S, ANALYTIC_SETUP_S);
}

static void truth_bucket(double rho, double *values)
{
    values[0] = 1 - truth_md1_wait_at_most(rho, ANALYTIC_BURST - 1);
    values[1] = ANALYTIC_BURST;
    values[2] = 1 / S;
}

static void truth_e2m1(double rho, double *values)
{
    const double sigma = truth_e2m1_sigma(rho), mean = S / (1 - sigma);
    values[0] = sigma * mean;
    values[1] = sigma;
    values[2] = mean * log(sigma / 0.01);
}

static void truth_gg1(double rho, double *values)
{
    values[0] = truth_kingman_upper(rho / S, S, ANALYTIC_GAMMA_SCV, ANALYTIC_GENERAL_SCV);
    values[1] = truth_marchal_lower(rho / S, S, ANALYTIC_GENERAL_SCV);
}

/* A record meant to be sent u after the stall's beginning is answered after S - u + (records since then) x
 * service: latency falls by 1 - service / interval a second. A share 1 - q of a run of T is above S less that
 * slope times (1 - q) T. */
static void truth_stall(double rho, double *values)
{
    static const double quantiles[] = {0.97, 0.99, 0.999};
    const double slope = 1 - ANALYTIC_STALL_SERVICE_S / 1e-3;
    (void)rho;
    for (int i = 0; i < 3; i++)
        values[i] = ANALYTIC_STALL_S - (1 - quantiles[i]) * ANALYTIC_STALL_RUN_S * slope;
}

/* The rows' quantities: times in seconds, shares, and what has no chance in it. */
#define QUANTITY(name_, unit_, ...)                                                                          \
    {                                                                                                        \
        .name = (name_), .unit = (unit_), __VA_ARGS__                                                        \
    }
#define MEAN(name_) QUANTITY(name_, "s", .tolerance = 0.01, .covered = true)
#define NUMBER(name_, unit_) QUANTITY(name_, unit_, .tolerance = 0.01, .covered = true)
#define SHARE(name_) NUMBER(name_, "")
#define QUANTILE(name_, quantile_, tolerance_, covered_)                                                     \
    QUANTITY(name_, "s", .tolerance = (tolerance_), .quantile = (quantile_), .covered = (covered_))
#define FIXED(name_, unit_, tolerance_) QUANTITY(name_, unit_, .tolerance = (tolerance_), .fixed = true)
#define BOUND(name_, rule_) QUANTITY(name_, "s", .rule = (rule_))

const struct analytic_case analytic_cases[] = {
    {"M/M/1",
     {MEAN("sojourn"), QUANTILE("sojourn p50", 0.5, 0.02, true), QUANTILE("sojourn p95", 0.95, 0.02, true),
      QUANTILE("sojourn p99", 0.99, 0.02, false), QUANTILE("sojourn p99.9", 0.999, 0.03, false)},
     {0.7, 300000, 0},
     {0.3, 300, 0},
     truth_mm1,
     analytic_mm1},
    {"M/M/1 waits",
     {MEAN("wait"), SHARE("share delayed"), QUANTILE("wait p50", 0.5, 0.02, false),
      QUANTILE("wait p99", 0.99, 0.02, false)},
     {0.7, 400000, 0},
     {0.3, 500, 0},
     truth_mm1_waits,
     analytic_mm1_waits},
    {"M/D/1",
     {MEAN("wait"), SHARE("share delayed"), QUANTILE("wait p50", 0.5, 0.02, false),
      QUANTILE("wait p99", 0.99, 0.02, true)},
     {0.7, 400000, 0},
     {0.3, 1200, 0},
     truth_md1,
     analytic_md1},
    {"M/G/1 lognormal",
     {MEAN("wait"), SHARE("share delayed")},
     {0.7, 400000, 0},
     {0.3, 600, 0},
     truth_mg1,
     analytic_mg1},
    {"M/H2/1",
     {MEAN("wait"), SHARE("share delayed"), QUANTILE("wait p50", 0.5, 0.02, false),
      QUANTILE("wait p99", 0.99, 0.02, false)},
     {0.6, 500000, 0},
     {0.3, 1000, 0},
     truth_mh1,
     analytic_mh1},
    {"M/M/4",
     {MEAN("wait"), SHARE("share delayed"), QUANTILE("wait p99", 0.99, 0.02, false)},
     {0.8, 500000, 0},
     {0.5, 1200, 0},
     truth_mmc,
     analytic_mmc},
    {"M/M/1/8",
     {SHARE("share lost"), NUMBER("number found", "")},
     {0.9, 300000, 0},
     {0.9, 400, 0},
     truth_mm1k,
     analytic_mm1k},
    {"M/G/inf lognormal",
     {NUMBER("number N", ""), NUMBER("N (N - 1)", ""), SHARE("share with N >= 24")},
     {1, 300000, 0},
     {1, 250, 0},
     truth_many,
     analytic_many},
    {"M[X]/M/1 geometric",
     {MEAN("sojourn"), QUANTILE("sojourn p50", 0.5, 0.02, false), QUANTILE("sojourn p99", 0.99, 0.02, false)},
     {0.6, 400000, 0},
     {0.2, 300, 0},
     truth_batches,
     analytic_batches},
    {"M/M/1 two classes",
     {MEAN("sojourn, class 0"), MEAN("sojourn, class 1")},
     {0.7, 300000, 1000},
     {0.3, 300, 60},
     truth_priority,
     analytic_priority},
    {"tandem M/M/1",
     {MEAN("sojourn"), QUANTILE("sojourn p50", 0.5, 0.02, true), QUANTILE("sojourn p99", 0.99, 0.02, false)},
     {0.7, 300000, 0},
     {0.3, 250, 0},
     truth_tandem,
     analytic_tandem},
    {"closed network",
     {NUMBER("throughput", "1/s"), NUMBER("number at the first", ""), NUMBER("number at the second", "")},
     {1, 200000, 0},
     {1, 250, 0},
     truth_closed,
     analytic_closed},
    {"fork-join of two",
     {MEAN("sojourn")},
     {0.7, 300000, 1000},
     {0.3, 400, 60},
     truth_fork_join,
     analytic_fork_join},
    {"M/M/1 breakdowns",
     {MEAN("sojourn")},
     {0.5, 400000, 1000},
     {0.2, 300, 60},
     truth_breakdowns,
     analytic_breakdowns},
    {"M/M/1 set-up", {MEAN("wait")}, {0.7, 300000, 1000}, {0.3, 400, 60}, truth_setup, analytic_setup},
    {"E2/M/1",
     {MEAN("wait"), SHARE("share delayed"), QUANTILE("wait p99", 0.99, 0.02, false)},
     {0.7, 300000, 0},
     {0.3, 500, 0},
     truth_e2m1,
     analytic_e2m1},
    {"G/G/1",
     {BOUND("wait (Kingman)", VALIDATE_BELOW), BOUND("wait (Marchal)", VALIDATE_ABOVE)},
     {0.9, 200000, 5000},
     {0, 0, 0},
     truth_gg1,
     analytic_gg1},
    {"token bucket",
     {SHARE("share delayed"), FIXED("largest burst", "tokens", 1e-3),
      FIXED("rate when drained", "1/s", 1e-6)},
     {0.8, 400000, 0},
     {0.8, 1000, 0},
     truth_bucket,
     analytic_bucket},
    {"stalled server",
     {FIXED("latency p97", "s", 2e-3), FIXED("latency p99", "s", 2e-3), FIXED("latency p99.9", "s", 2e-3)},
     {1, 1, 0},
     {0, 0, 0},
     truth_stall,
     analytic_stall},
};
const size_t analytic_cases_n = sizeof(analytic_cases) / sizeof(analytic_cases[0]);
