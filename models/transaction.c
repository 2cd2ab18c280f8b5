/* transaction.c: transactional producers; see transaction.h.
 *
 *      OPEN --------------> FLUSHING ----------------> ENDING ---------> NONE --> OPEN ...
 *   first record    after the interval      all acknowledged     EndTxn answered
 *                                                                   |
 *                                                    markers to leaders, next to what follows
 *
 * A producer that crashes while it is OPEN or FLUSHING leaves its transaction ABANDONED: the coordinator aborts it when it finds it timed
 * out, or when the producer returns (initTransactions). So it does with one whose producer runs and cannot finish it: that is ABANDONED
 * too, until the producer hears of it.
 */
#include "transaction.h"

#include "arena.h"
#include "broker.h"
#include "check.h"
#include "cluster.h"
#include "disk.h"
#include "group.h"
#include "partition.h"
#include "producer.h"
#include "producer_parts.h"

static const double REQUEST_BYTES = 150;
static const double MARKER_BYTES = 78; /* a control batch of one record */
static const sim_time RETRY_NS = 100 * SIM_MS;     /* retry.backoff.ms */
static const sim_time CONCURRENT_NS = 20 * SIM_MS; /* TransactionManager.ADD_PARTITIONS_RETRY_BACKOFF_MS */

enum state { NONE, OPEN, FLUSHING, ENDING, ABANDONED };
enum coordinator_write { ADD_PARTITIONS, END };

/* A producer's open transaction in one partition; in the partition's list by `first`. */
struct open_transaction {
    int64_t first; /* relative offset of its first record */
    int64_t records;
    struct open_transaction *before, *after;
    bool listed;
};

struct marker_group { /* a WriteTxnMarkers request: the partitions that a broker led when it was sent */
    int broker;
    int from, n; /* of marked[] */
};

struct transaction {
    struct producer *producer;
    enum state state;
    sim_time opened, committing; /* since when */
    struct event_handle next;    /* OPEN: its commit */
    sim_time looked_phase;       /* of the coordinator's looks for what has timed out */
    bool watched;                /* such a look is an event: it finds this one timed out, or looks again */
    bool gone;                   /* its producer has crashed */
    bool aborting, aborted;      /* ABANDONED: its abort is under way; the markers under way say so */
    uint32_t number;
    uint32_t *added;   /* [partitions_n] number of the transaction that a partition was last added to */
    int *partitions;   /* [partitions_n] those of this one */
    int partitions_n;
    bool adding;
    struct produce_request *held, **held_end; /* by next_free */
    struct open_transaction *open; /* [partitions_n] */
    int *marked;                   /* [partitions_n] of the one before, until all markers are written, */
    uint32_t marked_number;        /* which was this one */
    struct marker_group *groups;   /* [brokers] */
    int groups_n, markers_left;
};

static struct world *world_of(const struct transaction *t)
{
    return t->producer->world;
}

void transactions_init(struct world *w)
{
    const int64_t looks_ns = w->scenario->cluster.config.transaction_abort_timed_out_transaction_cleanup_interval_ns;
    struct rng phases;
    rng_init(&phases, w->arena, w->seed, "transactions/timeouts");
    for (int f = 0; f < w->scenario->producers_n; f++) {
        if (!w->scenario->producers[f].config.transactional_id) continue;
        w->transactional = true;
        for (int i = 0; i < w->fleets[f].n; i++) {
            struct producer *p = &w->fleets[f].instances[i];
            const size_t n = (size_t)p->partitions_n;
            struct transaction *t = ARENA_NEW(w->arena, struct transaction, 1);
            t->producer = p;
            t->added = ARENA_NEW(w->arena, uint32_t, n);
            t->partitions = ARENA_NEW(w->arena, int, n);
            t->open = ARENA_NEW(w->arena, struct open_transaction, n);
            t->marked = ARENA_NEW(w->arena, int, n);
            t->groups = ARENA_NEW(w->arena, struct marker_group, (size_t)w->cluster.brokers_max);
            t->held_end = &t->held;
            rng_cell(&phases, (uint64_t)(p->index % w->cluster.brokers_n)); /* of its coordinator */
            t->looked_phase = (sim_time)(rng_uniform(&phases) * (double)looks_ns);
            p->transaction = t;
        }
    }
}

/* --- The last stable offset ------------------------------------------------------------------------------ */

void transactions_note_stable(struct world *w, struct partition *p)
{
    const int64_t before = p->stable;
    p->stable = p->open_first && p->open_first->first < p->hw ? p->open_first->first : p->hw;
    if (p->stable > before) groups_on_readable(w, p, p->stable - before, true);
}

void transaction_on_append(struct producer *producer, struct partition *p, const struct produce_part *part)
{
    struct transaction *t = producer->transaction;
    const int c = part->partition - producer->partition_first;
    struct open_transaction *open = &t->open[c];
    if (open->listed) {
        if (!part->appended) open->records += part->records;
        return;
    }
    /* Of a request that was given up, when its transaction had ended: Kafka would refuse it, here nobody waits for it. */
    if (t->state == NONE || t->added[c] != t->number) return;
    *open = (struct open_transaction){.first = logcurve_end(&p->log), .records = part->records, .before = p->open_last, .listed = true};
    if (p->open_last)
        p->open_last->after = open;
    else
        p->open_first = open;
    p->open_last = open;
}

static void close_in(struct world *w, struct partition *p, struct open_transaction *open)
{
    if (!open->listed) return; /* all of it was lost with a leader */
    *(open->before ? &open->before->after : &p->open_first) = open->after;
    *(open->after ? &open->after->before : &p->open_last) = open->before;
    open->listed = false;
    transactions_note_stable(w, p);
}

void transactions_on_truncate(struct partition *p, int64_t end)
{
    for (struct open_transaction *open = p->open_last; open; open = open->before) {
        if (open->first > end) open->first = end;
        if (open->records > end - open->first) open->records = end - open->first;
    }
    if (p->stable > end) p->stable = end;
}

sim_time transactions_hold_ns(const struct group *g)
{
    const struct scenario *s = g->world->scenario;
    sim_time longest = 0;
    for (int i = 0; i < s->producers_n && g->config->config.isolation_level == ISOLATION_READ_COMMITTED; i++) {
        const struct scenario_producer *p = &s->producers[i];
        if (p->topic != g->config->topic || !p->config.transactional_id) continue;
        if (p->transaction_commit_interval_ns > longest) longest = p->transaction_commit_interval_ns;
    }
    return longest;
}

/* --- The coordinator -------------------------------------------------------------------------------------- */

/* NULL: it is down, and nobody knows yet. */
static struct broker *coordinator(const struct transaction *t)
{
    struct world *w = world_of(t);
    const int brokers = w->scenario->cluster.brokers; /* its topic stays where it was when some are added */
    for (int i = 0; i < brokers; i++) {
        struct broker *b = &w->cluster.brokers[(t->producer->index + i) % brokers];
        if (b->up && !world_is_cut(w, b->zone)) return b;
        if (!b->fenced) return NULL;
    }
    return NULL;
}

/* Another broker that has a copy of what this one writes. */
static struct broker *follower_of(struct world *w, const struct broker *b)
{
    const int brokers = w->scenario->cluster.brokers;
    for (int i = 1; i < brokers; i++) {
        struct broker *other = &w->cluster.brokers[(b->id + i) % brokers];
        if (other->up && !world_is_cut(w, other->zone)) return other;
    }
    return NULL;
}

static sim_time hop(struct world *w, const struct transaction *t, const struct broker *b)
{
    return cluster_hop_ns(w, t->producer->zone, b->zone);
}

static struct request_work write_work(struct world *w, double bytes, int batches)
{
    const struct calibration_broker *cost = &w->calibration->kafka_broker;
    return (struct request_work){.read_ns = cost->network_request_ns + cost->network_byte_ns * bytes,
                                 .handle_ns = cost->request_ns + cost->batch_ns * batches + cost->byte_ns * bytes};
}

static struct request_work fetch_work(struct world *w, int batches)
{
    const struct calibration_broker *cost = &w->calibration->kafka_broker;
    return (struct request_work){.read_ns = cost->network_request_ns,
                                 .handle_ns = cost->fetch_request_ns + cost->follower_batch_ns * batches};
}

static void ask_coordinator(struct kernel *k, void *transaction, int64_t write);

static void transmit_held(struct transaction *t)
{
    struct produce_request *r = t->held;
    t->held = NULL;
    t->held_end = &t->held;
    while (r) {
        struct produce_request *next = r->next_free;
        produce_request_transmit(world_of(t), r);
        r = next;
    }
}

static void send_markers(struct transaction *t, const struct broker *from);

/* The coordinator's answer arrives. */
static void answered(struct kernel *k, void *transaction, int64_t write)
{
    struct transaction *t = transaction;
    struct producer *p = t->producer;
    struct world *w = p->world;
    if (write == ADD_PARTITIONS) {
        t->adding = false;
        transmit_held(t);
        return;
    }
    t->state = NONE;
    if (!t->aborting) {
        w->transactions_committed += w->weight;
        w->committing_ns += w->weight * (double)(k->now - t->committing);
    }
    t->aborting = false;
    if (!p->blocked) p->admitted_until = SIM_NEVER;
    if (p->blocked) producer_mind_buffer(p, k->now);
    for (int b = 0; b < w->cluster.brokers_n; b++) {
        if (!p->connections[b].wants) producer_schedule(&p->connections[b], k->now);
    }
}

/* Its log has it, replicated. */
static void written(struct kernel *k, void *transaction, int64_t write)
{
    struct transaction *t = transaction;
    struct world *w = world_of(t);
    const struct broker *b = coordinator(t);
    if (!b) { /* it went down meanwhile: its successor is asked anew */
        kernel_after(k, RETRY_NS, 1, ask_coordinator, t, write);
        return;
    }
    kernel_after(k, hop(w, t, b), 1, answered, t, write);
    if (write == END) send_markers(t, b);
}

static void fetched(struct kernel *k, void *transaction, int64_t write)
{
    struct transaction *t = transaction;
    struct world *w = world_of(t);
    const struct broker *b = coordinator(t);
    struct broker *follower = b ? follower_of(w, b) : NULL;
    if (!follower) {
        written(k, t, write);
        return;
    }
    sim_time done = broker_receive(follower, k->now, REQUEST_BYTES, fetch_work(w, 1));
    kernel_at(k, done + cluster_hop_ns(w, follower->zone, b->zone), 1, written, t, write);
}

static void at_coordinator(struct kernel *k, void *transaction, int64_t write)
{
    struct transaction *t = transaction;
    struct world *w = world_of(t);
    struct broker *b = coordinator(t);
    if (!b) {
        kernel_after(k, RETRY_NS, 1, ask_coordinator, t, write);
        return;
    }
    sim_time done = broker_receive(b, k->now, REQUEST_BYTES, write_work(w, REQUEST_BYTES, 1));
    if (t->markers_left > 0) { /* CONCURRENT_TRANSACTIONS; of an end too, where records were given up before they were sent */
        kernel_at(k, done + hop(w, t, b) + CONCURRENT_NS, 1, ask_coordinator, t, write);
        return;
    }
    const struct broker *follower = follower_of(w, b);
    kernel_at(k, done + (follower ? cluster_hop_ns(w, b->zone, follower->zone) : 0), 1, fetched, t, write);
}

static void ask_coordinator(struct kernel *k, void *transaction, int64_t write)
{
    struct transaction *t = transaction;
    const struct broker *b = coordinator(t);
    kernel_after(k, b ? hop(world_of(t), t, b) : RETRY_NS, 1, b ? at_coordinator : ask_coordinator, t, write);
}

/* --- Markers ----------------------------------------------------------------------------------------------- */

static void at_leader(struct kernel *k, void *transaction, int64_t group);

/* Those who read committed records never see these; they read past them, and that counts as delivered then. */
static void pass_over(struct world *w, int partition, int64_t records)
{
    const struct partition *p = &w->cluster.partitions[partition];
    for (int i = 0; i < w->scenario->groups_n; i++) {
        struct group *g = &w->groups[i];
        if (g->config->topic != p->topic || g->config->config.isolation_level != ISOLATION_READ_COMMITTED) continue;
        struct group_partition *gp = &g->partitions[p->index];
        gp->delivered -= records;
        group_lose(gp, LOST_ABORTED, records);
    }
}

static void marked(struct kernel *k, void *transaction, int64_t group)
{
    (void)k;
    struct transaction *t = transaction;
    const struct marker_group *g = &t->groups[group];
    for (int i = 0; i < g->n; i++) {
        const int c = t->marked[g->from + i];
        if (t->aborted && t->added[c] == t->marked_number) t->added[c] = 0; /* what comes to the log now is in none */
        if (t->aborted && t->open[c].listed) pass_over(world_of(t), t->producer->partition_first + c, t->open[c].records);
        close_in(world_of(t), &world_of(t)->cluster.partitions[t->producer->partition_first + c], &t->open[c]);
    }
    t->markers_left--;
}

static void marker_fetched(struct kernel *k, void *transaction, int64_t group)
{
    struct transaction *t = transaction;
    struct world *w = world_of(t);
    const struct marker_group *g = &t->groups[group];
    const struct broker *b = &w->cluster.brokers[g->broker];
    struct broker *follower = follower_of(w, b);
    if (!follower) {
        marked(k, t, group);
        return;
    }
    sim_time done = broker_receive(follower, k->now, MARKER_BYTES * g->n, fetch_work(w, g->n));
    done = disk_write(w, follower, done, MARKER_BYTES * g->n);
    kernel_at(k, done + cluster_hop_ns(w, follower->zone, b->zone), 1, marked, t, group);
}

static void at_leader(struct kernel *k, void *transaction, int64_t group)
{
    struct transaction *t = transaction;
    struct world *w = world_of(t);
    struct marker_group *g = &t->groups[group];
    struct broker *b = &w->cluster.brokers[g->broker];
    if (!b->up || world_is_cut(w, b->zone)) { /* to whoever leads by then */
        const struct partition *first = &w->cluster.partitions[t->producer->partition_first + t->marked[g->from]];
        if (first->leader != NO_SLOT) g->broker = first->replicas[first->leader].broker;
        kernel_after(k, RETRY_NS, 1, at_leader, t, group);
        return;
    }
    const double bytes = MARKER_BYTES * g->n;
    sim_time done = broker_receive(b, k->now, bytes, write_work(w, bytes, g->n));
    done = disk_write(w, b, done, bytes);
    const struct partition *first = &w->cluster.partitions[t->producer->partition_first + t->marked[g->from]];
    const struct broker *follower = first->replicas_n > 1 ? follower_of(w, b) : NULL;
    if (follower)
        kernel_at(k, done + cluster_hop_ns(w, b->zone, follower->zone), 1, marker_fetched, t, group);
    else
        kernel_at(k, done, 1, marked, t, group);
}

/* One request a leader, with all its partitions. */
static void send_markers(struct transaction *t, const struct broker *from)
{
    struct world *w = world_of(t);
    t->aborted = t->aborting;
    t->marked_number = t->number;
    CHECK(t->markers_left == 0, "%d markers of the transaction before are not written", t->markers_left);
    t->groups_n = 0;
    int n = 0;
    for (int b = 0; b < w->cluster.brokers_n; b++) {
        const int begin = n;
        for (int i = 0; i < t->partitions_n; i++) {
            const struct partition *p = &w->cluster.partitions[t->producer->partition_first + t->partitions[i]];
            /* One without a leader waits for it where it was led before. */
            const int broker = p->replicas[p->leader == NO_SLOT ? 0 : p->leader].broker;
            if (broker == b) t->marked[n++] = t->partitions[i];
        }
        if (n == begin) continue;
        t->groups[t->groups_n] = (struct marker_group){b, begin, n - begin};
        t->markers_left++;
        kernel_after(&w->data, cluster_way_ns(w, from->zone, w->cluster.brokers[b].zone), 1, at_leader, t, t->groups_n++);
    }
}

/* --- The producer's side ------------------------------------------------------------------------------------ */

bool transaction_commits(const struct producer *p)
{
    return p->transaction->state == FLUSHING || p->transaction->state == ENDING;
}

bool transaction_may_send(const struct produce_connection *c)
{
    const struct transaction *t = c->producer->transaction;
    return t->state == NONE || t->state == OPEN || c->flushes;
}

static void commit(struct kernel *k, void *transaction, int64_t unused)
{
    (void)unused;
    struct transaction *t = transaction;
    struct producer *p = t->producer;
    CHECK(t->state == OPEN, "a commit in state %d", (int)t->state);
    t->state = FLUSHING;
    t->committing = k->now;
    if (p->admitted_until > k->now) p->admitted_until = k->now;
    for (int b = 0; b < p->world->cluster.brokers_n; b++) {
        struct produce_connection *c = &p->connections[b];
        c->flushes = true;
        producer_unopen(c, k->now);
        if (c->wants) continue; /* an answer goes on */
        if (c->scheduled) kernel_cancel(k, c->drain);
        c->scheduled = false;
        producer_schedule(c, k->now);
    }
}

/* --- What times out ------------------------------------------------------------------------------------------ */

static void abort_abandoned(struct transaction *t)
{
    struct world *w = world_of(t);
    t->aborting = true;
    if (t->gone)
        ask_coordinator(&w->data, t, END);
    else
        at_coordinator(&w->data, t, END); /* it is its own doing */
}

/* What the producer had begun is the coordinator's now. */
static void abandon(struct transaction *t)
{
    struct producer *p = t->producer;
    if (t->state == OPEN) kernel_cancel(&p->world->data, t->next);
    t->state = ABANDONED;
    for (int b = 0; b < p->world->cluster.brokers_n; b++) p->connections[b].flushes = false;
}

/* The coordinator's first look after the transaction's time is over. */
static sim_time found_timed_out_at(const struct transaction *t)
{
    const int64_t each = world_of(t)->scenario->cluster.config.transaction_abort_timed_out_transaction_cleanup_interval_ns;
    const sim_time due = t->opened + producer_config(t->producer)->config.transaction_timeout_ns - t->looked_phase;
    return t->looked_phase + (due + each - 1) / each * each;
}

static void look(struct kernel *k, void *transaction, int64_t unused);

static void watch(struct transaction *t)
{
    if (t->watched) return;
    t->watched = true;
    kernel_at(&world_of(t)->data, found_timed_out_at(t), 1, look, t, 0);
}

static void look(struct kernel *k, void *transaction, int64_t unused)
{
    (void)unused;
    struct transaction *t = transaction;
    t->watched = false;
    if ((t->state != OPEN && t->state != FLUSHING && t->state != ABANDONED) || t->aborting) return;
    if (found_timed_out_at(t) > k->now) { /* that one was over in time */
        watch(t);
        return;
    }
    if (t->state != ABANDONED) {
        world_of(t)->transactions_timed_out += world_of(t)->weight;
        abandon(t);
    }
    abort_abandoned(t);
}

static void open_transaction(struct transaction *t)
{
    struct world *w = world_of(t);
    t->state = OPEN;
    t->partitions_n = 0;
    const sim_time interval = producer_config(t->producer)->transaction_commit_interval_ns;
    /* Instances are not in step: a run begins with them spread. */
    const sim_time first = t->number == 0 ? (sim_time)((double)interval * rng_uniform(&w->sends)) : interval;
    t->number++;
    t->opened = w->data.now;
    t->next = kernel_after(&w->data, first, 1, commit, t, 0);
    watch(t);
}

void transaction_crashed(struct producer *p)
{
    struct transaction *t = p->transaction;
    t->gone = true;
    if (t->state == OPEN || t->state == FLUSHING) abandon(t); /* or the coordinator has it in hand */
}

void transaction_returned(struct producer *p)
{
    struct transaction *t = p->transaction;
    if (t->state == ABANDONED && !t->aborting) abort_abandoned(t);
    t->gone = false;
}

bool transaction_on_send(struct producer *p, struct produce_request *r)
{
    struct transaction *t = p->transaction;
    if (t->state == NONE) open_transaction(t);
    bool added = true;
    for (int i = 0; i < r->parts_n; i++) {
        const int c = r->parts[i].partition - p->partition_first;
        if (t->added[c] == t->number) continue;
        t->added[c] = t->number;
        t->partitions[t->partitions_n++] = c;
        added = false;
    }
    if (added && !t->adding) return true;
    r->next_free = NULL;
    *t->held_end = r;
    t->held_end = &r->next_free;
    if (!t->adding) ask_coordinator(&p->world->data, t, ADD_PARTITIONS);
    t->adding = true;
    return false;
}

void transaction_flushed(struct produce_connection *c)
{
    c->flushes = false;
    transaction_mind(c->producer);
}

void transaction_mind(struct producer *p)
{
    struct transaction *t = p->transaction;
    struct world *w = p->world;
    if (t->state != FLUSHING) return;
    for (int b = 0; b < w->cluster.brokers_n; b++) {
        const struct produce_connection *c = &p->connections[b];
        if (c->in_flight > 0 || c->again.first || c->flushes) return;
    }
    /* What was sent in vain is in the accumulator again. */
    bool left = false;
    for (int i = 0; i <= p->partitions_n; i++) {
        const struct cell *cell = &p->cells[i];
        if (cell->pending == 0 || cell->first > t->committing) continue;
        left = true;
        const int target = i < p->partitions_n ? i : partition_current(p->sticky);
        const int leader = target < 0 ? NO_BROKER : p->cells[target].leader;
        if (leader < 0) continue;
        const struct broker *leads = partition_leader(w, &w->cluster.partitions[p->partition_first + target]);
        if (!leads || leads->id != leader) continue; /* it will learn who leads */
        struct produce_connection *c = &p->connections[leader];
        c->flushes = true;
        producer_schedule(c, w->data.now);
    }
    if (left) return; /* looked at again when that is over, and every PRODUCER_BUFFER_CHECK_MS */
    t->state = ENDING;
    ask_coordinator(&w->data, t, END);
}
