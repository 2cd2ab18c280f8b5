/* test_text.c: the verdict for a terminal, and the lines it is made of. */
#include "text.h"

#include "arena.h"
#include "page.h"
#include "record.h"
#include "record/sample_record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static const struct sample_options plain = {.groups = 2, .faults = 2, .lag_low = 4e5, .lag_high = 7.1e7};
static const struct sample_options hostile = {
    .groups = 8, .faults = 70, .lag_low = 100, .lag_high = 1e9, .hostile = true};

static const char *const files[] = {"result.json", "series.csv", "verdict.txt", "timeline.svg",
                                    "timeline.png", "lag.svg"};

static char *verdict_of(const struct record *record, bool color, const char *note, struct arena *arena)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    assert_non_null(out);
    report_text(record, &(struct report_text_options){.out = out,
                                                      .color = color,
                                                      .out_dir = "out/ad-clickstream",
                                                      .files = files,
                                                      .files_n = sizeof(files) / sizeof(files[0]),
                                                      .figures_note = note});
    assert_int_equal(fclose(out), 0);
    char *copy = arena_strdup(arena, text);
    free(text);
    return copy;
}

/* Characters in the longest line; *lines counts them. */
static int longest_line(const char *text, int *lines)
{
    int longest = 0, length = 0;
    *lines = 0;
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            (*lines)++;
            length = 0;
        } else if (((unsigned char)*text & 0xc0) != 0x80) {
            length++;
        }
        longest = length > longest ? length : longest;
    }
    return longest;
}

static void assert_says(const char *text, const char *wanted)
{
    if (strstr(text, wanted) == NULL) {
        fprintf(stdout, "%s\nlacks: %s\n", text, wanted);
        fail();
    }
}

static void the_verdict_is_one_screen(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    int lines;
    const char *text = verdict_of(sample_record(arena, &plain), false, NULL, arena);
    assert_true(longest_line(text, &lines) <= 100);
    assert_in_range(lines, 40, 60);
    /* However much there is, it stays readable. */
    text = verdict_of(sample_record(arena, &hostile), false, NULL, arena);
    assert_true(longest_line(text, &lines) <= 100);
    assert_in_range(lines, 40, 85);
    assert_says(text, "and 62 more of the faults, in result.json");
    assert_says(text, "and 2 more of the groups, in result.json");
    arena_free(arena);
}

static void the_verdict_says_what_a_reviewer_asks(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const char *text = verdict_of(sample_record(arena, &plain), false, NULL, arena);
    static const char *const wanted[] = {
        "Does CTR stay fresh within a minute",
        "MISSED: No: CTR is fresh",
        "4h from 18:00, 13,043,478,261 records, 5 replications, seed 1, sampled (12% simulated)",
        "MISSED    freshness.ctr.p99 <= 60s                              1m 11s   1m 10s .. 1m 12s",
        "met       delivery.ctr.lost == 0                                     0   0 .. 0",
        "undecided headroom.load_factor >= 1.3                     found by `headroom limit`",
        "peak 1.04M/s, mean 906k/s",
        "batches of 57.3 records, 5.23k requests/s; 60 partition",
        "latency produce                  31 ms   24.8 ms   58.9 ms   83.7 ms    158 ms    257 ms    673 ms",
        "latency end_to_end.ctr          118 ms   94.4 ms    224 ms    319 ms    602 ms         ?    2.56 s",
        "BOTTLENECK  broker.disk at 83%: broker 7 catches up",
        "HEADROOM    not known: found by `headroom limit`",
        "lost-broker       19:00  broker 7           9.2 s   17m 23s       71.2M (ctr)    14m 2s   3.1 min",
        "13,043,478,261 =      1,200 + 13,042,964,714 +            1 +        512,346",
        "  producers: 48 requests failed, 45 resent; rejected: 1,000 buffer_full, 200 delivery_timeout",
        "1,203,344 delivered twice, 1 lost by retention",
        "40,312 refused by a window as late",
        "kafka brokers                           13,140 instance-hour   x $0.6528      =      $8,577.79",
        "object store, first 50 TB               51,200 GiB-month       x $0.023       =      $1,177.60 *",
        "$33,027.64",
        "and 5 more: fewer than ten",
        "NOTES       counts are of the first replication",
        "in out/ad-clickstream: result.json series.csv verdict.txt timeline.{svg,png} lag.svg",
    };
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        assert_says(text, wanted[i]);
    assert_null(strstr(text, "PARTIAL"));
    assert_null(strstr(text, "FIGURES"));
    arena_free(arena);
}

static void the_verdict_says_what_queries_cost(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    static const struct sample_options asking = {.groups = 2, .faults = 2, .queries = 2};
    const char *text = verdict_of(sample_record(arena, &asking), false, NULL, arena);
    static const char *const wanted[] = {
        "query dashboard                 900 ms    720 ms    1.71 s    2.43 s    4.59 s         ?    19.5 s",
        "QUERIES     dashboard: 28,800 of curated_ad_events on presto; 17 not done when the run ended; each\n",
        "            reads 24 of 40.0k files, scans 3.5 MiB, makes 125 GETs and waits 38 ms at p95\n",
        "            ad-hoc: 28,800 of curated_ad_events on presto; 10 refused; 7 not done when the run\n",
        "at\n            p95; 4,321 GETs answered 503; 1 files in an archive passed over\n",
        "            engine.presto.slots: 31% busy, 98% at its peak\n",
    };
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        assert_says(text, wanted[i]);
    int lines;
    assert_true(longest_line(text, &lines) <= 100);
    assert_null(strstr(verdict_of(sample_record(arena, &plain), false, NULL, arena), "QUERIES"));
    arena_free(arena);
}

/* A group that nothing happened to is not shown. */
static void the_verdict_says_which_group_was_behind(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &plain);
    assert_null(strstr(verdict_of(r, false, NULL, arena), "GROUPS"));
    struct record_number *f = r->groups[1].figure;
    f[RECORD_REBALANCES] = record_known(2);
    f[RECORD_REBALANCE_LONGEST_S] = record_known(3.25);
    f[RECORD_PEAK_LAG_RECORDS] = record_known(4200000);
    f[RECORD_PEAK_LAG_S] = record_known(71);
    f[RECORD_PEAK_LAG_SKEW] = record_known(3.4);
    f[RECORD_PEAK_LAG_PARTITION] = record_known(113);
    f[RECORD_CLEAR_LAG_S] = record_known(842);
    f[RECORD_CLEAR_LAG_PARTITION] = record_known(17);
    assert_says(verdict_of(r, false, NULL, arena),
                "\nGROUPS              rebalances  longest peak lag   oldest    most behind cleared in    last\n"
                "  raw                        2   3.25 s    4.20M   1m 11s     p113, 3.4x     14m 2s     p17\n\n");
    f[RECORD_CLEAR_LAG_S] = record_unknown("the lag had not cleared when the run ended");
    assert_says(verdict_of(r, false, NULL, arena), "p113, 3.4x    not yet     p17\n");
    arena_free(arena);
}

static void the_verdict_tells_what_is_unusual(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &plain);
    r->run.partial = true;
    r->run.partial_why = "interrupted after 2h 3m";
    r->headroom.load_factor = record_known(1.42);
    r->headroom.n_minus_1 = record_known(1.3);
    r->headroom.breaks_first = (struct record_text){"broker.disk", NULL};
    r->cost.lines[2].usd = r->cost.lines[2].unit_usd = record_unknown("no such price");
    r->cost.month_usd = record_unknown("a price is missing");
    const char *text =
        verdict_of(r, false, "gnuplot is not installed; install gnuplot-nox to draw the figures", arena);
    assert_says(text, "PARTIAL: interrupted after 2h 3m");
    assert_says(text,
                "HEADROOM    1.42x this load, 1.30x of it with one broker fewer; breaks first: broker.disk");
    assert_says(text, "FIGURES     gnuplot is not installed; install gnuplot-nox");
    assert_says(text, "x ?            =              ?");
    /* And a record in which nothing is known is still said. */
    text = verdict_of(ARENA_NEW(arena, struct record, 1), false, NULL, arena);
    assert_says(text, "INCONCLUSIVE");
    assert_says(text, RECORD_NOT_FILLED);
    arena_free(arena);
}

static void a_missed_objective_is_never_cut(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &plain);
    struct record_objective *many = ARENA_NEW(arena, struct record_objective, 40);
    for (int i = 0; i < 40; i++) {
        many[i] = r->objectives[1];
        many[i].text = arena_printf(arena, "freshness.o%d.p99 <= 20s", i);
    }
    many[39].met = RECORD_MISSED;
    r->objectives = many;
    r->objectives_n = 40;
    const char *text = verdict_of(r, false, NULL, arena);
    assert_says(text, "MISSED    freshness.o39.p99");
    assert_says(text, "and 30 more of the objectives, in result.json");
    arena_free(arena);
}

static void nothing_in_a_name_reaches_the_terminal(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &hostile);
    r->answer = "bell \a, clear \x1b[2J, C1 \xc2\x9b"
                "2J, delete \x7f";
    r->bottleneck.why.text = sample_hostile;
    for (int color = 0; color < 2; color++) {
        const char *text = verdict_of(r, color != 0, sample_hostile, arena);
        int escapes = 0;
        for (const char *c = text; *c != '\0'; c++) {
            unsigned char byte = (unsigned char)*c;
            assert_true(byte >= 0x20 || byte == '\n' || byte == 0x1b);
            assert_true(byte != 0x7f && !(byte == 0xc2 && (unsigned char)c[1] < 0xa0));
            if (byte != 0x1b) continue;
            escapes++;
            /* Our own escapes alone: colours, and back. */
            assert_true(strncmp(c, "\033[0m", 4) == 0 || strncmp(c, "\033[1m", 4) == 0 ||
                        strncmp(c, "\033[2m", 4) == 0 || strncmp(c, "\033[32m", 5) == 0 ||
                        strncmp(c, "\033[33m", 5) == 0 || strncmp(c, "\033[1;31m", 7) == 0);
        }
        assert_int_equal(escapes > 0, color);
    }
    arena_free(arena);
}

static void colour_is_for_terminals_that_want_it(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_false(report_text_color(file));
    fclose(file);
    /* With a terminal at hand, NO_COLOR and a dumb terminal still say no. */
    FILE *terminal = fopen("/dev/ptmx", "r+");
    if (terminal == NULL || !isatty(fileno(terminal))) {
        if (terminal != NULL) fclose(terminal);
        skip();
    }
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
    assert_true(report_text_color(terminal));
    setenv("NO_COLOR", "", 1);
    assert_true(report_text_color(terminal));
    setenv("NO_COLOR", "1", 1);
    assert_false(report_text_color(terminal));
    unsetenv("NO_COLOR");
    setenv("TERM", "dumb", 1);
    assert_false(report_text_color(terminal));
    fclose(terminal);
}

static void numbers_are_for_people(void **state)
{
    (void)state;
    char b[PAGE_TEXT_SIZE];
    assert_string_equal(page_count(b, 0), "0");
    assert_string_equal(page_count(b, 999), "999");
    assert_string_equal(page_count(b, 1000), "1,000");
    assert_string_equal(page_count(b, 13043478261), "13,043,478,261");
    assert_string_equal(page_count(b, INT64_MIN), "-9,223,372,036,854,775,808");
    assert_string_equal(page_short_count(b, 0), "0");
    assert_string_equal(page_short_count(b, 999), "999");
    assert_string_equal(page_short_count(b, 999.6), "1.00k");
    assert_string_equal(page_short_count(b, 71234567), "71.2M");
    assert_string_equal(page_short_count(b, 999999), "1.00M");
    assert_string_equal(page_short_count(b, 57.3), "57.3");
    assert_string_equal(page_money(b, 8577.791), "$8,577.79");
    assert_string_equal(page_money(b, -0.5), "-$0.50");
    assert_string_equal(page_money(b, 1e9), "$1,000,000,000");
    assert_string_equal(page_unit_price(b, 0.6528), "$0.6528");
    assert_string_equal(page_unit_price(b, 0.0000004), "$0.0000004");
    assert_string_equal(page_unit_price(b, 0.02), "$0.02");
    assert_string_equal(page_unit_price(b, 3), "$3");
    assert_string_equal(page_unit_price(b, 0), "$0");
    assert_string_equal(page_quantity(b, 13140), "13,140");
    assert_string_equal(page_quantity(b, 525.6), "525.60");
    assert_string_equal(page_quantity(b, 0.0004), "0.0004");
    assert_string_equal(page_time_of_day(b, 68400), "19:00");
    assert_string_equal(page_time_of_day(b, 86400 + 3 * 3600 + 59), "day 2 03:00");
}

static void wrapped_text_keeps_its_indent_and_its_limit(void **state)
{
    (void)state;
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    struct page page = {.out = out};
    page_left(&page, PAGE_PLAIN, 4, "A");
    for (int i = 0; i < 3; i++) {
        page_wrap(
            &page, 4, 2,
            "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
            "sixteen "
            "seventeen eighteen nineteen twenty twenty-one twenty-two twenty-three twenty-four twenty-five "
            "twenty-six twenty-seven twenty-eight");
        if (i < 2) page_left(&page, PAGE_PLAIN, 4, "B");
    }
    page_left(&page, PAGE_PLAIN, 6, "\xc3\xa9\xc3\xa9"); /* two characters, four bytes */
    page_left(&page, PAGE_PLAIN, 4, "longer");
    page_right(&page, PAGE_PLAIN, 5, "7");
    page_end_line(&page);
    fclose(out);
    int lines;
    assert_true(longest_line(text, &lines) <= 100);
    assert_int_equal(lines, 7);
    assert_int_equal(page.lines, 7);
    assert_non_null(strstr(text, "A   one two"));
    assert_non_null(strstr(text, "\n    seventeen eighteen"));
    assert_non_null(strstr(text, " ...\nB   one"));
    assert_non_null(strstr(text, "\xc3\xa9\xc3\xa9    lo..    7\n"));
    free(text);
}

/* Of a long bill the largest lines, in the bill's order, and the sum of the others; a line without a price is never hidden. */
static void a_long_bill_still_adds_up(void **state)
{
    (void)state;
    enum { MANY = 30 };
    struct arena *arena = arena_new(0);
    struct record *record = sample_record(arena, &plain);
    struct record_cost_line *lines = ARENA_NEW(arena, struct record_cost_line, MANY);
    for (int i = 0; i < MANY; i++)
        lines[i] = sample_line(arena_printf(arena, "line %d", i), i % 2 == 0 ? 1000 + i : i, "hour", "x", 1, "verified");
    record->cost.lines = lines;
    record->cost.lines_n = MANY;
    record->cost.month_usd = record_known(15 * 1014 + 225);
    /* 13 even lines, 1004 to 1028; the others are 1000, 1002 and 1 + 3 + ... + 29 = 225. */
    const char *text = verdict_of(record, false, NULL, arena);
    assert_says(text, "  line 4  ");
    assert_says(text, "  line 28  ");
    assert_null(strstr(text, "  line 2  "));
    assert_null(strstr(text, "  line 29  "));
    assert_says(text, "  17 smaller lines, in result.json ");
    assert_says(text, " $2,227.00\n");
    lines[7].usd = lines[7].unit_usd = record_unknown("no price");
    record->cost.month_usd = record_unknown("no price");
    text = verdict_of(record, false, NULL, arena);
    assert_says(text, "  line 7  ");
    assert_null(strstr(text, "  line 4  "));
    assert_says(text, " $3,224.00\n"); /* less 7, with 1,004 */
    /* Fourteen are all shown. */
    record->cost.lines_n = 14;
    text = verdict_of(record, false, NULL, arena);
    assert_says(text, "  line 1  ");
    assert_null(strstr(text, "smaller lines"));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_verdict_is_one_screen),
        cmocka_unit_test(the_verdict_says_what_a_reviewer_asks),
        cmocka_unit_test(the_verdict_says_what_queries_cost),
        cmocka_unit_test(the_verdict_says_which_group_was_behind),
        cmocka_unit_test(the_verdict_tells_what_is_unusual),
        cmocka_unit_test(a_missed_objective_is_never_cut),
        cmocka_unit_test(a_long_bill_still_adds_up),
        cmocka_unit_test(nothing_in_a_name_reaches_the_terminal),
        cmocka_unit_test(colour_is_for_terminals_that_want_it),
        cmocka_unit_test(numbers_are_for_people),
        cmocka_unit_test(wrapped_text_keeps_its_indent_and_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
