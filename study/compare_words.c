/* compare_words.c: what a comparison comes to, in words.
 *
 * A design's month is infrastructure + stale minutes x price of a minute: a line in the price. The least of all lines is the
 * design to build, and where it bends the answer flips. From the left:
 *
 *   1. at price 0 the cheapest infrastructure; of equals the one with fewer stale minutes
 *   2. of the designs with fewer stale minutes than the one in force, the line that is crossed first is next
 */
#include "compare_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "units.h"

struct writing {
    struct comparison_record *c;
    struct arena *arena;
    const char **sentences, **notes;
    int sentences_n, notes_n;
};

enum { SENTENCES_MAX = 8 + 3 * COMPARISON_DESIGNS_MAX, NOTES_MAX = 8 + 2 * COMPARISON_DESIGNS_MAX };

/* Of a design; NULL: there is no such row. */
static const struct record_number *value_of(const struct comparison_record *c, int row, int design)
{
    return row < 0 ? NULL : &c->designs[design].values[row].number;
}

static bool known_everywhere(const struct comparison_record *c, int row)
{
    for (int d = 0; d < c->designs_n; d++) {
        if (row < 0 || !value_of(c, row, d)->known) return false;
    }
    return c->designs_n > 0;
}

/* "A (ad-clickstream)" */
static const char *name_of(const struct writing *w, int design)
{
    return arena_printf(w->arena, "%s (%s)", w->c->designs[design].label, w->c->designs[design].name);
}

static const char *money(const struct writing *w, double usd)
{
    char text[UNITS_FORMAT_SIZE];
    return arena_strdup(w->arena, units_format(UNITS_MONEY, usd, text, sizeof text));
}

/* "Cheapest in infrastructure: B (hourly) at $18,000 a month, then A (base) at $45,000 a month." */
static void rank(struct writing *w, const char *what, int row)
{
    const struct comparison_record *c = w->c;
    int order[COMPARISON_DESIGNS_MAX];
    for (int d = 0; d < c->designs_n; d++) {
        int at = d;
        for (; at > 0 && value_of(c, row, order[at - 1])->value > value_of(c, row, d)->value; at--) order[at] = order[at - 1];
        order[at] = d;
    }
    const char *text = arena_printf(w->arena, "Cheapest %s: ", what);
    for (int i = 0; i < c->designs_n; i++) {
        double usd = value_of(c, row, order[i])->value;
        bool tie = i > 0 && usd == value_of(c, row, order[i - 1])->value;
        text = arena_printf(w->arena, "%s%s%s at %s%s", text, i == 0 ? "" : tie ? " and " : ", then ", name_of(w, order[i]),
                            tie ? "the same" : money(w, usd), tie ? "" : " a month");
    }
    w->sentences[w->sentences_n++] = arena_printf(w->arena, "%s.", text);
}

/* Where the ranking of two designs could be the dice's: the interval of the difference holds 0. */
static void doubt(struct writing *w, const char *what, int row)
{
    const struct comparison_record *c = w->c;
    for (int d = 1; d < c->designs_n; d++) {
        const struct comparison_difference *difference = &c->pairs[d - 1].differences[row];
        if (!difference->low.known || difference->excludes_zero || difference->mean.value == 0) continue;
        w->sentences[w->sentences_n++] =
            arena_printf(w->arena, "%s %s cannot be told from %s: the interval of their difference holds 0.", what, name_of(w, d),
                         name_of(w, 0));
    }
}

static void find_ranges(struct writing *w, int month, int minutes)
{
    struct comparison_record *c = w->c;
    c->break_even = ARENA_NEW(w->arena, struct comparison_range, (size_t)c->designs_n + 1);
    int now = 0;
    double price = 0;
    for (int d = 1; d < c->designs_n; d++) {
        double usd = value_of(c, month, d)->value - value_of(c, month, now)->value;
        if (usd < 0 || (usd == 0 && value_of(c, minutes, d)->value < value_of(c, minutes, now)->value)) now = d;
    }
    while (now >= 0) {
        c->break_even[c->break_even_n++] = (struct comparison_range){price, c->designs[now].label};
        int next = -1;
        double at = INFINITY;
        for (int d = 0; d < c->designs_n; d++) {
            double fewer = value_of(c, minutes, now)->value - value_of(c, minutes, d)->value;
            if (!(fewer > 0)) continue;
            double crossing = (value_of(c, month, d)->value - value_of(c, month, now)->value) / fewer;
            bool lower = next >= 0 && crossing == at && value_of(c, minutes, d)->value < value_of(c, minutes, next)->value;
            if (crossing < at || lower) {
                at = crossing;
                next = d;
            }
        }
        now = next;
        price = fmax(price, at);
    }
}

static int of_label(const struct comparison_record *c, const char *label)
{
    for (int d = 0; d < c->designs_n; d++) {
        if (strcmp(c->designs[d].label, label) == 0) return d;
    }
    return 0;
}

/* "B (hourly) costs least while a minute of delay costs less than $0.62, A (base) from there on." */
static void tell_ranges(struct writing *w)
{
    const struct comparison_record *c = w->c;
    const char *first = name_of(w, of_label(c, c->break_even[0].cheapest));
    if (c->break_even_n == 1) {
        w->sentences[w->sentences_n++] =
            arena_printf(w->arena, "Whatever a minute of delay costs, no design costs less than %s.", first);
        return;
    }
    const char *text = arena_printf(w->arena, "%s costs least while a minute of delay costs less than %s", first,
                                    money(w, c->break_even[1].from_usd_per_minute));
    for (int i = 1; i < c->break_even_n; i++) {
        const char *name = name_of(w, of_label(c, c->break_even[i].cheapest));
        text = i + 1 < c->break_even_n
                   ? arena_printf(w->arena, "%s, then %s up to %s", text, name, money(w, c->break_even[i + 1].from_usd_per_minute))
                   : arena_printf(w->arena, "%s, and %s from there on", text, name);
    }
    w->sentences[w->sentences_n++] = arena_printf(w->arena, "%s.", text);
}

/* The first reason for which a row is not known. */
static const char *why_unknown(const struct writing *w, int row)
{
    for (int d = 0; d < w->c->designs_n; d++) {
        const struct record_number *value = value_of(w->c, row, d);
        if (value && !value->known)
            return arena_printf(w->arena, " of %s: %s", name_of(w, d), value->why_null ? value->why_null : RECORD_NOT_FILLED);
    }
    return ": nothing was measured";
}

static void tell_money(struct writing *w)
{
    struct comparison_record *c = w->c;
    int month = compare_row(c, COMPARE_MONTH), minutes = compare_row(c, COMPARE_MINUTES), sum = compare_row(c, COMPARE_SUM);
    if (!known_everywhere(c, month)) {
        c->break_even_why_none = arena_printf(w->arena, "the month's bill is not known%s", why_unknown(w, month));
        w->sentences[w->sentences_n++] = arena_printf(w->arena, "Which is cheaper is not known: %s.", c->break_even_why_none);
        return;
    }
    rank(w, "in infrastructure", month);
    doubt(w, "In infrastructure", month);
    if (known_everywhere(c, sum)) {
        bool one_price = true;
        double usd = c->designs[0].usd_per_minute.value;
        for (int d = 1; d < c->designs_n; d++) one_price = one_price && c->designs[d].usd_per_minute.value == usd;
        rank(w, one_price ? arena_printf(w->arena, "in sum, with delay at %s a minute", money(w, usd))
                          : "in sum, with delay at each design's own price", sum);
        doubt(w, "In sum", sum);
    }
    if (!known_everywhere(c, minutes)) {
        c->break_even_why_none = arena_printf(w->arena, "stale minutes are not known%s", why_unknown(w, minutes));
        w->sentences[w->sentences_n++] = arena_printf(w->arena, "What delay would change is not known: %s.", c->break_even_why_none);
        return;
    }
    find_ranges(w, month, minutes);
    tell_ranges(w);
}

/* What the differences hold beside the designs. */
static void tell_notes(struct writing *w)
{
    const struct comparison_record *c = w->c;
    if (c->replications > 1)
        w->notes[w->notes_n++] = arena_printf(
            w->arena, "intervals are Student's, 95 %%, of the differences in each of %d replications on the same seeds; of twenty "
                      "figures without a difference, one has an interval that excludes 0 by chance", c->replications);
    else
        w->notes[w->notes_n++] = "one replication knows no interval";
    int produced = compare_row(c, COMPARE_PRODUCED);
    for (int d = 1; d < c->designs_n; d++) {
        const struct comparison_design *head = &c->designs[d];
        if (produced >= 0 && c->pairs[d - 1].differences[produced].mean.known &&
            c->pairs[d - 1].differences[produced].mean.value != 0)
            w->notes[w->notes_n++] = arena_printf(w->arena, "%s does not see the traffic of %s: the differences are those of their "
                                                            "workloads too", name_of(w, d), name_of(w, 0));
        if (head->stale_after_s.known && c->designs[0].stale_after_s.known &&
            head->stale_after_s.value != c->designs[0].stale_after_s.value)
            w->notes[w->notes_n++] = arena_printf(w->arena, "%s calls its output stale after another time than %s does",
                                                  name_of(w, d), name_of(w, 0));
    }
}

void compare_conclude(struct comparison_record *c, const bool *same, struct arena *arena)
{
    struct writing w = {.c = c,
                        .arena = arena,
                        .sentences = ARENA_NEW(arena, const char *, SENTENCES_MAX),
                        .notes = ARENA_NEW(arena, const char *, NOTES_MAX)};
    bool all_same = c->pairs_n > 0;
    for (int p = 0; p < c->pairs_n; p++) {
        all_same = all_same && same[p];
        if (!same[p]) continue;
        w.sentences[w.sentences_n++] =
            arena_printf(arena, "%s and %s came out the same, in every figure of every replication.", name_of(&w, 0), name_of(&w, p + 1));
    }
    if (!all_same)
        tell_money(&w);
    else
        c->break_even_why_none = "the designs came out the same";
    tell_notes(&w);
    c->conclusion = w.sentences;
    c->conclusion_n = w.sentences_n;
    c->notes = w.notes;
    c->notes_n = w.notes_n;
}
