/* compare.c: figures of designs put side by side; see compare.h. */
#include "compare_parts.h"

#include <math.h>
#include <string.h>

#include "arena.h"
#include "check.h"
#include "confidence.h"

struct kept { /* of one design and row */
    struct record_number value;
    struct metric *each; /* [replications]; NULL: the design has no such figure */
};

struct row {
    struct comparison_row head;
    bool optional;
    struct kept kept[COMPARISON_DESIGNS_MAX];
    struct row *next;
};

struct compare {
    struct arena *arena;
    uint64_t seed;
    int replications;
    struct comparison_design designs[COMPARISON_DESIGNS_MAX];
    const char *why_missing[COMPARISON_DESIGNS_MAX];
    int designs_n;
    struct row *rows; /* by section, then in the order in which they came */
};

struct compare *compare_new(uint64_t seed, int replications, struct arena *arena)
{
    CHECK(replications >= 1, "%d replications", replications);
    struct compare *compare = ARENA_NEW(arena, struct compare, 1);
    compare->arena = arena;
    compare->seed = seed;
    compare->replications = replications;
    return compare;
}

static const char *keep(struct arena *arena, const char *text)
{
    return text ? arena_strdup(arena, text) : NULL;
}

static struct record_number keep_number(struct arena *arena, struct record_number number)
{
    number.why_null = keep(arena, number.why_null);
    return number;
}

/* The row of that metric, a new one at the end of its section if there is none. */
static struct row *row_of(struct compare *compare, const struct compare_figure *figure)
{
    struct row **at = &compare->rows;
    for (; *at && (*at)->head.section <= figure->section; at = &(*at)->next) {
        if (strcmp((*at)->head.metric, figure->metric) == 0) return *at;
    }
    struct row *row = ARENA_NEW(compare->arena, struct row, 1);
    row->head = (struct comparison_row){.metric = keep(compare->arena, figure->metric),
                                        .words = keep(compare->arena, figure->words),
                                        .unit = keep(compare->arena, figure->unit),
                                        .section = figure->section};
    row->optional = figure->optional;
    row->next = *at;
    *at = row;
    return row;
}

void compare_add(struct compare *compare, const struct comparison_design *design, const struct compare_figure *figures,
                 int n, const char *why_missing)
{
    struct arena *arena = compare->arena;
    CHECK(compare->designs_n < COMPARISON_DESIGNS_MAX, "design %s is one too many", design->name);
    const int d = compare->designs_n++;
    struct comparison_design *head = &compare->designs[d];
    *head = *design;
    head->label = comparison_label(d);
    int like = 1; /* designs of that name */
    for (int i = 0; i < d; i++) {
        size_t length = strlen(design->name);
        const char *other = compare->designs[i].name;
        like += strncmp(other, design->name, length) == 0 && (other[length] == '\0' || other[length] == '+');
    }
    head->name = like == 1 ? keep(arena, design->name) : arena_printf(arena, "%s+%d", design->name, like);
    head->file = keep(arena, design->file);
    head->sha256 = keep(arena, design->sha256);
    head->answer = keep(arena, design->answer);
    head->output.text = keep(arena, design->output.text);
    head->output.why_null = keep(arena, design->output.why_null);
    head->stale_after_s = keep_number(arena, design->stale_after_s);
    head->usd_per_minute = keep_number(arena, design->usd_per_minute);
    compare->why_missing[d] = keep(arena, why_missing);
    for (int i = 0; i < n; i++) {
        struct kept *kept = &row_of(compare, &figures[i])->kept[d];
        CHECK(!kept->each, "design %s has %s twice", head->name, figures[i].metric);
        kept->value = keep_number(arena, figures[i].value);
        kept->each = ARENA_NEW(arena, struct metric, (size_t)compare->replications);
        for (int r = 0; r < compare->replications; r++)
            kept->each[r] = (struct metric){.value = figures[i].each[r].value, .known = figures[i].each[r].known};
    }
}

static bool says_nothing(const struct compare *compare, const struct row *row)
{
    for (int d = 0; d < compare->designs_n; d++) {
        const struct kept *kept = &row->kept[d];
        if (kept->each && kept->value.known && kept->value.value != 0) return false;
    }
    return true;
}

static struct comparison_difference difference_of(const struct compare *compare, const struct row *row, int d)
{
    const struct kept *first = &row->kept[0], *other = &row->kept[d];
    struct comparison_difference out = {.metric = row->head.metric};
    if (!first->value.known || !other->value.known) {
        const char *why = other->value.known ? first->value.why_null : other->value.why_null;
        out.mean = out.low = out.high = record_unknown(why ? why : RECORD_NOT_FILLED);
        return out;
    }
    double *a = ARENA_NEW(compare->arena, double, (size_t)compare->replications);
    double *b = ARENA_NEW(compare->arena, double, (size_t)compare->replications);
    int n = 0;
    bool all = true;
    for (int r = 0; r < compare->replications; r++) {
        bool both = first->each[r].known && other->each[r].known;
        if (both) {
            a[n] = first->each[r].value;
            b[n++] = other->each[r].value;
        }
        all = all && first->each[r].known == other->each[r].known;
    }
    if (n == 0) {
        out.mean = out.low = out.high = record_unknown("no replication was finished by both designs");
        return out;
    }
    struct interval paired = confidence_interval_paired(b, a, n, 0.95);
    /* A bill is of all replications together, which is not to the cent the mean of theirs: the difference is that of the
     * values that are shown. */
    double mean = all ? other->value.value - first->value.value : paired.mean, half = (paired.high - paired.low) / 2;
    out.mean = record_known(mean);
    out.low = out.high = record_unknown("one pair of replications knows no interval");
    if (n < 2) return out;
    out.low = record_known(mean - half);
    out.high = record_known(mean + half);
    out.excludes_zero = mean - half > 0 || mean + half < 0;
    return out;
}

/* In every figure and replication? */
static bool came_out_same(const struct compare *compare, int d)
{
    bool any = false;
    for (const struct row *row = compare->rows; row; row = row->next) {
        const struct kept *first = &row->kept[0], *other = &row->kept[d];
        if (!first->each != !other->each) return false;
        for (int r = 0; first->each && r < compare->replications; r++) {
            if (first->each[r].known != other->each[r].known) return false;
            if (first->each[r].known && first->each[r].value != other->each[r].value) return false;
            any = any || first->each[r].known;
        }
    }
    return any;
}

int compare_row(const struct comparison_record *c, const char *metric)
{
    for (int i = 0; i < c->rows_n; i++) {
        if (strcmp(c->rows[i].metric, metric) == 0) return i;
    }
    return -1;
}

struct comparison_record *compare_finish(struct compare *compare, const char *partial_why)
{
    struct arena *arena = compare->arena;
    struct comparison_record *c = ARENA_NEW(arena, struct comparison_record, 1);
    int room = 0;
    for (const struct row *row = compare->rows; row; row = row->next) room++;
    c->seed = compare->seed;
    c->replications = compare->replications;
    c->partial = partial_why != NULL;
    c->partial_why = keep(arena, partial_why);
    c->rows = ARENA_NEW(arena, struct comparison_row, (size_t)room);
    c->designs = ARENA_NEW(arena, struct comparison_design, (size_t)compare->designs_n);
    c->designs_n = compare->designs_n;
    c->pairs_n = compare->designs_n > 0 ? compare->designs_n - 1 : 0;
    c->pairs = ARENA_NEW(arena, struct comparison_pair, (size_t)c->pairs_n);
    for (int d = 0; d < compare->designs_n; d++) {
        c->designs[d] = compare->designs[d];
        c->designs[d].values = ARENA_NEW(arena, struct record_named_number, (size_t)room);
        if (d == 0) continue;
        c->pairs[d - 1] = (struct comparison_pair){
            .of = compare->designs[d].label,
            .less = compare->designs[0].label,
            .differences = ARENA_NEW(arena, struct comparison_difference, (size_t)room),
        };
    }
    for (struct row *row = compare->rows; row; row = row->next) {
        if (row->optional && says_nothing(compare, row)) continue;
        const int i = c->rows_n++;
        c->rows[i] = row->head;
        for (int d = 0; d < compare->designs_n; d++) {
            struct kept *kept = &row->kept[d];
            if (!kept->each) kept->value = record_unknown(compare->why_missing[d]);
            c->designs[d].values[c->designs[d].values_n++] = (struct record_named_number){row->head.metric, kept->value};
            if (d > 0) c->pairs[d - 1].differences[c->pairs[d - 1].differences_n++] = difference_of(compare, row, d);
        }
    }
    bool *same = ARENA_NEW(arena, bool, (size_t)c->pairs_n);
    for (int p = 0; p < c->pairs_n; p++) same[p] = came_out_same(compare, p + 1);
    compare_conclude(c, same, arena);
    return c;
}
