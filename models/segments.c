/* segments.c: see segments.h. */
#include "segments.h"

#include <stdlib.h>

#include "check.h"
#include "group.h"
#include "log_cleaner.h"

static struct log_segment *closed_at(const struct log_segments *s, uint32_t i)
{
    return &s->closed[(s->head + i) & (s->capacity - 1)];
}

static void close_at(struct log_segments *s, int64_t end, double bytes, sim_time newest)
{
    if (s->count == s->capacity) {
        const uint32_t capacity = s->capacity ? s->capacity * 2 : 8;
        CHECK(capacity > s->capacity, "a log of %u segments", s->capacity);
        struct log_segment *closed = malloc(capacity * sizeof *closed);
        CHECK(closed, "no memory for %u segments", capacity);
        for (uint32_t i = 0; i < s->count; i++) closed[i] = *closed_at(s, i);
        free(s->closed);
        s->closed = closed;
        s->capacity = capacity;
        s->head = 0;
    }
    *closed_at(s, s->count++) = (struct log_segment){.end = end, .bytes = bytes, .newest = newest};
    s->closed_bytes += bytes;
}

static int64_t end_of(const struct partition *p)
{
    return logcurve_end(&p->log) + p->base_offset;
}

static int64_t begin_of(const struct log_segments *s, uint32_t i)
{
    return i == 0 ? s->start : closed_at(s, i - 1)->end;
}

/* The first closed one that ends after an offset; their number: none does. */
static uint32_t closed_after(const struct log_segments *s, int64_t offset)
{
    uint32_t low = 0, high = s->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (closed_at(s, middle)->end > offset)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Of n things between two offsets, those between two others. */
static double part_of(double n, int64_t begin, int64_t end, int64_t from, int64_t to)
{
    if (from < begin) from = begin;
    if (to > end) to = end;
    return to > from ? n * ((double)(to - from) / (double)(end - begin)) : 0;
}

double segments_bytes_between(const struct partition *p, int64_t from, int64_t to)
{
    const struct log_segments *s = &p->segments;
    const int64_t start = segments_local_start(p) + p->base_offset;
    double bytes = 0;
    if (from < start) from = start;
    uint32_t i = closed_after(s, from);
    for (; i < s->count && begin_of(s, i) < to; i++)
        bytes += part_of(closed_at(s, i)->bytes, begin_of(s, i), closed_at(s, i)->end, from, to);
    return i < s->count ? bytes : bytes + part_of(s->active_bytes, begin_of(s, i), end_of(p), from, to);
}

sim_time segments_time_at(const struct world *w, const struct partition *p, int64_t offset)
{
    const struct log_segments *s = &p->segments;
    const uint32_t i = closed_after(s, offset);
    const bool is_active = i == s->count;
    const int64_t begin = begin_of(s, i), end = is_active ? end_of(p) : closed_at(s, i)->end;
    const sim_time to = is_active ? world_scenario_time(w, w->calendar.now) : closed_at(s, i)->newest;
    const sim_time from = is_active ? s->active_since : i > 0 ? closed_at(s, i - 1)->newest : to;
    return offset <= begin || end <= begin ? from : offset >= end ? to : from + (sim_time)part_of((double)(to - from), begin, end, begin, offset);
}

void segments_prepend(const struct world *w, struct partition *p, int64_t records, double bytes, sim_time over_ns)
{
    struct log_segments *s = &p->segments;
    CHECK(s->start == 0 && p->tiered.local_start == 0, "records before a log that starts at %lld", (long long)s->start);
    const double segment_bytes = (double)w->scenario->topics[p->topic].segment_bytes;
    int64_t n = (int64_t)(bytes / segment_bytes) + 1;
    if (n > records) n = records;
    const struct log_segments after = *s;
    s->closed = NULL;
    s->head = s->count = s->capacity = 0;
    s->closed_bytes = 0;
    for (int64_t i = 1; i <= n; i++)
        close_at(s, records * i / n - records, bytes * (double)(records * i / n - records * (i - 1) / n) / (double)records,
                 -(sim_time)((double)over_ns * (double)(n - i) / (double)n));
    for (uint32_t i = 0; i < after.count; i++) close_at(s, closed_at(&after, i)->end, closed_at(&after, i)->bytes, closed_at(&after, i)->newest);
    free(after.closed);
    s->start = p->tiered.local_start = p->cleaned.to = -records;
}

static void empty_active(struct log_segments *s)
{
    s->active_bytes = 0;
    s->active_since = 0;
    s->active_newest = INT64_MIN;
}

void segments_roll(const struct world *w, struct partition *p)
{
    (void)w;
    struct log_segments *s = &p->segments;
    if (s->active_bytes <= 0) return; /* one batch may be larger than a segment */
    close_at(s, end_of(p), s->active_bytes, s->active_newest);
    empty_active(s);
}

void segments_pass(const struct world *w, struct partition *p, int64_t records, sim_time over_ns)
{
    struct log_segments *s = &p->segments;
    const struct scenario_topic *topic = &w->scenario->topics[p->topic];
    const sim_time from = world_scenario_time(w, w->slice_start);
    const double each = p->bytes_per_record, most = (double)topic->segment_bytes;
    const int64_t all = records;
    int64_t end = end_of(p);
    sim_time now = from;
    if (s->active_bytes > 0 && now - s->active_since > topic->segment_ns) segments_roll(w, p);
    while (s->active_bytes + (double)records * each > most) {
        int64_t fit = (int64_t)((most - s->active_bytes) / each);
        if (fit < 1 && s->active_bytes <= 0) fit = 1;
        end += fit;
        records -= fit;
        now = from + (sim_time)((double)over_ns * ((double)(all - records) / (double)all));
        close_at(s, end, s->active_bytes + (double)fit * each, now);
        empty_active(s);
    }
    if (records == 0) return;
    if (s->active_bytes <= 0) s->active_since = now;
    now = from + over_ns;
    s->active_bytes += (double)records * each;
    if (now > s->active_newest) s->active_newest = now;
}

/* Where the log was cleaned up to, only a part of that is left. */
static void keep_cleaned(struct partition *p, int64_t start, int64_t to)
{
    if (p->cleaned.to <= 0) return;
    if (to > p->cleaned.to) to = p->cleaned.to;
    const double left = to > start ? (double)(to - start) : 0;
    p->cleaned.records *= left / (double)(p->cleaned.to - p->segments.start);
    p->cleaned.tombstones *= left / (double)(p->cleaned.to - p->segments.start);
    p->cleaned.to = left > 0 ? to : 0;
}

void segments_truncate(struct partition *p, int64_t end)
{
    struct log_segments *s = &p->segments;
    CHECK(end >= s->start, "a log that starts at %lld is cut at %lld", (long long)s->start, (long long)end);
    if (end < p->cleaned.to) keep_cleaned(p, s->start, end);
    if (end < p->tiered.copied_to) p->tiered.copied_to = end;
    if (end < p->tiered.local_start) p->tiered.local_start = end;
    while (s->count > 0 && closed_at(s, s->count - 1)->end > end) { /* it is the active one again */
        const struct log_segment *last = closed_at(s, --s->count);
        s->closed_bytes -= last->bytes;
        s->active_bytes = last->bytes;
        s->active_since = s->active_newest = last->newest;
    }
    p->tiered.remote_only_bytes = 0;
    for (uint32_t i = 0; i < s->count && closed_at(s, i)->end <= p->tiered.local_start; i++)
        p->tiered.remote_only_bytes += closed_at(s, i)->bytes;
    const int64_t begin = s->count > 0 ? closed_at(s, s->count - 1)->end : s->start;
    const double kept = (double)(end - begin) * p->bytes_per_record;
    if (end == begin)
        empty_active(s);
    else if (kept < s->active_bytes)
        s->active_bytes = kept;
}

/* Neighbours become one where the cleaner's code puts them together. */
void segments_clean(const struct world *w, struct partition *p, int64_t to, double records, double bytes)
{
    enum { AT_ONCE = 64 };
    struct log_segments *s = &p->segments;
    struct log_cleaner_config config = log_cleaner_defaults();
    config.segment_bytes = w->scenario->topics[p->topic].segment_bytes;
    uint32_t n = 0, kept = 0;
    while (n < s->count && closed_at(s, n)->end <= to) n++;
    if (n == 0 || closed_at(s, n - 1)->end != to) return; /* it was cut, or deleted, meanwhile */
    const double each = bytes / (double)(to - s->start);
    double removed = 0;
    int64_t base = s->start;
    for (uint32_t i = 0; i < n;) {
        struct cleaner_segment looked[AT_ONCE];
        uint32_t some = 0;
        for (int64_t from = base; some < AT_ONCE && i + some < n; some++) {
            const struct log_segment *segment = closed_at(s, i + some);
            removed += segment->bytes;
            looked[some] = (struct cleaner_segment){.base_offset = from, .size_bytes = (size_t)((double)(segment->end - from) * each)};
            from = segment->end;
        }
        for (size_t first = 0, next; first < some; first = next) {
            next = log_cleaner_group_end(looked, some, first, &config, to);
            const struct log_segment last = *closed_at(s, i + (uint32_t)next - 1);
            *closed_at(s, kept++) = (struct log_segment){.end = last.end, .bytes = (double)(last.end - base) * each, .newest = last.newest};
            base = last.end;
        }
        i += some;
    }
    for (uint32_t i = 0; i < kept; i++) *closed_at(s, n - 1 - i) = *closed_at(s, kept - 1 - i);
    s->head += n - kept;
    s->count -= n - kept;
    s->closed_bytes += bytes - removed;
    p->cleaned.to = to;
    p->cleaned.records = records;
}

/* --- Retention --------------------------------------------------------------------------------------- */

static bool goes(const struct scenario_topic *topic, const struct partition *p, sim_time now)
{
    const struct log_segments *s = &p->segments;
    if (!(topic->cleanup_policy & CLEANUP_DELETE)) return false;
    if (topic->remote_storage_enable && s->count > 0 && closed_at(s, 0)->end > p->tiered.copied_to) return false;
    if (s->count == 0 || closed_at(s, 0)->end > p->hw + p->base_offset) return false;
    if (topic->retention_ns > 0 && now - closed_at(s, 0)->newest > topic->retention_ns) return true;
    return topic->retention_bytes >= 0 && segments_bytes(p) - closed_at(s, 0)->bytes >= (double)topic->retention_bytes;
}

/* Copied segments go from the brokers: those older than local retention, and those without which enough is local. */
static void expire_local(const struct scenario_topic *topic, struct partition *p, sim_time now)
{
    const struct log_segments *s = &p->segments;
    if (!topic->remote_storage_enable) return;
    for (uint32_t i = 0; i < s->count && closed_at(s, i)->end <= p->tiered.copied_to; i++) {
        const struct log_segment *segment = closed_at(s, i);
        if (segment->end <= p->tiered.local_start) continue;
        const bool old = topic->local_retention_ns > 0 && now - segment->newest > topic->local_retention_ns;
        const bool more = topic->local_retention_bytes >= 0 && segments_local_bytes(p) - segment->bytes >= (double)topic->local_retention_bytes;
        if (!old && !more) return;
        p->tiered.local_start = segment->end;
        p->tiered.remote_only_bytes += segment->bytes;
    }
}

void segments_expire(struct world *w)
{
    const sim_time now = world_scenario_time(w, w->calendar.now);
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        struct partition *p = &w->cluster.partitions[i];
        struct log_segments *s = &p->segments;
        const struct scenario_topic *topic = &w->scenario->topics[p->topic];
        const bool deletes = topic->cleanup_policy & CLEANUP_DELETE;
        if (deletes && s->active_bytes > 0 && topic->retention_ns > 0 && now - s->active_newest > topic->retention_ns) segments_roll(w, p);
        const int64_t start = s->start;
        while (goes(topic, p, now)) {
            keep_cleaned(p, closed_at(s, 0)->end, INT64_MAX);
            s->start = closed_at(s, 0)->end;
            s->closed_bytes -= closed_at(s, 0)->bytes;
            if (s->start <= p->tiered.local_start) p->tiered.remote_only_bytes -= closed_at(s, 0)->bytes;
            s->head++;
            s->count--;
        }
        if (s->count == 0) s->closed_bytes = 0; /* no rounding is left over */
        if (s->start >= p->tiered.local_start) p->tiered.remote_only_bytes = 0;
        expire_local(topic, p, now);
        if (s->start > start) groups_on_log_start(w, p);
    }
}

static void check(struct kernel *k, void *world, int64_t unused)
{
    (void)unused;
    struct world *w = world;
    segments_expire(w);
    kernel_after(k, w->scenario->cluster.config.log_retention_check_interval_ns, 2, check, w, 0);
}

void segments_init(struct world *w)
{
    for (int i = 0; i < w->cluster.partitions_n; i++) empty_active(&w->cluster.partitions[i].segments);
    kernel_after(&w->calendar, w->scenario->cluster.config.log_retention_check_interval_ns, 2, check, w, 0);
}

void segments_free(struct partition *p)
{
    free(p->segments.closed);
}
