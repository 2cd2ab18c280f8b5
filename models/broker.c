/* broker.c: the request path of a broker; see broker.h. */
#include "broker.h"

#include "broker_channel.h"
#include "check.h"
#include "cluster.h"
#include "disk.h"
#include "group.h"
#include "producer.h"
#include "quota.h"
#include "replication.h"
#include "segments.h"
#include "telemetry.h"
#include "transaction.h"

/* A partition's bytes a record are a mean over about so many. */
static const int64_t BYTES_OVER_RECORDS = 5000;

static void append(struct kernel *k, void *request, int64_t attempt);

static struct world *world_of(const struct produce_request *r)
{
    return r->connection->producer->world;
}

static enum acks acks_of(const struct produce_request *r)
{
    return world_of(r)->scenario->producers[r->connection->producer->fleet].config.acks;
}

/* The broker's epoch that an attempt was sent to, and which attempt it is; see broker_attempt(). */
static uint32_t epoch_of(int64_t attempt)
{
    return (uint32_t)((uint64_t)attempt >> 32);
}

static int32_t attempt_of(int64_t attempt)
{
    return (int32_t)(uint32_t)((uint64_t)attempt & UINT32_MAX);
}

static bool gone(struct world *w, const struct produce_request *r, int64_t attempt)
{
    const struct broker *b = &w->cluster.brokers[r->connection->broker];
    return !b->up || b->epoch != epoch_of(attempt);
}

/* The broker is not there: what was not appended goes back to the accumulator, or is lost if nobody asked for an answer. Of an
 * earlier attempt nothing comes of it: its connection was closed before. */
static void bounce(struct world *w, struct produce_request *r, int64_t attempt)
{
    if (r->attempt == attempt_of(attempt) && (r->state == PRODUCE_IN_FLIGHT || acks_of(r) == ACKS_0)) {
        producer_failed(w, r, PRODUCE_NETWORK_EXCEPTION);
        for (int i = 0; i < r->parts_n; i++) {
            struct produce_part *part = &r->parts[i];
            if (part->records == 0 || part->appended) continue;
            w->in_requests -= part->records;
            if (acks_of(r) == ACKS_0)
                w->vanished += part->records;
            else
                producer_take_back(w, r, part, r->attempt);
            part->records = 0;
        }
        if (acks_of(r) != ACKS_0) producer_request_broken(w, r);
    }
    producer_attempt_over(w, r);
}

/* fsyncs that its appends will wait for. */
static int flushes_of(struct world *w, const struct produce_request *r)
{
    if (w->scenario->cluster.config.log_flush_interval_messages == INT64_MAX) return 0;
    int flushes = 0;
    for (int i = 0; i < r->parts_n; i++) {
        struct partition *p = &w->cluster.partitions[r->parts[i].partition];
        if (p->leader != NO_SLOT) flushes += disk_flush_due(w, &p->replicas[p->leader], r->parts[i].records);
    }
    return flushes;
}

/* LogValidator walks the records of a compressed batch, so it is decompressed, whatever is done with it. */
static double decompress_ns(const struct world *w, const struct produce_request *r)
{
    const int f = r->connection->producer->fleet;
    if (w->scenario->producers[f].config.compression_type == COMPRESSION_NONE) return 0;
    const struct calibration_broker *cost = &w->calibration->kafka_broker;
    return cost->decompress_batch_ns * r->batches + cost->decompress_byte_ns * w->fleets[f].event_bytes * (double)r->records;
}

void broker_on_produce(struct kernel *k, void *request, int64_t attempt)
{
    (void)k;
    struct produce_request *r = request;
    struct world *w = world_of(r);
    if (gone(w, r, attempt)) {
        bounce(w, r, attempt);
        return;
    }
    if (r->attempt != attempt_of(attempt)) { /* was still on its way when its connection was closed */
        producer_attempt_over(w, r);
        return;
    }
    broker_channel_arrives(w, r);
}

void broker_read(struct world *w, struct produce_request *r, sim_time in)
{
    struct broker *b = &w->cluster.brokers[r->connection->broker];
    const struct calibration_broker *cost = &w->calibration->kafka_broker;
    struct request_work work = {
        .read_ns = cost->network_request_ns + cost->network_batch_ns * r->batches + cost->network_byte_ns * r->wire_bytes,
        .handle_ns = cost->request_ns + cost->batch_ns * r->batches + cost->record_ns * (double)r->records +
                     cost->byte_ns * r->wire_bytes + decompress_ns(w, r),
    };
    work.flushes = flushes_of(w, r);
    work.flush_bytes = r->wire_bytes;
    const sim_time mute = quota_charge(w, b->id, quota_of_fleet(r->connection->producer->fleet), r->wire_bytes,
                                       work.read_ns + work.handle_ns);
    if (mute > 0) r->connection->channel.muted_until = w->data.now + mute;
    sim_time done = broker_serve(b, in, work);
    if (work.flushes == 0) done = disk_write(w, b, done, r->wire_bytes);
    done += (sim_time)w->calibration->latency.page_cache_append_ns;
    kernel_at(&w->data, done, 1, append, r, broker_attempt(b, r->attempt));
}

struct request_work broker_fetch_work(const struct world *w, int partitions, int ready, double bytes)
{
    const struct calibration_broker *cost = &w->calibration->kafka_broker;
    return (struct request_work){
        .handle_ns = cost->fetch_idle_ns * (partitions - ready) + cost->fetch_partition_ns * ready + cost->fetch_byte_ns * bytes,
        .send_ns = cost->network_fetch_partition_ns * ready + cost->network_fetch_byte_ns * bytes,
    };
}

static void lose(struct world *w, struct produce_request *r)
{
    bounce(w, r, r->attempt);
}

void broker_drop_connections(struct world *w, int broker)
{
    broker_channels_lose(w, broker, lose);
}

static void answer(struct world *w, struct produce_request *r)
{
    broker_channel_answers(w, r, r->answers);
    const struct producer *p = r->connection->producer;
    sim_time hop = cluster_hop_ns(w, p->zone, w->cluster.brokers[r->connection->broker].zone);
    r->events++;
    kernel_after(&w->data, hop, 1, producer_on_ack, r, r->answers);
}

/* NOT_LEADER_OR_FOLLOWER, NOT_ENOUGH_REPLICAS: retriable, and nothing is appended. PRODUCE_ERRORS: it may be. */
static enum produce_error refusal(const struct world *w, const struct partition *p, int broker, enum acks acks)
{
    if (p->leader == NO_SLOT || p->replicas[p->leader].broker != broker) return PRODUCE_NOT_LEADER_OR_FOLLOWER;
    if (acks == ACKS_ALL && partition_isr_count(p) < w->scenario->cluster.config.min_insync_replicas)
        return PRODUCE_NOT_ENOUGH_REPLICAS;
    return PRODUCE_ERRORS;
}

/* The part stands in the log from now on; if it did before, it does twice. */
static void append_part(struct world *w, struct partition *p, struct produce_part *part, double bytes_each)
{
    struct replica *own = &p->replicas[p->leader];
    segments_append(w, p, bytes_each * part->records, part->last);
    logcurve_append(&p->log, part->records, part->first, part->last, w->data.now, bytes_each);
    /* By records, not by batches: small ones weigh more a record. */
    double weight = (double)part->records / (double)(part->records + (own->leo < BYTES_OVER_RECORDS ? own->leo : BYTES_OVER_RECORDS));
    p->bytes_per_record += weight * (bytes_each - p->bytes_per_record);
    own->leo += part->records;
    own->known_leo = own->leo;
    if (part->appended)
        groups_on_duplicate(w, p, part->records);
    else
        w->in_requests -= part->records;
    part->appended = true;
}

/* It is not: back to its producer. */
static void refuse_part(struct world *w, struct produce_request *r, struct partition *p, const struct produce_part *part)
{
    if (part->appended && !producer_retries(r, part, r->attempt)) return; /* it stays where an earlier attempt put it */
    if (part->appended)
        groups_on_duplicate(w, p, part->records);
    else
        w->in_requests -= part->records;
    if (acks_of(r) == ACKS_0)
        w->vanished += part->records;
    else
        producer_take_back(w, r, part, r->attempt);
}

/* Does this broker take itself for the leader, while the others have another one? */
static bool is_deposed(const struct partition *p, int broker)
{
    const int slot = partition_slot_of(p, broker);
    return slot != NO_SLOT && p->replicas[slot].deposed;
}

/* All that is left of it is for partitions of which the broker is deposed. */
static bool is_all_deposed(const struct world *w, const struct produce_request *r)
{
    bool any = false;
    for (int i = 0; i < r->parts_n; i++) {
        if (r->parts[i].records == 0) continue;
        if (!is_deposed(&w->cluster.partitions[r->parts[i].partition], r->connection->broker)) return false;
        any = true;
    }
    return any;
}

/* It stands in the log of a leader that is none any more, which will be cut to what the new one has. */
static void append_in_vain(struct world *w, struct produce_request *r, struct partition *p, struct produce_part *part)
{
    if (!part->appended) {
        w->in_requests -= part->records;
        if (acks_of(r) == ACKS_0)
            w->vanished += part->records;
        else
            groups_on_lost(w, p, part->records);
    }
    part->appended = true;
}

static void append(struct kernel *k, void *request, int64_t attempt)
{
    (void)k;
    struct produce_request *r = request;
    struct world *w = world_of(r);
    if (gone(w, r, attempt)) {
        bounce(w, r, attempt);
        return;
    }
    const bool is_cut = w->cluster.cut_zone != NO_ZONE && world_is_cut(w, w->cluster.brokers[r->connection->broker].zone);
    if (is_cut && acks_of(r) == ACKS_ALL && is_all_deposed(w, r)) { /* its followers do not come: it waits in purgatory until it times out */
        producer_attempt_over(w, r);
        return;
    }
    struct producer *producer = r->connection->producer;
    int broker = r->connection->broker;
    enum acks acks = acks_of(r);
    /* Of an attempt that its producer has given up, what is refused stays what it is: another attempt sees to it. */
    const bool late = r->attempt != attempt_of(attempt) || (r->state == PRODUCE_OVER && acks != ACKS_0);
    int32_t kept = 0;
    int64_t appended_records = 0;
    double bytes_each = r->wire_bytes / (double)r->records;
    r->waiting++; /* this function's own hold on it */
    if (attempt_of(attempt) > r->answers) r->answers = attempt_of(attempt);
    for (int i = 0; i < r->parts_n; i++) {
        struct produce_part part = r->parts[i];
        struct partition *p = &w->cluster.partitions[part.partition];
        if (is_cut && acks != ACKS_ALL && !late && is_deposed(p, broker)) {
            append_in_vain(w, r, p, &part);
            r->parts[kept++] = part;
            continue;
        }
        const bool known = part.appended && (late || !producer->order); /* by its sequence number */
        const enum produce_error why = known || part.records == 0 ? PRODUCE_ERRORS : refusal(w, p, broker, acks);
        if (why != PRODUCE_ERRORS && !late) {
            producer_failed(w, r, why);
            refuse_part(w, r, p, &part);
            continue;
        }
        if (!known && part.records > 0 && why == PRODUCE_ERRORS) {
            if (producer->order) producer_note_order(producer, &part, part.appended);
            if (producer->transaction) transaction_on_append(producer, p, &part);
            append_part(w, p, &part, bytes_each);
            appended_records += part.records;
            if (acks == ACKS_ALL) {
                waiters_push(&p->waiters, (struct waiter){p->replicas[p->leader].leo, part.records, r});
                r->waiting++;
            }
        }
        r->parts[kept++] = part;
    }
    if (kept < r->parts_n) r->fresh_records = 0; /* not whole any more: what is left is counted part by part */
    r->parts_n = kept;
    telemetry_appended(w, r, appended_records);
    if (acks == ACKS_1) answer(w, r);
    for (int i = 0; i < kept; i++) {
        struct partition *p = &w->cluster.partitions[r->parts[i].partition];
        if (p->leader == NO_SLOT) continue; /* appended at an earlier attempt, and since then it lost its leader */
        replication_wake(w, p);
        if (partition_isr_count(p) == 1) broker_advance_hw(w, p);
    }
    if (--r->waiting == 0 && acks == ACKS_ALL) answer(w, r);
    if (acks == ACKS_0) broker_channel_answers(w, r, attempt_of(attempt));
    producer_attempt_over(w, r);
}

void broker_advance_hw(struct world *w, struct partition *p)
{
    int64_t hw = INT64_MAX;
    for (int i = 0; i < p->replicas_n; i++) {
        const struct replica *r = &p->replicas[i];
        if (r->in_isr && r->known_leo < hw) hw = r->known_leo;
    }
    if (hw == INT64_MAX || hw <= p->hw) return;
    int64_t grown = hw - p->hw;
    p->hw = hw;
    struct waiter *waiter;
    while ((waiter = waiters_front(&p->waiters)) && waiter->end_offset <= hw) {
        struct produce_request *r = waiter->request;
        waiters_pop(&p->waiters);
        if (--r->waiting == 0) answer(w, r);
    }
    groups_on_readable(w, p, grown, false);
    if (w->transactional) transactions_note_stable(w, p);
}

void broker_resolve_waiters(struct world *w, struct partition *p, int64_t end, bool kept_are_done)
{
    int partition = (int)(p - w->cluster.partitions);
    transactions_on_truncate(p, end);
    struct waiter *waiter;
    while ((waiter = waiters_front(&p->waiters))) {
        struct waiter one = *waiter;
        waiters_pop(&p->waiters);
        struct produce_request *r = one.request;
        bool kept = one.end_offset <= end;
        if (!kept || !kept_are_done) {
            /* Its sender gets an error and sends the records again. Those that the new leader holds already are
             * recognised by their sequence numbers if the producer is idempotent, and are there twice if not. */
            bool found = false;
            for (int i = 0; i < r->parts_n && !found; i++) {
                struct produce_part *part = &r->parts[i];
                if (part->partition != partition || part->records == 0 || !part->appended) continue;
                found = true;
                producer_failed(w, r, PRODUCE_NOT_LEADER_OR_FOLLOWER);
                const bool over = r->state == PRODUCE_OVER; /* given up */
                if (!over && producer_retries(r, part, r->answers)) {
                    if (kept) groups_on_duplicate(w, p, part->records);
                    producer_take_back(w, r, part, r->answers);
                } else if (!kept) {
                    world_reject(w, over ? r->given_up_for : REJECT_RETRIES, part->records);
                }
                part->records = 0; /* not this request's any more */
            }
            if (!found && !kept) groups_on_duplicate(w, p, -one.records); /* a second copy of what was taken back is gone */
        }
        if (--r->waiting == 0) {
            bool anything = false;
            for (int i = 0; i < r->parts_n; i++) anything |= r->parts[i].records > 0;
            if (anything) {
                answer(w, r);
            } else {
                broker_channel_answers(w, r, r->answers);
                producer_request_over(w, r);
            }
        }
    }
}
