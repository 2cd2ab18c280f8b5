/* precision.c: see precision.h. */
#include "precision.h"

#include <math.h>

#include "arena.h"
#include "fill.h"

static void widen(struct precision *p, const char *name, struct metric_scope scope, const struct replication *r, int n,
                  struct metric *values, struct arena *arena)
{
    for (int i = 0; i < n; i++)
        values[i] = metric_of(&r[i], name, scope);
    const struct estimate e = estimate_of(values, n, arena);
    if (!e.mean.known || !e.ci95.known) return;
    const double half = (e.ci95.high - e.ci95.low) / 2;
    if (half <= 0) return;
    const double relative = half / fabs(e.mean.value);
    if (relative <= p->widest) return;
    *p = (struct precision){.widest = relative, .metric = name};
}

struct precision precision_of(const struct scenario *s, const struct pricebook *prices, struct replication *r, int n)
{
    struct arena *scratch = arena_new(0);
    struct metric *values = ARENA_NEW(scratch, struct metric, (size_t)n);
    struct precision p = {0};
    fill_month(s, prices, r, n, scratch);
    for (int i = 0; i < s->objectives_n; i++)
        widen(&p, s->objectives[i].metric, (struct metric_scope){s->objectives[i].scope, s->objectives[i].fault}, r, n, values,
              scratch);
    if (s->objectives_n == 0 && s->decision.metric)
        widen(&p, s->decision.metric, (struct metric_scope){SCOPE_ALL, 0}, r, n, values, scratch);
    for (int i = 0; i < n; i++) /* its text lives in scratch; filling the record prices it again */
        r[i].month_null_reason = NULL;
    arena_free(scratch);
    return p;
}
