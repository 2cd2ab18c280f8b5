/* sources.c: see sources.h. */
#include "sources.h"

#include <string.h>

#include "arena.h"
#include "calibration.h"
#include "cli.h"
#include "diag.h"
#include "inputs.h"
#include "markdown.h"
#include "prices.h"
#include "record.h"
#include "units.h"

static bool is_plain_name(const char *name)
{
    return name[0] != '\0' && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

/* In the unit that fits its size, where it is a time or a throughput. */
static const char *quantity(const char *unit, double value, struct arena *arena)
{
    char text[UNITS_FORMAT_SIZE];

    if (strncmp(unit, "ns", 2) == 0 && (unit[2] == '\0' || unit[2] == '/'))
        return arena_printf(arena, "%s%s", units_format(UNITS_DURATION, value * 1e-9, text, sizeof(text)),
                            unit + 2);
    if (strcmp(unit, "bytes/s") == 0)
        return arena_strdup(arena, units_format(UNITS_BYTES_PER_S, value, text, sizeof(text)));
    return arena_printf(arena, "%g %s", value, unit);
}

const char *sources_quantity(const struct calibration_row *row, struct arena *arena)
{
    return arena_printf(arena, "%s (%s to %s)", quantity(row->unit, row->value, arena),
                        quantity(row->unit, row->low, arena), quantity(row->unit, row->high, arena));
}

static void find_calibration(const struct cli *cli, const struct record *record, const char *data_dir,
                             struct diag *diag, struct report_sources *sources)
{
    const struct calibration *calibration = calibration_load(cli->calibration, data_dir, cli->arena, diag);
    int n = 0;

    if (!calibration || strcmp(calibration->sha256, record->inputs.calibration.sha256) != 0) {
        sources->calibration_missing =
            "the calibration of this run is not the one at hand, so its sources are not "
            "listed: give it with --calibration";
        return;
    }
    struct report_source *list = ARENA_NEW(cli->arena, struct report_source, calibration->rows_n);
    for (size_t i = 0; i < calibration->rows_n; i++) {
        const struct calibration_row *row = &calibration->rows[i];
        if (strchr(row->operation, '/')) continue; /* kept for people; no model reads it */
        list[n++] = (struct report_source){.name = row->operation,
                                           .value = sources_quantity(row, cli->arena),
                                           .confidence = row->confidence,
                                           .source = row->source,
                                           .note = row->note};
    }
    sources->calibration = list;
    sources->calibration_n = n;
}

/* The prices that the bill names, each once, in its order. */
static void find_prices(const struct cli *cli, const struct record *record, const char *data_dir,
                        struct diag *diag, struct report_sources *sources)
{
    const char *name = record->inputs.prices.name;
    const char *file = cli->prices;
    int n = 0;

    if (!file && is_plain_name(name)) file = arena_printf(cli->arena, "%s/prices/%s.json", data_dir, name);
    const struct pricebook *book = file ? pricebook_load(file, cli->arena, diag) : NULL;
    if (!book || strcmp(book->sha256, record->inputs.prices.sha256) != 0) {
        sources->prices_missing =
            "the price book of this run is not the one at hand, so its sources are not listed: "
            "give it with --prices";
        return;
    }
    struct report_source *list =
        ARENA_NEW(cli->arena, struct report_source, (size_t)record->cost.lines_n + 1);
    for (int i = 0; i < record->cost.lines_n; i++) {
        const char *id = record->cost.lines[i].price_id;
        const struct price *price = id ? pricebook_find(book, id) : NULL;
        bool listed = false;
        for (int j = 0; j < n; j++)
            listed = listed || (price && strcmp(list[j].name, price->id) == 0);
        if (!price || listed) continue;
        list[n++] = (struct report_source){
            .name = price->id,
            .value = arena_printf(cli->arena, "$%.10g per %s, %s, effective %s", price->usd, price->unit,
                                  price->region, price->effective),
            .confidence = price->confidence,
            .source = price->source,
            .note = price->note};
    }
    sources->prices = list;
    sources->prices_n = n;
}

const struct report_sources *sources_find(const struct cli *cli, const struct record *record)
{
    struct report_sources *sources = ARENA_NEW(cli->arena, struct report_sources, 1);
    struct diag *diag = diag_new();
    const char *data_dir = inputs_path(cli, "scenarios");

    if (data_dir && record->inputs.calibration.sha256) find_calibration(cli, record, data_dir, diag, sources);
    if (data_dir && record->inputs.prices.sha256) find_prices(cli, record, data_dir, diag, sources);
    diag_free(diag);
    return sources;
}
