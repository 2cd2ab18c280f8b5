/* regress.c: `headroom regress OLD NEW [SCENARIO]`: is the code slower, is that real, and what does it cost a month.
 *
 *   1. read both measurements, and the scenario with what it needs: every mistake of all is told
 *   2. judge (bench/regress.h)
 *   3. price what differs (regress_price.h)
 *   4. print, write --json, and fail the gate if anything is slower
 */
#include "regress.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "arena.h"
#include "cli.h"
#include "compare_text.h"
#include "diag.h"
#include "error.h"
#include "identity.h"
#include "inputs.h"
#include "json_text.h"
#include "outputs.h"
#include "regress_price.h"
#include "text.h"
#include "units.h"

enum { ERROR_SIZE = 512 };

static json_t *number_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *measurement_json(const struct measurement *m)
{
    return json_pack("{s:s, s:s, s:s, s:i, s:i}", "path", m->path, "cpu", m->cpu, "compiler", m->compiler, "files", m->files,
                     "processes", m->processes);
}

static json_t *row_json(const struct regress_row *row)
{
    json_t *out = json_pack("{s:s, s:s, s:b, s:i, s:i, s:f, s:f, s:f, s:o, s:o, s:f, s:f, s:f, s:o}", "name", row->name,
                            "change", regress_change_words[row->change], "reference", row->reference, "old_n", row->old_n,
                            "new_n", row->new_n, "old_ns", row->old_ns, "new_ns", row->new_ns, "ratio", row->ratio.ratio,
                            "ratio_low", number_or_null(row->ratio.high < INFINITY ? row->ratio.low : NAN), "ratio_high",
                            number_or_null(row->ratio.high), "superiority", row->superiority, "p", row->p, "threshold",
                            row->threshold, "instructions_ratio",
                            number_or_null(row->instructions_ratio >= 0 ? row->instructions_ratio : NAN));
    return out;
}

static json_t *names_json(const char *const *names, int n)
{
    json_t *out = json_array();

    for (int i = 0; i < n; i++) json_array_append_new(out, json_string(names[i]));
    return out;
}

/* What a difference of designs is, or null where it is not known. */
static json_t *difference_json(const struct comparison_record *c, int pair, const char *metric)
{
    for (int i = 0; i < c->rows_n; i++) {
        const struct comparison_difference *d = &c->pairs[pair].differences[i];
        if (strcmp(d->metric, metric) != 0) continue;
        return json_pack("{s:o, s:o, s:o}", "mean", number_or_null(d->mean.known ? d->mean.value : NAN), "low",
                         number_or_null(d->low.known ? d->low.value : NAN), "high",
                         number_or_null(d->high.known ? d->high.value : NAN));
    }
    return json_null();
}

static json_t *price_json(const struct regress_price *price)
{
    json_t *instances = json_array();

    if (price->why_not) return json_pack("{s:n, s:s}", "sentence", "why_null", price->why_not);
    for (int i = 0; i < price->instances_n; i++) {
        const struct priced_instances *p = &price->instances[i];
        json_array_append_new(instances, json_pack("{s:s, s:i, s:i, s:f}", "of", p->of, "from", p->from, "to", p->to,
                                                   "exact", p->exact));
    }
    const struct comparison_record *c = price->comparison;
    return json_pack("{s:s, s:o, s:o, s:o, s:o}", "sentence", price->sentence, "freshness_p99_s",
                     difference_json(c, 0, "decision.freshness.p99"), "produce_p99_s",
                     difference_json(c, 0, "latency.produce.p99"), "instances", instances, "month_usd",
                     difference_json(c, c->pairs_n - 1, "cost.month"));
}

static bool write_json(const struct cli *cli, const struct regress *r, const struct regress_price *price)
{
    json_t *rows = json_array();
    size_t n;

    for (int i = 0; i < r->rows_n; i++) json_array_append_new(rows, row_json(&r->rows[i]));
    json_t *root = json_pack("{s:i, s:{s:s, s:s, s:s}, s:o, s:o, s:f, s:f, s:s, s:i, s:i, s:i, s:i, s:i, s:o, s:o, s:o, s:o, s:o}",
                             "regress", 1, "tool", "name", CLI_NAME, "version", CLI_VERSION, "build_sha256",
                             identity_build_sha256(cli->arena), "old", measurement_json(r->old), "new",
                             measurement_json(r->new), "threshold", r->threshold, "alpha", r->alpha, "verdict",
                             r->slower_n > 0 ? "slower" : r->faster_n > 0 ? "faster" : "alike", "judged", r->judged_n,
                             "slower", r->slower_n, "faster", r->faster_n, "open", r->open_n, "observations_needed", r->needed,
                             "benchmarks", rows, "only_old", names_json(r->only_old, r->only_old_n), "only_new",
                             names_json(r->only_new, r->only_new_n), "price", price ? price_json(price) : json_null(),
                             "notes", names_json(r->notes, r->notes_n));
    const char *text = json_text(root, cli->arena, &n);
    json_decref(root);
    return outputs_write_target(cli, "--json", cli->json, text, n);
}

static void print_all(const struct regress *r, const struct regress_price *price)
{
    regress_print(r, stdout);
    if (!price) return;
    if (price->why_not) {
        printf("PRICE: none: %s\n", price->why_not);
        return;
    }
    const struct report_text_options text = {.out = stdout, .color = report_text_color(stdout)};
    putchar('\n');
    report_compare_text(price->comparison, &text);
    printf("PRICE: %s\n", price->sentence);
}

static bool read_both(const struct cli *cli, const struct measurement **old, const struct measurement **new)
{
    struct diag *diag = diag_new();

    *old = measurement_read(cli->words[0], cli->arena, diag);
    *new = measurement_read(cli->words[1], cli->arena, diag);
    const bool bad = inputs_mistakes(cli, diag);
    diag_free(diag);
    return !bad;
}

static bool threshold_of(const struct cli *cli, double *threshold)
{
    char error[ERROR_SIZE];

    *threshold = REGRESS_THRESHOLD;
    if (!cli->threshold) return true;
    if (!units_parse(UNITS_SHARE, cli->threshold, threshold, error, sizeof(error))) {
        cli_complain(cli, "--threshold: %s", error);
        return false;
    }
    if (*threshold > 0 && *threshold <= 10) return true;
    cli_complain(cli, "--threshold takes a share above 0, as in 7%%, found \"%s\"", cli->threshold);
    return false;
}

int cli_regress(const struct cli *cli)
{
    const struct measurement *old = NULL, *new = NULL;
    struct regress_pricing *pricing = NULL;
    struct regress result;
    struct regress_price price;
    double threshold;
    char error[ERROR_SIZE];
    bool interrupted = false;

    bool good = threshold_of(cli, &threshold);
    good = read_both(cli, &old, &new) && good;
    if (cli->words_n > 2) {
        pricing = regress_pricing_new(cli, cli->words[2]);
        good = pricing && good;
    } else if (cli->overrides_n > 0 || cli->plugins_n > 0) {
        cli_complain(cli, "options of a run have no effect without a SCENARIO");
        good = false;
    }
    good = outputs_writable(cli, NULL) && good;
    if (good && !regress_judge(old, new, threshold, REGRESS_ALPHA, cli->arena, &result, error, sizeof(error))) {
        cli_complain(cli, "%s", error);
        good = false;
    }
    if (good && pricing) good = regress_pricing_run(pricing, &result, &price, &interrupted);
    regress_pricing_free(pricing);
    if (!good) return interrupted ? CLI_INTERRUPTED : CLI_BAD_INPUT;
    good = write_json(cli, &result, pricing ? &price : NULL);
    if (!cli->quiet && !outputs_stdout_taken(cli)) print_all(&result, pricing ? &price : NULL);
    if (!good) return CLI_BAD_INPUT;
    return cli->gate && result.slower_n > 0 ? CLI_MISSED : CLI_DONE;
}
