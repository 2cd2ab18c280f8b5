/* sink.c: see sink.h. */
#include "sink.h"

#include <math.h>

#include "arena.h"
#include "cleaner.h"
#include "group.h"

void sink_init(struct group *g)
{
    const struct scenario_group *config = g->config;
    if (!(config->sink.throughput_per_s > 0)) return;
    g->sink = ARENA_NEW(g->world->arena, struct sink, 1);
    g->sink->times = 1;
    pool_init(&g->sink->connections, g->world->arena, config->sink.concurrency);
}

static sim_time service_ns(const struct group *g, int64_t records)
{
    const struct scenario_group *config = g->config;
    const int64_t writes = (records + config->sink.batch - 1) / config->sink.batch;
    const double each_ns = 1e9 * config->sink.concurrency / config->sink.throughput_per_s;
    return (sim_time)(g->sink->times * ((double)writes * (double)config->sink.latency_ns + (double)records * each_ns));
}

static void begin(struct consumer *c, sim_time now)
{
    struct sink *s = c->group->sink;
    c->write_work_ns = (double)c->processing_records * sink_ns_per_record(c->group);
    c->write_ns = service_ns(c->group, c->processing_records);
    c->write_until = pool_serve_from(&s->connections, now, c->write_ns, 0);
    s->work_ns += c->write_work_ns;
    kernel_at(&c->group->world->data, c->write_until, 3, s->written, c, c->epoch);
}

void sink_write(struct consumer *c, sim_time now, event_fn *written)
{
    struct sink *s = c->group->sink;
    s->written = written;
    if (s->down)
        c->refused = true;
    else
        begin(c, now);
}

void sink_slow(struct group *g, double times) { g->sink->times = times; }

void sink_down(struct group *g) { g->sink->down = true; }

void sink_up(struct group *g)
{
    g->sink->down = false;
    for (int i = 0; i < g->consumers_n; i++) {
        struct consumer *c = &g->consumers[i];
        if (c->refused && c->busy) begin(c, g->world->data.now);
        c->refused = false;
    }
}

double sink_ns_per_record(const struct group *g)
{
    return g->sink ? (double)service_ns(g, g->config->sink.batch) / (double)g->config->sink.batch : 0;
}

double sink_busy_ns(const struct group *g)
{
    const sim_time now = g->world->data.now;
    double ahead = 0;
    for (int i = 0; i < g->consumers_n; i++) {
        const struct consumer *c = &g->consumers[i];
        if (c->write_until <= now) continue;
        const sim_time left = c->write_until - now;
        ahead += left < c->write_ns ? c->write_work_ns * ((double)left / (double)c->write_ns) : c->write_work_ns;
    }
    return g->sink->work_ns - ahead;
}

int64_t sink_take(struct group *g, int partition, int64_t n, int64_t room, bool *left)
{
    struct group_partition *gp = &g->partitions[partition];
    const struct partition *p = &g->world->cluster.partitions[g->partition_first + partition];
    const int64_t older = g->config->shed.older_than_ns;
    const int64_t alike = cleaner_alike(p, gp->position.offset, n);
    *left |= alike < n;
    n = alike;
    const double stays = n > 0 ? cleaner_kept(p, gp->position.offset) : 1;
    const bool sheds = older > 0 && n > 0 && logcurve_time_at(&p->log, gp->position.offset) < g->world->data.now - older;
    const double keep = stays * (sheds ? g->config->shed.keep : 1);
    if ((double)n * keep > (double)room) {
        n = (int64_t)((double)room / keep);
        *left = true;
    }
    if (keep >= 1 || n == 0) return n;
    const double kept = floor((double)n * keep + gp->shed_part);
    gp->shed_part += (double)n * keep - kept;
    const int64_t taken = kept < (double)room ? (int64_t)kept : room;
    int64_t passed = n - taken;
    if (stays < 1) { /* what compaction took was not there to be shed */
        const int64_t gone = sheds ? (int64_t)((double)passed * (1 - stays) / (1 - keep)) : passed;
        if (gone > 0) group_pass_over(g, partition, gp->position.offset + gone, LOST_COMPACTED);
        passed -= gone;
    }
    if (passed > 0) group_pass_over(g, partition, gp->position.offset + passed, LOST_SHED);
    return taken;
}
