/* logcurve.h: offset against time, for the log of one partition. Everything else is a cursor on it.
 *
 *   offset
 *     ^                      ____ end
 *     |              ___----/        a knot = one piece of records [end of the piece before, end_offset):
 *     |         __--/                intended send times linear from first_ns to last_ns,
 *     |  ------/                     all appended at appended_ns, bytes_per_record each on the wire
 *     +--|------------------------> time
 *      start
 *
 * Log end, followers, high watermark, a group's position and its commit are offsets on the curve: lag is
 * the vertical distance of two of them, freshness the horizontal one.
 *
 * Rules. Record j (from 0) of a piece of n has intended time first + (last - first) * j / (n - 1), to the
 * nanosecond; n = 1 has last_ns. A log is appended in order: an appended_ns before the one of the last
 * knot is lifted to it. Intended times need no order. Cutting a piece (walk, truncate) interpolates its
 * times, so they are within 1 ns a cut. Knots are held relative to a base, so a shift of the whole curve
 * is O(1).
 *
 * Errors: offsets outside [start, end], n < 1 in append, bytes < 0: bugs (CHECK). Ownership:
 * logcurve_init() allocates nothing; the ring of 48-byte knots is malloc'ed and doubles; logcurve_free()
 * frees it. Cost: append O(1) amortised; a walk from a cursor O(1) to find its place and O(1) a piece;
 * other lookups O(log knots).
 */
#ifndef HEADROOM_SIM_LOGCURVE_H
#define HEADROOM_SIM_LOGCURVE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim_time.h"

/* As stored: relative to the curve's bases. Read it through the functions. */
struct logcurve_knot {
    int64_t end_offset;
    sim_time first_ns, last_ns;
    sim_time appended_ns;    /* of the last record of what was merged */
    sim_time append_span_ns; /* the first was appended so much before */
    double bytes_per_record;
};

struct logcurve {
    struct logcurve_knot *ring; /* [capacity], a power of two */
    uint32_t capacity, count;
    uint32_t head;      /* number of the first knot; they are numbered in order, index = number % capacity */
    uint32_t coalesced; /* leading knots that the last coalesce() left with nothing to merge */
    int64_t start, end; /* relative */
    int64_t base_offset;
    sim_time base_time;
    sim_time coalesced_tolerance_ns;
};

/* An offset that remembers its knot. Setting .offset by hand is allowed at any time: a wrong hint costs a
 * search. */
struct logcurve_cursor {
    int64_t offset;
    uint32_t knot;
};

struct logcurve_piece {
    int64_t offset, n; /* records [offset, offset + n) */
    sim_time first_ns, last_ns, appended_ns;
    double bytes;
};

struct logcurve_walk {
    const struct logcurve *curve;
    struct logcurve_cursor *cursor; /* or NULL */
    int64_t at, to;                 /* relative */
    uint32_t knot;
};

void logcurve_init(struct logcurve *); /* empty, start = end = 0 */
void logcurve_free(struct logcurve *);

void logcurve_append(struct logcurve *, int64_t n, sim_time first_ns, sim_time last_ns, sim_time appended_ns,
                     double bytes_per_record);
static inline int64_t logcurve_start(const struct logcurve *c)
{
    return c->start + c->base_offset;
}

static inline int64_t logcurve_end(const struct logcurve *c)
{
    return c->end + c->base_offset;
}

uint32_t logcurve_knots(const struct logcurve *);

/* Forgets the pieces wholly below offset; start becomes the beginning of the first piece kept, so it may
 * stay a little below offset. An offset at or past the end forgets everything: start = end. */
void logcurve_trim(struct logcurve *, int64_t offset);
/* Drops everything at and above offset (an unreplicated tail); offset in [start, end]. */
void logcurve_truncate(struct logcurve *, int64_t offset);
/* Merges neighbouring pieces wholly below before_offset while the merged piece's intended times span <=
 * tolerance_ns and so do its append times. A record's intended time then moves by at most tolerance_ns,
 * however often this is called; its append time moves later by at most that; bytes of a merged piece are
 * kept. Merge what is replicated and read: after truncating inside a merged piece the bound holds anew for
 * what is left of it, on top of the old one. */
void logcurve_coalesce(struct logcurve *, int64_t before_offset, sim_time tolerance_ns);
/* A skip: all offsets (start and end too) grow by `offsets` and all times by `time`. Cursors are the
 * caller's to move. */
void logcurve_shift(struct logcurve *, int64_t offsets, sim_time time);

/* The pieces of [from, to), cut exactly to it; start <= from <= to <= end. The curve may be appended to
 * during a walk, and nothing else.
 *     struct logcurve_walk w = logcurve_walk(c, from, to); struct logcurve_piece p;
 *     while (logcurve_next(&w, &p)) ... */
struct logcurve_walk logcurve_walk(const struct logcurve *, int64_t from, int64_t to);
/* From the cursor to `to`; the cursor always stands at the first record not yet handed out, and at `to` in
 * the end. */
struct logcurve_walk logcurve_walk_cursor(const struct logcurve *, struct logcurve_cursor *, int64_t to);
bool logcurve_next(struct logcurve_walk *, struct logcurve_piece *);

/* Of one record; start <= offset < end. */
sim_time logcurve_time_at(const struct logcurve *, int64_t offset); /* its intended send time */
sim_time logcurve_appended_at(const struct logcurve *, int64_t offset);
/* The first offset appended after time, or the end: what a retention by time may trim to, and where a
 * group starting at a timestamp begins. */
int64_t logcurve_offset_after(const struct logcurve *, sim_time time);
/* The same, with the append times of a merged piece taken to be linear: no bound, but nearer. */
int64_t logcurve_offset_by(const struct logcurve *, sim_time time);
double logcurve_bytes(const struct logcurve *, int64_t from, int64_t to);

#endif
