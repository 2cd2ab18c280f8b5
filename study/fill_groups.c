/* fill_groups.c: what consumer groups went through; see fill.h. */
#include "fill_parts.h"

#include "arena.h"

static bool is_partition(enum record_group_figure figure)
{
    return figure == RECORD_PEAK_LAG_PARTITION || figure == RECORD_CLEAR_LAG_PARTITION;
}

void fill_groups(const struct scenario *s, const struct replication *r, int n, struct arena *arena, struct record *record)
{
    struct metric *values = ARENA_NEW(arena, struct metric, (size_t)n + 1);
    record->groups = ARENA_NEW(arena, struct record_consumption, (size_t)s->groups_n);
    record->groups_n = s->groups_n;
    for (int g = 0; g < s->groups_n; g++) {
        record->groups[g].name = s->groups[g].name;
        for (enum record_group_figure f = 0; f < RECORD_GROUP_FIGURES; f++) {
            const int of = is_partition(f) && n > 1 ? 1 : n;
            for (int i = 0; i < of; i++) values[i] = metric_group(&r[i], g, f);
            record->groups[g].figure[f] = estimate_of(values, of, arena).mean;
        }
    }
}
