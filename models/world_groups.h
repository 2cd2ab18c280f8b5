/* world_groups.h: the state of consumer groups, a part of the world (world.h); group.h and fetch.h say what happens to it. */
#ifndef HEADROOM_MODELS_WORLD_GROUPS_H
#define HEADROOM_MODELS_WORLD_GROUPS_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel.h"
#include "logcurve.h"
#include "resource.h"
#include "rng.h"
#include "scenario.h"

struct world;

/* Why a group never sees records that were acknowledged. group_lost_names[] in group.h says what the record calls them. */
enum lost_reason {
    LOST_IN_HAND,      /* committed before they were processed, under at-most-once */
    LOST_LEADER,       /* the replica that led on did not have them */
    LOST_REGION,       /* the mirror did not have them yet */
    LOST_RETENTION,    /* deleted before they were read */
    LOST_OFFSET_RESET, /* the rest of a backlog that auto.offset.reset=latest passed over */
    LOST_COMPACTED,    /* a later record of their key had taken their place (cleaner.h) */
    LOST_SHED,         /* passed over by a group that was too far behind (sink.h) */
    LOST_DEAD_LETTER,  /* put aside: it killed its consumers (poison.h), or could not be decoded (undecodable.h) */
    LOST_UNDECODABLE,  /* or was skipped for that */
    LOST_ABORTED,      /* in a transaction that was aborted, to those who read committed records */
    LOST_REASONS
};

struct group_partition {
    struct consumer *consumer;      /* NULL: nobody reads it now */
    struct consumer *target;        /* whose it is by the last assignment */
    bool withheld;                  /* cooperative: whoever is to get it gets it with the next rebalance */
    const struct consumer *state_at;    /* in whose memory its state is; NULL: in nobody's */
    const struct consumer *restored_at; /* who has it, or will, from the last checkpoint, and does not read yet */
    struct consumer *ghost;         /* held by a process before this one, until its session is over */
    struct fetch_session *session;  /* NULL: nobody reads it, or it has no leader */
    struct logcurve_cursor position; /* processed up to here; relative */
    int64_t processing_to;          /* handed to the consumer's thread */
    int64_t fetched_to;             /* fetched */
    int64_t furthest;               /* the furthest ever processed; relative */
    int64_t committed;              /* absolute */
    sim_time processed_through;     /* data: when the last record processed was intended */
    sim_time progress;              /* calendar: what was intended before has been processed */
    int64_t delivered, duplicated;
    int64_t deduplicated; /* sent twice by its producer, and removed (duplicates.h) */
    int64_t lost, lost_by[LOST_REASONS]; /* lost is their sum */
    struct passed_over *passed; /* which of the newest are lost so (passed_over.h); NULL: none */
    double shed_part; /* of a record that is still to be kept (sink.h) */
    double undecodable_part; /* of one that could not be decoded (undecodable.h) */
    double reordered; /* expected: processed before earlier records of their key */
    bool untouched; /* added, and nobody has read it: there is no committed offset */
    sim_time stopped_since; /* calendar: nobody reads it; SIM_NEVER: somebody does, or nobody has yet */
    int64_t gone; /* of those lost: deleted above all that it has fetched, and not passed over yet */
};

enum fetch_state { FETCH_IDLE, FETCH_TRAVELS, FETCH_PARKED, FETCH_RETURNS, FETCH_BUFFERED };
struct fetch_session { /* one consumer to one broker */
    struct consumer *consumer;
    int broker;
    enum fetch_state state;
    uint32_t epoch;
    bool timer_set;
    bool phased; /* it has waited before */
    sim_time muted_until; /* by a quota */
    sim_time parked_at, ready_at;
    double available_bytes; /* parked: what there is by now */
    int ready_n;            /* partitions that had something when last looked at */
    double response_bytes;
    int64_t response_records;
    double remote_bytes; /* of those: read from the object store, */
    int64_t remote_records;
    int remote_turn;     /* one after the partition that was */
    bool taken_up; /* its first records are being processed */
    int *partitions; /* indices in the topic */
    int partitions_n, partitions_capacity;
};

enum member_state {
    MEMBER_GONE,    /* the coordinator does not know it */
    MEMBER_STABLE,  /* has what it was assigned, as far as it knows */
    MEMBER_TOLD,    /* is to join again, at its next poll */
    MEMBER_JOINING, /* its request to join is under way */
    MEMBER_JOINED,  /* waits for its assignment */
};
struct consumer { /* one thread of one instance */
    struct group *group;
    int index, instance, zone;
    bool alive;   /* its process runs */
    enum member_state member;
    bool ghost;   /* a process before this one is still a member: its session is not over */
    bool must_poll; /* what its membership asks for happens at its next poll */
    bool watched;   /* an event looks whether it polls within max.poll.interval.ms */
    bool asleep;    /* it did not, and is no member until its batch is done: */
    struct unpolled *unpolled; /* that batch */
    int unpolled_n;
    bool scheduled; /* KIP-848: its next heartbeat is an event */
    bool asking;    /* for the offsets of what it was assigned */
    sim_time restored_by; /* data: when it has all the state that it has asked a checkpoint for */
    bool returns;   /* a static member that was away, and whose session is not over */
    int64_t call;   /* of the exchange with the coordinator under way; an earlier one's answers are void */
    sim_time heartbeat_phase; /* calendar */
    struct event_handle expiry; /* of its session */
    sim_time *noticed;          /* whoever wants to know when a death is noticed */
    uint32_t epoch; /* grows when what it holds is dropped */
    struct fifo cpu;
    bool busy;
    struct fetch_session *sessions; /* [brokers] */
    struct fetch_session **buffered; /* [brokers]: responses to process, a ring */
    uint32_t buffered_head, buffered_n;
    int *processing; /* [partitions]: of the batch in hand */
    int processing_n;
    int64_t processing_records;
    sim_time processing_from;
    bool commit_due; /* its automatic commit is, at its next poll */
    bool unled;      /* some partition of it has no leader */
    sim_time committed_at; /* calendar */
    struct event_handle commit_timer;
    bool waits; /* to be started, for the schema registry */
    bool poisoned; /* it dies of what it has taken up (poison.h) */
    bool refused; /* its batch in hand is processed, and its sink does not take it */
    sim_time write_until, write_ns; /* its latest write to the sink: when that is done, and how long it takes of its connection */
    double write_work_ns;           /* as if it was full */
};

struct group_lag { /* group_lag.h; ages are of the oldest unread record, ns */
    int64_t peak, peak_of_partition, end;
    int peak_partition; /* the one with the most, at the peak; -1: there was no lag */
    double peak_skew;   /* at the peak: the largest over the mean */
    sim_time peak_age, end_age;
    sim_time behind_since; /* calendar; SIM_NEVER: it is not */
    int last_behind;       /* the partition with the oldest unread record, since it is */
    sim_time longest;      /* that it was behind, and is no more */
    int longest_partition; /* the last one then; -1: none had a lag */
    double stopped_ns;     /* of partitions that nobody read, until somebody did again */
};

struct sink { /* sink.h */
    struct pool connections;
    double times; /* as slow as it is */
    double work_ns;
    bool down;
    event_fn *written;
};

enum commits { COMMIT_TOGETHER, COMMIT_AUTO, COMMIT_BATCH }; /* group_commit.c */
enum group_phase { GROUP_EMPTY, GROUP_PREPARING, GROUP_COMPLETING, GROUP_STABLE };
struct group {
    struct world *world;
    int index; /* in the scenario */
    const struct scenario_group *config;
    struct consumer *consumers;
    int consumers_n;
    struct link *instance_network;      /* [instances] */
    struct group_partition *partitions; /* [partitions of its topic] */
    int partition_first, partitions_n;
    int partitions_known; /* to those who assign them: the first so many */
    bool running; /* has an assignment */
    bool paused;  /* its members poll, and are given nothing */
    bool rack_aware; /* reads from the closest replica (closest.h) */
    bool died;    /* auto.offset.reset=none found a position out of range: it runs no more */
    int64_t out_of_range; /* positions that were, by partition and time */
    struct sink *sink;    /* NULL: none */
    struct poison *poison; /* NULL: none */
    enum commits commits;
    event_fn *commit_answered;
    const char **member_ids;   /* [consumers] */
    enum group_phase phase;    /* classic */
    bool initial;              /* classic: group.initial.rebalance.delay.ms is under way */
    bool joined_meanwhile;     /* a member has joined in it */
    sim_time initial_left;     /* of max.poll.interval.ms, beyond it */
    int64_t generation;        /* of the assignment; of the rebalance under way */
    struct event_handle deadline; /* classic: of the rebalance under way */
    sim_time rebalance_began;  /* calendar; SIM_NEVER: none is under way */
    sim_time restore_ns;       /* while it restarts: that members take to get their state back before they read */
    int *session_room;         /* [partitions] */
    int instances_n, in_service; /* at most, and now: the first so many */
    struct group_scaling *scaling; /* NULL: it does not scale */
    double processed;          /* records, on the data plane */
    int asleep_n;              /* of its consumers */
    sim_time hangs_ns;         /* each record takes so much longer */
    int64_t overslept;         /* times that one was put out for not polling */
    int64_t rebalances;
    sim_time rebalance_last_ns, rebalance_longest_ns; /* from its cause to the last member's assignment */
    sim_time rebalancing_ns; /* all of them */
    struct group_lag lag;
    double cpu_ns_per_record, cpu_ns_per_byte, cpu_ns_per_request, cpu_ns_per_batch;
    struct rng phases; /* of its sessions' waiting */
    int64_t reprocessed; /* read again under exactly-once: seen by nobody */
};

#endif
