/* collector.c: HTTP servers in front of producers; see collector.h. */
#include "collector.h"

#include <math.h>

#include "arena.h"
#include "autoscale.h"
#include "cell.h"
#include "producer.h"
#include "producer_parts.h"

enum { KNOTS = 1024 }; /* of a frontier; further ones are taken together */
static const sim_time TICK_NS = COLLECTOR_TICK_MS * SIM_MS;

struct knot { /* what was intended until `intended` has been served at `served` */
    sim_time intended, served;
};

struct collector {
    struct producer *producer;
    struct knot passed;       /* the last that is behind us */
    struct knot knots[KNOTS]; /* to come: a ring */
    uint32_t head, count;
    sim_time busy_until;
    double busy_ns, scaled_ns; /* of all cores; as it was when the fleet was last looked at */
    int64_t left;              /* records of this piece that have not had their tick */
    int64_t refuse;            /* RESOLUTION_RECORD: the next so many are */
};

static double request_ns(const struct scenario_producer *config)
{
    return (double)config->collector.cpu_ns / config->collector.cores;
}

/* --- The queue -------------------------------------------------------------------------------------------- */

static void add_knot(struct collector *q, struct knot knot)
{
    if (q->count == KNOTS) {
        q->knots[(q->head + q->count - 1) % KNOTS] = knot;
        return;
    }
    q->knots[(q->head + q->count++) % KNOTS] = knot;
}

static sim_time frontier(struct collector *q, sim_time now)
{
    while (q->count > 0 && q->knots[q->head].served <= now) {
        q->passed = q->knots[q->head];
        q->head = (q->head + 1) % KNOTS;
        q->count--;
    }
    if (q->count == 0) return q->passed.intended;
    const struct knot next = q->knots[q->head];
    if (now <= q->passed.served) return q->passed.intended;
    const double part = (double)(now - q->passed.served) / (double)(next.served - q->passed.served);
    return q->passed.intended + (sim_time)(part * (double)(next.intended - q->passed.intended));
}

/* So many of those that are to come are refused, whichever cells they are of. */
static void refuse(struct producer *p, int64_t n)
{
    struct world *w = p->world;
    world_reject(w, REJECT_COLLECTOR_BUSY, n);
    if (w->resolution == RESOLUTION_RECORD) {
        p->collector->refuse += n;
        return;
    }
    int64_t all = 0;
    for (int c = 0; c <= p->partitions_n; c++) all += p->cells[c].rem;
    for (int c = 0; c <= p->partitions_n && n > 0; c++) {
        struct cell *cell = &p->cells[c];
        int64_t k = rng_binomial(&w->sends, n, all > 0 ? (double)cell->rem / (double)all : 0);
        all -= cell->rem;
        if (k > cell->rem || all < n - k) k = cell->rem < n ? cell->rem : n; /* as many as it has */
        cell->rem -= (int32_t)k;
        n -= k;
    }
    world_reject(w, REJECT_COLLECTOR_BUSY, -n); /* they had arrived in the meantime */
}

/* The records intended until `end`, of those that this piece has left. */
static int64_t arrivals_until(struct producer *p, sim_time now, sim_time end)
{
    struct world *w = p->world;
    int64_t n;
    if (w->resolution == RESOLUTION_RECORD) {
        n = 0;
        while (p->arrivals_next + n < p->arrivals_n && p->arrivals[p->arrivals_next + n].at < end) n++;
    } else {
        n = end >= w->piece_end ? p->collector->left
                                : rng_binomial(&w->sends, p->collector->left, (double)(end - now) / (double)(w->piece_end - now));
    }
    p->collector->left -= n;
    return n;
}

static void tick(struct kernel *k, void *producer, int64_t unused)
{
    (void)unused;
    struct producer *p = producer;
    struct collector *q = p->collector;
    const struct scenario_producer *config = producer_config(p);
    const sim_time now = k->now, end = now + TICK_NS < p->world->piece_end ? now + TICK_NS : p->world->piece_end;
    if (end <= now) return;
    const double each = request_ns(config) / (double)config->collector.records_per_request; /* of a record */
    int64_t n = arrivals_until(p, now, end);
    const double begin = q->busy_until > now ? (double)(q->busy_until - now) : 0;
    const double over = (begin + (double)n * each - (double)(end - now)) / request_ns(config) - (double)config->collector.queue;
    if (over > 0 && n > 0) {
        int64_t refused = (int64_t)ceil(over * (double)config->collector.records_per_request);
        if (refused > n) refused = n;
        refuse(p, refused);
        n -= refused;
    }
    q->busy_until = now + (sim_time)(begin + (double)n * each);
    q->busy_ns += (double)n * each * config->collector.cores;
    const sim_time rest = config->collector.cpu_ns - (sim_time)request_ns(config);
    if (q->count == 0 && q->passed.served < now + rest) q->passed = (struct knot){now, now + rest};
    add_knot(q, (struct knot){end, (q->busy_until > end ? q->busy_until : end) + rest});
    if (end < p->world->piece_end) kernel_at(k, end, 0, tick, p, 0);
}

void collector_piece_ready(struct producer *p)
{
    struct collector *q = p->collector;
    q->left = 0;
    for (int c = 0; c <= p->partitions_n; c++) q->left += p->cells[c].rem;
    tick(&p->world->data, p, 0);
}

void collector_admit(struct producer *p, struct cell *cell, sim_time now)
{
    struct world *w = p->world;
    if (p->blocked) return; /* housekeeping lets them in */
    const sim_time until = frontier(p->collector, now);
    if (w->resolution != RESOLUTION_RECORD) cell_pass_outside(w, cell, until < now ? until : now, w->piece_end);
    if (cell->outside == 0 || cell->outside_first > until) return;
    const sim_time span = cell->outside_last - cell->outside_first;
    cell_come_in(w, cell, cell->outside_last <= until
                              ? cell->outside
                              : (int32_t)((double)cell->outside * ((double)(until - cell->outside_first) / (double)span)));
}

bool collector_accepts(struct producer *p)
{
    if (p->collector->refuse == 0) return true;
    p->collector->refuse--;
    return false;
}

double collector_busy_ns(const struct producer *p)
{
    const struct collector *q = p->collector;
    if (!q) return 0;
    const sim_time ahead = q->busy_until - p->world->data.now;
    return q->busy_ns - (ahead > 0 ? (double)ahead * producer_config(p)->collector.cores : 0);
}

void collector_crashed(struct producer *p)
{
    struct collector *q = p->collector;
    const sim_time now = p->world->data.now;
    q->busy_ns = collector_busy_ns(p);
    q->count = 0;
    q->passed = (struct knot){now, now};
    q->busy_until = now;
    q->left = q->refuse = 0;
}

/* --- Autoscaling --------------------------------------------------------------------------------------------- */

static int in_service(const void *fleet)
{
    const struct fleet *f = fleet;
    int n = 0;
    for (int i = 0; i < f->n; i++) n += f->instances[i].started;
    return n;
}

/* Instances that would be busy all the time. */
static double busy_instances(void *fleet, sim_time data_ns)
{
    const struct fleet *f = fleet;
    const struct scenario_producer *config = producer_config(&f->instances[0]);
    double busy = 0;
    for (int i = 0; i < f->n; i++) {
        struct collector *q = f->instances[i].collector;
        const double worked = collector_busy_ns(&f->instances[i]);
        busy += worked - q->scaled_ns;
        q->scaled_ns = worked;
    }
    const int now = in_service(fleet);
    return now * (busy / ((double)data_ns * config->collector.cores * now));
}

static void start(void *fleet)
{
    struct fleet *f = fleet;
    for (int i = 0; i < f->n; i++) {
        if (f->instances[i].started) continue;
        f->instances[i].started = true;
        producer_returns(&f->instances[i]);
        return;
    }
}

/* The one that came last goes, when it has sent what it has. */
static void stop(void *fleet)
{
    struct fleet *f = fleet;
    for (int i = f->n - 1; i >= 0; i--) {
        if (!f->instances[i].started) continue;
        f->instances[i].started = false;
        producer_leaves(&f->instances[i], false);
        return;
    }
}

void collectors_init(struct world *w)
{
    for (int f = 0; f < w->scenario->producers_n; f++) {
        const struct scenario_producer *config = &w->scenario->producers[f];
        struct fleet *fleet = &w->fleets[f];
        if (config->collector.cpu_ns <= 0) continue;
        for (int i = 0; i < fleet->n; i++) {
            struct producer *p = &fleet->instances[i];
            p->collector = ARENA_NEW(w->arena, struct collector, 1);
            p->collector->producer = p;
            p->started = i < config->instances;
            if (!p->started) producer_leaves(p, false);
        }
        if (fleet->n == config->instances) continue;
        const struct autoscale_rules rules = {.min = config->instances,
                                              .max = fleet->n,
                                              .target = config->collector.target_cpu,
                                              .cooldown_ns = config->collector.cooldown_ns,
                                              .start_up_ns = config->collector.start_up_ns,
                                              .in_service = in_service,
                                              .load = busy_instances,
                                              .start = start,
                                              .stop = stop};
        fleet->scaler = autoscale(w, &rules, fleet);
    }
}
