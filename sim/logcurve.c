/* logcurve.c: see the header for the rules. Offsets and times named rel_* are relative to the curve's
 * bases. */
#include "logcurve.h"

#include <stdlib.h>

#include "check.h"

/* i counts from the first knot. */
static struct logcurve_knot *knot_at(const struct logcurve *c, uint32_t i)
{
    return &c->ring[(c->head + i) & (c->capacity - 1)];
}

static int64_t begin_of(const struct logcurve *c, uint32_t i)
{
    return i == 0 ? c->start : knot_at(c, i - 1)->end_offset;
}

void logcurve_init(struct logcurve *c)
{
    *c = (struct logcurve){0};
}

void logcurve_free(struct logcurve *c)
{
    free(c->ring);
    logcurve_init(c);
}

static void grow(struct logcurve *c)
{
    CHECK(c->capacity <= 1u << 29, "log curve: %u knots", c->capacity);
    const uint32_t capacity = c->capacity ? c->capacity * 2 : 8;
    struct logcurve_knot *ring = malloc(capacity * sizeof(*ring));
    CHECK(ring != NULL, "log curve: no memory for %u knots", capacity);
    for (uint32_t i = 0; i < c->count; i++)
        ring[(c->head + i) & (capacity - 1)] = *knot_at(c, i);
    free(c->ring);
    c->ring = ring;
    c->capacity = capacity;
}

void logcurve_append(struct logcurve *c, int64_t n, sim_time first_ns, sim_time last_ns, sim_time appended_ns,
                     double bytes_per_record)
{
    const int64_t end = c->end;
    CHECK(n >= 1 && n <= INT64_MAX / 2 - end, "log curve: appending %lld records at %lld", (long long)n,
          (long long)end);
    CHECK(bytes_per_record >= 0, "log curve: %g bytes a record", bytes_per_record);
    if (c->count == c->capacity) grow(c);
    struct logcurve_knot knot = {
        .end_offset = end + n,
        .first_ns = (n == 1 ? last_ns : first_ns) - c->base_time,
        .last_ns = last_ns - c->base_time,
        .appended_ns = appended_ns - c->base_time,
        .bytes_per_record = bytes_per_record,
    };
    if (c->count > 0 && knot_at(c, c->count - 1)->appended_ns > knot.appended_ns)
        knot.appended_ns = knot_at(c, c->count - 1)->appended_ns;
    *knot_at(c, c->count++) = knot;
    c->end = knot.end_offset;
}

uint32_t logcurve_knots(const struct logcurve *c)
{
    return c->count;
}

/* How many knots, from the first, lie wholly below rel; it is also the number of the knot that holds rel. */
static uint32_t knots_below(const struct logcurve *c, int64_t rel)
{
    uint32_t low = 0, high = c->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (knot_at(c, middle)->end_offset <= rel)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The knot that holds rel < end, which most often is the one hinted at or the next. */
static uint32_t locate(const struct logcurve *c, int64_t rel, uint32_t hint)
{
    for (uint32_t i = hint - c->head, tries = 0; i < c->count && tries < 2; i++, tries++)
        if (begin_of(c, i) <= rel && rel < knot_at(c, i)->end_offset) return i;
    return knots_below(c, rel);
}

static sim_time time_in(const struct logcurve_knot *knot, int64_t begin, int64_t rel)
{
    const int64_t last = knot->end_offset - begin - 1;
    const int64_t j = rel - begin;
    if (j == last) return knot->last_ns;
    /* In double: the product of a span in ns and a count does not fit an int64_t. */
    const double share = (double)j / (double)last;
    return knot->first_ns + (sim_time)((double)(knot->last_ns - knot->first_ns) * share);
}

void logcurve_trim(struct logcurve *c, int64_t offset)
{
    const uint32_t gone = knots_below(c, offset - c->base_offset);
    c->start = begin_of(c, gone);
    c->head += gone;
    c->count -= gone;
    c->coalesced = c->coalesced > gone ? c->coalesced - gone : 0;
}

void logcurve_truncate(struct logcurve *c, int64_t offset)
{
    const int64_t rel = offset - c->base_offset;
    CHECK(rel >= c->start && rel <= c->end, "log curve: truncating %lld..%lld at %lld",
          (long long)logcurve_start(c), (long long)logcurve_end(c), (long long)offset);
    uint32_t kept = knots_below(c, rel);
    const int64_t begin = begin_of(c, kept);
    if (rel > begin) {
        struct logcurve_knot *knot = knot_at(c, kept++);
        knot->last_ns = time_in(knot, begin, rel - 1);
        knot->end_offset = rel;
    }
    c->count = kept;
    c->end = rel;
    if (c->coalesced > kept) c->coalesced = kept;
}

static sim_time earlier(sim_time a, sim_time b)
{
    return a < b ? a : b;
}

static sim_time later(sim_time a, sim_time b)
{
    return a > b ? a : b;
}

/* `next` into `knot`, which begins at begin. A piece's records all have their true times between its ends,
 * so a merged span within the tolerance bounds every record's error, however many merges made it. */
static bool merge(struct logcurve_knot *knot, int64_t begin, const struct logcurve_knot *next,
                  sim_time tolerance_ns)
{
    const sim_time low =
        earlier(earlier(knot->first_ns, knot->last_ns), earlier(next->first_ns, next->last_ns));
    const sim_time high = later(later(knot->first_ns, knot->last_ns), later(next->first_ns, next->last_ns));
    const sim_time append_span_ns = next->appended_ns - knot->appended_ns + knot->append_span_ns;
    if (high - low > tolerance_ns || append_span_ns > tolerance_ns) return false;
    const double bytes = (double)(knot->end_offset - begin) * knot->bytes_per_record +
                         (double)(next->end_offset - knot->end_offset) * next->bytes_per_record;
    *knot = (struct logcurve_knot){
        .end_offset = next->end_offset,
        .first_ns = low,
        .last_ns = high,
        .appended_ns = next->appended_ns,
        .append_span_ns = append_span_ns,
        .bytes_per_record = bytes / (double)(next->end_offset - begin),
    };
    return true;
}

void logcurve_coalesce(struct logcurve *c, int64_t before_offset, sim_time tolerance_ns)
{
    CHECK(tolerance_ns >= 0, "log curve: tolerance of %lld ns", (long long)tolerance_ns);
    if (tolerance_ns != c->coalesced_tolerance_ns) c->coalesced = 0;
    c->coalesced_tolerance_ns = tolerance_ns;
    const uint32_t limit = knots_below(c, before_offset - c->base_offset);
    if (limit <= c->coalesced || limit == 0) return;
    uint32_t last = c->coalesced > 0 ? c->coalesced - 1 : 0;
    for (uint32_t i = last + 1; i < limit; i++) {
        if (merge(knot_at(c, last), begin_of(c, last), knot_at(c, i), tolerance_ns)) continue;
        last++;
        *knot_at(c, last) = *knot_at(c, i);
    }
    const uint32_t kept = last + 1, gap = limit - kept, after = c->count - limit;
    c->coalesced = kept;
    c->count -= gap;
    /* The gap closes from the side with fewer knots to move. */
    if (gap > 0 && after <= kept) {
        for (uint32_t i = 0; i < after; i++)
            *knot_at(c, kept + i) = *knot_at(c, limit + i);
    } else if (gap > 0) {
        for (uint32_t i = kept; i-- > 0;)
            *knot_at(c, i + gap) = *knot_at(c, i);
        c->head += gap;
    }
}

void logcurve_shift(struct logcurve *c, int64_t offsets, sim_time time)
{
    c->base_offset += offsets;
    c->base_time += time;
}

static struct logcurve_walk walk_from(const struct logcurve *c, struct logcurve_cursor *cursor, int64_t from,
                                      int64_t to, uint32_t hint)
{
    const int64_t rel_from = from - c->base_offset, rel_to = to - c->base_offset;
    CHECK(rel_from >= c->start && rel_from <= rel_to && rel_to <= c->end,
          "log curve: walking %lld..%lld of %lld..%lld", (long long)from, (long long)to,
          (long long)logcurve_start(c), (long long)logcurve_end(c));
    return (struct logcurve_walk){c, cursor, rel_from, rel_to, hint};
}

struct logcurve_walk logcurve_walk(const struct logcurve *c, int64_t from, int64_t to)
{
    /* A hint before the first knot is no knot's number: the first step searches. */
    return walk_from(c, NULL, from, to, c->head - 1);
}

struct logcurve_walk logcurve_walk_cursor(const struct logcurve *c, struct logcurve_cursor *cursor,
                                          int64_t to)
{
    return walk_from(c, cursor, cursor->offset, to, cursor->knot);
}

bool logcurve_next(struct logcurve_walk *w, struct logcurve_piece *piece)
{
    if (w->at >= w->to) return false;
    const struct logcurve *c = w->curve;
    const uint32_t i = locate(c, w->at, w->knot);
    const struct logcurve_knot *knot = knot_at(c, i);
    const int64_t begin = begin_of(c, i);
    const int64_t end = knot->end_offset < w->to ? knot->end_offset : w->to;
    *piece = (struct logcurve_piece){
        .offset = w->at + c->base_offset,
        .n = end - w->at,
        .first_ns = (w->at == begin ? knot->first_ns : time_in(knot, begin, w->at)) + c->base_time,
        .last_ns = time_in(knot, begin, end - 1) + c->base_time,
        .appended_ns = knot->appended_ns + c->base_time,
        .bytes = (double)(end - w->at) * knot->bytes_per_record,
    };
    w->at = end;
    w->knot = c->head + i + (end == knot->end_offset);
    if (w->cursor != NULL) *w->cursor = (struct logcurve_cursor){end + c->base_offset, w->knot};
    return true;
}

static uint32_t knot_of(const struct logcurve *c, int64_t offset)
{
    const int64_t rel = offset - c->base_offset;
    CHECK(rel >= c->start && rel < c->end, "log curve: offset %lld of %lld..%lld", (long long)offset,
          (long long)logcurve_start(c), (long long)logcurve_end(c));
    return knots_below(c, rel);
}

sim_time logcurve_time_at(const struct logcurve *c, int64_t offset)
{
    const uint32_t i = knot_of(c, offset);
    return time_in(knot_at(c, i), begin_of(c, i), offset - c->base_offset) + c->base_time;
}

sim_time logcurve_appended_at(const struct logcurve *c, int64_t offset)
{
    return knot_at(c, knot_of(c, offset))->appended_ns + c->base_time;
}

/* The first knot appended after a time. */
static uint32_t knot_after(const struct logcurve *c, sim_time rel)
{
    uint32_t low = 0, high = c->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (knot_at(c, middle)->appended_ns <= rel)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int64_t logcurve_offset_after(const struct logcurve *c, sim_time time)
{
    return begin_of(c, knot_after(c, time - c->base_time)) + c->base_offset;
}

int64_t logcurve_offset_by(const struct logcurve *c, sim_time time)
{
    const uint32_t i = knot_after(c, time - c->base_time);
    const int64_t begin = begin_of(c, i);
    if (i == c->count) return begin + c->base_offset;
    const struct logcurve_knot *knot = knot_at(c, i);
    const sim_time since = time - c->base_time - (knot->appended_ns - knot->append_span_ns);
    if (knot->append_span_ns <= 0 || since < 0) return begin + c->base_offset;
    const double part = (double)since / (double)knot->append_span_ns;
    return begin + 1 + (int64_t)(part * (double)(knot->end_offset - begin - 1)) + c->base_offset;
}

double logcurve_bytes(const struct logcurve *c, int64_t from, int64_t to)
{
    struct logcurve_walk w = logcurve_walk(c, from, to);
    struct logcurve_piece piece;
    double bytes = 0;
    while (logcurve_next(&w, &piece))
        bytes += piece.bytes;
    return bytes;
}
