/* watermark.c: see watermark.h. */
#include "watermark.h"

#include "arena.h"
#include "check.h"

#include <stddef.h>

void watermark_bounded_init(struct watermark_bounded *w, int64_t bound)
{
    CHECK(bound >= 0 && bound <= WATERMARK_TIME_MAX, "a bound of %lld", (long long)bound);
    w->bound = bound;
    w->max = WATERMARK_NONE + bound + 1; /* so that the first watermark is WATERMARK_NONE itself */
}

void watermark_idleness_init(struct watermark_idleness *w, int64_t timeout, int64_t now)
{
    CHECK(timeout > 0, "an idle timeout of %lld", (long long)timeout);
    w->timeout = timeout;
    w->active_at = now;
}

struct channel {
    int64_t watermark;
    bool idle;
    bool aligned; /* active, and has caught up with what the valve last gave out */
};

struct watermark_valve {
    int64_t last;
    bool idle;
    int32_t n;
    int32_t active_n;
    struct channel *channels;
};

struct watermark_valve *watermark_valve_new(struct arena *arena, int32_t channels)
{
    CHECK(channels >= 1, "a valve of %d channels", channels);
    struct watermark_valve *v = ARENA_NEW(arena, struct watermark_valve, 1);
    v->n = channels;
    v->channels = ARENA_NEW(arena, struct channel, (size_t)channels);
    watermark_valve_reset(v);
    return v;
}

void watermark_valve_reset(struct watermark_valve *v)
{
    v->last = WATERMARK_NONE;
    v->idle = false;
    v->active_n = v->n;
    for (int32_t i = 0; i < v->n; i++)
        v->channels[i] = (struct channel){WATERMARK_NONE, false, true};
}

static struct channel *channel_at(struct watermark_valve *v, int32_t channel)
{
    CHECK(channel >= 0 && channel < v->n, "channel %d of %d", channel, v->n);
    return &v->channels[channel];
}

static bool give(struct watermark_valve *v, int64_t watermark)
{
    if (watermark <= v->last) return false;
    v->last = watermark;
    return true;
}

static bool give_min_of_aligned(struct watermark_valve *v)
{
    int64_t min = INT64_MAX;
    bool any = false;
    for (int32_t i = 0; i < v->n; i++) {
        if (!v->channels[i].aligned) continue;
        any = true;
        if (v->channels[i].watermark < min) min = v->channels[i].watermark;
    }
    return any && give(v, min);
}

static bool give_max_of_all(struct watermark_valve *v)
{
    int64_t max = WATERMARK_NONE;
    for (int32_t i = 0; i < v->n; i++)
        if (v->channels[i].watermark > max) max = v->channels[i].watermark;
    return give(v, max);
}

static struct watermark_output output(const struct watermark_valve *v, bool advanced, bool status_changed)
{
    return (struct watermark_output){advanced, status_changed, v->idle, v->last};
}

struct watermark_output watermark_valve_advance(struct watermark_valve *v, int32_t channel, int64_t watermark)
{
    struct channel *c = channel_at(v, channel);
    if (v->idle || c->idle || watermark <= c->watermark) return output(v, false, false);
    c->watermark = watermark;
    if (!c->aligned && watermark >= v->last) c->aligned = true;
    return output(v, give_min_of_aligned(v), false);
}

struct watermark_output watermark_valve_idle(struct watermark_valve *v, int32_t channel)
{
    struct channel *c = channel_at(v, channel);
    if (c->idle) return output(v, false, false);
    c->idle = true;
    c->aligned = false;
    v->active_n--;
    bool held_back = c->watermark == v->last;
    if (v->active_n > 0) return output(v, held_back && give_min_of_aligned(v), false);
    /* Nobody is left to hold event time back, so it may come as far as anybody had seen. */
    bool advanced = held_back && give_max_of_all(v);
    v->idle = true;
    return output(v, advanced, true);
}

struct watermark_output watermark_valve_active(struct watermark_valve *v, int32_t channel)
{
    struct channel *c = channel_at(v, channel);
    if (!c->idle) return output(v, false, false);
    c->idle = false;
    v->active_n++;
    if (c->watermark >= v->last) c->aligned = true;
    bool status_changed = v->idle;
    v->idle = false;
    return output(v, false, status_changed);
}

int64_t watermark_valve_value(const struct watermark_valve *v)
{
    return v->last;
}

int64_t watermark_valve_channel(const struct watermark_valve *v, int32_t channel)
{
    CHECK(channel >= 0 && channel < v->n, "channel %d of %d", channel, v->n);
    return v->channels[channel].watermark;
}

bool watermark_valve_is_idle(const struct watermark_valve *v)
{
    return v->idle;
}
