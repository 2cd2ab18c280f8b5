/* test_markdown.c: the report for a design document: what is in it, and that nothing of a scenario becomes
 * markup. */
#include "markdown.h"

#include "arena.h"
#include "mark.h"
#include "philox.h"
#include "record.h"
#include "record/sample_record.h"
#include "utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct sample_options plain = {.groups = 2, .faults = 2, .lag_low = 4e5, .lag_high = 7.1e7};
static const char *const attempts[] = {sample_hostile,
                                       "| a | b |",
                                       "\\| a \\\\| b",
                                       "<script>alert(1)</script>",
                                       "<!-- ",
                                       "&lt;b&gt; &#60;b>",
                                       "[x](javascript:alert(1))",
                                       "![x](http://x.y/z.png)",
                                       "**bold** __bold__ *i* _i_ ~~s~~",
                                       "`code` ``code``",
                                       "$e^{i\\pi}$ $$x$$",
                                       "@somebody #12",
                                       "# head",
                                       "a\n\n# head\n\n| x |\n| --- |\n",
                                       "\n```\n",
                                       "- item",
                                       "1. item",
                                       "> quote",
                                       "---",
                                       "    code",
                                       "\xff\xfe\x80 \xe2\x80\xae reversed",
                                       "\\",
                                       "`",
                                       "",
                                       "raw_ad_events _x x_ a__b"};
enum { ATTEMPTS_N = sizeof(attempts) / sizeof(attempts[0]) };

static char *report(const struct record *r, const struct report_markdown_options *options,
                    struct arena *arena)
{
    static const struct report_markdown_options none;
    size_t n;
    char *text = report_markdown_text(r, options != NULL ? options : &none, arena, &n);
    assert_int_equal(strlen(text), n);
    return text;
}

/* --- Escaping, against a reader of Markdown's escapes --- */

/* What a renderer shows of escaped text: "\x" is x, "&#64;" is @. Fails if anything that could be markup
 * stands bare. */
static bool shown(const char *escaped, char *out)
{
    for (const char *c = escaped; *c != '\0'; c++) {
        if (strncmp(c, "&#64;", 5) == 0) {
            *out++ = '@';
            c += 4;
        } else if (*c == '\\') {
            if (c[1] == '\0') return false;
            *out++ = *++c;
        } else if (*c == '_') {
            bool inside =
                c > escaped && strchr(" _\\", c[-1]) == NULL && c[1] != '\0' && strchr(" _\\", c[1]) == NULL;
            if (!inside) return false;
            *out++ = *c;
        } else if (strchr("`*[]<>#|~$!&@{}^\n", *c) != NULL) {
            return false;
        } else {
            *out++ = *c;
        }
    }
    *out = '\0';
    return true;
}

/* The text that should be shown: itself, but for line breaks and what could upset or disguise. */
static void expected(const char *text, char *out)
{
    for (size_t i = 0, n = strlen(text); i < n;) {
        uint32_t c = 0;
        size_t length = utf8_decode(text + i, n - i, &c);
        if (length == 0 || utf8_is_harmful(c)) {
            *out++ = length > 0 && (c == '\n' || c == '\t' || c == '\r') ? ' ' : '?';
            i += length > 0 ? length : 1;
            continue;
        }
        memcpy(out, text + i, length);
        out += length;
        i += length;
    }
    *out = '\0';
}

static void assert_shown_as_it_is(struct arena *arena, const char *text)
{
    char *want = ARENA_NEW(arena, char, strlen(text) + 1),
         *got = ARENA_NEW(arena, char, 5 * strlen(text) + 1);
    expected(text, want);
    assert_true(shown(mark_text(arena, text), got));
    assert_string_equal(got, want);
}

static void text_is_shown_as_it_is(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    for (int i = 0; i < ATTEMPTS_N; i++)
        assert_shown_as_it_is(arena, attempts[i]);
    /* And anything drawn from what matters. */
    static const char letters[] =
        "ab_1 `*[]<>#|~$!&@{}^\\\n\t-+.()\x1b\x7f\xc3\xa9\xe2\x80\xae\xf0\x9f\x98\x80\xff";
    struct philox stream = philox_named(7, "markdown");
    for (int i = 0; i < 20000; i++) {
        char text[24];
        size_t n = philox_next_u64(&stream) % (sizeof(text) - 1);
        for (size_t k = 0; k < n; k++)
            text[k] = letters[philox_next_u64(&stream) % (sizeof(letters) - 1)];
        text[n] = '\0';
        assert_shown_as_it_is(arena, text);
        if (i % 1000 == 0) {
            arena_free(arena);
            arena = arena_new(0);
        }
    }
    arena_free(arena);
}

/* The canary of the test above: text that was not escaped is noticed. */
static void what_is_not_escaped_is_noticed(void **state)
{
    (void)state;
    char out[256];
    static const char *const bare[] = {"a|b",   "<b>",  "*a*", "_a_", "`a`", "[a]",
                                       "&amp;", "a\nb", "a\\", "@x",  "$x$"};
    for (size_t i = 0; i < sizeof(bare) / sizeof(bare[0]); i++)
        assert_false(shown(bare[i], out));
}

static void code_is_code_only_where_it_can_be(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    assert_string_equal(mark_code(arena, "freshness.ctr.p99 <= 60s"), "`freshness.ctr.p99 <= 60s`");
    assert_string_equal(mark_code(arena, "cost.month <= $50k"), "`cost.month <= $50k`");
    static const char *const never[] = {"a`b", "a|b", "a\\b", " a", "a ", "", "a\nb", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
        assert_string_equal(mark_code(arena, never[i]), mark_text(arena, never[i]));
    assert_string_equal(mark_code(arena, NULL), "?");
    arena_free(arena);
}

/* --- The document --- */

/* Cells of a table's line: the bars that no backslash stands before, less one. 0: it is no table's line. */
static int cells(const char *line, size_t n)
{
    int bars = 0;
    if (n == 0 || line[0] != '|') return 0;
    for (size_t i = 0; i < n; i++) {
        if (line[i] == '\\')
            i++;
        else
            bars += line[i] == '|';
    }
    assert_true(line[n - 1] == '|');
    return bars - 1;
}

/* Outside of code nothing of HTML stands bare, and no code is left open. */
static void check_html(const char *line, size_t n)
{
    bool code = false;
    if (strncmp(line, "```", 3) == 0) return;
    for (size_t i = 0; i < n; i++) {
        if (!code && line[i] == '\\')
            i++;
        else if (line[i] == '`')
            code = !code;
        else
            assert_true(code || line[i] != '<');
    }
    assert_false(code);
}

/* Tables have as many cells in every line as in their head, a rule below it, and an empty line on both sides;
 * other lines begin as ours do. Returns how many tables there are. */
static int check_lines(const char *text)
{
    static const char *const beginnings[] = {"# ", "## ", "### ", "- ", "**", "[![", "```", "headroom "};
    int tables = 0, columns = 0, in_table = 0;
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        assert_true(text[n] == '\n');
        check_html(text, n);
        int its = cells(text, n);
        if (its > 0 && in_table == 0) {
            columns = its;
            tables++;
        }
        if (its > 0) assert_int_equal(its, columns);
        if (in_table == 1) assert_memory_equal(text, "| --- |", 7);
        bool known =
            n == 0 || its > 0 || (text[0] >= 'A' && text[0] <= 'Z') || (text[0] >= '0' && text[0] <= '9');
        for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
            known = known || strncmp(text, beginnings[i], strlen(beginnings[i])) == 0;
        if (!known) print_message("%.*s\n", (int)n, text);
        assert_true(known);
        if (its == 0 && in_table > 0) assert_int_equal(n, 0);
        in_table = its > 0 ? in_table + 1 : 0;
        text += n + 1;
    }
    return tables;
}

static void has_in_order(const char *text, const char *const *wanted, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *at = strstr(text, wanted[i]);
        if (at == NULL) print_message("missing or out of place: %s\n", wanted[i]);
        assert_non_null(at);
        text = at + strlen(wanted[i]);
    }
}
#define HAS_IN_ORDER(text, ...)                                                                              \
    has_in_order(text, (const char *const[]){__VA_ARGS__},                                                   \
                 sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void the_report_says_what_a_design_review_asks(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &plain);
    json_t *resolved = json_pack(
        "{s:{s:s, s:s}, s:s, s:[{s:s, s:{s:s}, s:{s:s, s:s}, s:{s:s}}], s:[{s:s, s:i, s:{s:s, s:i, s:i, "
        "s:s}}],"
        " s:{s:i, s:i, s:{s:i}}, s:[{s:s, s:i, s:i, s:s}],"
        " s:[{s:s, s:i, s:i, s:s, s:s, s:{s:i}, s:{s:{s:s, s:s, s:s}, s:s}},"
        "    {s:s, s:i, s:i, s:s, s:s, s:{s:i}, s:{s:{s:s, s:{s:s, s:s}}}}]}",
        "decision", "owner", "ads", "cost_of_delay", "$40/min", "region", "us-east-1", "workload", "stream",
        "impressions", "rate", "constant", "1M/s", "event", "size", "420 B", "serialization", "avro",
        "lateness", "constant", "1s", "producers", "name", "edge", "instances", 24, "config", "acks", "all",
        "linger.ms", 50, "batch.size", 131072, "compression.type", "zstd", "cluster", "brokers", 18, "zones",
        3, "config", "min.insync.replicas", 2, "topics", "name", "ad-events", "partitions", 360,
        "replication", 3, "retention", "24h", "groups", "name", "ctr", "instances", 24, "threads", 8,
        "delivery", "exactly_once", "checkpoint", "10s", "config", "auto.commit.interval.ms", 5000, "does",
        "window", "size", "10s", "out_of_orderness", "5s", "allowed_lateness", "30s", "feeds", "ctr", "name",
        "raw", "instances", 30, "threads", 1, "delivery", "at_least_once", "checkpoint", "0s", "config",
        "auto.commit.interval.ms", 5000, "does", "write", "table", "raw_ad_events", "roll", "size", "256 MiB",
        "every", "5m");
    assert_non_null(resolved);
    r->scenario.resolved = resolved;
    const char *text = report(r, NULL, arena);
    assert_int_equal(check_lines(text), 18);
    HAS_IN_ORDER(text, "# Capacity review: ad-clickstream\n", "**Missed.** No: CTR is fresh", "## Goal\n",
                 "- Decided by: ads\n", "- What delay costs: \\$40/min\n",
                 "| `freshness.ctr.p99 <= 60s` | 1m 11s | 1m 10s .. 1m 12s | **missed** |\n",
                 "undecided: found by \\`headroom limit\\`, not by one run |\n", "## Constraints\n",
                 "| stream `impressions` | events of 420 B as avro, late by constant 1s |\n",
                 "| region | us-east-1 |\n", "| topic `ad-events` is kept for | 24h |\n");
    HAS_IN_ORDER(
        text, "## Design\n", "### Streams\n", "| Setting | `impressions` |\n", "### Producers\n",
        "| `linger.ms` | 50 |\n", "### Cluster\n", "### Topics\n", "### Consumer groups\n",
        "| Setting | `ctr` | `raw` |\n", "| `checkpoint` | 10s | 0s |\n", "| `does.window.size` | 10s |  |\n",
        "### Trade-offs, as measured\n",
        "| Batches of `edge`: `linger.ms` 50, `batch.size` 131072, zstd | of all producers together: 57.3 "
        "records a "
        "batch, compressed 4.88 to 1, 5.23k requests/s;",
        "produce latency is 24.8 ms at p50, 83.7 ms at p99 |\n",
        "| 3 replicas, `min.insync.replicas` 2, `acks` all |",
        "writes go on with 1 of a partition's brokers away; 1 records lost", "| 360 partitions |",
        "`ctr` has 192, `raw` has 30 | 60 replicas a broker", "has 34.1 times the mean |\n",
        "| `ctr`: exactly_once, checkpoint every 10s | 0 records delivered twice, none lost |",
        "| `ctr`: windows of 10s, out-of-orderness 5s, lateness allowed 30s | 40,312 records came too late",
        "| `raw`: at_least_once, commits every 5000 ms | 1,203,344 records delivered twice, some lost |",
        "| `raw`: files of `raw_ad_events`, closed at 256 MiB or after 5m |");
    HAS_IN_ORDER(text, "## Load\n", "| records at the peak | 1.04M/s |\n",
                 "## Latency, freshness and staleness\n", "| latency `produce` | 31 ms | 24.8 ms |",
                 "| 80.6 ms .. 88.3 ms |\n", "| freshness `ctr` |",
                 "- Not known: `latency.end_to_end.ctr.p99.99`, ", "fewer than ten observations beyond it.\n",
                 "## Cost\n", "\\$33,027.64 a month**; ", "The largest line is kafka storage, \\$8,847.36.\n",
                 "| kafka brokers | 13,140 instance-hour | \\$0.6528 | \\$8,577.79 | 26.0 % | "
                 "`aws.ec2.ondemand.m7g.4xlarge` | verified |\n",
                 "| recalled |\n", "| **all** |", "cost.low_usd", "## Failure modes\n",
                 "| `lost-broker` | broker_down, broker 7 | 19:00 | 12m | 9.2 s | 17m 23s | 71.2M (ctr) | "
                 "14m 2s | 3.1 min | "
                 "\\$124.00 |\n",
                 "- Cost of `lost-broker`: staleness of ctr: 3.10 min at \\$40 are \\$124.00.\n",
                 "## Lag and rebalances\n", "| `raw` | 0 | 0 s | 0 | 0 | 6 | 7 s | 9 | 8.00 | 0 s | none | 11 | 15 / 16 |\n",
                 "`groups.raw.clear_lag_partition`", "there was no lag", "## Headroom\n", "- Bottleneck: `broker.disk` at 83%: broker 7 catches up on 41 GiB",
                 "| `broker.cpu` | 41% | 77% |\n", "## Delivery accounting\n",
                 "| `raw` | 13,043,478,261 | 1,200 |", "- Lost to `raw` by retention: 1 records\n",
                 "- Availability: produce requests 99.991 %, partitions 99.93 % of the time\n",
                 "## Assumptions and their sources\n",
                 "- counts are of the first replication; intervals are over all five\n",
                 "- Calibration: `epyc-2core`, SHA-256", "## How to reproduce it\n",
                 "headroom report result.json --scenario again.json\n", "| seed | 1 |\n");
    json_decref(resolved);
    arena_free(arena);
}

static void the_report_says_what_queries_read(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    static const struct sample_options asking = {.groups = 1, .faults = 1, .queries = 2};
    const char *text = report(sample_record(arena, &asking), NULL, arena);
    HAS_IN_ORDER(text, "## Latency, freshness and staleness\n", "| query `dashboard` | 900 ms | 720 ms |",
                 "| query `ad-hoc` | 9 s |", "## Queries\n",
                 "| `dashboard` | `curated_ad_events` | `presto` | 28,800 | 24 | 40.0k | 3.5 MiB | 125 | 38 ms | 0 | 17 |\n",
                 "| `ad-hoc` | `curated_ad_events` | `presto` | 28,800 | 24 | 40.0k | 3.5 MiB | 125 | 38 ms | 10 | 7 |\n",
                 "4,321 requests of `ad-hoc` were answered 503", "1 files that `ad-hoc` wanted lay in an archive",
                 "`query.dashboard.p99.99`", "## Cost\n");
    assert_null(strstr(report(sample_record(arena, &plain), NULL, arena), "## Queries"));
    HAS_IN_ORDER(report(sample_record(arena, &plain), NULL, arena), "## Tables\n",
                 "| `curated_ad_events` | 46,000 | 2.09 TiB | 9,600,000,000 | 1,000 | 128 | 7 | 1 | 8 | 130,000 | 11,000 | 0 |\n");
    arena_free(arena);
}

static void without_faults_or_objectives_it_says_so(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &plain);
    r->faults_n = r->objectives_n = 0;
    r->run.partial = true;
    r->run.partial_why = "interrupted";
    const char *text = report(r, NULL, arena);
    check_lines(text);
    HAS_IN_ORDER(text, "**Partial:** interrupted\n", "The scenario has no objectives", "## Failure modes\n",
                 "No fault was simulated, so this run says nothing about failures.\n");
    arena_free(arena);
}

static void figures_that_were_drawn_are_shown(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &plain);
    static const char *const files[] = {"result.json", "timeline.svg", "timeline.png", "cost.png",
                                        "utilization.svg"};
    const char *text = report(r, &(struct report_markdown_options){.files = files, .files_n = 5}, arena);
    check_lines(text);
    HAS_IN_ORDER(text, "(timeline.png)](timeline.svg)\n", "(cost.png)](cost.svg)\n");
    assert_null(strstr(text, "utilization.png"));
    assert_null(strstr(report(r, NULL, arena), ".png"));
    arena_free(arena);
}

static void sources_are_numbered_once_each(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &plain);
    static const struct report_source calibration[] = {{"a.b", "1 ns", "measured", "bench", ""},
                                                       {"a.c", "2 ns", "estimate", "a | paper", "or so"},
                                                       {"a.d", "3 ns", "measured", "bench", ""}};
    struct report_sources sources = {
        .calibration = calibration, .calibration_n = 3, .prices_missing = "not | at hand"};
    const char *text = report(r, &(struct report_markdown_options){.sources = &sources}, arena);
    check_lines(text);
    HAS_IN_ORDER(
        text, "### Calibration\n",
        "| `a.b` | 1 ns | measured | 1 |\n| `a.c` | 2 ns | estimate | 2 |\n| `a.d` | 3 ns | measured | 1 |\n",
        "1. bench\n2. a \\| paper (or so)\n", "- not \\| at hand\n");
    assert_null(strstr(text, "### Prices"));
    arena_free(arena);
}

/* Put each attempt wherever a record has text: the lines are ours all the same, as many as with a harmless
 * name. */
static void nothing_in_a_record_becomes_markup(void **state)
{
    (void)state;
    for (int i = -1; i < ATTEMPTS_N; i++) {
        static size_t harmless_lines;
        if (i >= 0 && strchr(attempts[i], '\xff') != NULL) continue; /* a record holds UTF-8 alone */
        struct arena *arena = arena_new(0);
        struct record *r = sample_record(arena, &plain);
        const char *text = i < 0 ? "harmless" : attempts[i];
        json_t *odd = json_stringn_nocheck(i < 0 ? "x" : "| <b> `\n", i < 0 ? 1 : 8);
        json_t *resolved = json_pack("{s:{s:O, s:O}, s:O, s:[{s:s, s:O, s:{s:{s:O}}}], s:[O], s:{s:{s:O}}}",
                                     "decision", "owner", odd, "metric", odd, "region", odd, "groups", "name",
                                     "ctr", i < 0 ? "x" : "a|b`", odd, "does", "window", "size", odd,
                                     "workload", odd, "keys", i < 0 ? "k" : "<k>|", "zipf", odd);
        assert_non_null(resolved);
        r->scenario.resolved = resolved;
        r->scenario.name = r->scenario.question.text = r->answer = r->bottleneck.why.text = text;
        r->objectives[0].text = r->latency[0].name = r->cost.lines[0].item = r->cost.lines[0].unit = text;
        r->cost.lines[1].price_id = r->cost.lines[1].confidence = text;
        r->faults[0].id = r->faults[0].kind = r->faults[0].scope = r->faults[0].invoice[0].item = text;
        r->faults[0].peak_lag_group.text = r->utilization[0].resource = text;
        r->delivery.groups[1].name = r->delivery.groups[1].lost_by[0].name = text;
        r->tool.name = r->tool.build_sha256 = r->scenario.sha256 = r->inputs.calibration.name = text;
        r->notes = (const char *const[]){text, text};
        const struct report_source source = {text, text, text, text, text};
        struct report_sources sources = {
            .calibration = &source, .calibration_n = 1, .prices = &source, .prices_n = 1};
        const char *out = report(r, &(struct report_markdown_options){.sources = &sources}, arena);
        check_lines(out);
        size_t lines = 0;
        for (const char *c = out; *c != '\0'; c++) {
            lines += *c == '\n';
            assert_true((unsigned char)*c >= 0x20 || *c == '\n');
        }
        if (i < 0)
            harmless_lines = lines;
        else
            assert_int_equal(lines, harmless_lines);
        json_decref(resolved);
        json_decref(odd);
        arena_free(arena);
    }
}

static void the_host_changes_nothing(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &plain);
    const char *before = report(r, NULL, arena);
    r->host.wall_s = 1e6;
    r->host.simulated_per_wall = 1;
    assert_string_equal(before, report(r, NULL, arena));
    r->inputs.seed = 2;
    assert_string_not_equal(before, report(r, NULL, arena));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_shown_as_it_is),
        cmocka_unit_test(what_is_not_escaped_is_noticed),
        cmocka_unit_test(code_is_code_only_where_it_can_be),
        cmocka_unit_test(the_report_says_what_a_design_review_asks),
        cmocka_unit_test(the_report_says_what_queries_read),
        cmocka_unit_test(without_faults_or_objectives_it_says_so),
        cmocka_unit_test(figures_that_were_drawn_are_shown),
        cmocka_unit_test(sources_are_numbered_once_each),
        cmocka_unit_test(nothing_in_a_record_becomes_markup),
        cmocka_unit_test(the_host_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
