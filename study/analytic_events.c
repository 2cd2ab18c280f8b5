/* analytic_events.c: queues on the kernel and sim/station.h. */
#include "analytic_queues.h"

#include <math.h>

#include "arena.h"
#include "check.h"
#include "histogram.h"
#include "kernel.h"
#include "rng.h"
#include "station.h"

/* Places to wait where the queue has no bound: the utilisations in use reach them with a probability below
 * 1e-12, and a refusal is a CHECK. */
enum { ROOM = 256, NOT_COUNTED = -1 };

const double analytic_tandem_s[2] = {ANALYTIC_SERVICE_S, 0.8 * ANALYTIC_SERVICE_S};
const double analytic_demands_s[ANALYTIC_STATIONS] = {ANALYTIC_SERVICE_S, 0.8 * ANALYTIC_SERVICE_S,
                                                      0.5 * ANALYTIC_SERVICE_S};

/* A station fed from outside, perhaps followed by another. */
struct line {
    struct kernel kernel;
    struct station station;
    struct station *next; /* where jobs go from there; NULL: out */
    struct rng arrivals, services;
    double interval_s, service_s, next_service_s;
    double more;             /* probability that a batch goes on */
    struct histogram *times; /* NULL: only the mean is wanted */
    double sum_s;
    int64_t arrived, warmup, last, left;
};

struct histogram *analytic_times_new(struct arena *arena)
{
    struct histogram *times = ARENA_NEW(arena, struct histogram, 1);
    histogram_init(times, arena, 1e-4, 10, 0.01);
    return times;
}

double analytic_quantile(const struct analytic_run *run, double q)
{
    return run->times ? histogram_quantile(run->times, q) : NAN;
}

static sim_time draw_ns(struct rng *r, double mean_s)
{
    return (sim_time)rng_exponential(r, mean_s * 1e9);
}

/* n >= 0 with probability (1 - ratio) ratio^n. */
static int64_t draw_geometric(struct rng *r, double ratio)
{
    return ratio > 0 ? (int64_t)(log(rng_uniform(r)) / log(ratio)) : 0;
}

/* argument: when the job arrived, or NOT_COUNTED. */
static void leave(struct kernel *k, void *context, int64_t argument)
{
    struct line *line = context;
    if (argument == NOT_COUNTED) return;
    const double time_s = sim_seconds(kernel_now(k) - argument);
    line->sum_s += time_s;
    if (line->times) histogram_add(line->times, time_s, 1);
    if (--line->left == 0) kernel_stop(k);
}

static void go_on(struct kernel *k, void *context, int64_t argument)
{
    (void)k;
    struct line *line = context;
    const uint64_t ticket =
        station_arrive(line->next, draw_ns(&line->services, line->next_service_s), leave, line, argument);
    CHECK(ticket != 0, "the second station is full");
}

static void join(struct line *line, int64_t argument)
{
    const uint64_t ticket = station_arrive(&line->station, draw_ns(&line->services, line->service_s),
                                           line->next ? go_on : leave, line, argument);
    CHECK(ticket != 0, "the station is full");
}

static void arrive(struct kernel *k, void *context, int64_t argument)
{
    struct line *line = context;
    do {
        join(line, ++line->arrived > line->warmup ? kernel_now(k) : NOT_COUNTED);
        if (line->arrived == line->last) return;
    } while (line->more > 0 && rng_uniform(&line->arrivals) < line->more);
    kernel_after(k, draw_ns(&line->arrivals, line->interval_s), 0, arrive, line, argument);
}

static struct line *line_new(const struct analytic_run *run)
{
    struct line *line = ARENA_NEW(run->arena, struct line, 1);
    kernel_init(&line->kernel, run->arena, 64);
    station_init(&line->station, &line->kernel, run->arena, 1, ROOM, 0);
    rng_init(&line->arrivals, run->arena, run->seed, "analytic/arrivals");
    rng_init(&line->services, run->arena, run->seed, "analytic/services");
    line->service_s = ANALYTIC_SERVICE_S;
    line->interval_s = ANALYTIC_SERVICE_S / run->utilisation;
    line->warmup = run->warmup;
    line->last = run->warmup + run->customers;
    line->left = run->customers;
    return line;
}

/* Runs until every customer that counts has left. Returns the mean time. */
static double line_run(struct line *line, const struct analytic_run *run)
{
    kernel_at(&line->kernel, 0, 0, arrive, line, 0);
    kernel_run_until(&line->kernel, SIM_NEVER - 1);
    CHECK(line->left == 0, "%lld customers are still in the queue", (long long)line->left);
    return line->sum_s / (double)run->customers;
}

void analytic_mm1(const struct analytic_run *run, double *values)
{
    struct line *line = line_new(run);
    line->times = run->times;
    for (int64_t n = draw_geometric(&line->services, run->utilisation); n > 0; n--)
        join(line, NOT_COUNTED);
    values[0] = line_run(line, run);
    values[1] = analytic_quantile(run, 0.5);
    values[2] = analytic_quantile(run, 0.95);
    values[3] = analytic_quantile(run, 0.99);
    values[4] = analytic_quantile(run, 0.999);
}

/* Customers of geometric batches form a GI/M/1 queue: the next comes at once with probability `more`, else
 * after an exponential time. So one finds n others with probability (1 - b) b^n, b the root of
 * b = more + (1 - more) lambda / (lambda + mu (1 - b)), lambda the rate of batches. */
void analytic_batches(const struct analytic_run *run, double *values)
{
    struct line *line = line_new(run);
    line->times = run->times;
    line->more = ANALYTIC_BATCH_MORE;
    line->interval_s /= 1 - line->more;
    const double found = line->more + (1 - line->more) * run->utilisation;
    for (int64_t n = draw_geometric(&line->services, found); n > 0; n--)
        join(line, NOT_COUNTED);
    values[0] = line_run(line, run);
    values[1] = analytic_quantile(run, 0.5);
    values[2] = analytic_quantile(run, 0.99);
}

void analytic_tandem(const struct analytic_run *run, double *values)
{
    struct line *line = line_new(run);
    struct station *second = ARENA_NEW(run->arena, struct station, 1);
    line->times = run->times;
    station_init(second, &line->kernel, run->arena, 1, ROOM, 0);
    line->service_s = analytic_tandem_s[0];
    line->next_service_s = analytic_tandem_s[1];
    line->next = second;
    for (int i = 0; i < 2; i++) {
        const double ratio = run->utilisation * analytic_tandem_s[i] / ANALYTIC_SERVICE_S;
        for (int64_t n = draw_geometric(&line->services, ratio); n > 0; n--) {
            if (i == 0)
                join(line, NOT_COUNTED);
            else
                go_on(&line->kernel, line, NOT_COUNTED);
        }
    }
    values[0] = line_run(line, run);
    values[1] = analytic_quantile(run, 0.5);
    values[2] = analytic_quantile(run, 0.99);
}

static void turn_off(struct kernel *k, void *context, int64_t argument);

static void turn_on(struct kernel *k, void *context, int64_t argument)
{
    struct line *line = context;
    station_start(&line->station);
    kernel_after(k, draw_ns(&line->arrivals, ANALYTIC_UP_S), 0, turn_off, line, argument);
}

static void turn_off(struct kernel *k, void *context, int64_t argument)
{
    struct line *line = context;
    station_stop(&line->station);
    kernel_after(k, draw_ns(&line->arrivals, ANALYTIC_DOWN_S), 0, turn_on, line, argument);
}

void analytic_breakdowns(const struct analytic_run *run, double *values)
{
    struct line *line = line_new(run);
    kernel_after(&line->kernel, draw_ns(&line->arrivals, ANALYTIC_UP_S), 0, turn_off, line, 0);
    values[0] = line_run(line, run);
}

/* --- What an arrival finds, where it may be refused or never waits --- */

struct census {
    struct kernel kernel;
    struct station station;
    struct rng arrivals, services;
    double interval_s;
    bool lognormal;
    double number, pairs, many; /* sums over arrivals */
    int64_t left;
};

/* Mean 1 and squared variation scv: sigma^2 = ln(1 + scv), mu = -sigma^2 / 2. Weighted by its length it is
 * lognormal again, with mu + sigma^2; what is left of one in progress is a uniform part of that. */
static double draw_lognormal(struct rng *r, double scv, bool weighted)
{
    const double variance = log1p(scv);
    return rng_lognormal(r, (weighted ? 0.5 : -0.5) * variance, sqrt(variance));
}

static void visit(struct kernel *k, void *context, int64_t argument)
{
    struct census *c = context;
    const double n = station_jobs(&c->station);
    c->number += n;
    c->pairs += n * (n - 1);
    c->many += n >= ANALYTIC_MANY;
    const sim_time service = c->lognormal
                                 ? (sim_time)(ANALYTIC_SERVICE_S * 1e9 *
                                              draw_lognormal(&c->services, ANALYTIC_LOGNORMAL_SCV, false))
                                 : draw_ns(&c->services, ANALYTIC_SERVICE_S);
    station_arrive(&c->station, service, NULL, NULL, 0);
    if (--c->left > 0)
        kernel_after(k, draw_ns(&c->arrivals, c->interval_s), 0, visit, c, argument);
    else
        kernel_stop(k);
}

static struct census *census_new(const struct analytic_run *run, int32_t servers, int32_t room)
{
    struct census *c = ARENA_NEW(run->arena, struct census, 1);
    kernel_init(&c->kernel, run->arena, 256);
    station_init(&c->station, &c->kernel, run->arena, servers, room, 0);
    rng_init(&c->arrivals, run->arena, run->seed, "analytic/arrivals");
    rng_init(&c->services, run->arena, run->seed, "analytic/services");
    c->left = run->customers;
    return c;
}

static void census_run(struct census *c)
{
    kernel_at(&c->kernel, 0, 0, visit, c, 0);
    kernel_run_until(&c->kernel, SIM_NEVER - 1);
}

void analytic_mm1k(const struct analytic_run *run, double *values)
{
    struct census *c = census_new(run, 1, ANALYTIC_PLACES - 1);
    c->interval_s = ANALYTIC_SERVICE_S / run->utilisation;
    /* Stationary: geometric, cut off. */
    int64_t n;
    do
        n = draw_geometric(&c->services, run->utilisation);
    while (n > ANALYTIC_PLACES);
    while (n-- > 0)
        station_arrive(&c->station, draw_ns(&c->services, ANALYTIC_SERVICE_S), NULL, NULL, 0);
    census_run(c);
    values[0] = (double)c->station.refused / (double)run->customers;
    values[1] = c->number / (double)run->customers;
}

void analytic_many(const struct analytic_run *run, double *values)
{
    struct census *c = census_new(run, 8 * ANALYTIC_LOAD, 0);
    c->interval_s = ANALYTIC_SERVICE_S / ANALYTIC_LOAD;
    c->lognormal = true;
    for (int64_t n = rng_poisson(&c->services, ANALYTIC_LOAD); n > 0; n--) {
        const double left =
            rng_uniform(&c->services) * draw_lognormal(&c->services, ANALYTIC_LOGNORMAL_SCV, true);
        station_arrive(&c->station, (sim_time)(ANALYTIC_SERVICE_S * 1e9 * left), NULL, NULL, 0);
    }
    census_run(c);
    CHECK(c->station.refused == 0, "M/G/inf refused a customer");
    values[0] = c->number / (double)run->customers;
    values[1] = c->pairs / (double)run->customers;
    values[2] = c->many / (double)run->customers;
}

/* --- Two classes --- */

struct ranks;

struct rank {
    struct ranks *all;
    struct rng arrivals, services;
    double interval_s, sum_s;
    int class;
    int64_t arrived, left;
};

struct ranks {
    struct kernel kernel;
    struct station station;
    struct rank rank[2];
    int64_t warmup, last;
    int left; /* classes not done */
};

static void rank_leave(struct kernel *k, void *context, int64_t argument)
{
    struct rank *rank = context;
    if (argument == NOT_COUNTED) return;
    rank->sum_s += sim_seconds(kernel_now(k) - argument);
    if (--rank->left == 0 && --rank->all->left == 0) kernel_stop(k);
}

/* Both classes go on arriving until the last customer that counts has left: those of class 0 overtake. */
static void rank_arrive(struct kernel *k, void *context, int64_t argument)
{
    struct rank *rank = context;
    struct ranks *all = rank->all;
    const bool counts = ++rank->arrived > all->warmup && rank->arrived <= all->last;
    const uint64_t ticket =
        station_arrive_class(&all->station, rank->class, draw_ns(&rank->services, ANALYTIC_SERVICE_S),
                             rank_leave, rank, counts ? kernel_now(k) : NOT_COUNTED);
    CHECK(ticket != 0, "the station is full");
    kernel_after(k, draw_ns(&rank->arrivals, rank->interval_s), 0, rank_arrive, rank, argument);
}

void analytic_priority(const struct analytic_run *run, double *values)
{
    static const char *const names[2][2] = {{"analytic/arrivals", "analytic/services"},
                                            {"analytic/arrivals of class 1", "analytic/services of class 1"}};
    struct ranks *all = ARENA_NEW(run->arena, struct ranks, 1);
    kernel_init(&all->kernel, run->arena, 16);
    station_init(&all->station, &all->kernel, run->arena, 1, ROOM, 0);
    all->warmup = run->warmup;
    all->last = run->warmup + run->customers / 2;
    all->left = 2;
    for (int c = 0; c < 2; c++) {
        struct rank *rank = &all->rank[c];
        rng_init(&rank->arrivals, run->arena, run->seed, names[c][0]);
        rng_init(&rank->services, run->arena, run->seed, names[c][1]);
        rank->all = all;
        rank->class = c;
        rank->interval_s = 2 * ANALYTIC_SERVICE_S / run->utilisation;
        rank->left = run->customers / 2;
        kernel_after(&all->kernel, draw_ns(&rank->arrivals, rank->interval_s), 0, rank_arrive, rank, 0);
    }
    kernel_run_until(&all->kernel, SIM_NEVER - 1);
    for (int c = 0; c < 2; c++)
        values[c] = all->rank[c].sum_s / (double)(run->customers / 2);
}

/* --- A closed network: the first station sends a job to one of the others, which send it back --- */

struct network {
    struct kernel kernel;
    struct station stations[ANALYTIC_STATIONS];
    struct rng services, routes;
    double service_s[ANALYTIC_STATIONS];
    double area_s[ANALYTIC_STATIONS]; /* of the number at a station over time */
    sim_time seen;
};

/* Each of the others is visited in an equal share of the cycles. */
static const double VISITS = 1.0 / (ANALYTIC_STATIONS - 1);

static void count_area(struct network *net)
{
    const double passed_s = sim_seconds(kernel_now(&net->kernel) - net->seen);
    for (int i = 0; i < ANALYTIC_STATIONS; i++)
        net->area_s[i] += passed_s * station_jobs(&net->stations[i]);
    net->seen = kernel_now(&net->kernel);
}

static void move(struct kernel *k, void *context, int64_t from);

static void enter(struct network *net, int64_t station)
{
    station_arrive(&net->stations[station], draw_ns(&net->services, net->service_s[station]), move, net,
                   station);
}

static void move(struct kernel *k, void *context, int64_t from)
{
    (void)k;
    struct network *net = context;
    /* The station has already let the job go: until now it was there. */
    const double passed_s = sim_seconds(kernel_now(&net->kernel) - net->seen);
    net->area_s[from] += passed_s;
    count_area(net);
    enter(net, from > 0 ? 0 : 1 + (int64_t)rng_below(&net->routes, ANALYTIC_STATIONS - 1));
}

/* A state with its product-form probability (Gordon and Newell 1967): the product of demand^number. */
static void draw_state(struct rng *r, int numbers[ANALYTIC_STATIONS])
{
    double sum = 0, chosen = 0;
    for (int pass = 0; pass < 2; pass++) {
        double seen = 0;
        for (int a = 0; a <= ANALYTIC_JOBS; a++)
            for (int b = 0; a + b <= ANALYTIC_JOBS; b++) {
                const int c = ANALYTIC_JOBS - a - b;
                seen += pow(analytic_demands_s[0], a) * pow(analytic_demands_s[1], b) *
                        pow(analytic_demands_s[2], c);
                if (pass == 0 || seen < chosen) continue;
                numbers[0] = a;
                numbers[1] = b;
                numbers[2] = c;
                return;
            }
        if (pass == 0) {
            sum = seen;
            chosen = sum * rng_uniform(r);
        }
    }
    numbers[0] = ANALYTIC_JOBS; /* rounding: the uniform was the last below 1 */
    numbers[1] = numbers[2] = 0;
}

void analytic_closed(const struct analytic_run *run, double *values)
{
    struct network *net = ARENA_NEW(run->arena, struct network, 1);
    int numbers[ANALYTIC_STATIONS];
    kernel_init(&net->kernel, run->arena, 16);
    rng_init(&net->services, run->arena, run->seed, "analytic/services");
    rng_init(&net->routes, run->arena, run->seed, "analytic/routes");
    draw_state(&net->routes, numbers);
    for (int i = 0; i < ANALYTIC_STATIONS; i++) {
        station_init(&net->stations[i], &net->kernel, run->arena, 1, ANALYTIC_JOBS, 0);
        net->service_s[i] = analytic_demands_s[i] / (i > 0 ? VISITS : 1);
        for (int n = 0; n < numbers[i]; n++)
            enter(net, i);
    }
    const double length_s = (double)run->customers * ANALYTIC_SERVICE_S;
    kernel_run_until(&net->kernel, (sim_time)(length_s * 1e9));
    count_area(net);
    values[0] = (double)net->stations[0].served / length_s;
    values[1] = net->area_s[0] / length_s;
    values[2] = net->area_s[1] / length_s;
}
