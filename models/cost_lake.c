/* cost_lake.c: the bill of the object store; see cost.h and cost_build.h. */
#include "cost_build.h"

#include "arena.h"

static const double GIB = 1073741824.0;

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

static const char PUT_ID[] = "aws.s3.standard.put";
static const char GET_ID[] = "aws.s3.standard.get";

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* What this bill leaves out of the lake. */
static void note_lake(struct bill_build *b)
{
    const struct scenario *scenario = b->scenario;
    const char *tiers = NULL, *worked = NULL;

    for (int t = 0; t < scenario->tables_n; t++) {
        const struct scenario_table *table = &scenario->tables[t];

        if (table->tiers_n > 0) tiers = tiers ? arena_printf(b->arena, "%s, %s", tiers, table->name) : table->name;
        if (table->every_ns > 0 || table->compaction.strategy)
            worked = worked ? arena_printf(b->arena, "%s, %s", worked, table->name) : table->name;
    }
    if (tiers) bill_note(b, "The tiers of %s are not in the bill: all of its bytes are billed as standard storage.", tiers);
    if (worked)
        bill_note(b, "The processors that make and compact %s are not in the bill; its bytes and requests are.", worked);
}

static void add_storage_steps(struct bill_build *b, double bytes)
{
    double left = bytes;

    for (size_t s = 0; s < COUNT(STORAGE_STEPS) && left > 0; s++) {
        const struct storage_step *step = &STORAGE_STEPS[s];
        const struct price *price = pricebook_find(b->book, step->price_id);
        double gb_bytes = price && price->gb_bytes > 0 ? price->gb_bytes : GIB;
        double part = left;

        if (step->tb > 0 && left > step->tb * 1024 * gb_bytes) part = step->tb * 1024 * gb_bytes;
        bill_add(b, BILL_OBJECT_STORE, step->item, BILL_BYTES_MONTH, part, step->price_id);
        left -= part;
    }
}

void bill_object_store(struct bill_build *b)
{
    const struct meters *m = b->meters;
    const char *growing = NULL;
    double bytes = 0, objects = 0, puts = 0, gets = 0;

    for (int t = 0; t < m->tables_n; t++) {
        const struct meters_table *table = &m->tables[t];

        bytes += bill_held(m, table->object_bytes, table->retention_ns);
        objects += bill_held(m, table->objects, table->retention_ns);
        puts += meters_month(m, table->put_requests);
        gets += meters_month(m, table->get_requests);
        if (table->retention_ns <= 0)
            growing = growing ? arena_printf(b->arena, "%s, %s", growing, table->name) : table->name;
    }
    for (int g = 0; g < m->groups_n; g++) {
        bytes += m->groups[g].held_bytes;
        puts += meters_month(m, m->groups[g].put_requests);
        gets += meters_month(m, m->groups[g].get_requests);
    }
    add_storage_steps(b, bytes);
    bill_add(b, BILL_OBJECT_STORE, "object store PUT requests", BILL_REQUESTS, puts, PUT_ID);
    bill_add(b, BILL_OBJECT_STORE, "object store GET requests", BILL_REQUESTS, gets, GET_ID);
    b->bill->object_bytes = bytes;
    b->bill->objects = objects;
    if (growing)
        bill_note(b, "No retention is given for %s: it grows for ever, and what one month brings is billed.",
             growing);
    if (bytes > 0)
        bill_note(b, "Traffic to the object store is free: it stays in the region, through a gateway endpoint.");
    note_lake(b);
}
