/* passed_over.c: a short list of ranges, the oldest first; see the header. */
#include "passed_over.h"

#include <string.h>

#include "arena.h"
#include "check.h"
#include "group.h"

enum { RANGES = 32 };

struct passed_range {
    int64_t from, to;
    int64_t records; /* at most to - from: there may be others between them */
    enum lost_reason reason;
};

struct passed_over {
    struct passed_range ranges[RANGES];
    int n;
};

/* Room for one more: the oldest two of one reason become one, or the oldest is forgotten. */
static void make_room(struct passed_over *passed)
{
    int first = 0;
    while (first + 1 < passed->n && passed->ranges[first].reason != passed->ranges[first + 1].reason) first++;
    if (first + 1 < passed->n) {
        passed->ranges[first + 1].from = passed->ranges[first].from;
        passed->ranges[first + 1].records += passed->ranges[first].records;
    } else {
        first = 0;
    }
    passed->n--;
    memmove(&passed->ranges[first], &passed->ranges[first + 1], (size_t)(passed->n - first) * sizeof passed->ranges[0]);
}

void passed_over_lose(struct world *w, struct group_partition *gp, int64_t from, int64_t to, enum lost_reason reason)
{
    passed_over_lose_some(w, gp, from, to, to - from, reason);
}

void passed_over_lose_some(struct world *w, struct group_partition *gp, int64_t from, int64_t to, int64_t records, enum lost_reason reason)
{
    CHECK(to > from && records > 0 && records <= to - from, "%lld of records %lld .. %lld are passed over", (long long)records,
          (long long)from, (long long)to);
    group_lose(gp, reason, records);
    if (!gp->passed) gp->passed = ARENA_NEW(w->arena, struct passed_over, 1);
    struct passed_over *passed = gp->passed;
    struct passed_range *last = passed->n > 0 ? &passed->ranges[passed->n - 1] : NULL;
    if (last && last->to == from && last->reason == reason) {
        last->to = to;
        last->records += records;
        return;
    }
    if (passed->n == RANGES) make_room(passed);
    passed->ranges[passed->n++] = (struct passed_range){from, to, records, reason};
}

/* What lies before the newest range is not kept apart: it is as good as forgotten. */
void passed_over_lose_delivered(struct world *w, struct group_partition *gp, int64_t from, int64_t records, enum lost_reason reason)
{
    const struct passed_over *passed = gp->passed;
    if (passed && passed->n > 0 && passed->ranges[passed->n - 1].to > from) from = passed->ranges[passed->n - 1].to;
    const int64_t left = gp->furthest - from, some = left < records ? left : records;
    if (some > 0) passed_over_lose_some(w, gp, from, gp->furthest, some, reason);
    group_lose(gp, reason, records - (some > 0 ? some : 0));
}

int64_t passed_over_cut(struct group_partition *gp, int64_t end)
{
    int64_t all = 0;
    if (!gp->passed) return 0;
    while (gp->passed->n > 0) {
        struct passed_range *last = &gp->passed->ranges[gp->passed->n - 1];
        if (last->to <= end) break;
        const int64_t kept = last->from >= end ? 0 : (int64_t)((double)last->records * (double)(end - last->from) / (double)(last->to - last->from));
        const int64_t cut = last->records - kept;
        group_lose(gp, last->reason, -cut);
        all += cut;
        last->to = end;
        last->records = kept;
        if (kept > 0) break;
        gp->passed->n--;
    }
    return all;
}
