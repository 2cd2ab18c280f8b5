/* analytic_direct.c: queues on resources whose departures are known at arrival: sim/resource.h and
 * sim/token_bucket.h. */
#include "analytic_queues.h"

#include <math.h>

#include <gsl/gsl_randist.h>

#include "analytic_truth.h"
#include "arena.h"
#include "check.h"
#include "histogram.h"
#include "resource.h"
#include "rng.h"
#include "token_bucket.h"

enum law { CONSTANT, EXPONENTIAL, ERLANG_2, GAMMA, LOGNORMAL, GENERAL, HYPEREXPONENTIAL };

/* Of mean 1. */
static double draw(struct rng *r, enum law law)
{
    switch (law) {
    case CONSTANT:
        return 1;
    case EXPONENTIAL:
        return rng_exponential(r, 1);
    case ERLANG_2:
        return -0.5 * log(rng_uniform(r) * rng_uniform(r));
    case GAMMA:
        return gsl_ran_gamma(rng_gsl(r), 1 / ANALYTIC_GAMMA_SCV, ANALYTIC_GAMMA_SCV);
    case LOGNORMAL:
        return rng_lognormal(r, -0.5 * log1p(ANALYTIC_LOGNORMAL_SCV), sqrt(log1p(ANALYTIC_LOGNORMAL_SCV)));
    case GENERAL:
        return rng_lognormal(r, -0.5 * log1p(ANALYTIC_GENERAL_SCV), sqrt(log1p(ANALYTIC_GENERAL_SCV)));
    case HYPEREXPONENTIAL: {
        double p, rate[2];
        truth_balanced_means(1, ANALYTIC_HYPER_SCV, &p, rate);
        return rng_exponential(r, 1 / rate[rng_uniform(r) >= p]);
    }
    }
    CHECK(false, "law %d", (int)law);
    return 0;
}

/* What is left of one in progress: a uniform part of one weighted by its length. */
static double draw_residual(struct rng *r, enum law law)
{
    switch (law) {
    case CONSTANT:
        return rng_uniform(r);
    case EXPONENTIAL:
        return rng_exponential(r, 1);
    case LOGNORMAL:
        return rng_uniform(r) *
               rng_lognormal(r, 0.5 * log1p(ANALYTIC_LOGNORMAL_SCV), sqrt(log1p(ANALYTIC_LOGNORMAL_SCV)));
    case HYPEREXPONENTIAL: {
        double p, rate[2];
        truth_balanced_means(1, ANALYTIC_HYPER_SCV, &p, rate);
        return rng_exponential(r, 1 / rate[rng_uniform(r) >= 0.5]); /* balanced: half of the work each */
    }
    default:
        CHECK(false, "what is left of law %d is not known", (int)law);
        return 0;
    }
}

/* The wait in stationary M/G/1: a geometric number of residual services (Pollaczek and Khinchine). */
static double draw_wait(struct rng *r, double utilisation, enum law law)
{
    double wait = 0;
    while (rng_uniform(r) < utilisation)
        wait += draw_residual(r, law);
    return wait;
}

struct waits {
    struct rng arrivals, services;
    struct histogram *times; /* NULL: only the mean is wanted */
    double sum_s;
    int64_t delayed;
};

static void waits_init(struct waits *w, const struct analytic_run *run, struct histogram *times)
{
    *w = (struct waits){.times = times};
    rng_init(&w->arrivals, run->arena, run->seed, "analytic/arrivals");
    rng_init(&w->services, run->arena, run->seed, "analytic/services");
}

static void waits_add(struct waits *w, sim_time wait)
{
    const double wait_s = sim_seconds(wait);
    w->sum_s += wait_s;
    w->delayed += wait > 0;
    if (w->times) histogram_add(w->times, wait_s, 1);
}

static sim_time as_ns(double services)
{
    return (sim_time)(services * ANALYTIC_SERVICE_S * 1e9);
}

/* G/G/1 on a fifo that begins with `work` services to do. */
static void run_fifo(struct waits *w, const struct analytic_run *run, enum law arrivals, enum law service,
                     double work)
{
    struct fifo fifo;
    fifo_init(&fifo);
    fifo_serve(&fifo, 0, as_ns(work));
    sim_time now = 0;
    for (int64_t i = 0; i < run->warmup + run->customers; i++) {
        if (i >= run->warmup) waits_add(w, fifo_backlog(&fifo, now));
        fifo_serve(&fifo, now, as_ns(draw(&w->services, service)));
        now += as_ns(draw(&w->arrivals, arrivals) / run->utilisation);
    }
}

/* M/G/1 on a link: messages whose bytes take a service's time at a rate that leaves fractions of a
 * nanosecond. */
static void run_link(struct waits *w, const struct analytic_run *run, enum law service, double work)
{
    static const double bytes_per_s = 3e9;
    struct link link;
    link_init(&link, bytes_per_s);
    link_send(&link, 0, work * ANALYTIC_SERVICE_S * bytes_per_s);
    sim_time now = 0;
    for (int64_t i = 0; i < run->warmup + run->customers; i++) {
        if (i >= run->warmup) waits_add(w, link_backlog(&link, now));
        link_send(&link, now, draw(&w->services, service) * ANALYTIC_SERVICE_S * bytes_per_s);
        now += as_ns(draw(&w->arrivals, EXPONENTIAL) / run->utilisation);
    }
}

static void fill(const struct waits *w, const struct analytic_run *run, double *values)
{
    values[0] = w->sum_s / (double)run->customers;
    values[1] = (double)w->delayed / (double)run->customers;
}

static void run_mg1(const struct analytic_run *run, enum law service, double *values)
{
    struct waits w;
    waits_init(&w, run, run->times);
    run_fifo(&w, run, EXPONENTIAL, service, draw_wait(&w.services, run->utilisation, service));
    fill(&w, run, values);
    values[2] = analytic_quantile(run, 0.5);
    values[3] = analytic_quantile(run, 0.99);
}

void analytic_mm1_waits(const struct analytic_run *run, double *values)
{
    run_mg1(run, EXPONENTIAL, values);
}

void analytic_md1(const struct analytic_run *run, double *values)
{
    run_mg1(run, CONSTANT, values);
}

void analytic_mg1(const struct analytic_run *run, double *values)
{
    struct waits w;
    waits_init(&w, run, NULL);
    run_link(&w, run, LOGNORMAL, draw_wait(&w.services, run->utilisation, LOGNORMAL));
    fill(&w, run, values);
}

void analytic_mh1(const struct analytic_run *run, double *values)
{
    run_mg1(run, HYPEREXPONENTIAL, values);
}

/* A customer finds work with probability sigma, and then an exponential amount of mean 1 / (1 - sigma). */
void analytic_e2m1(const struct analytic_run *run, double *values)
{
    struct waits w;
    waits_init(&w, run, run->times);
    const double sigma = truth_e2m1_sigma(run->utilisation);
    const bool delayed = rng_uniform(&w.services) < sigma;
    run_fifo(&w, run, ERLANG_2, EXPONENTIAL, delayed ? rng_exponential(&w.services, 1 / (1 - sigma)) : 0);
    fill(&w, run, values);
    values[2] = analytic_quantile(run, 0.99);
}

void analytic_gg1(const struct analytic_run *run, double *values)
{
    struct waits w;
    waits_init(&w, run, NULL);
    run_fifo(&w, run, GAMMA, GENERAL, 0);
    fill(&w, run, values);
    values[1] = values[0]; /* held against both bounds */
}

/* Found by an arrival: n with probability proportional to a^n / n!, from c on times rho for each one more. */
static int draw_mmc_number(struct rng *r, int servers, double load)
{
    const double rho = load / servers;
    double term = 1, sum = 0, uniform = rng_uniform(r);
    for (int k = 0; k < servers; k++, term *= load / k)
        sum += term;
    uniform *= sum + term / (1 - rho);
    term = 1;
    for (int n = 0;; n++) {
        if (uniform < term || n == 100000) return n;
        uniform -= term;
        term *= load / (n + 1 < servers ? n + 1 : servers);
    }
}

void analytic_mmc(const struct analytic_run *run, double *values)
{
    struct waits w;
    struct pool pool;
    waits_init(&w, run, run->times);
    pool_init(&pool, run->arena, ANALYTIC_SERVERS);
    for (int n = draw_mmc_number(&w.services, ANALYTIC_SERVERS, ANALYTIC_SERVERS * run->utilisation); n > 0;
         n--)
        pool_serve(&pool, 0, as_ns(draw(&w.services, EXPONENTIAL)));
    sim_time now = 0;
    for (int64_t i = 0; i < run->customers; i++) {
        waits_add(&w, pool_backlog(&pool, now));
        pool_serve(&pool, now, as_ns(draw(&w.services, EXPONENTIAL)));
        now += as_ns(draw(&w.arrivals, EXPONENTIAL) / (run->utilisation * ANALYTIC_SERVERS));
    }
    fill(&w, run, values);
    values[2] = analytic_quantile(run, 0.99);
}

/* An idle server is blocked for the set-up by the customer that finds it idle, whose wait that is. */
void analytic_setup(const struct analytic_run *run, double *values)
{
    struct waits w;
    struct fifo fifo;
    waits_init(&w, run, NULL);
    fifo_init(&fifo);
    sim_time now = 0;
    for (int64_t i = 0; i < run->warmup + run->customers; i++) {
        if (fifo_backlog(&fifo, now) == 0)
            fifo_block(&fifo, now + (sim_time)rng_exponential(&w.services, ANALYTIC_SETUP_S * 1e9));
        if (i >= run->warmup) waits_add(&w, fifo_backlog(&fifo, now));
        fifo_serve(&fifo, now, as_ns(draw(&w.services, EXPONENTIAL)));
        now += as_ns(draw(&w.arrivals, EXPONENTIAL) / run->utilisation);
    }
    values[0] = w.sum_s / (double)run->customers;
}

void analytic_fork_join(const struct analytic_run *run, double *values)
{
    struct waits w;
    struct fifo halves[2];
    waits_init(&w, run, NULL);
    fifo_init(&halves[0]);
    fifo_init(&halves[1]);
    sim_time now = 0;
    for (int64_t i = 0; i < run->warmup + run->customers; i++) {
        const sim_time a = fifo_serve(&halves[0], now, as_ns(draw(&w.services, EXPONENTIAL)));
        const sim_time b = fifo_serve(&halves[1], now, as_ns(draw(&w.services, EXPONENTIAL)));
        if (i >= run->warmup) waits_add(&w, (a > b ? a : b) - now);
        now += as_ns(draw(&w.arrivals, EXPONENTIAL) / run->utilisation);
    }
    values[0] = w.sum_s / (double)run->customers;
}

/* Poisson takes of one token. What the bucket lacks of being full is the work in an M/D/1 queue whose service
 * is the time of one token, so a take waits if that queue's customer would find more than burst - 1 services
 * of work. Then the bucket is drained: as many takes again, all at once. */
void analytic_bucket(const struct analytic_run *run, double *values)
{
    struct waits w;
    struct token_bucket bucket;
    const double rate = 1 / ANALYTIC_SERVICE_S;
    waits_init(&w, run, NULL);
    token_bucket_init(&bucket, rate, ANALYTIC_BURST);
    token_bucket_take(&bucket, 0, draw_wait(&w.services, run->utilisation, CONSTANT));
    sim_time now = 0;
    double least = INFINITY,
           most = 0; /* of tokens granted - rate x time, before a grant; and in any stretch */
    for (int64_t i = 0; i < run->customers; i++) {
        const sim_time granted = token_bucket_take(&bucket, now, 1);
        const double ahead = (double)i - rate * sim_seconds(granted);
        waits_add(&w, granted - now);
        if (ahead < least) least = ahead;
        if (ahead + 1 - least > most) most = ahead + 1 - least;
        now += as_ns(draw(&w.arrivals, EXPONENTIAL) / run->utilisation);
    }
    values[0] = (double)w.delayed / (double)run->customers;
    values[1] = most;
    const sim_time begin = token_bucket_take(&bucket, now, ANALYTIC_BURST);
    sim_time end = begin;
    for (int64_t i = 0; i < run->customers; i++)
        end = token_bucket_take(&bucket, now, 1);
    values[2] = (double)run->customers / sim_seconds(end - begin);
}

/* One arrival a millisecond from a random moment on, and a server that is blocked in the middle. Latency is
 * from the moment a record was meant to be sent. */
void analytic_stall(const struct analytic_run *run, double *values)
{
    struct waits w;
    struct fifo fifo;
    waits_init(&w, run, run->times);
    fifo_init(&fifo);
    const sim_time stall = (sim_time)(ANALYTIC_STALL_RUN_S * 0.5e9);
    bool blocked = false;
    for (sim_time t = (sim_time)(rng_uniform(&w.arrivals) * 1e6); sim_seconds(t) < ANALYTIC_STALL_RUN_S;
         t += SIM_MS) {
        if (!blocked && t >= stall) {
            fifo_block(&fifo, stall + (sim_time)(ANALYTIC_STALL_S * 1e9));
            blocked = true;
        }
        waits_add(&w, fifo_serve(&fifo, t, (sim_time)(ANALYTIC_STALL_SERVICE_S * 1e9)) - t);
    }
    values[0] = analytic_quantile(run, 0.97);
    values[1] = analytic_quantile(run, 0.99);
    values[2] = analytic_quantile(run, 0.999);
}
