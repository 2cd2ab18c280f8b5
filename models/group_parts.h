/* group_parts.h: what the group's files share, and nobody else sees. */
#ifndef HEADROOM_MODELS_GROUP_PARTS_H
#define HEADROOM_MODELS_GROUP_PARTS_H

#include "world.h"

static inline struct partition *group_partition_of(const struct group *g, int index)
{
    return &g->world->cluster.partitions[g->partition_first + index];
}

/* --- group.c: who reads what ----------------------------------------------------------------------------- */

/* Its consumer gives the partition up in order: commits first, and reads it no longer. */
void group_take(struct group *g, int index);
/* From now on the consumer reads it, from what was committed. Nobody did. */
void group_give(struct group *g, int index, struct consumer *c);

/* It gives up everything at once, whatever it has in hand. */
void group_stop_reading(struct consumer *c);

/* Nobody reads it, from what was committed on. */
void group_abandon(struct group *g, int index);
/* Its sessions hold nothing, and ask for nothing. */
void group_reset_sessions(struct consumer *c);

/* --- group_offsets.c ------------------------------------------------------------------------------------- */

/* The batch in hand and what was fetched are forgotten. */
void group_drop_work(struct consumer *c);
/* A partition whose consumer is gone is read again from what was committed. */
void group_rewind(struct group *g, int index, bool clean);

/* --- group_commit.c -------------------------------------------------------------------------------------- */

void group_commit_consumer(struct consumer *c); /* now, all that it processed */
/* A consumer's process starts, or ends. */
void group_commit_starts(struct consumer *c);
void group_commit_stops(struct consumer *c);

/* --- group_state.c --------------------------------------------------------------------------------------- */

/* At the beginning of a run. */
void group_state_is_where_it_is_read(struct group *g);
/* A partition's state is in no member's memory any more. */
void group_state_gone(struct group *g, int index);
/* Would the member have to get it from a checkpoint, and has not? */
bool group_state_has_to_come(const struct group *g, int index, const struct consumer *c);
/* The member gets what it needs of the partitions that it is to read; takes so long. */
sim_time group_state_restore(struct consumer *c);
/* The member reads the partition from now on. */
void group_state_arrives(struct group *g, int index, const struct consumer *c);

/* --- group_assign.c -------------------------------------------------------------------------------------- */

/* Every partition's target anew, by the group's assignor: one of the members whose state is `from` or later. None: NULL. */
void group_assign(struct group *g, enum member_state from);

/* --- group_membership.c: members and their coordinator, whatever the protocol ---------------------------- */

/* Calendar. Timers go by it; what is under way between a member and the coordinator is the data plane's, which is simulated
 * whole while a group is not settled. */
sim_time group_now(const struct group *g);
struct event_handle group_timer(struct group *g, sim_time at, event_fn *run, void *context, int64_t argument);
sim_time group_next_heartbeat(const struct consumer *c);

/* One way between a member and the group's coordinator. */
sim_time group_hop_ns(const struct consumer *c);
/* The coordinator takes up a request now; when its answer leaves. */
sim_time group_coordinator_serves(struct group *g, int partitions);
/* The same, and writes what it decided to the offsets topic, with all its replicas. */
sim_time group_coordinator_writes(struct group *g);

/* Asks to join, or to join again. */
void group_join(struct consumer *c);
/* The member asks for the offsets of what it was assigned `after` so long, and then reads it. */
void group_ask_offsets(struct consumer *c, sim_time after);
/* Every partition that is its target's, and free, is given to it. */
void group_give_targets(struct consumer *c);
/* The coordinator forgets a member; it has left. */
void group_forget_member(struct consumer *c);
void group_member_left(struct consumer *c);
/* A rebalance has begun, or a cause for another has come. */
void group_note_rebalance(struct group *g);
/* Has it ended? */
void group_note_settled(struct group *g);

/* --- group_classic.c, group_consumer.c: the two protocols ------------------------------------------------ */

/* A member's request to join is at the coordinator. */
void classic_joined(struct consumer *c);
/* Members have gone: the others are to share what they had. */
void classic_changed(struct group *g);
/* A former process's session is over: nobody need wait for it. */
void classic_session_over(struct group *g);
/* The member polls, and there is something to do. */
void classic_polls(struct consumer *c);
/* It has its assignment. */
void classic_assigned(struct consumer *c);

/* The topic has more partitions: the leader learns of it `after` so long. */
void classic_partitions_added(struct group *g, sim_time after);

/* The coordinator knows at once. */
void consumer_partitions_added(struct group *g);
void consumer_joined(struct consumer *c);
void consumer_changed(struct group *g);
void consumer_session_over(struct group *g);
void consumer_polls(struct consumer *c);
void consumer_assigned(struct consumer *c);

#endif
