/* test_compare.c: comparisons as text and as Markdown, of two designs and of five, with quiet names and with hostile ones. */
#include "compare_markdown.h"
#include "compare_text.h"

#include "arena.h"
#include "comparison.h"
#include "record/sample_record.h"
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct comparison_row rows[] = {
    {"decision.freshness.p99", "freshness p99", "s", COMPARISON_OUTPUT},
    {"delivery.produced", "produced", "records", COMPARISON_DELIVERY},
    {"headroom.load_factor", "load factor", "", COMPARISON_HEADROOM},
    {"lake.curated.files", "files, curated", "count", COMPARISON_LAKE},
    {"lake.curated.bytes", "bytes, curated", "bytes", COMPARISON_LAKE},
    {"cost.month", "infrastructure", "usd", COMPARISON_COST},
};
enum { ROWS_N = sizeof(rows) / sizeof(rows[0]) };

/* Design d has the values of the first and d more; it lacks its lake if d is odd. */
static struct comparison_record *comparison_of(int designs, const char *name, struct arena *arena)
{
    static const double first[ROWS_N] = {21.5, 1234567, 1.5, 12, 3e9, 45000};
    static const char *const conclusion[] = {"Cheapest in infrastructure: A at $45,000 a month."};
    static const char *const notes[] = {"one note"};
    struct comparison_record *c = ARENA_NEW(arena, struct comparison_record, 1);
    *c = (struct comparison_record){.seed = 3, .replications = 4, .rows_n = ROWS_N, .designs_n = designs, .pairs_n = designs - 1};
    c->rows = ARENA_NEW(arena, struct comparison_row, ROWS_N);
    memcpy(c->rows, rows, sizeof(rows));
    c->designs = ARENA_NEW(arena, struct comparison_design, (size_t)designs);
    c->pairs = ARENA_NEW(arena, struct comparison_pair, (size_t)designs);
    c->conclusion = conclusion;
    c->conclusion_n = 1;
    c->notes = notes;
    c->notes_n = 1;
    for (int d = 0; d < designs; d++) {
        struct comparison_design *design = &c->designs[d];
        struct comparison_pair *pair = &c->pairs[d > 0 ? d - 1 : 0];
        *design = (struct comparison_design){.label = comparison_label(d), .name = name, .file = name, .sha256 = "0",
                                             .verdict = d == 0 ? RECORD_MET : RECORD_MISSED, .answer = name,
                                             .output.text = name, .stale_after_s = record_known(60),
                                             .usd_per_minute = record_known(40), .replications = 4, .values_n = ROWS_N};
        design->values = ARENA_NEW(arena, struct record_named_number, ROWS_N);
        pair->of = comparison_label(d);
        pair->less = "A";
        pair->differences = ARENA_NEW(arena, struct comparison_difference, ROWS_N);
        pair->differences_n = ROWS_N;
        for (int i = 0; i < ROWS_N; i++) {
            bool lacks = d % 2 == 1 && rows[i].section == COMPARISON_LAKE;
            struct record_number none = record_unknown("this design has none");
            design->values[i] = (struct record_named_number){rows[i].metric, lacks ? none : record_known(first[i] + d)};
            pair->differences[i] = (struct comparison_difference){.metric = rows[i].metric, .mean = lacks ? none : record_known(d),
                                                                  .low = lacks ? none : record_known(d - 0.5),
                                                                  .high = lacks ? none : record_known(d + 0.5),
                                                                  .excludes_zero = !lacks && d > 0};
        }
    }
    return c;
}

static char *text_of(const struct comparison_record *c, bool color, struct arena *arena)
{
    static const char *const files[] = {"compare.md", "compare.json"};
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    assert_non_null(out);
    report_compare_text(c, &(struct report_text_options){.out = out, .color = color, .out_dir = "out/x", .files = files, .files_n = 2});
    assert_int_equal(fclose(out), 0);
    char *copy = arena_strdup(arena, text);
    free(text);
    return copy;
}

static void assert_says(const char *text, const char *wanted)
{
    if (strstr(text, wanted) != NULL) return;
    fprintf(stdout, "%s\nlacks: %s\n", text, wanted);
    fail();
}

static void two_designs_are_one_table(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const char *text = text_of(comparison_of(2, "base", arena), false, arena);
    assert_says(text, "2 designs, 4 replications of each from seed 3");
    assert_says(text, "  freshness p99                        21.5 s         22.5 s          +1 s * +500 ms .. +1.5 s\n");
    assert_says(text, "  infrastructure                   $45,000.00     $45,001.00        +$1.00 * +$0.50 .. +$1.50\n");
    assert_says(text, "  produced                          1,234,567      1,234,568            +1 * +0.50 .. +1.50\n");
    assert_says(text, "  files, curated                           12              -             -\n");
    assert_says(text, "NOT KNOWN   B: files, curated, bytes, curated: this design has none\n");
    assert_says(text, "IN WORDS    Cheapest in infrastructure: A at $45,000 a month.\n");
    assert_says(text, "FILES       in out/x: compare.md compare.json\n");
    arena_free(arena);
}

static void more_designs_have_a_table_of_differences_each(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct comparison_record *c = comparison_of(5, "base", arena);
    c->partial = true;
    c->partial_why = "interrupted";
    const char *text = text_of(c, false, arena);
    assert_says(text, "PARTIAL: interrupted\n");
    static const char *const heads[] = {"B - A", "C - A", "D - A", "E - A"};
    for (int i = 0; i < 4; i++)
        assert_says(text, heads[i]);
    assert_says(text, "  infrastructure                      +$4.00 * +$3.50 .. +$4.50\n");
    assert_null(strstr(text_of(comparison_of(2, "base", arena), false, arena), "C - A"));
    arena_free(arena);
}

/* No line is too long, and no name can move the cursor. */
static void hostile_names_stay_in_their_lines(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    for (int designs = 2; designs <= COMPARISON_DESIGNS_MAX; designs++) {
        const char *text = text_of(comparison_of(designs, sample_hostile, arena), false, arena);
        int length = 0;
        for (const char *c = text; *c != '\0'; c++) {
            length = *c == '\n' ? 0 : length + (((unsigned char)*c & 0xc0) != 0x80);
            assert_true(length <= 100);
            assert_true(*c == '\n' || (unsigned char)*c >= 0x20);
        }
    }
    /* Colour changes nothing but colour. */
    char *plain = text_of(comparison_of(2, "base", arena), false, arena), *colored = text_of(comparison_of(2, "base", arena), true, arena);
    char *to = colored;
    for (const char *from = colored; *from != '\0'; from++) {
        if (*from == '\x1b')
            from = strchr(from, 'm');
        else
            *to++ = *from;
    }
    *to = '\0';
    assert_string_equal(colored, plain);
    arena_free(arena);
}

static void markdown_has_the_same_table(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    size_t n;
    const char *text = report_compare_markdown_text(comparison_of(2, "base", arena), arena, &n);
    assert_int_equal(strlen(text), n);
    assert_says(text, "| Figure | A | B | B - A | 95 % interval |\n| --- | ---: | ---: | ---: | ---: |\n");
    assert_says(text, "| freshness p99 | 21.5 s | 22.5 s | **+1 s** | +500 ms .. +1.5 s |\n");
    assert_says(text, "| files, curated | 12 | - | - |  |\n");
    text = report_compare_markdown_text(comparison_of(3, "base", arena), arena, &n);
    assert_says(text, "| Figure | A | B | C |\n");
    assert_says(text, "| Figure | C - A | 95 % interval |\n");
    /* Every row of a table has its cells, whatever the names hold. */
    text = report_compare_markdown_text(comparison_of(2, sample_hostile, arena), arena, &n);
    assert_null(strstr(text, "\x1b"));
    int rows_seen = 0;
    for (const char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n') + 1) {
        int bars = 0;
        if (*line != '|') continue;
        for (const char *c = line; *c != '\n'; c++)
            bars += *c == '|' && (c == line || c[-1] != '\\');
        assert_true(bars == 8 || bars == 6);
        rows_seen++;
    }
    assert_true(rows_seen > ROWS_N + 4);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_designs_are_one_table),
        cmocka_unit_test(more_designs_have_a_table_of_differences_each),
        cmocka_unit_test(hostile_names_stay_in_their_lines),
        cmocka_unit_test(markdown_has_the_same_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
