/* scenario_table.c: the rows of the scenario language, strung together and looked up; see scenario_table.h. */
#include "scenario_rows.h"

#include "check.h"

#include <stdio.h>
#include <string.h>

static const struct scenario_rows *const parts[] = {&scenario_rows_run, &scenario_rows_kafka, &scenario_rows_groups,
                                                    &scenario_rows_lake, &scenario_rows_faults};
enum { PARTS_N = sizeof parts / sizeof parts[0] };

size_t scenario_rows_n(void)
{
    size_t n = 0;
    for (size_t p = 0; p < PARTS_N; p++) n += parts[p]->n;
    return n;
}

const struct scenario_row *scenario_row_next(const struct scenario_row *row)
{
    if (!row) return &parts[0]->rows[0];
    for (size_t p = 0; p < PARTS_N; p++) {
        if (row == &parts[p]->rows[parts[p]->n - 1]) return p + 1 < PARTS_N ? &parts[p + 1]->rows[0] : NULL;
    }
    return row + 1;
}

const struct scenario_row *scenario_row(const char *object, const char *key)
{
    for EACH_SCENARIO_ROW(row)
        if (!strcmp(row->object, object) && (!key || !strcmp(row->key, key))) return row;
    return NULL;
}

const char *scenario_name_key(const char *object)
{
    const struct scenario_row *row = scenario_row(object, NULL);
    CHECK(row, "%s has no rows", object);
    return row->key;
}

const char *scenario_row_path(const struct scenario_row *row, bool element, char *buffer, size_t buffer_n)
{
    const char *suffix = !element                     ? ""
                         : row->type == SCENARIO_LIST ? "[]"
                         : row->type == SCENARIO_MAP  ? ".*"
                                                      : "";
    snprintf(buffer, buffer_n, "%s%s%s%s", row->object, row->object[0] ? "." : "", row->key, suffix);
    return buffer;
}

const char *scenario_row_fits(const struct scenario_row *row, char *buffer, size_t buffer_n)
{
    static const char *const words[] = {
        [SCENARIO_OBJECT] = "an object",
        [SCENARIO_LIST] = "a list of objects",
        [SCENARIO_MAP] = "an object of named objects",
        [SCENARIO_TEXT] = "a text",
        [SCENARIO_NAME] = "a name of a-z, 0-9, '_' and '-'",
        [SCENARIO_WORD] = "a text without spaces",
        [SCENARIO_BOOL] = "true or false",
        [SCENARIO_COUNT] = "a whole number, as in 24 or \"2M\"",
        [SCENARIO_COUNTS] = "a list of whole numbers, as in [1, 4]",
        [SCENARIO_NUMBER] = "a number, as in 1.05",
        [SCENARIO_DURATION] = "a duration, as in \"10ms\"",
        [SCENARIO_BYTES] = "a size, as in \"250 B\" or \"64 KiB\"",
        [SCENARIO_BYTES_PER_S] = "a throughput, as in \"600 MiB/s\"",
        [SCENARIO_RATE] = "a rate, as in \"1.2M/s\"",
        [SCENARIO_SHARE] = "a share, as in \"35%\"",
        [SCENARIO_MONEY] = "an amount of money, as in \"$190k\"",
        [SCENARIO_MONEY_PER_TIME] = "money for time, as in \"$40/min\"",
        [SCENARIO_TIME_OF_DAY] = "a time of day, as in \"18:00\"",
        [SCENARIO_REFERENCE] = "a name",
        [SCENARIO_REFERENCES] = "a list of names",
        [SCENARIO_CONFIG_MS] = "milliseconds, as in 50 or \"50ms\"",
        [SCENARIO_CONFIG_S] = "seconds, as in 300 or \"5m\"",
        [SCENARIO_CONFIG_BYTES] = "bytes, as in 65536 or \"64 KiB\"",
        [SCENARIO_OBJECTIVES] = "a list of texts such as \"freshness.ctr.p99 <= 60s\"",
    };
    const bool list = row->type == SCENARIO_CHOICES;
    if (row->type != SCENARIO_CHOICE && !list) {
        snprintf(buffer, buffer_n, "%s%s%s%s", words[row->type], row->or_word ? ", or \"" : "",
                 row->or_word ? row->or_word : "", row->or_word ? "\"" : "");
        return buffer;
    }
    size_t used = 0;
    for (const struct scenario_choice *choice = row->choices; choice->word; choice++) {
        if (choice->value == SCENARIO_NOT_MODELLED) continue;
        int wrote = snprintf(buffer + used, buffer_n - used, "%s%s", used ? ", " : list ? "a list of some of " : "one of ",
                             choice->word);
        if (wrote < 0 || (size_t)wrote >= buffer_n - used) break;
        used += (size_t)wrote;
    }
    return buffer;
}

static const char *word_of(const char *object, const char *key, int value)
{
    for (const struct scenario_choice *choice = scenario_row(object, key)->choices; choice->word; choice++) {
        if (choice->value == value) return choice->word;
    }
    CHECK(false, "%s.%s has no word for %d", object, key, value);
    return NULL;
}

const char *scenario_resolution_word(int resolution) { return word_of("run", "resolution", resolution); }

const char *scenario_fault_kind_word(int kind) { return word_of("faults[]", "kind", kind); }
