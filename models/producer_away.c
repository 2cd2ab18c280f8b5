/* producer_away.c: producers' instances that leave and return; see producer.h. */
#include "producer.h"

#include "check.h"
#include "collector.h"
#include "producer_parts.h"
#include "transaction.h"

static void list_those_here(struct world *w, int fleet)
{
    struct fleet *of = &w->fleets[fleet];
    of->here_n = 0;
    for (int i = 0; i < of->n; i++)
        if (of->instances[i].away == 0) of->here[of->here_n++] = &of->instances[i];
}

/* Its memory is gone. */
static void drop_all(struct producer *p)
{
    struct world *w = p->world;
    int64_t held = 0;
    for (int c = 0; c <= p->partitions_n; c++) {
        struct cell *cell = &p->cells[c];
        held += (int64_t)cell->pending + cell->rem + cell->outside;
        cell->pending = cell->rem = cell->outside = cell->fill_records = 0;
        cell->taken = w->data.now;
    }
    world_reject(w, REJECT_PRODUCER_GONE, held);
    for (int c = 0; c <= p->partitions_n && p->resent; c++) p->resent[c] = (struct resent){0};
    p->arrivals_n = p->arrivals_next = 0;
    p->blocked = false;
    p->admitted_until = SIM_NEVER;
    p->spilled = 0;
    if (p->collector) collector_crashed(p);
    if (p->transaction) transaction_crashed(p);
    for (int b = 0; b < w->cluster.brokers_n; b++) {
        struct produce_connection *c = &p->connections[b];
        producer_abandon(c);
        if (c->scheduled) kernel_cancel(&w->data, c->drain);
        c->scheduled = c->wants = c->open = false;
        c->retries = 0;
    }
}

void producer_leaves(struct producer *p, bool crashes)
{
    if (crashes && p->away == 0) drop_all(p);
    p->away++;
    list_those_here(p->world, p->fleet);
}

void producer_returns(struct producer *p)
{
    CHECK(p->away > p->waits, "a producer returns that was not away");
    if (p->world->registry_down > 0 && scenario_producer_has_schemas(p->world->scenario, p->fleet)) { /* it knows no schema yet */
        p->waits++;
        return;
    }
    p->away--;
    if (p->away == 0 && p->transaction) transaction_returned(p);
    list_those_here(p->world, p->fleet);
}

void producer_registry_is_back(struct producer *p)
{
    for (; p->waits > 0;) {
        p->waits--;
        producer_returns(p);
    }
}
