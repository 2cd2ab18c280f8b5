/* cost_lake.c: the bill of the object store and of the lake's jobs; see cost_lake.h, cost.h and cost_build.h. */
#include "cost_lake.h"

#include <math.h>
#include <string.h>

#include "arena.h"
#include "check.h"
#include "cost_build.h"
#include "units.h"

static const double GIB = 1073741824.0;
static const double DAY_S = 86400;

/* Object storage is priced by steps over the whole account; a TB is 1024 of the row's GB. */
static const struct storage_step {
    const char *item;
    const char *price_id;
    double tb; /* 0: all the rest */
} STORAGE_STEPS[] = {
    {"object storage, first 50 TB", "aws.s3.standard.storage.first50tb", 50},
    {"object storage, next 450 TB", "aws.s3.standard.storage.next450tb", 450},
    {"object storage, over 500 TB", "aws.s3.standard.storage.over500tb", 0},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* --- What is held --- */

static double mean_bytes(const struct meters *m, const struct meters_table *table)
{
    const double objects = meters_month(m, table->objects);
    return objects > 0 ? meters_month(m, table->object_bytes) / objects : INFINITY;
}

/* All objects of the table are in the class for so long. may_leave: they go then, early or not. */
static void stay(const struct meters *m, const struct meters_table *table, const struct object_terms *terms, double s,
                 bool may_leave, struct lake_month_class *class)
{
    const double bytes = meters_month_rate(m, table->object_bytes), objects = meters_month_rate(m, table->objects);
    const double billed = fmax(bytes, objects * (double)terms->min_bytes) + objects * (double)terms->overhead_bytes;
    const double early_s = may_leave ? fmax((double)terms->min_held_ns / 1e9 - s, 0) : 0;
    class->bytes += bytes * s;
    class->objects += objects * s;
    class->billed_bytes += billed * s;
    class->early_bytes += billed * early_s;
    class->standard_bytes += objects * (double)terms->overhead_standard_bytes * (s + early_s);
}

void lake_month_add(const struct meters *m, const struct meters_table *table, const struct scenario_table *config,
                    const struct objectstore_terms *terms, struct lake_month *month)
{
    const double mean = mean_bytes(m, table);
    const bool ends = table->retention_ns > 0;
    int class = OBJECT_STANDARD;
    double since_s = 0;

    for (int k = 0; config && k < config->tiers_n; k++) {
        const struct scenario_tier *tier = &config->tiers[k];
        const double after_s = (double)tier->after_ns / 1e9;
        const int to = objectstore_class_find(tier->to);

        CHECK(to > class && after_s >= since_s, "table %s moves from class %d to %s", table->name, class, tier->to);
        if (mean < (double)tier->min_size_bytes) continue;
        stay(m, table, &terms->classes[class], after_s - since_s, true, &month->classes[class]);
        class = to;
        since_s = after_s;
        month->classes[class].moved += meters_month(m, table->objects);
    }
    stay(m, table, &terms->classes[class],
         ends ? fmax((double)table->retention_ns / 1e9 - since_s, 0) : METERS_MONTH_SECONDS, ends, &month->classes[class]);
    if (config) {
        struct lake_month_class *standard = &month->classes[OBJECT_STANDARD];
        /* And until the next vacuum. */
        const double history_s = ((double)config->history_ns + (double)config->vacuum.every_ns / 2) / 1e9;
        const double bytes = meters_month_rate(m, table->replaced_bytes) * history_s;

        standard->bytes += bytes;
        standard->billed_bytes += bytes;
        standard->objects += meters_month_rate(m, table->replaced_objects) * history_s;
    }
}

static const struct scenario_table *config_of(const struct bill_build *b, const struct meters_table *table)
{
    return table->table >= 0 ? &b->scenario->tables[table->table] : NULL;
}

/* All tables and checkpoints; `without` NULL, or a tier that is not there. */
static struct lake_month hold_all(const struct bill_build *b, const struct objectstore_terms *terms,
                                  const struct scenario_tier *without)
{
    const struct meters *m = b->meters;
    struct lake_month all;

    memset(&all, 0, sizeof(all));
    for (int t = 0; t < m->tables_n; t++) {
        const struct scenario_table *config = config_of(b, &m->tables[t]);
        struct scenario_table other;

        if (without && config && without >= config->tiers && without < config->tiers + config->tiers_n) {
            other = *config;
            other.tiers_n = 0;
            for (int k = 0; k < config->tiers_n; k++) {
                if (&config->tiers[k] != without) other.tiers[other.tiers_n++] = config->tiers[k];
            }
            config = &other;
        }
        lake_month_add(m, &m->tables[t], config, terms, &all);
    }
    for (int g = 0; g < m->groups_n; g++) {
        all.classes[OBJECT_STANDARD].bytes += m->groups[g].held_bytes;
        all.classes[OBJECT_STANDARD].billed_bytes += m->groups[g].held_bytes;
    }
    return all;
}

/* What is billed as standard storage: objects, and the archives' overhead. */
static double standard_bytes(const struct lake_month *all)
{
    double bytes = all->classes[OBJECT_STANDARD].billed_bytes;

    for (int i = 0; i < OBJECT_CLASSES; i++)
        bytes += all->classes[i].standard_bytes;
    return bytes;
}

/* The part of the bytes that a step takes, after those before it. */
static double step_part(const struct bill_build *b, const struct storage_step *step, double *left)
{
    const struct price *price = pricebook_find(b->book, step->price_id);
    const double gb_bytes = price && price->gb_bytes > 0 ? price->gb_bytes : GIB;
    double part = *left;

    if (step->tb > 0 && part > step->tb * 1024 * gb_bytes) part = step->tb * 1024 * gb_bytes;
    *left -= part;
    return part;
}

/* --- Its lines --- */

static void add_storage(struct bill_build *b, const struct lake_month *all)
{
    double left = standard_bytes(all);

    for (size_t s = 0; s < COUNT(STORAGE_STEPS) && left > 0; s++) {
        const double part = step_part(b, &STORAGE_STEPS[s], &left);
        bill_add(b, BILL_OBJECT_STORE, STORAGE_STEPS[s].item, BILL_BYTES_MONTH, part, STORAGE_STEPS[s].price_id);
    }
    for (int i = OBJECT_STANDARD + 1; i < OBJECT_CLASSES; i++) {
        const struct lake_month_class *held = &all->classes[i];
        const struct objectstore_class *class = &objectstore_classes[i];

        bill_add(b, BILL_OBJECT_STORE, arena_printf(b->arena, "object storage, %s", class->name), BILL_BYTES_MONTH,
                 held->billed_bytes, class->storage_id);
        bill_add(b, BILL_OBJECT_STORE, arena_printf(b->arena, "early deletion, %s", class->name), BILL_BYTES_MONTH,
                 held->early_bytes, class->storage_id);
        bill_add(b, BILL_OBJECT_STORE, arena_printf(b->arena, "moves to %s", class->name), BILL_TRANSITIONS, held->moved,
                 class->transition_id);
    }
}

/* Requests that list, in the month: every object that there is in steady state, each time. */
static double vacuum_lists(const struct bill_build *b, const struct objectstore_terms *terms, const struct meters_table *table)
{
    if (table->vacuum.per_hour <= 0) return 0;
    struct lake_month month;
    double objects = 0;

    memset(&month, 0, sizeof(month));
    lake_month_add(b->meters, table, config_of(b, table), terms, &month);
    for (int i = 0; i < OBJECT_CLASSES; i++)
        objects += month.classes[i].objects;
    return table->vacuum.per_hour * METERS_MONTH_HOURS * ceil(fmax(objects / OBJECTSTORE_LIST_OBJECTS, 1));
}

static void add_requests(struct bill_build *b, const struct objectstore_terms *terms)
{
    const struct meters *m = b->meters;
    double puts = 0, gets = 0;

    for (int t = 0; t < m->tables_n; t++) {
        puts += meters_month(m, m->tables[t].put_requests) + vacuum_lists(b, terms, &m->tables[t]);
        gets += meters_month(m, m->tables[t].get_requests);
    }
    for (int g = 0; g < m->groups_n; g++) {
        puts += meters_month(m, m->groups[g].put_requests);
        gets += meters_month(m, m->groups[g].get_requests);
    }
    bill_add(b, BILL_OBJECT_STORE, "object store PUT requests", BILL_REQUESTS, puts,
             objectstore_classes[OBJECT_STANDARD].put_id);
    bill_add(b, BILL_OBJECT_STORE, "object store GET requests", BILL_REQUESTS, gets,
             objectstore_classes[OBJECT_STANDARD].get_id);
    for (int i = OBJECT_STANDARD + 1; i < OBJECT_CLASSES; i++) {
        const struct objectstore_class *class = &objectstore_classes[i];
        double bytes = 0, requests = 0;

        for (int t = 0; t < m->tables_n; t++) {
            bytes += meters_month(m, m->tables[t].read[i].bytes);
            requests += meters_month(m, m->tables[t].read[i].get_requests);
        }
        bill_add(b, BILL_OBJECT_STORE, arena_printf(b->arena, "GET requests, %s", class->name), BILL_REQUESTS, requests,
                 class->get_id);
        if (class->retrieval_request_id)
            bill_add(b, BILL_OBJECT_STORE, arena_printf(b->arena, "restore requests, %s", class->name), BILL_REQUESTS,
                     requests, class->retrieval_request_id);
        bill_add(b, BILL_OBJECT_STORE, arena_printf(b->arena, "retrieval, %s", class->name), BILL_BYTES, bytes,
                 class->retrieval_id);
    }
}

/* Clusters that are started for a job and paid while it lasts. */
static void add_jobs(struct bill_build *b, const struct objectstore_terms *terms)
{
    const struct meters *m = b->meters;
    const char *of = NULL;

    for (int t = 0; t < m->tables_n; t++) {
        const struct meters_table *table = &m->tables[t];
        const double etl = meters_month(m, table->etl_core_s), compaction = meters_month(m, table->compaction_core_s);
        const char *id;

        if (etl <= 0 && compaction <= 0) continue;
        CHECK(m->lake.instance && m->lake.instance_vcpu > 0, "jobs of table %s run on nothing", table->name);
        id = arena_printf(b->arena, "%s%s", b->book->instances, m->lake.instance);
        bill_add(b, BILL_JOBS, arena_printf(b->arena, "ETL of %s", table->name), BILL_INSTANCE_HOURS,
                 etl / 3600 / m->lake.instance_vcpu, id);
        bill_add(b, BILL_JOBS, arena_printf(b->arena, "compaction of %s", table->name), BILL_INSTANCE_HOURS,
                 compaction / 3600 / m->lake.instance_vcpu, id);
        if (table->vacuum.per_hour > 0)
            bill_add(b, BILL_JOBS, arena_printf(b->arena, "vacuum of %s", table->name), BILL_INSTANCE_HOURS,
                     vacuum_lists(b, terms, table) * table->vacuum.list_s * table->vacuum.cores / 3600 / m->lake.instance_vcpu, id);
        of = of ? arena_printf(b->arena, "%s, %s", of, table->name) : table->name;
    }
    if (of)
        bill_note(b,
                  "Jobs of %s are billed by the second on the share of a machine that they hold; starting machines is left "
                  "out.",
                  of);
}

/* --- Its notes --- */

/* Storage and moves, in dollars. Reading is left out: what is read when is the same. */
static double hold_usd(const struct bill_build *b, const struct objectstore_terms *terms, const struct lake_month *all)
{
    double usd = 0, left = standard_bytes(all);

    for (size_t s = 0; s < COUNT(STORAGE_STEPS) && left > 0; s++) {
        const struct price *price = pricebook_find(b->book, STORAGE_STEPS[s].price_id);
        const double part = step_part(b, &STORAGE_STEPS[s], &left);
        if (price && price->gb_bytes > 0) usd += part / price->gb_bytes * price->usd;
    }
    for (int i = OBJECT_STANDARD + 1; i < OBJECT_CLASSES; i++)
        usd += (all->classes[i].billed_bytes + all->classes[i].early_bytes) * terms->classes[i].storage_usd_per_byte_s *
                   METERS_MONTH_SECONDS +
               all->classes[i].moved * terms->classes[i].transition_usd;
    return usd;
}

static const char *shown(struct bill_build *b, enum units_kind kind, double value)
{
    char text[UNITS_FORMAT_SIZE];
    return arena_strdup(b->arena, units_format(kind, value, text, sizeof(text)));
}

/* Why a tier costs more than it saves. */
static const char *why_not(struct bill_build *b, const struct object_terms *terms, double mean, double held_s)
{
    const double least_s = (double)terms->min_held_ns / 1e9;
    const int64_t least_bytes = terms->min_bytes + terms->overhead_bytes + terms->overhead_standard_bytes;

    if (held_s < least_s)
        return arena_printf(b->arena, "files stay in it for %.1f days and are billed for %.0f", held_s / DAY_S,
                            least_s / DAY_S);
    if (mean < (double)terms->min_bytes)
        return arena_printf(b->arena, "files of %s on average are billed as %s", shown(b, UNITS_BYTES, mean),
                            shown(b, UNITS_BYTES, (double)terms->min_bytes));
    if (least_bytes > 0 && terms->overhead_bytes > 0 && mean < 10 * (double)least_bytes)
        return arena_printf(b->arena, "files of %s on average are billed with %s more each", shown(b, UNITS_BYTES, mean),
                            shown(b, UNITS_BYTES, (double)least_bytes));
    return arena_printf(b->arena, "moving files of %s on average costs more than the cheaper storage saves",
                        shown(b, UNITS_BYTES, mean));
}

/* What each tier of a table is worth: the bill with it, and without. */
static void note_tiers(struct bill_build *b, const struct objectstore_terms *terms, const struct lake_month *all,
                       const struct meters_table *table)
{
    const struct scenario_table *config = config_of(b, table);
    const double mean = mean_bytes(b->meters, table), with_usd = hold_usd(b, terms, all);
    const char *text = NULL;

    for (int k = 0; config && k < config->tiers_n; k++) {
        const struct scenario_tier *tier = &config->tiers[k];
        const struct lake_month without = hold_all(b, terms, tier);
        const double saves_usd = hold_usd(b, terms, &without) - with_usd;
        const int64_t end_ns = k + 1 < config->tiers_n ? config->tiers[k + 1].after_ns : config->retention_ns;
        const struct object_terms *class = &terms->classes[objectstore_class_find(tier->to)];
        const char *says;

        if (mean < (double)tier->min_size_bytes)
            says = arena_printf(b->arena, "%s takes nothing: files have %s on average, and its min_size is %s", tier->to,
                                shown(b, UNITS_BYTES, mean), shown(b, UNITS_BYTES, (double)tier->min_size_bytes));
        else if (saves_usd < 0)
            says = arena_printf(b->arena, "%s costs %s a month more than it saves: %s", tier->to,
                                shown(b, UNITS_MONEY, -saves_usd),
                                why_not(b, class, mean, (double)(end_ns - tier->after_ns) / 1e9));
        else
            says = arena_printf(b->arena, "%s saves %s a month", tier->to, shown(b, UNITS_MONEY, saves_usd));
        text = text ? arena_printf(b->arena, "%s; %s", text, says) : says;
    }
    if (text) bill_note(b, "Tiers of %s: %s.", table->name, text);
}

static void note_assumptions(struct bill_build *b)
{
    const struct meters *m = b->meters;
    const char *growing = NULL, *unsettled = NULL, *rewritten = NULL, *empty = NULL;

    for (int t = 0; t < m->tables_n; t++) {
        const struct meters_table *table = &m->tables[t];
        const struct scenario_table *config = config_of(b, table);

        if (table->retention_ns <= 0)
            growing = growing ? arena_printf(b->arena, "%s, %s", growing, table->name) : table->name;
        if (table->unsettled)
            unsettled = unsettled ? arena_printf(b->arena, "%s, %s", unsettled, table->name) : table->name;
        if (config && config->from >= 0 && meters_month_events(m) > 0 && meters_month(m, table->object_bytes) <= 0)
            empty = empty ? arena_printf(b->arena, "%s, %s", empty, table->name) : table->name;
        if (config && config->compaction.strategy && config->tiers_n > 0)
            rewritten = rewritten ? arena_printf(b->arena, "%s, %s", rewritten, table->name) : table->name;
    }
    if (growing)
        bill_note(b, "No retention is given for %s: it grows for ever, and what one month brings is billed.", growing);
    if (empty) bill_note(b, "Nothing was written to %s within the run: its files are not in the bill.", empty);
    if (unsettled)
        bill_note(b, "No compaction of %s ended within the run: its files are billed as they landed.", unsettled);
    if (rewritten)
        bill_note(b, "Files of %s age from when compaction wrote them; tiers count from there.", rewritten);
}

void bill_object_store(struct bill_build *b)
{
    const struct meters *m = b->meters;
    struct objectstore_terms terms;
    const char *missing = objectstore_terms_load(b->book, &terms);
    struct lake_month all;
    bool tiers = false;

    for (int t = 0; t < m->tables_n; t++) {
        const struct scenario_table *config = config_of(b, &m->tables[t]);
        tiers = tiers || (config && config->tiers_n > 0);
    }
    if (missing && tiers)
        bill_add_missing(b, BILL_OBJECT_STORE, "storage classes", missing,
                         arena_printf(b->arena, "the price book %s has no %s, which the bill of tiers needs", b->book->name,
                                      missing));
    all = hold_all(b, &terms, NULL);
    add_storage(b, &all);
    add_requests(b, &terms);
    add_jobs(b, &terms);
    for (int i = 0; i < OBJECT_CLASSES; i++) {
        b->bill->lake[i].bytes = all.classes[i].bytes;
        b->bill->lake[i].objects = all.classes[i].objects;
        b->bill->object_bytes += all.classes[i].bytes;
        b->bill->objects += all.classes[i].objects;
    }
    note_assumptions(b);
    for (int t = 0; t < m->tables_n && !missing; t++)
        note_tiers(b, &terms, &all, &m->tables[t]);
    if (b->bill->object_bytes > 0)
        bill_note(b, "Traffic to the object store is free: it stays in the region, through a gateway endpoint.");
}
