/* world.h: the state of one replication, and the parts that share it.
 *
 * Two clocks. The *data plane* (requests, batches, fetches) runs on `data`, whose time is relative: a skip moves the
 * calendar on and leaves the data plane where it is, with every queue as it was. The *control plane* (faults, elections,
 * rebalances, commits, checkpoints, file rolls) runs on `calendar`. calendar time = data time + skipped_ns.
 *
 * Offsets likewise: the data plane counts a partition's records relative to partition.base_offset, which a skip
 * raises by the records that the ledger says were produced meanwhile. So a skip is exact bookkeeping: every cursor
 * (log end, followers, high watermark, every group's position) moves by the same records, and lag, in records and in
 * time, stays what it was.
 *
 * Three, in table mode (table_mode.h): the scenario's own clock, which rates and faults go by, = calendar + jumped_ns. A jump
 * is to the calendar what a skip is to the data plane.
 *
 * Who may touch what: each struct below belongs to the module named above it; the others read it, and change it
 * through that module's functions.
 */
#ifndef HEADROOM_MODELS_WORLD_H
#define HEADROOM_MODELS_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "blueprint.h"
#include "calibration.h"
#include "kernel.h"
#include "logcurve.h"
#include "resource.h"
#include "rng.h"
#include "scenario.h"
#include "world_groups.h"

enum { WIRE_TABLE = 1024, REPLICAS_MAX = 6, /* a topic's five, and one that is added (reassignment.h) */ NO_BROKER = -1, NO_SLOT = -1, NO_ZONE = -1 };

struct world;
struct partitioner;
struct telemetry;
struct fault_log;
struct processor;
struct writer;
struct lake_feed;
struct query_feed;
struct added_partitions;
struct reassignment;
struct duplicates;
struct table_mode;
struct cleaner;
struct tiered;
struct controller_events;
struct poison;
struct undecodable;

/* --- cluster.c -------------------------------------------------------------------------------------- */

struct produce_request;

struct waiter { /* a produce request waits for the high watermark to reach end_offset */
    int64_t end_offset;
    int64_t records;
    struct produce_request *request;
};

struct waiter_ring {
    struct waiter *items;
    uint32_t head, count, capacity;
};

struct replica {
    int broker;
    int64_t leo;       /* relative: what this replica holds */
    int64_t hw;        /* relative: the high watermark as a follower knows it; kept if w->rack_aware */
    int64_t known_leo; /* what the leader knows it holds: the offset of its last fetch */
    sim_time caught_up_at; /* data time of the last fetch that had everything, or whose answer brought all there was then: */
    sim_time fetched_at;   /* the last fetch, */
    int64_t fetched_end;   /* and the leader's end at that time; relative */
    bool in_isr;
    bool adding;  /* reassignment.h: it comes in the place of another one */
    bool deposed; /* it led when its zone was cut off, and has not heard that another one does */
    int64_t unflushed; /* records appended since the last fsync; counted if any is waited for */
};

struct log_segment { /* closed */
    int64_t end; /* absolute: the offset after its last record */
    double bytes;
    sim_time newest; /* scenario's clock: when its newest record was sent */
};

struct log_segments {
    struct log_segment *closed; /* a ring, oldest first */
    uint32_t head, count, capacity;
    int64_t start; /* absolute: the log start offset */
    double closed_bytes, active_bytes;
    sim_time active_since, active_newest; /* scenario's clock: its oldest and newest record */
};

struct partition {
    int topic, index; /* index within the topic */
    int fetcher;      /* which of num.replica.fetchers fetches it */
    int leader;       /* slot in replicas[], or NO_SLOT */
    int replicas_n;
    struct replica replicas[REPLICAS_MAX]; /* preferred leader first */
    int64_t hw;           /* relative */
    int64_t base_offset;  /* absolute = relative + base_offset */
    struct logcurve log;  /* relative offsets and data-plane times */
    struct log_segments segments;
    struct { /* cleaner.h */
        int64_t to;     /* absolute: compacted up to here */
        double records; /* that are left of those, */
        double tombstones; /* some of which delete their key; */
        int64_t horizon_to; /* absolute: those up to here are gone by delete.retention.ms */
        struct cleaned_marks *marks; /* NULL: there are none */
        bool under_way;
    } cleaned;
    struct { /* tiered.h; absolute */
        int64_t copied_to;   /* what lies before is in the object store */
        int64_t local_start; /* and what lies before this is there alone; 0: all is local */
        double remote_only_bytes;
        bool copying, due;
    } tiered;
    double bytes_per_record; /* wire, over the last thousands of records */
    struct waiter_ring waiters;
    int64_t stable;    /* the last stable offset, relative; kept if a producer is transactional: */
    struct open_transaction *open_first, *open_last; /* by their first offset */
    int64_t reordered; /* records that came behind later ones of their producer */
};

enum { CACHE_MARKS = 128 };
struct cache_mark {
    sim_time at;
    double filled;
};

struct page_cache { /* disk.h */
    double bytes;
    sim_time since;      /* what came in before is gone */
    double filled_last;  /* bytes that ever came in, at the end of the last slice */
    double bytes_per_s;  /* smoothed over so many slices, and at most twenty: */
    int slices;
    struct cache_mark marks[CACHE_MARKS]; /* a ring, oldest first, at least so far apart: */
    sim_time apart;
    int head, count;
};

struct broker {
    int id, zone;
    bool up;      /* serving */
    bool fenced;  /* the controller knows that it is not */
    sim_time fenced_at; /* data: when it will, or came to know it */
    bool unclean, empty; /* it died uncleanly and has not replayed its logs; its disk is a new one */
    uint32_t epoch; /* grows when it goes down: what was under way on it is void */
    int held_down;  /* by so many faults: it is started again when the last lets go */
    bool leaving;   /* a controlled shutdown is under way, */
    struct controller_events *starts; /* and when it is over the broker is started; NULL: it is not */
    double slow_cpu, slow_disk, slow_network; /* so many times as slow as it should be; 1: it is not */
    struct pool cpu; /* its cores; threads on them: */
    struct pool network_threads, io_threads;
    sim_time *queued;   /* [queued_max] a ring: when each of the last requests left the request queue */
    int queued_max, queued_next;
    double blocked_ns;  /* time of network threads for which the request queue had no room */
    struct link network_in, network_out, disk;
    double reads_bytes;    /* of what the disk has to do: reads; the rest are writes, */
    sim_time reads_at;     /* as it was then */
    struct page_cache cache;
    struct { /* volume.h */
        double held_bytes, other_bytes; /* in all; of those, not logs */
        bool full;                      /* that is why it stopped, */
        sim_time full_at;               /* scenario's clock; the last time */
        struct controller_events *events;
    } volume;
    double appended_bytes; /* to its logs, as leader and follower */
    double cold_bytes;     /* read from disk */
    struct link disk_operations; /* operations as bytes */
    double operation_bytes;      /* at most, of a read */
    double burst_bytes, burst_sent_last; /* that the instance may still send above its baseline; bytes at the last slice */
    sim_time disk_write_ns, disk_read_ns; /* an operation's own time */
    struct rng stalls; /* broker_stalls.h */
    int64_t stalls_n;
    int *leads; /* partitions it leads, or is deposed of */
    int leads_n;
};

struct cluster {
    struct broker *brokers; /* [brokers_max] */
    int brokers_n;   /* that there are now: those with an id below it, */
    int brokers_max; /* and with those that faults may add */
    struct partition *partitions;
    int partitions_n;
    int topic_first[SCENARIO_TOPICS_MAX + 1]; /* partitions of topic t: topic_first[t] .. topic_first[t + 1] */
    double fullest_volume;                    /* share of it that is held, when last looked at */
    uint64_t leadership_epoch;                /* grows with every change of a leader */
    int cut_zone;       /* nothing passes between it and the others; NO_ZONE: all do, */
    sim_time cut_until; /* data: and what is sent meanwhile arrives after that */
    uint32_t cuts;      /* so many have begun or ended */
    const int64_t *mirrored; /* [partitions] absolute, while the region is lost: what another one has */
    bool from_mirror; /* while logs are cut to what another region has */
};

/* --- workload.c ------------------------------------------------------------------------------------- */

struct workload_stream {
    struct rng total, split;
    int64_t count;    /* records of the slice under way */
    int64_t jumped;   /* of the jump under way */
    int64_t *arrivals; /* [partitions of its topic] of the slice; NULL: records without a key, or nobody sends it */
    struct hot_records *hot; /* [hot_n] of those */
    int hot_n;
    double refused_share; /* of its records the registry refuses the schema; 0: of none */
    int64_t *refused;     /* and counts them here */
    double *shares;    /* the same: where some producers know of added partitions and others do not; NULL: none are ever added */
};

struct spike { /* of traffic */
    int stream; /* -1: all */
    double factor;
    sim_time from, to, ramp; /* calendar; it rises for so long after `from`, and falls for as long before `to` */
};
enum { SPIKES_MAX = 32 };

struct hot_key { /* hot_keys.h */
    int stream;    /* -1: all that have a key */
    int64_t rank;
    double share;  /* of the stream's records */
    sim_time from, to; /* calendar */
};
struct hot_records { /* of the slice under way */
    int key;         /* its place among followed keys */
    int64_t records;
};
enum { HOT_KEYS_MAX = 32, HOT_PARTS_MAX = 8 }; /* partitions that a key is split over */

struct late_flood { /* late_floods.h */
    int stream;   /* -1: all */
    double share; /* of its records */
    sim_time by;
    sim_time from, to; /* calendar */
};
enum { LATE_FLOODS_MAX = 32 };

struct workload {
    struct spike spikes[SPIKES_MAX];
    int spikes_n;
    struct hot_key hot[HOT_KEYS_MAX];
    int hot_n;
    struct late_flood floods[LATE_FLOODS_MAX];
    int floods_n;
    struct workload_stream streams[SCENARIO_STREAMS_MAX];
    struct rng cells, jumps;
    int64_t produced; /* of all slices begun: what the ledger holds everybody to */
    double raw_bytes; /* of those */
};

/* --- producer.c ------------------------------------------------------------------------------------- */

/* Why a producer gave records up: they found no room for max.block.ms, were not delivered in delivery.timeout.ms, or had been
 * sent `retries` times more; or the policy is to drop, or the spill was full or too slow; or it crashed, or none is there; or the registry
 * refused their schema. */
enum reject_reason {
    REJECT_BUFFER_FULL,
    REJECT_DELIVERY_TIMEOUT,
    REJECT_RETRIES,
    REJECT_DROPPED,
    REJECT_SPILL_FULL,
    REJECT_PRODUCER_GONE,
    REJECT_COLLECTOR_BUSY,
    REJECT_SCHEMA,
    REJECT_REASONS
};
extern const char *const reject_reason_names[REJECT_REASONS]; /* producer.c */

/* Records of one producer for one partition that have arrived, or will within the slice, and are not sent. */
struct cell {
    int32_t rem;     /* will arrive in (taken, end of the piece] */
    int32_t pending; /* have arrived, intended in [first, last] */
    int32_t outside; /* wait for room in the buffer, or in the spill, intended in [outside_first, outside_last] */
    int16_t leader;  /* the broker this producer believes to lead, or NO_BROKER */
    sim_time taken, first, last, outside_first, outside_last;
    sim_time fill_at;     /* when its batch will be full, */
    int32_t fill_records; /* with the so-manieth of rem; 0: not known */
    int32_t times_capacity, times_from;
    sim_time *times; /* RESOLUTION_RECORD: each pending record's own, in [times_from, times_from + pending); else NULL */
    sim_time came_in; /* when something last came in from outside */
};

struct arrival { /* RESOLUTION_RECORD */
    sim_time at;
    int32_t cell;
};

struct produce_part { /* the records of a request for one partition */
    int32_t partition;
    int32_t records;
    sim_time first, last; /* intended times */
    bool fresh;           /* counted in the request's fresh_records */
    bool appended;        /* by this or an earlier attempt */
    bool again;           /* some of it was sent before */
    int32_t attempts;     /* of sending it in earlier requests; counted if `retries` is a limit */
};

enum produce_state { PRODUCE_IN_FLIGHT, PRODUCE_TO_RETRY, PRODUCE_OVER };
/* Why a request failed, by the names of Kafka's errors; the last: its connection broke. */
enum produce_error {
    PRODUCE_NOT_LEADER_OR_FOLLOWER,
    PRODUCE_NOT_ENOUGH_REPLICAS,
    PRODUCE_REQUEST_TIMED_OUT,
    PRODUCE_NETWORK_EXCEPTION,
    PRODUCE_ERRORS
};
extern const char *const produce_error_names[PRODUCE_ERRORS]; /* producer.c */

struct produce_request {
    struct produce_connection *connection;
    struct produce_request *next_free;
    struct produce_request *before, *next; /* in the list of its state */
    enum produce_state state;
    int32_t attempt; /* of sending it, from 0 */
    int32_t events;  /* attempts at the broker, and answers, that are under way */
    int64_t records;
    int64_t fresh_records; /* those of batches that opened since the last drain, sent whole: */
    sim_time fresh_first, fresh_last; /* intended anywhere in here */
    int32_t batches;
    int32_t waiting; /* partitions whose high watermark has not reached it */
    double wire_bytes;
    struct produce_request *next_in_socket; /* it has arrived, and waits to be read: */
    double buffered_bytes; /* that have come in, */
    sim_time buffered_at;  /* by then */
    sim_time sent, oldest; /* oldest: the first intended time of what is to be sent again */
    int32_t answers;       /* the attempt that purgatory will answer */
    uint32_t failed_by;    /* bits of enum produce_error: why this attempt did */
    bool given_up; /* what no broker has in the end is rejected: */
    enum reject_reason given_up_for;
    int32_t parts_n, parts_capacity;
    struct produce_part *parts;
};

struct request_list {
    struct produce_request *first, *last;
};

struct produce_channel { /* broker_channel.h: a connection at its broker */
    struct produce_request *served; /* read and not answered: it is muted, */
    int32_t served_attempt;
    sim_time muted_until; /* and by a quota */
    bool unmutes;         /* an event comes then */
    struct produce_request *first, *last; /* in the socket */
    struct produce_request *arriving; /* of those, the first that is not in the receive buffer whole; what that holds: */
    double buffered_bytes;
};

struct produce_connection { /* one producer to one broker */
    struct producer *producer;
    int broker;
    struct produce_channel channel;
    int in_flight, in_flight_batches;
    bool wants;     /* a drain came while all in-flight slots were taken, */
    sim_time wants_since; /* and nothing was sent since */
    bool scheduled; /* a drain is on its way */
    bool phased;    /* it has sent before */
    int retries;    /* in a row: the back-off grows with them */
    bool flushes;   /* a transaction commits: what it has goes before that */
    struct request_list unanswered, again; /* in the order of sending */
    sim_time again_at;                     /* not before: back-off */
    struct event_handle drain;
    sim_time drains_at;
    bool open;            /* a batch is: */
    sim_time opened;      /* when its first record came */
    struct cell *opener;  /* where */
};

struct resent { /* of one producer's records in one partition: the oldest that wait were sent before, */
    int32_t records, attempts; /* so often at most */
};

struct sent_order { /* of one producer's records in one partition */
    sim_time appended_to; /* the latest intended time in the log */
    bool again;           /* records that were sent before wait in the cell */
};

struct pool_queues { /* what the adaptive choice goes by */
    bool any;      /* batches of records without a key wait in partitions' cells */
    sim_time told;
    int32_t *ids, *batches; /* room for [partitions_n] */
};

struct producer { /* one instance */
    struct world *world;
    int fleet; /* index into scenario.producers */
    int index; /* within the fleet */
    int zone;
    int away; /* by so many faults: it gets no traffic */
    int waits; /* of those, so often to return, for the schema registry */
    int partition_first, partitions_n; /* of its topic */
    struct cell *cells;                /* [partitions_n + 1]; the last one is for records without a key */
    struct produce_connection *connections; /* [brokers] */
    struct fifo cpu;  /* the sender's thread */
    double append_ns; /* work of the application's threads: serialising, partitioning, compressing */
    struct link network_out;
    sim_time oldest;         /* intended time of the oldest record that waits, as producers_note() saw it; SIM_NEVER: none does */
    int64_t fullest;         /* no cell can come to hold more in this piece; what comes back or in from outside lifts it */
    bool blocked;            /* the buffer is full, or something waits outside: */
    sim_time admitted_until; /* what was intended later waits; SIM_NEVER if not blocked */
    int64_t spilled;         /* of what waits outside, what the spill has; the rest came since the last look */
    struct partitioner *sticky; /* NULL: every record has a key */
    struct collector *collector;     /* NULL: records come to the producer as they are intended */
    bool started;                    /* of a fleet that scales: it is in service, or was until a fault */
    struct pool_queues *queues;      /* NULL: the choice for records without a key is uniform */
    struct transaction *transaction; /* NULL: not transactional */
    struct resent *resent;      /* [partitions_n + 1]; NULL: `retries` is no limit */
    struct sent_order *order;   /* [partitions_n]; NULL: idempotent, so the broker keeps them in order */
    uint64_t metadata_epoch;    /* of the cluster's leadership, as this producer last saw it */
    struct arrival *arrivals;   /* RESOLUTION_RECORD: of this slice, ascending */
    int32_t arrivals_n, arrivals_next, arrivals_capacity;
};

struct fleet {
    struct producer *instances;
    int n;
    struct producer **here; /* [here_n] those that get traffic */
    int here_n;
    double batch_records_max;  /* what batch.size holds */
    double *wire_bytes;        /* [WIRE_TABLE + 1]: of a batch of so many records */
    double cpu_ns_per_record;
    struct autoscaler *scaler; /* NULL: it does not scale */
    double event_bytes; /* of a record, uncompressed, in the mean over its streams' records in the run */
    int64_t *arrivals, *piece; /* [partitions of its topic + 1]: of the slice, and of its close-up; last: no key */
};

/* --- quota.c ---------------------------------------------------------------------------------------- */

enum { QUOTA_BYTES, QUOTA_THREADS, QUOTA_KINDS };
struct quota_bucket { /* per_ns 0: no quota */
    double per_ns, holds; /* it leaks so much, and holds so much at most */
    double level;
    sim_time at; /* when that was its level */
};
struct quota { /* of one client on one broker */
    struct quota_bucket buckets[QUOTA_KINDS];
    sim_time thread_mute_max;
};
struct throttled { /* weighted to calendar time */
    double requests, seconds;
};

/* --- replication.c ---------------------------------------------------------------------------------- */

struct fetcher_item {
    int32_t partition;
    int32_t slot;
    int64_t to; /* end of what the response under way carries */
    int64_t hw; /* the high watermark that it carries; if w->rack_aware */
};

struct fetcher { /* one follower from one leader */
    struct world *world;
    int follower, leader;
    enum fetch_state state;
    uint32_t epoch;
    bool timer_set;
    sim_time parked_at, ready_at;
    double response_bytes;
    double moved_bytes; /* of those, of replicas that are added */
    struct fetcher_item *items;
    int items_n, items_capacity, turn;
    int ready_n; /* items that had something when last looked at */
};

struct world {
    const struct blueprint *blueprint;
    const struct scenario *scenario;
    const struct calibration *calibration;
    struct arena *arena;
    uint64_t seed;
    enum resolution resolution;

    struct kernel data, calendar;
    sim_time skipped_ns, jumped_ns;
    sim_time slice_start, slice_end; /* calendar */
    sim_time piece_start, piece_end; /* data: the close-up of this slice */
    double fraction, weight;         /* f, and 1/f */
    sim_time logs_trimmed_at;        /* data */
    sim_time volumes_looked_at, volumes_look_at; /* calendar; the last time, and the next */

    struct cluster cluster;
    struct workload workload;
    struct fleet fleets[SCENARIO_PRODUCERS_MAX];
    struct group groups[SCENARIO_GROUPS_MAX];
    struct fetcher *fetchers; /* [(follower * brokers + leader) * num.replica.fetchers + fetcher] */
    bool rack_aware;          /* some group's is */
    struct quota *quotas;         /* [broker][producers, then groups]; NULL: nobody has one */
    struct throttled *throttled;  /* [producers, then groups] */
    struct processor *processors[SCENARIO_GROUPS_MAX]; /* NULL where the group does something else */
    struct writer *writers[SCENARIO_GROUPS_MAX];
    struct lake_feed *lake; /* NULL: nothing happens to tables but that groups write them */
    struct query_feed *queries; /* NULL: nobody asks */
    struct duplicates *duplicates; /* NULL: clients send no copies, and nobody looks for any */
    struct added_partitions *added; /* NULL: no partitions are added */
    struct undecodable *undecodable; /* NULL: no records were ever sent that nobody can decode */
    struct reassignment *reassignment; /* NULL: none is under way */
    struct tiered *tiered;    /* NULL: no topic is */
    struct cleaner *cleaner;  /* NULL: no topic is compacted */
    struct table_mode *table; /* NULL: nothing is jumped over */
    struct telemetry *telemetry;
    struct fault_log *fault_log;
    uint64_t represented; /* bit i: fault i is not simulated, others stand for it (table_strata.h) */

    struct produce_request *free_requests;
    int64_t waiting;     /* records that have come and are in no request, as producers_note() saw it */
    int64_t in_requests; /* records sent and not yet appended */
    int64_t rejected;    /* given up by their producer, which was told: the sum of */
    int64_t rejected_by[REJECT_REASONS];
    int64_t vanished;    /* sent with acks=0 to a broker that was gone: lost to every group */
    int64_t spilled;     /* records that went through a spill, or are in one */
    double spill_bytes_peak; /* of the fullest instance's */
    bool transactional;  /* some producer is */
    double transactions_committed, transactions_timed_out, committing_ns; /* weighted to calendar time; from commit to the next record sent */
    double requests_failed[PRODUCE_ERRORS], requests_retried; /* weighted to calendar time */
    struct rng sends;    /* which records a drain finds: cells split in time */
    double store_slow;         /* the object store takes so many times as long; 1: it does not */
    sim_time store_down_until; /* calendar: it answers 503 */
    int registry_down;         /* for so many faults there is no schema registry */
    int controller_absent;     /* for so many faults nobody is the controller */
    sim_time controller_since; /* data: the active one has been since */
    struct rng control;  /* heartbeat phases, back-offs */
};

static inline sim_time world_calendar(const struct world *w, sim_time data_time)
{
    return data_time + w->skipped_ns;
}

/* A calendar time on the scenario's own clock. */
static inline sim_time world_scenario_time(const struct world *w, sim_time calendar)
{
    return calendar + w->jumped_ns;
}

static inline void world_reject(struct world *w, enum reject_reason why, int64_t records)
{
    w->rejected += records;
    w->rejected_by[why] += records;
}

static inline sim_time world_now(const struct world *w)
{
    return w->data.now;
}

/* Is it apart from the other zones? */
static inline bool world_is_cut(const struct world *w, int zone)
{
    return zone == w->cluster.cut_zone;
}

static inline struct broker *partition_leader(struct world *w, const struct partition *p)
{
    return p->leader == NO_SLOT ? NULL : &w->cluster.brokers[p->replicas[p->leader].broker];
}

#endif
