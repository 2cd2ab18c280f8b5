/* processor_visible.c: state, checkpoints, and when results are visible; see processor_parts.h. */
#include "processor_parts.h"

#include "duplicates.h"
#include "memory.h"
#include "telemetry.h"

/* Committing a checkpoint after its state is stored: a round through coordinator and sink. */
static const sim_time COMMIT_NS = 50 * SIM_MS;

struct result *processor_add_result(struct processor *p, sim_time from, sim_time length)
{
    if (p->results_n == p->results_capacity) {
        int capacity = p->results_capacity ? 2 * p->results_capacity : 256;
        p->results = memory_resize(p->results, (size_t)capacity, sizeof *p->results);
        p->results_capacity = capacity;
    }
    struct result *r = &p->results[p->results_n++];
    *r = (struct result){.fired = p->now_fires, .from = from, .length = length};
    return r;
}

static void give_out(struct processor *p, const struct result *r, sim_time visible)
{
    for (int b = 0; b < PROCESSOR_BINS; b++) {
        if (r->bins[b] <= 0) continue;
        telemetry_visible(p->group->world, p->group->index, visible, r->from + r->length * b / PROCESSOR_BINS,
                          r->from + r->length * (b + 1) / PROCESSOR_BINS, r->bins[b]);
    }
}

/* Of windows that follow each other, as many as are open of the fullest so far; of others what the operators hold. */
static double window_bytes(const struct processor *p)
{
    if (p->keyed) return processor_keyed_state_bytes(p);
    const struct scenario_group *config = processor_config(p);
    if (p->window.kind == WINDOW_TUMBLING) {
        double open = (double)(config->window.size_ns + config->window.out_of_orderness_ns + config->window.allowed_lateness_ns) /
                      (double)config->window.size_ns;
        return (double)window_snapshot_bytes_for(&p->window, (size_t)(p->keys_in_window * open), (size_t)open);
    }
    size_t keys = 0, windows = 0;
    for (int i = 0; i < p->group->partitions_n; i++) {
        keys += window_state_keys(p->partitions[i].operator);
        windows += window_state_windows(p->partitions[i].operator);
    }
    const double weight = p->panes_on_time > 0 ? p->weighted_panes / (double)p->panes_on_time : 1;
    return (double)window_snapshot_bytes_for(&p->window, (size_t)((double)keys * weight), windows);
}

static double state_bytes(const struct processor *p)
{
    double bytes = window_bytes(p);
    for (int i = 0; i < p->group->partitions_n; i++) bytes += duplicates_state_bytes(p->group, i);
    return bytes;
}

static sim_time checkpoint_ns(const struct processor *p)
{
    const struct calibration_latency *l = &p->group->world->calibration->latency;
    double each = state_bytes(p) / group_threads(p->group);
    return (sim_time)(l->object_put_p50_ns + each / l->object_put_bytes_per_s * 1e9) + COMMIT_NS;
}

sim_time processor_restore_ns(const struct group *g)
{
    const struct processor *p = g->world->processors[g->index];
    const struct calibration_latency *l = &g->world->calibration->latency;
    double each = state_bytes(p) / group_threads(g);
    return (sim_time)(l->object_get_first_byte_p50_ns + each / l->object_get_bytes_per_s * 1e9);
}

/* Windows are on partitions as their keys are. */
double processor_restored_bytes(const struct group *g, const struct consumer *c)
{
    const struct processor *p = g->world->processors[g->index];
    double keys = 0, its = 0, bytes = 0;
    int partitions = 0;
    for (int i = 0; i < g->partitions_n; i++) {
        const double here = p->partitions[i].plugged ? 0 : (double)window_state_keys(p->partitions[i].operator);
        keys += here;
        if (g->partitions[i].restored_at != c) continue;
        its += here;
        bytes += duplicates_state_bytes(g, i);
        partitions++;
    }
    return bytes + window_bytes(p) * (keys > 0 ? its / keys : (double)partitions / g->partitions_n);
}

static bool rereads(const struct group *g)
{
    for (int i = 0; i < g->partitions_n; i++) {
        if (g->partitions[i].position.offset < g->partitions[i].furthest) return true;
    }
    return false;
}

static sim_time fired_through(const struct processor *p)
{
    sim_time least = SIM_NEVER;
    for (int i = 0; i < p->group->partitions_n; i++) {
        if (p->partitions[i].fired_through < least) least = p->partitions[i].fired_through;
    }
    if (!p->keyed || p->partitions[0].plugged == NULL) return least;
    /* A plugin may keep to itself what our own has given out by then. */
    const sim_time withheld = processor_keyed_withheld(p, least);
    return withheld <= least ? withheld - 1 : least;
}

static void release(struct processor *p, sim_time fired_until, sim_time visible)
{
    if (p->keyed) processor_keyed_release(p, fired_until, visible);
    int kept = 0;
    for (int i = 0; i < p->results_n; i++) {
        if (p->results[i].fired <= fired_until)
            give_out(p, &p->results[i], visible < p->results[i].fired ? p->results[i].fired : visible);
        else
            p->results[kept++] = p->results[i];
    }
    p->results_n = kept;
}

void processor_make_visible(struct processor *p)
{
    struct group *g = p->group;
    struct world *w = g->world;
    if (processor_config(p)->checkpoint_ns <= 0 || processor_config(p)->delivery != DELIVERY_EXACTLY_ONCE) {
        release(p, SIM_NEVER, INT64_MIN); /* each when it fires */
        p->visible_through = fired_through(p);
        p->becomes_visible_at = SIM_NEVER;
    }
    if (processor_config(p)->checkpoint_ns <= 0) return;
    for (; p->next_checkpoint <= w->slice_end; p->next_checkpoint += processor_config(p)->checkpoint_ns) {
        if (!g->running || rereads(g) || group_is_cut(g)) continue; /* it fails, or holds nothing new */
        p->counts.checkpoints++;
        w->telemetry->totals.put_requests[g->index] += w->telemetry->warm ? group_threads(g) : 0;
        double bytes = state_bytes(p);
        if (bytes > p->counts.state_bytes_max) p->counts.state_bytes_max = bytes;
        if (processor_config(p)->delivery != DELIVERY_EXACTLY_ONCE) continue;
        sim_time done = p->next_checkpoint + checkpoint_ns(p);
        release(p, p->next_checkpoint, done);
        if (p->becomes_visible_at <= w->slice_end) p->visible_through = p->becomes_visible_through;
        p->becomes_visible_at = done;
        p->becomes_visible_through = fired_through(p);
    }
    if (p->becomes_visible_at <= w->slice_end) {
        p->visible_through = p->becomes_visible_through;
        p->becomes_visible_at = SIM_NEVER;
    }
}
