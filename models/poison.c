/* poison.c: records that kill whoever reads them; see poison.h. */
#include "poison.h"

#include "arena.h"
#include "check.h"
#include "group.h"
#include "group_parts.h"

struct poison {
    struct poison_spec spec;
    int64_t offset; /* absolute: of the next one */
    int64_t left, tried;
};

void poison_add(struct group *g, const struct poison_spec *spec)
{
    CHECK(!g->poison, "group %s has a poisoned partition already", g->config->name);
    const struct partition *p = group_partition_of(g, spec->partition);
    struct poison *x = ARENA_NEW(g->world->arena, struct poison, 1);
    *x = (struct poison){.spec = *spec, .offset = logcurve_end(&p->log) + p->base_offset, .left = spec->records};
    g->poison = x;
}

/* The next one is behind the group, or the last. */
static void go_on(struct group *g)
{
    struct poison *x = g->poison;
    x->tried = 0;
    x->offset++;
    if (--x->left > 0) return;
    g->poison = NULL;
    group_timer(g, group_now(g), x->spec.over, x->spec.context, 0);
}

static void returns(struct kernel *k, void *group, int64_t instance)
{
    (void)k;
    struct group *g = group;
    if (g->running) group_return_instance(g, (int)instance); /* else it comes with all others */
}

static void dies(struct kernel *k, void *consumer, int64_t epoch)
{
    (void)k;
    struct consumer *c = consumer;
    struct group *g = c->group;
    if (epoch != c->epoch || !g->poison) return; /* what it had in hand was taken from it first */
    struct poison *x = g->poison;
    c->poisoned = false;
    x->tried++;
    group_timer(g, group_now(g) + x->spec.restart_ns, returns, g, c->instance);
    if (g->config->delivery == DELIVERY_AT_MOST_ONCE) {
        g->partitions[x->spec.partition].processing_to++;
        go_on(g);
    }
    group_crash_instance(g, c->instance, x->spec.noticed);
}

int64_t poison_spares(struct consumer *c, int partition, int64_t n, bool *left)
{
    struct group *g = c->group;
    const struct partition *p = group_partition_of(g, partition);
    const struct group_partition *gp = &g->partitions[partition];
    while (n > 0 && g->poison && g->poison->spec.partition == partition) {
        struct poison *x = g->poison;
        const int64_t at = x->offset - p->base_offset;
        if (at >= gp->processing_to + n) return n;
        if (at > gp->processing_to) {
            *left = true;
            return at - gp->processing_to;
        }
        if (at < gp->processing_to) { /* a reset has passed over it */
            go_on(g);
        } else if (x->tried < x->spec.tries) {
            c->poisoned = true;
            kernel_at(&g->world->data, g->world->data.now, 3, dies, c, c->epoch);
            return 0;
        } else {
            group_pass_over(g, partition, at + 1, LOST_DEAD_LETTER);
            n--;
            go_on(g);
        }
    }
    return n;
}
