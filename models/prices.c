/* prices.c: read, check and search a price book; see prices.h.
 *
 * A row is bound field by field from a table, so that the fields that exist, those that are required and the
 * message for one that is unknown come from one place. All mistakes are reported, not the first.
 */
#include "prices.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "check.h"
#include "diag.h"
#include "file.h"
#include "json.h"
#include "nearest.h"
#include "sha256.h"

enum { TEXT_MAX = 2000, DESCRIBE_SIZE = 96, FIELDS_MAX = 16 };

static const double GB_DECIMAL = 1e9;
static const double GB_BINARY = 1073741824.0;

enum field_kind { FIELD_TEXT, FIELD_NUMBER, FIELD_OTHER };

/* Where a value that is checked but not kept lands. */
#define NOWHERE SIZE_MAX

struct field {
    const char *name;
    enum field_kind kind;
    bool required;
    double min, max; /* FIELD_NUMBER */
    size_t offset;   /* of a const char * or a double */
};

static const struct field ROW_FIELDS[] = {
    {"id", FIELD_TEXT, true, 0, 0, offsetof(struct price, id)},
    {"unit", FIELD_TEXT, true, 0, 0, offsetof(struct price, unit)},
    {"usd", FIELD_NUMBER, true, 0, 1e9, offsetof(struct price, usd)},
    {"region", FIELD_TEXT, true, 0, 0, offsetof(struct price, region)},
    {"effective", FIELD_TEXT, true, 0, 0, offsetof(struct price, effective)},
    {"source", FIELD_TEXT, true, 0, 0, offsetof(struct price, source)},
    {"confidence", FIELD_TEXT, true, 0, 0, offsetof(struct price, confidence)},
    {"note", FIELD_TEXT, false, 0, 0, offsetof(struct price, note)},
    {"gb_bytes", FIELD_NUMBER, false, 1e9, 1073741824, offsetof(struct price, gb_bytes)},
    {"evidence", FIELD_TEXT, false, 0, 0, NOWHERE},
    {"service", FIELD_TEXT, false, 0, 0, NOWHERE},
    {"attrs", FIELD_OTHER, false, 0, 0, NOWHERE},
};

static const struct field QUANTITY_FIELDS[] = {
    {"id", FIELD_TEXT, true, 0, 0, offsetof(struct price_quantity, id)},
    {"unit", FIELD_TEXT, true, 0, 0, offsetof(struct price_quantity, unit)},
    {"value", FIELD_NUMBER, true, 0, 1e15, offsetof(struct price_quantity, value)},
    {"region", FIELD_TEXT, true, 0, 0, offsetof(struct price_quantity, region)},
    {"effective", FIELD_TEXT, true, 0, 0, offsetof(struct price_quantity, effective)},
    {"source", FIELD_TEXT, true, 0, 0, offsetof(struct price_quantity, source)},
    {"confidence", FIELD_TEXT, true, 0, 0, offsetof(struct price_quantity, confidence)},
    {"note", FIELD_TEXT, false, 0, 0, offsetof(struct price_quantity, note)},
    {"evidence", FIELD_TEXT, false, 0, 0, NOWHERE},
    {"service", FIELD_TEXT, false, 0, 0, NOWHERE},
};

struct attributes {
    double vcpu, mem_gib, net_baseline_gbps, ebs_baseline_mbps, ebs_baseline_iops, ebs_max_mbps;
};

/* What else a source says of an instance type is carried along unread. */
static const struct field ATTRIBUTE_FIELDS[] = {
    {"vcpu", FIELD_NUMBER, true, 1, 4096, offsetof(struct attributes, vcpu)},
    {"mem_gib", FIELD_NUMBER, true, 0.125, 1e6, offsetof(struct attributes, mem_gib)},
    {"net_baseline_gbps", FIELD_NUMBER, true, 0.001, 1e5, offsetof(struct attributes, net_baseline_gbps)},
    {"ebs_baseline_MBps", FIELD_NUMBER, true, 0, 1e7, offsetof(struct attributes, ebs_baseline_mbps)},
    {"ebs_baseline_iops", FIELD_NUMBER, true, 0, 1e9, offsetof(struct attributes, ebs_baseline_iops)},
    {"ebs_max_MBps", FIELD_NUMBER, false, 0, 1e7, offsetof(struct attributes, ebs_max_mbps)},
    {"local_nvme_gb", FIELD_NUMBER, false, 0, 1e9, NOWHERE},
    {"net_peak", FIELD_TEXT, false, 0, 0, NOWHERE},
    {"specs_source", FIELD_TEXT, false, 0, 0, NOWHERE},
};

struct book_head {
    double version;
    const char *name, *provider, *region, *instances;
};

static const struct field BOOK_FIELDS[] = {
    {"prices", FIELD_NUMBER, true, 1, 1, offsetof(struct book_head, version)},
    {"name", FIELD_TEXT, true, 0, 0, offsetof(struct book_head, name)},
    {"provider", FIELD_TEXT, true, 0, 0, offsetof(struct book_head, provider)},
    {"region", FIELD_TEXT, true, 0, 0, offsetof(struct book_head, region)},
    {"about", FIELD_TEXT, false, 0, 0, NOWHERE},
    {"instances", FIELD_TEXT, true, 0, 0, offsetof(struct book_head, instances)},
    {"rows", FIELD_OTHER, true, 0, 0, NOWHERE},
    {"quantities", FIELD_OTHER, false, 0, 0, NOWHERE},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Texts of a book reach terminals and reports: no control characters, C1 ones included. */
static bool text_is_plain(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c < 0x20 || *c == 0x7f || (c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f)) return false;
    }
    return true;
}

static void bind_text(const struct json_value *value, const struct field *field, void *into,
                      struct arena *arena, struct diag *diag)
{
    char found[DESCRIBE_SIZE];

    if (value->kind != JSON_VALUE_STRING) {
        json_mistake(diag, value, "is %s; a string fits", json_describe(value, found, sizeof(found)));
    } else if (value->n > TEXT_MAX) {
        json_mistake(diag, value, "has %zu bytes; at most %d fit", value->n, TEXT_MAX);
    } else if (!text_is_plain(value->text)) {
        json_mistake(diag, value, "has control characters");
    } else if (field->required && value->n == 0) {
        json_mistake(diag, value, "is empty; say it, or say \"n/a\"");
    } else if (field->offset != NOWHERE) {
        const char *text = arena_strdup(arena, value->text);

        memcpy((char *)into + field->offset, &text, sizeof(text));
    }
}

static void bind_number(const struct json_value *value, const struct field *field, void *into,
                        struct diag *diag)
{
    char found[DESCRIBE_SIZE];

    json_describe(value, found, sizeof(found));
    if (value->kind != JSON_VALUE_NUMBER) {
        json_mistake(diag, value, "is %s; a plain number fits", found);
    } else if (value->number < 0 && field->min >= 0) {
        json_mistake(diag, value, "is %s, which is negative; %.10g to %.10g fits", found, field->min,
                     field->max);
    } else if (value->number < field->min || value->number > field->max) {
        json_mistake(diag, value, "is %s; %.10g to %.10g fits", found, field->min, field->max);
    } else if (field->offset != NOWHERE) {
        memcpy((char *)into + field->offset, &value->number, sizeof(value->number));
    }
}

/* Bind an object's members to the struct `into`. Returns false if it is no object. */
static bool bind_object(const struct json_value *object, const struct field *fields, size_t fields_n,
                        void *into, struct arena *arena, struct diag *diag)
{
    const char *names[FIELDS_MAX];
    char found[DESCRIBE_SIZE];

    CHECK(fields_n <= FIELDS_MAX, "%zu fields do not fit the table of names", fields_n);
    if (object->kind != JSON_VALUE_OBJECT) {
        json_mistake(diag, object, "is %s; an object fits", json_describe(object, found, sizeof(found)));
        return false;
    }
    for (size_t f = 0; f < fields_n; f++)
        names[f] = fields[f].name;
    for (size_t i = 0; i < object->n; i++) {
        const struct json_value *member = &object->items[i];
        size_t f = 0;

        if (json_member(object, member->key) != member) continue; /* A duplicate: json_read() said so. */
        while (f < fields_n && strcmp(fields[f].name, member->key) != 0)
            f++;
        if (f == fields_n) {
            const char *near = nearest_name(member->key, names, fields_n);

            if (near)
                json_mistake_key(diag, member, "unknown field; did you mean \"%s\"?", near);
            else
                json_mistake_key(diag, member, "unknown field of a price book");
        } else if (fields[f].kind == FIELD_TEXT) {
            bind_text(member, &fields[f], into, arena, diag);
        } else if (fields[f].kind == FIELD_NUMBER) {
            bind_number(member, &fields[f], into, diag);
        }
    }
    for (size_t f = 0; f < fields_n; f++) {
        if (fields[f].required && !json_member(object, fields[f].name))
            json_mistake(diag, object, "field \"%s\" is missing", fields[f].name);
    }
    return true;
}

static void check_confidence(const struct json_value *object, const char *confidence, struct diag *diag)
{
    if (confidence && strcmp(confidence, "verified") != 0 && strcmp(confidence, "recalled") != 0)
        json_mistake(diag, json_member(object, "confidence"),
                     "is \"%s\"; \"verified\" (seen in the source) or \"recalled\" (not seen) fits",
                     confidence);
}

static bool unit_has_gb(const char *unit)
{
    return strncmp(unit, "GB", 2) == 0;
}

static void read_price(const struct json_value *object, const char *instances, struct price *price,
                       struct arena *arena, struct diag *diag)
{
    const struct json_value *attrs = json_member(object, "attrs");
    struct attributes a = {0};

    *price = (struct price){.note = ""};
    if (!bind_object(object, ROW_FIELDS, COUNT(ROW_FIELDS), price, arena, diag)) return;
    check_confidence(object, price->confidence, diag);
    if (price->gb_bytes > 0 && price->gb_bytes != GB_DECIMAL && price->gb_bytes != GB_BINARY)
        json_mistake(diag, json_member(object, "gb_bytes"),
                     "is %.0f; a GB has 1000000000 or 1073741824 bytes", price->gb_bytes);
    if (price->unit && unit_has_gb(price->unit) && !json_member(object, "gb_bytes"))
        json_mistake(diag, object, "field \"gb_bytes\" is missing: how many bytes has the GB of \"%s\"?",
                     price->unit);
    if (price->id && instances && strncmp(price->id, instances, strlen(instances)) == 0) {
        if (price->id[strlen(instances)] == '\0')
            json_mistake(diag, json_member(object, "id"), "names no instance type after \"%s\"", instances);
        if (!attrs)
            json_mistake(diag, object,
                         "field \"attrs\" is missing: the row of an instance type needs its vcpu, "
                         "memory, network and disk baselines");
        price->is_instance = true;
    }
    if (!attrs || !bind_object(attrs, ATTRIBUTE_FIELDS, COUNT(ATTRIBUTE_FIELDS), &a, arena, diag)) return;
    if (a.vcpu != floor(a.vcpu)) json_mistake(diag, json_member(attrs, "vcpu"), "is no whole number");
    price->instance = (struct instance_attributes){
        .vcpu = (int)a.vcpu,
        .memory_bytes = a.mem_gib * GB_BINARY,
        .network_bytes_per_s = a.net_baseline_gbps * 1e9 / 8.0,
        .ebs_bytes_per_s = a.ebs_baseline_mbps * 1e6,
        .ebs_burst_bytes_per_s = a.ebs_max_mbps > a.ebs_baseline_mbps ? a.ebs_max_mbps * 1e6 : 0,
        .ebs_iops = a.ebs_baseline_iops,
    };
}

static void read_quantity(const struct json_value *object, struct price_quantity *quantity,
                          struct arena *arena, struct diag *diag)
{
    *quantity = (struct price_quantity){.note = ""};
    if (bind_object(object, QUANTITY_FIELDS, COUNT(QUANTITY_FIELDS), quantity, arena, diag))
        check_confidence(object, quantity->confidence, diag);
}

/* An id with where it stands, for sorting and for finding duplicates. */
struct place {
    const char *id;
    const struct json_value *value;
    size_t index;
};

static int place_order(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int order = strcmp(x->id, y->id);

    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static void check_duplicates(const struct place *places, size_t n, struct diag *diag)
{
    for (size_t i = 1; i < n; i++) {
        if (places[i].id[0] == '\0' || strcmp(places[i - 1].id, places[i].id) != 0) continue;
        json_mistake(diag, json_member(places[i].value, "id"), "\"%s\" stands in line %" PRIu32 " already",
                     places[i].id, places[i - 1].value->pos.line);
    }
}

/* An array of the book, or NULL after a mistake. */
static const struct json_value *book_array(const struct json_value *root, const char *name, struct diag *diag)
{
    const struct json_value *array = json_member(root, name);
    char found[DESCRIBE_SIZE];

    if (!array) return NULL;
    if (array->kind != JSON_VALUE_ARRAY) {
        json_mistake(diag, array, "is %s; an array fits", json_describe(array, found, sizeof(found)));
        return NULL;
    }
    if (array->n > PRICEBOOK_ROWS_MAX) {
        json_mistake(diag, array, "has %zu rows; at most %d fit", array->n, PRICEBOOK_ROWS_MAX);
        return NULL;
    }
    return array;
}

static void read_rows(const struct json_value *array, struct pricebook *book, struct arena *arena,
                      struct diag *diag)
{
    struct price *rows = ARENA_NEW(arena, struct price, array->n);
    struct price *sorted = ARENA_NEW(arena, struct price, array->n);
    struct place *places = ARENA_NEW(arena, struct place, array->n);
    const char **names = ARENA_NEW(arena, const char *, array->n);

    if (array->n == 0) json_mistake(diag, array, "is empty; a price book has at least one price");
    for (size_t i = 0; i < array->n; i++) {
        read_price(&array->items[i], book->instances, &rows[i], arena, diag);
        places[i] = (struct place){rows[i].id ? rows[i].id : "", &array->items[i], i};
    }
    qsort(places, array->n, sizeof(places[0]), place_order);
    check_duplicates(places, array->n, diag);
    for (size_t i = 0; i < array->n; i++) {
        sorted[i] = rows[places[i].index];
        if (sorted[i].is_instance) names[book->instance_names_n++] = sorted[i].id + strlen(book->instances);
    }
    book->prices = sorted;
    book->prices_n = array->n;
    book->instance_names = names;
}

static void read_quantities(const struct json_value *array, struct pricebook *book, struct arena *arena,
                            struct diag *diag)
{
    struct price_quantity *rows = ARENA_NEW(arena, struct price_quantity, array->n);
    struct price_quantity *sorted = ARENA_NEW(arena, struct price_quantity, array->n);
    struct place *places = ARENA_NEW(arena, struct place, array->n);

    for (size_t i = 0; i < array->n; i++) {
        read_quantity(&array->items[i], &rows[i], arena, diag);
        places[i] = (struct place){rows[i].id ? rows[i].id : "", &array->items[i], i};
    }
    qsort(places, array->n, sizeof(places[0]), place_order);
    check_duplicates(places, array->n, diag);
    for (size_t i = 0; i < array->n; i++)
        sorted[i] = rows[places[i].index];
    book->quantities = sorted;
    book->quantities_n = array->n;
}

const struct pricebook *pricebook_load(const char *file, struct arena *arena, struct diag *diag)
{
    struct pricebook *book = ARENA_NEW(arena, struct pricebook, 1);
    struct book_head head = {0};
    size_t mistakes = diag_count(diag);
    char error[FILE_ERROR_SIZE];
    const struct json_value *root, *array;
    enum file_status status;
    char *text;
    size_t n;

    status = file_read(file, PRICEBOOK_SIZE_BYTES_MAX, arena, &text, &n, error, sizeof(error));
    if (status != FILE_OK) {
        diag_add(diag, file, DIAG_NO_POS, NULL, "%s",
                 status == FILE_EMPTY          ? "the price book is empty"
                 : status == FILE_NOT_FOUND    ? "there is no such price book"
                 : status == FILE_IS_DIRECTORY ? "is a directory; a price book is a file"
                 : status == FILE_TOO_BIG      ? "is larger than the 4 MiB that a price book may have"
                                               : error);
        return NULL;
    }
    root = json_read(file, text, n, arena, diag);
    if (!root) return NULL;
    if (!bind_object(root, BOOK_FIELDS, COUNT(BOOK_FIELDS), &head, arena, diag)) return NULL;
    book->file = arena_strdup(arena, file);
    sha256_of(text, n, book->sha256);
    book->name = head.name;
    book->provider = head.provider;
    book->region = head.region;
    book->instances = head.instances;
    array = book_array(root, "rows", diag);
    if (array) read_rows(array, book, arena, diag);
    array = book_array(root, "quantities", diag);
    if (array) read_quantities(array, book, arena, diag);
    return diag_count(diag) == mistakes ? book : NULL;
}

const struct price *pricebook_find(const struct pricebook *book, const char *id)
{
    size_t low = 0, high = book->prices_n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(book->prices[middle].id, id);

        if (order == 0) return &book->prices[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct price_quantity *pricebook_quantity(const struct pricebook *book, const char *id)
{
    size_t low = 0, high = book->quantities_n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(book->quantities[middle].id, id);

        if (order == 0) return &book->quantities[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct price *pricebook_instance(const struct pricebook *book, const char *name,
                                       struct instance_attributes *attributes)
{
    size_t prefix = strlen(book->instances);
    size_t low = 0, high = book->prices_n;

    /* The rows are sorted by whole id, so all that share the prefix are sorted by what follows it. */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *id = book->prices[middle].id;
        int order = strncmp(id, book->instances, prefix);

        if (order == 0) order = strcmp(id + prefix, name);
        if (order == 0) {
            if (!book->prices[middle].is_instance) return NULL;
            if (attributes) *attributes = book->prices[middle].instance;
            return &book->prices[middle];
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
