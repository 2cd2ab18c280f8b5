/* segments.h: the segments of a partition's log, and what retention removes of them (cleaner.h: what compaction does).
 *
 * A log is written to its active segment, which is closed when a batch would pass segment.bytes or its oldest record is
 * segment.ms old. Every log.retention.check.interval.ms whole segments go, oldest first: those whose newest record is older
 * than retention.ms, and those without which the log still holds retention.bytes; nothing above the high watermark. The
 * log start offset moves to the end of the last one that went. (Kafka: UnifiedLog.deleteOldSegments, LogSegment.shouldRoll.)
 *
 * A group that has not read what went finds its position out of range when it fetches next: auto.offset.reset says where it
 * goes on (fetch.h), and what it passes over is lost to it. Consumers at the tail notice nothing.
 *
 * A log begins the run empty, with every group at its end: what was there before is nobody's to read.
 *
 * Offsets are absolute here, and times on the scenario's clock, so skips and jumps leave them as they are; what they
 * pass by is written to segments in one piece. Bytes are those on the wire. The first check is one interval after the start.
 * Replicas roll and delete as their leader does. Errors: bugs only. Memory: malloc, 24 bytes a segment retained;
 * segments_free() gives it back. Cost: two comparisons a batch; a check walks the partitions.
 */
#ifndef HEADROOM_MODELS_SEGMENTS_H
#define HEADROOM_MODELS_SEGMENTS_H

#include "world.h"

void segments_init(struct world *w);
void segments_free(struct partition *p);

/* Segments past their retention go: at every check, and where the scenario's clock was moved on past some. */
void segments_expire(struct world *w);

/* The active segment is closed where the log ends. */
void segments_roll(const struct world *w, struct partition *p);

/* Before a batch is appended whose newest record was sent at `newest`, of the data plane. */
static inline void segments_append(const struct world *w, struct partition *p, double bytes, sim_time newest)
{
    struct log_segments *s = &p->segments;
    const struct scenario_topic *topic = &w->scenario->topics[p->topic];
    newest += w->skipped_ns + w->jumped_ns;
    if (s->active_bytes + bytes > (double)topic->segment_bytes || newest - s->active_since > topic->segment_ns)
        segments_roll(w, p);
    if (s->active_bytes <= 0) s->active_since = newest;
    s->active_bytes += bytes;
    if (newest > s->active_newest) s->active_newest = newest;
}

/* So many records are about to be passed by, evenly over so long from the slice on (a jump), or at once (a skip). */
void segments_pass(const struct world *w, struct partition *p, int64_t records, sim_time over_ns);
/* What lies before `to` (absolute, where a closed segment ends) is so many records and bytes now, in fewer segments. */
void segments_clean(const struct world *w, struct partition *p, int64_t to, double records, double bytes);
/* The log ends at `end` (absolute) now. */
void segments_truncate(struct partition *p, int64_t end);
/* Before its first record there were others, evenly over so long before the run; a log of which nothing was deleted. */
void segments_prepend(const struct world *w, struct partition *p, int64_t records, double bytes, sim_time over_ns);
/* Of what is on the brokers between two offsets (absolute). */
double segments_bytes_between(const struct partition *p, int64_t from, int64_t to);
/* About when a record (absolute) was sent, on the scenario's clock. */
sim_time segments_time_at(const struct world *w, const struct partition *p, int64_t offset);

static inline const struct log_segment *segments_closed(const struct partition *p, uint32_t i)
{
    const struct log_segments *s = &p->segments;
    return &s->closed[(s->head + i) & (s->capacity - 1)];
}

/* Bytes of the log, from its start to its end. */
static inline double segments_bytes(const struct partition *p)
{
    return p->segments.closed_bytes + p->segments.active_bytes;
}

/* Of those, on the brokers. */
static inline double segments_local_bytes(const struct partition *p)
{
    return segments_bytes(p) - p->tiered.remote_only_bytes;
}

/* Where that begins, relative as positions are. */
static inline int64_t segments_local_start(const struct partition *p)
{
    return (p->tiered.local_start > p->segments.start ? p->tiered.local_start : p->segments.start) - p->base_offset;
}

/* The log start offset, relative as positions are. */
static inline int64_t segments_start(const struct partition *p)
{
    return p->segments.start - p->base_offset;
}

#endif
