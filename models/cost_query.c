/* cost_query.c: query engines on the bill; see cost_build.h. What queries read of colder classes is with their tables. */
#include "cost_build.h"

#include "arena.h"

void bill_engines(struct bill_build *b)
{
    const struct meters *m = b->meters;

    for (int e = 0; e < m->engines_n; e++) {
        const struct meters_engine *engine = &m->engines[e];

        bill_add_instances(b, BILL_ENGINES, arena_printf(b->arena, "engine %s, workers", engine->name), &engine->workers);
        bill_add_instances(b, BILL_ENGINES, arena_printf(b->arena, "engine %s, coordinator", engine->name),
                           &engine->coordinator);
        bill_add(b, BILL_ENGINES, arena_printf(b->arena, "engine %s, GET requests", engine->name), BILL_REQUESTS,
                 meters_month(m, engine->get_requests), objectstore_classes[OBJECT_STANDARD].get_id);
        if (engine->unmeasured)
            bill_note(b, "No query of %s was planned within the run: its requests are not in the bill.", engine->unmeasured);
    }
}
