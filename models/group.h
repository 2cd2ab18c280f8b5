/* group.h: consumer groups: members, assignment, positions, commits, crash and restart.
 *
 * Every thread is a consumer, and a member of its group. Members come, go and fall silent; the group's protocol says how the
 * others learn of it, and the real assignors from paths/ share the partitions out:
 *
 *     classic   With its next heartbeat every member is told to join again, which it does at its next poll. Eager assignors
 *               (range, roundrobin, sticky): everything is given up first. Cooperative-sticky: members read on, and what is to
 *               move is given up after a first rebalance and taken over in a second. It waits for the last member, or for
 *               max.poll.interval.ms; a group that was empty waits group.initial.rebalance.delay.ms for more members.
 *     consumer  KIP-848: the coordinator assigns. Each member learns its part with its next heartbeat, and only what moves
 *               stops.
 *
 * A member whose process died is one until session.timeout.ms have passed since its last heartbeat, and others wait for it:
 * its partitions under `consumer`, the whole rebalance under `classic`, even where its successor has joined. A static member
 * (group.instance.id) comes back to what it had, without a rebalance. Fetching and processing are in fetch.c.
 *
 * Delivery. A record is delivered to a group when its consumer has processed it for the first time. A group that restarts
 * or loses a member reads again from what it committed: under at-least-once those records are `duplicated`; under
 * exactly-once nobody sees the first attempt; under at-most-once offsets are committed when records are handed out, and what
 * was in hand is `lost`. Records that were acknowledged and are gone before they were read are
 * `lost`, and so is the rest of a backlog that auto.offset.reset=latest passes over; enum lost_reason says why.
 */
#ifndef HEADROOM_MODELS_GROUP_H
#define HEADROOM_MODELS_GROUP_H

#include "world.h"

/* "retention"; of reasons that a scenario's records name. */
extern const char *const group_lost_names[LOST_REASONS];

void groups_init(struct world *w);
void group_rebuild_sessions(struct group *g);

/* What the cluster tells: so many records more may be read, by those with isolation.level read_committed or by the others (by all
 * if no producer is transactional); a log was cut from old_end to new_end, of which `acknowledged` records had been; records are in
 * the log and will be appended once more. */
void groups_on_readable(struct world *w, struct partition *p, int64_t grown, bool committed);
void groups_on_truncate(struct world *w, struct partition *p, int64_t old_end, int64_t new_end, int64_t acknowledged);
/* All that groups made of records from here on is gone with the region; what they read of it was not read. Before the log is cut. */
void groups_on_region_lost(struct world *w, struct partition *p, int64_t end);
void groups_on_duplicate(struct world *w, struct partition *p, int64_t records);
/* Records were acknowledged, and will be in no log that anybody reads. */
void groups_on_lost(struct world *w, const struct partition *p, int64_t records);
/* Retention has moved the log start offset: what was deleted unread is lost. */
void groups_on_log_start(struct world *w, struct partition *p);

/* A fetch asks for a position that is no longer in the log (OFFSET_OUT_OF_RANGE). Where nothing of the partition is in hand
 * the group goes on where auto.offset.reset says: at the log start, or at the high watermark; or it dies of it. Returns
 * false if it does not go on now. */
bool group_reset_offset(struct group *g, int partition);

/* So many records are lost to the group, which had not delivered them (or takes them back from delivered itself). */
static inline void group_lose(struct group_partition *gp, enum lost_reason reason, int64_t records)
{
    gp->lost += records;
    gp->lost_by[reason] += records;
}

/* The next records of a partition are passed over unprocessed, to `to`: what had not been delivered is lost. Nothing of the
 * partition is in hand. */
void group_pass_over(struct group *g, int partition, int64_t to, enum lost_reason reason);

/* All that was processed is committed now. */
void group_commit(struct group *g);
/* Its consumers commit from now on, as its settings say (group_commit.c). */
void group_commits_init(struct group *g);
/* A consumer polls, and its automatic commit is due. */
void group_commit_polls(struct consumer *c);
/* A consumer that is done with a batch commits, and does nothing until it is answered. */
void group_commit_sync(struct consumer *c, event_fn *answered);
/* All members stop; clean: after committing what they processed. */
void group_stop(struct group *g, bool clean);
/* Members that are away join (again); `restore` is how long they take to get their state back before they read. */
void group_start(struct group *g, sim_time restore);
/* One instance dies, and is started again. *noticed, if it was SIM_NEVER: when the coordinator has noticed. */
void group_crash_instance(struct group *g, int instance, sim_time *noticed);
/* It leaves in order: commits what it processed, closes its files, and says so, unless its members are static. */
void group_leave_instance(struct group *g, int instance);
void group_return_instance(struct group *g, int instance);
/* An instance in a zone that is cut off: when its sessions will be over, on the calendar; and that they are. What it did not commit
 * is read again by others; group_return_instance() when it hears of them. */
sim_time group_instance_expires(const struct group *g, int instance);
void group_expel_instance(struct group *g, int instance, sim_time *noticed);
/* Is some member's zone cut off? */
bool group_is_cut(const struct group *g);
/* Those that waited for it are started. */
void group_registry_is_back(struct group *g);
/* A consumer that has something to do for its membership (must_poll) is done with what it had in hand. */
void group_polls(struct consumer *c);

/* group_autoscale.c. Instances in the mean, as they are billed, and at most. */
void group_autoscale_init(struct group *g);
double group_instances_mean(const struct group *g);
int group_instances_peak(const struct group *g);
static inline int group_threads(const struct group *g) { return g->in_service * g->config->threads; }
/* Do all consumers' processes run, of instances that are in service? */
static inline bool group_has_all(const struct group *g)
{
    for (int i = 0; i < group_threads(g); i++)
        if (!g->consumers[i].alive) return false;
    return true;
}

/* A batch is in hand, to be done when? Who does not poll within max.poll.interval.ms leaves the group, and what it had is read
 * by others from what was committed; when it has done with its batch, whose records have been processed all the same, it joins
 * anew. `done` SIM_NEVER: not known yet. */
void group_watch_poll(struct consumer *c, sim_time now, sim_time done);
void group_wakes(struct consumer *c);

/* Is every partition read by whom it is assigned to, and nobody on his way in or out? */
bool group_is_settled(const struct group *g);

/* Records readable or soon to be that the group has not processed: of one partition, and of all. */
int64_t group_partition_lag(const struct group *g, int partition);
int64_t group_lag(const struct group *g);
/* The age of the oldest record of a partition that is in the log and not processed, since it was appended: what a producer
 * held back is not its readers' lag. 0: there is none. */
sim_time group_partition_age(const struct group *g, int partition);
/* Is the log start past what has been fetched of some partition? Its next fetch finds out. Nothing is skipped until then: a skip
 * moves positions and leaves the log start, and what was lost would be read all the same. */
bool group_is_out_of_range(const struct group *g);
/* Is anything unread that was appended longer than `age` ago, a position out of range, or the group not settled? */
bool group_is_behind(const struct group *g, sim_time age);
/* Or that was intended longer than `age` ago, whoever held it back? */
bool group_reads_old(const struct group *g, sim_time age);

/* Each slice: how far the group has come in calendar time, and log pieces that nobody needs any more. */
void group_note_progress(struct group *g);
void groups_trim_logs(struct world *w);

#endif
