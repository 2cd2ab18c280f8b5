/* cell.c: records of one producer for one partition, waiting; see cell.h. */
#include "cell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "memory.h"

enum { ORDER_DRAWN_MAX = 32 };

const sim_time *cell_times(const struct cell *c)
{
    return c->times + c->times_from;
}

/* Room for `extra` more times in front of those there are, or behind them. Where there is none, as much again is made: a time
 * is moved a few times in its life, whatever waits with it. */
static void reserve(struct cell *c, int32_t extra, bool in_front)
{
    const int64_t free_behind = (int64_t)c->times_capacity - c->times_from - c->pending;
    if (in_front ? c->times_from >= extra : free_behind >= extra) return;
    const int64_t room = c->pending / 2 + extra + 8, in_all = c->pending + 2 * room;
    CHECK(in_all <= INT32_MAX, "%d records wait for one partition", c->pending);
    sim_time *times = c->times;
    if (in_all > c->times_capacity) {
        times = memory_resize(NULL, (size_t)in_all, sizeof *times);
        c->times_capacity = (int32_t)in_all;
    }
    if (c->pending > 0) memmove(times + room, cell_times(c), (size_t)c->pending * sizeof *times);
    if (times != c->times) free(c->times);
    c->times = times;
    c->times_from = (int32_t)room;
}

sim_time *cell_append(struct cell *c, int32_t n)
{
    reserve(c, n, false);
    return c->times + c->times_from + c->pending;
}

void cell_remove_oldest(struct cell *c, int32_t n)
{
    c->times_from += n;
    c->pending -= n;
    if (c->pending > 0) c->first = *cell_times(c);
}

/* n records of one time, behind those of that time and before later ones; the shorter side makes way. */
static void insert(struct cell *c, sim_time at, int32_t n)
{
    int32_t low = 0, high = c->pending;
    while (low < high) {
        const int32_t middle = low + (high - low) / 2;
        if (cell_times(c)[middle] <= at) low = middle + 1;
        else high = middle;
    }
    const bool in_front = low < c->pending / 2;
    reserve(c, n, in_front);
    sim_time *old = c->times + c->times_from;
    if (in_front) {
        memmove(old - n, old, (size_t)low * sizeof *old);
        c->times_from -= n;
    } else {
        memmove(old + low + n, old + low, (size_t)(c->pending - low) * sizeof *old);
    }
    for (int32_t i = 0; i < n; i++) c->times[c->times_from + low + i] = at;
}

/* What has arrived until t is pending from now on. Its times are uniform over the whole stretch in which they could have come,
 * [since, t]: since the open batch's first record, or the last time the cell was looked at. That stretch must not depend
 * on which of its pieces brought a record. What is still to come comes until `end`. */
void cell_take(struct world *w, struct cell *c, sim_time since, sim_time t,
                        sim_time end)
{
    if (t <= c->taken || w->resolution == RESOLUTION_RECORD) return;
    if (c->pending > 0 && c->last == c->taken) c->last = t;
    if (c->rem > 0) {
        int32_t n = c->rem;
        if (t < end && c->fill_records == 0) {
            n = (int32_t)rng_binomial(&w->sends, n, (double)(t - c->taken) / (double)(end - c->taken));
        } else if (t < end && t < c->fill_at) {
            n = (int32_t)rng_binomial(&w->sends, c->fill_records - 1,
                                      (double)(t - c->taken) / (double)(c->fill_at - c->taken));
        } else if (t < end) {
            double later = (double)(t - c->fill_at) / (double)(end - c->fill_at);
            n = c->fill_records + (int32_t)rng_binomial(&w->sends, n - c->fill_records, later);
        }
        c->fill_records = 0;
        if (n > 0) {
            if (c->pending == 0) c->first = since < c->taken ? since : c->taken;
            c->pending += n;
            c->rem -= n;
            c->last = t;
        }
    }
    c->taken = t;
}

/* n records find no room in the buffer. */
void cell_wait_outside(struct cell *c, int32_t n, sim_time first, sim_time last)
{
    if (n == 0) return;
    if (c->outside == 0) c->outside_first = first;
    c->outside_last = last;
    c->outside += n;
}

/* What has arrived until t finds no room; what is still to come comes until `end`. */
void cell_pass_outside(struct world *w, struct cell *c, sim_time t, sim_time end)
{
    if (t <= c->taken) return;
    int32_t n = c->rem;
    if (t < end) n = (int32_t)rng_binomial(&w->sends, n, (double)(t - c->taken) / (double)(end - c->taken));
    c->fill_records = 0;
    c->rem -= n;
    cell_wait_outside(c, n, c->taken, t);
    c->taken = t;
}

void cell_refuse_newest(struct cell *c, int32_t n)
{
    if (n == 0) return;
    c->outside_last -= (sim_time)((double)(c->outside_last - c->outside_first) * n / c->outside);
    c->outside -= n;
}

/* The oldest n of those that wait come in. */
void cell_come_in(struct world *w, struct cell *c, int32_t n)
{
    if (n == 0) return;
    double step = (double)(c->outside_last - c->outside_first) / c->outside;
    sim_time last = c->outside_first + (sim_time)(step * n);
    if (w->resolution == RESOLUTION_RECORD) { /* evenly: each one's own time was not kept outside */
        sim_time *times = cell_append(c, n);
        for (int32_t i = 0; i < n; i++) times[i] = c->outside_first + (sim_time)(step * i);
    }
    if (c->pending == 0) c->first = c->outside_first;
    c->pending += n;
    c->last = last;
    c->outside -= n;
    c->outside_first = last;
    c->came_in = w->data.now;
}

void cell_put_back(struct world *w, struct cell *c, const struct produce_part *part)
{
    if (w->resolution == RESOLUTION_RECORD) insert(c, part->first, part->records); /* one part a record here */
    if (c->pending == 0 || part->first < c->first) c->first = part->first;
    if (c->pending == 0 || part->last > c->last) c->last = part->last;
    c->pending += part->records;
}

void cell_hand_over(struct world *w, struct cell *from, struct cell *to, int32_t n)
{
    if (w->resolution == RESOLUTION_RECORD) {
        for (int32_t i = 0; i < n; i++)
            cell_put_back(w, to, &(struct produce_part){.records = 1, .first = cell_times(from)[i], .last = cell_times(from)[i]});
        cell_remove_oldest(from, n);
        return;
    }
    const sim_time last = from->first + (sim_time)((double)(from->last - from->first) * n / from->pending);
    cell_put_back(w, to, &(struct produce_part){.records = n, .first = from->first, .last = last});
    from->pending -= n;
    from->first = last;
}

/* Gives up what is older than `before`; returns how many records. */
int64_t cell_expire(struct world *w, struct cell *c, sim_time before)
{
    if (c->pending == 0 || c->first >= before || c->came_in >= before) return 0;
    int32_t n;
    if (w->resolution == RESOLUTION_RECORD) {
        for (n = 0; n < c->pending && cell_times(c)[n] < before; n++) continue;
        cell_remove_oldest(c, n);
    } else {
        n = c->last <= before ? c->pending
                              : (int32_t)((double)c->pending * ((double)(before - c->first) / (double)(c->last - c->first)));
        c->pending -= n;
    }
    c->first = before;
    return n;
}

/* The greatest of n independent times, uniform in [0, span]; of many, its mean. */
sim_time cell_greatest(struct world *w, sim_time span, int32_t n)
{
    if (n > ORDER_DRAWN_MAX) return span - span / (n + 1);
    double u = rng_uniform(&w->sends);
    return (sim_time)((double)span * (n == 1 ? u : exp(log(u) / n)));
}
