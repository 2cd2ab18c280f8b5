/* regress.c: see regress.h. */
#include "regress.h"

#include "arena.h"
#include "check.h"
#include "error.h"

#include <math.h>
#include <string.h>

enum { NAMED_MAX = 4 };

const char *const regress_change_words[] = {"alike", "slower", "faster"};

static bool is_reference(const char *name)
{
    return !strncmp(name, "reference/", strlen("reference/"));
}

static double scatter(const struct measurement_row *row)
{
    const double median = measurement_quantile(row->cpu_ns, row->n, 0.5);
    return (measurement_quantile(row->cpu_ns, row->n, 0.75) -
            measurement_quantile(row->cpu_ns, row->n, 0.25)) /
           median;
}

/* The ratio nearest to 1 of all that are to be beyond the threshold; 1 if they do not agree on the direction.
 */
static double least_shift(const struct regress *r, const struct regress_row *row)
{
    static const double quantiles[] = {0.5, 0.25, 0.1};
    const struct measurement_row *a = measurement_find(r->old, row->name),
                                 *b = measurement_find(r->new, row->name);
    const int n = r->old->processes > 0 && r->new->processes > 0 ? 1 : 3;
    double low = row->ratio.ratio, high = row->ratio.ratio;
    for (int i = 0; i < n; i++) {
        const double ratio = measurement_quantile(b->cpu_ns, b->n, quantiles[i]) /
                             measurement_quantile(a->cpu_ns, a->n, quantiles[i]);
        low = fmin(low, ratio);
        high = fmax(high, ratio);
    }
    return low > 1 ? low : high < 1 ? high : 1;
}

static struct regress_row row_of(const struct regress *r, const struct measurement_row *a,
                                 const struct measurement_row *b)
{
    const double noise = r->by_turns ? 0 : fmax(scatter(a), scatter(b)) / 2;
    const struct rank_sum test = rank_sum_test(a->cpu_ns, a->n, b->cpu_ns, b->n);
    return (struct regress_row){
        .name = a->name,
        .old_n = a->n,
        .new_n = b->n,
        .old_ns = measurement_quantile(a->cpu_ns, a->n, 0.5),
        .new_ns = measurement_quantile(b->cpu_ns, b->n, 0.5),
        .ratio = rank_sum_ratio(a->cpu_ns, a->n, b->cpu_ns, b->n, 1 - r->alpha),
        .superiority = test.superiority,
        .p = test.p,
        .threshold = fmax(r->threshold, noise),
        .instructions_ratio =
            a->instructions > 0 && b->instructions > 0 ? b->instructions / a->instructions : -1,
        .reference = is_reference(a->name),
    };
}

static void note(struct regress *r, const char *text)
{
    CHECK(r->notes_n < (int)(sizeof r->notes / sizeof *r->notes), "a note too many: %s", text);
    r->notes[r->notes_n++] = text;
}

/* What is not known to be slower is not thereby known to be as quick. */
static void tell_open(struct regress *r, struct arena *arena)
{
    const char *names = "";
    for (int i = 0; i < r->rows_n; i++) {
        const struct regress_row *row = &r->rows[i];
        if (row->reference || row->change != REGRESS_ALIKE || row->ratio.high < REGRESS_OPEN) continue;
        if (++r->open_n <= NAMED_MAX) names = arena_printf(arena, "%s%s%s", names, *names ? ", " : "", row->name);
    }
    if (r->open_n == 0) return;
    note(r, arena_printf(arena, "%d benchmark%s scatter%s so much that a tenth more cannot be excluded (%s%s): more processes or a "
                                "quieter host would know",
                         r->open_n, r->open_n == 1 ? "" : "s", r->open_n == 1 ? "s" : "", names, r->open_n > NAMED_MAX ? ", ..." : ""));
}

static void compare_hosts(struct regress *r, struct arena *arena)
{
    const struct measurement *a = r->old, *b = r->new;
    if (strcmp(a->cpu, b->cpu) != 0 && *a->cpu && *b->cpu)
        note(r, arena_printf(arena, "two hosts: %s and %s; what differs may be theirs", a->cpu, b->cpu));
    if (strcmp(a->compiler, b->compiler) != 0 && *a->compiler && *b->compiler)
        note(r, arena_printf(arena, "two compilers: %s and %s", a->compiler, b->compiler));
    if (a->yardstick_ns > 0 && b->yardstick_ns > 0 &&
        fabs(b->yardstick_ns / a->yardstick_ns - 1) > REGRESS_YARDSTICK)
        note(r, arena_printf(arena,
                             "the host ran at another speed: its yardstick took %+.1f %% of what it took "
                             "before; measure again",
                             100 * (b->yardstick_ns / a->yardstick_ns - 1)));
    if (a->processes == 0 || b->processes == 0)
        note(r, "repetitions of one process are judged, and processes of one program differ by more than its "
                "repetitions do: a change of some percent may be none");
    if (!r->by_turns && a->processes > 0 && r->slower_n + r->faster_n > 0)
        note(r, "the two were not measured by turns: what the host did in between is in the change; `headroom bench --against` "
                "measures so that it is not");
    int references = 0;
    for (int i = 0; i < r->rows_n; i++)
        references += r->rows[i].reference && r->rows[i].change != REGRESS_ALIKE;
    if (references > 0)
        note(r,
             arena_printf(arena, "%d benchmark%s of code that is not the project's changed too: the host did%s",
                          references, references == 1 ? "" : "s",
                          r->by_turns ? "" : ", and only what changed by more counts"));
}

static void change_of(const struct regress *r, struct regress_row *row)
{
    if (row->p > r->alpha) return;
    const double shift = least_shift(r, row);
    if (shift >= 1 + row->threshold) row->change = REGRESS_SLOWER;
    if (shift <= 1 / (1 + row->threshold)) row->change = REGRESS_FASTER;
}

/* Holm over what is ours, then the thresholds. */
static void decide(struct regress *r, struct arena *arena)
{
    double *p = ARENA_NEW(arena, double, (size_t)r->rows_n);
    int n = 0;
    for (int i = 0; i < r->rows_n; i++)
        if (!r->rows[i].reference) p[n++] = r->rows[i].p;
    rank_sum_holm(p, n);
    n = 0;
    for (int i = 0; i < r->rows_n; i++)
        if (!r->rows[i].reference) r->rows[i].p = p[n++];
    double host = 0; /* the largest change of what is not ours: the host's */
    for (int i = 0; i < r->rows_n; i++) {
        struct regress_row *row = &r->rows[i];
        if (!row->reference) continue;
        change_of(r, row);
        const double ratio = row->ratio.ratio;
        if (row->change != REGRESS_ALIKE) host = fmax(host, fmax(ratio, 1 / ratio) - 1);
    }
    for (int i = 0; i < r->rows_n; i++) {
        struct regress_row *row = &r->rows[i];
        if (row->reference) continue;
        if (!r->by_turns) row->threshold = fmax(row->threshold, host);
        change_of(r, row);
        r->slower_n += row->change == REGRESS_SLOWER;
        r->faster_n += row->change == REGRESS_FASTER;
    }
}

bool regress_judge(const struct measurement *old, const struct measurement *new, double threshold,
                   double alpha, struct arena *arena, struct regress *out, char *error, size_t error_n)
{
    *out = (struct regress){.old = old, .new = new, .threshold = threshold, .alpha = alpha};
    out->by_turns = *old->by_turns && !strcmp(old->by_turns, new->by_turns);
    out->rows = ARENA_NEW(arena, struct regress_row, (size_t)old->rows_n);
    out->only_old = ARENA_NEW(arena, const char *, (size_t)old->rows_n);
    out->only_new = ARENA_NEW(arena, const char *, (size_t) new->rows_n);
    for (int i = 0; i < new->rows_n; i++)
        if (measurement_find(old, new->rows[i].name) == NULL)
            out->only_new[out->only_new_n++] = new->rows[i].name;
    int both = 0;
    for (int i = 0; i < old->rows_n; i++) {
        const bool in_both = measurement_find(new, old->rows[i].name) != NULL;
        both += in_both;
        out->judged_n += in_both && !is_reference(old->rows[i].name);
        if (!in_both) out->only_old[out->only_old_n++] = old->rows[i].name;
    }
    if (both == 0)
        return error_say(error, error_n, "no benchmark is in both %s and %s: %s has %s, %s has %s", old->path,
                         new->path, old->path, old->rows[0].name, new->path, new->rows[0].name);
    if ((old->processes == 0) != (new->processes == 0))
        return error_say(error, error_n,
                         "%s has processes for observations and %s the repetitions of one process: they "
                         "cannot be compared",
                         old->processes > 0 ? old->path : new->path, old->processes > 0 ? new->path : old->path);
    out->needed = rank_sum_needed(alpha / (out->judged_n > 0 ? out->judged_n : 1));
    for (int i = 0; i < old->rows_n; i++) {
        const struct measurement_row *a = &old->rows[i], *b = measurement_find(new, a->name);
        if (b == NULL) continue;
        if (rank_sum_least_p(a->n, b->n) * (out->judged_n > 0 ? out->judged_n : 1) > alpha)
            return error_say(error, error_n,
                             "%s has %d and %d %s, too few to know a difference from chance among %d "
                             "benchmarks: it takes %d of each",
                             a->name, a->n, b->n, old->processes > 0 ? "processes" : "repetitions",
                             out->judged_n, out->needed);
        out->rows[out->rows_n++] = row_of(out, a, b);
    }
    decide(out, arena);
    compare_hosts(out, arena);
    tell_open(out, arena);
    return true;
}

static void print_time(FILE *out, double ns)
{
    if (ns < 1e4)
        fprintf(out, " %9.4g ns", ns);
    else if (ns < 1e7)
        fprintf(out, " %9.4g us", ns * 1e-3);
    else
        fprintf(out, " %9.4g ms", ns * 1e-6);
}

static void print_names(FILE *out, const char *head, const char **names, int n)
{
    if (n == 0) return;
    fprintf(out, "%s:", head);
    for (int i = 0; i < n; i++)
        fprintf(out, " %s", names[i]);
    fputc('\n', out);
}

void regress_print(const struct regress *r, FILE *out)
{
    bool counted = false;
    for (int i = 0; i < r->rows_n; i++)
        counted |= r->rows[i].instructions_ratio >= 0;
    fprintf(out, "%-34s %12s %12s %8s  %-21s %8s %7s%s\n", "BENCHMARK", "old", "new", "change", "within", "p",
            "beyond", counted ? "  instructions" : "");
    for (int i = 0; i < r->rows_n; i++) {
        const struct regress_row *row = &r->rows[i];
        char within[48] = "?";
        fprintf(out, "%-34s", row->name);
        print_time(out, row->old_ns);
        print_time(out, row->new_ns);
        if (isfinite(row->ratio.high))
            snprintf(within, sizeof within, "%+.1f%% .. %+.1f%%", 100 * (row->ratio.low - 1),
                     100 * (row->ratio.high - 1));
        fprintf(out, " %+7.1f%%  %-21s %8.2g %6.1f%%", 100 * (row->ratio.ratio - 1), within, row->p,
                100 * row->threshold);
        if (counted && row->instructions_ratio >= 0)
            fprintf(out, " %+12.2f%%", 100 * (row->instructions_ratio - 1));
        if (row->change != REGRESS_ALIKE)
            fprintf(out, "  %s%s", row->reference ? "host " : "", regress_change_words[row->change]);
        fputc('\n', out);
    }
    print_names(out, "only in the old one", r->only_old, r->only_old_n);
    print_names(out, "only in the new one", r->only_new, r->only_new_n);
    for (int i = 0; i < r->notes_n; i++)
        fprintf(out, "note: %s\n", r->notes[i]);
    if (r->slower_n + r->faster_n == 0)
        fprintf(out,
                "ALIKE: none of %d benchmarks differs by more than its threshold, at %g %% for all of them "
                "together\n",
                r->judged_n, 100 * r->alpha);
    else
        fprintf(out, "%s: %d of %d benchmarks slower, %d faster, at %g %% for all of them together\n",
                r->slower_n > 0 ? "SLOWER" : "FASTER", r->slower_n, r->judged_n, r->faster_n, 100 * r->alpha);
}
