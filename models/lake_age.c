/* lake_age.c: what happens to files as they age; see lake.h. */
#include "lake_state.h"

#include "check.h"

static const int64_t DAY_NS = 24 * SIM_H;
static const int64_t HOURLY_BELOW_NS = 10 * 24 * SIM_H;

static void expire(struct lake_table *t)
{
    bool any = false;
    for (int32_t i = t->first, next; i != NO_FILE; i = next) {
        struct slot *s = &t->slots[i];
        next = s->next;
        if (s->file.max_event > lake_now(t) - t->config->retention_ns) continue;
        t->counts.files_expired++;
        t->counts.bytes_expired += s->file.bytes;
        t->counts.rows_deleted += s->file.rows;
        t->parts[s->part].last_commit = lake_now(t);
        lake_take(t, i);
        lake_hold_file(t, &s->file, -1);
        lake_slot_free(t, i);
        any = true;
    }
    if (!any) return;
    t->snapshot++;
    t->counts.commits++;
}

static void move(struct lake_table *t)
{
    for (int32_t i = t->first; i != NO_FILE; i = t->slots[i].next) {
        struct lake_file *file = &t->slots[i].file;
        for (int k = t->config->tiers_n - 1; k >= 0; k--) {
            const struct scenario_tier *tier = &t->config->tiers[k];
            const int to = objectstore_class_find(tier->to);
            CHECK(to > 0, "a tier to %s", tier->to);
            if (lake_now(t) - file->created < tier->after_ns || file->bytes < tier->min_size_bytes) continue;
            if (to > (int)file->class) {
                lake_hold_file(t, file, -1);
                file->class = (enum object_class)to;
                file->class_since = lake_now(t);
                lake_hold_file(t, file, +1);
                t->held[to].sum.transitions++;
                /* The planner no longer sees it, so that its neighbours may be packed otherwise. */
                if (!objectstore_classes[to].readable) lake_mark_dirty(t, t->slots[i].part);
            }
            break;
        }
    }
}

/* Returns how many files there were. */
static int64_t drop_replaced(struct lake_table *t)
{
    int64_t dropped = 0;
    while (t->replaced_first != NO_FILE) {
        const int32_t slot = t->replaced_first;
        const struct slot *s = &t->slots[slot];
        if (s->replaced_at > lake_now(t) - t->config->history_ns) break;
        dropped++;
        t->replaced_first = s->next;
        if (s->next == NO_FILE) t->replaced_last = NO_FILE;
        lake_hold_file(t, &s->file, -1);
        lake_slot_free(t, slot);
    }
    return dropped;
}

/* Lists the objects, one page after another; deleting is free. A tombstone older than the history is dead (vacuum.h). */
static void vacuum_ends(struct kernel *kernel, void *context, int64_t started)
{
    struct lake_table *t = context;
    t->counts.vacuums++;
    t->counts.vacuum_s += sim_seconds(kernel_now(kernel) - started);
    t->counts.files_vacuumed += drop_replaced(t);
}

static void vacuum(struct kernel *kernel, void *context, int64_t argument)
{
    (void)argument;
    enum { LIST_BYTES = 256 * 1024 };
    struct lake_table *t = context;
    int64_t objects = 0;
    for (int i = 0; i < OBJECT_CLASSES; i++)
        objects += t->held[i].sum.objects;
    const int64_t lists = objects > 0 ? (objects + OBJECTSTORE_LIST_OBJECTS - 1) / OBJECTSTORE_LIST_OBJECTS : 1;
    t->counts.vacuum_lists += lists;
    const sim_time now = kernel_now(kernel);
    const sim_time done = objectstore_batch(&t->lake->store, t->index, OBJECT_GET, now, lists, LIST_BYTES, 1);
    kernel_at(kernel, done, LAKE_ENDS, vacuum_ends, t, now);
    kernel_after(kernel, t->config->vacuum.every_ns, LAKE_AGES, vacuum, t, 0);
}

static void age(struct kernel *kernel, void *context, int64_t argument)
{
    (void)argument;
    struct lake_table *t = context;
    if (t->config->retention_ns > 0) expire(t);
    if (t->config->tiers_n > 0) move(t);
    if (t->config->vacuum.every_ns == 0) (void)drop_replaced(t);
    kernel_after(kernel, t->age_every, LAKE_AGES, age, t, 0);
}

void lake_age_init(struct lake_table *t)
{
    const int64_t retention = t->config->retention_ns;
    t->age_every = retention > 0 && retention < HOURLY_BELOW_NS ? SIM_H : DAY_NS;
    const int64_t past = t->lake->scenario->run.start_ns % t->age_every;
    kernel_at(&t->lake->kernel, t->age_every - past, LAKE_AGES, age, t, 0);
    if (t->config->vacuum.every_ns > 0) kernel_at(&t->lake->kernel, t->config->vacuum.every_ns, LAKE_AGES, vacuum, t, 0);
}
