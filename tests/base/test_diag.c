/* Mistakes are sorted, shown with their line and caret, and cannot harm the terminal they are printed on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "diag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was printed; the caller frees it. */
static char *printed(struct diag *diag)
{
    static char *text;
    static size_t n;
    FILE *out = open_memstream(&text, &n);
    assert_non_null(out);
    diag_print(diag, out);
    fclose(out);
    return text;
}

static void expect(struct diag *diag, const char *expected)
{
    char *text = printed(diag);
    assert_string_equal(text, expected);
    free(text);
}

static struct diag_pos at(uint32_t line, uint32_t column, uint32_t offset)
{
    return (struct diag_pos){line, column, offset};
}

static void sorted_with_line_and_caret(void **state)
{
    (void)state;
    static const char text[] = "{\n  \"name\": \"x\",\n\t\"replication\": 3,\r\n  \"last\": 1\n}";
    struct diag *diag = diag_new();
    diag_source(diag, "s.json", text, sizeof text - 1);
    uint32_t three = (uint32_t)(strchr(text, '3') - text), name = (uint32_t)(strstr(text, "\"x\"") - text);
    diag_add(diag, "s.json", at(3, 17, three), "topics[0].replication", "is %d but cluster.brokers is %d", 3,
             2);
    diag_add(diag, "s.json", DIAG_NO_POS, NULL, "the whole file is odd");
    diag_add(diag, "s.json", at(2, 11, name), "name", "is too short");
    diag_note(diag, "s.json", at(2, 11, name), "name", "and has few friends");
    diag_add(diag, "--set", DIAG_NO_POS, "run.seed", "is missing");
    assert_int_equal(diag_count(diag), 4);
    assert_int_equal(diag_note_count(diag), 1);
    expect(diag, "s.json: the whole file is odd\n"
                 "s.json:2:11: name: is too short\n"
                 "      \"name\": \"x\",\n"
                 "              ^\n"
                 "s.json:2:11: name: note: and has few friends\n"
                 "      \"name\": \"x\",\n"
                 "              ^\n"
                 "s.json:3:17: topics[0].replication: is 3 but cluster.brokers is 2\n"
                 "     \"replication\": 3,\n"
                 "                    ^\n"
                 "--set: run.seed: is missing\n");
    assert_string_equal(diag_get(diag, 0)->message, "the whole file is odd");
    assert_string_equal(diag_get(diag, 3)->path, "topics[0].replication");
    assert_true(diag_get(diag, 2)->is_note);
    assert_null(diag_get(diag, 5));
    diag_free(diag);
    diag_free(NULL);
}

static void caret_of(const char *line, size_t offset, const char *expected)
{
    struct diag *diag = diag_new();
    diag_source(diag, "f", line, strlen(line));
    diag_add(diag, "f", at(1, 1, (uint32_t)offset), NULL, "m");
    char *text = printed(diag);
    const char *shown = strchr(text, '\n') + 1;
    assert_string_equal(shown, expected);
    free(text);
    diag_free(diag);
}

static void the_caret_stands_under_the_character(void **state)
{
    (void)state;
    caret_of("abc", 0, "    abc\n    ^\n");
    caret_of("abc", 3, "    abc\n       ^\n"); /* the end of the file */
    caret_of("a\nbc", 3, "    bc\n     ^\n");
    caret_of("a\n", 2, "    \n    ^\n");
    caret_of("\"é€😀\" x", strlen("\"é€😀\" "), "    \"é€😀\" x\n          ^\n");
    /* Escape sequences, bidirectional overrides and bytes that are no UTF-8 are each one harmless column. */
    caret_of("\033[31m\xe2\x80\xae\xff y", 9, "    ?[31m?? y\n           ^\n");
    caret_of("\x80\x80\x80\x80\x80\x80x", 6, "    ??????x\n          ^\n");
}

static void long_lines_are_windowed(void **state)
{
    (void)state;
    enum { N = 2000000 };
    char *line = malloc(N + 1);
    assert_non_null(line);
    for (size_t i = 0; i < N; i++)
        line[i] = (char)('a' + i % 26);
    line[N] = '\0';
    struct diag *diag = diag_new();
    diag_source(diag, "f", line, N);
    const uint32_t offsets[] = {0, 59, 60, 61, 1000000, N - 1, N};
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++)
        diag_add(diag, "f", at(1, offsets[i] + 1, offsets[i]), NULL, "m");
    char *text = printed(diag), *place = text;
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        char *shown = strchr(place, '\n') + 1, *caret_line = strchr(shown, '\n') + 1;
        char *caret = strchr(caret_line, '^');
        assert_true(caret_line - shown <= 4 + 3 + 100 + 3 + 1);
        assert_int_equal(shown[4] == '.', offsets[i] > 60);
        /* What stands above the caret is the character at the offset. */
        char above = shown[caret - caret_line];
        assert_int_equal(above, offsets[i] < N ? line[offsets[i]] : '\n');
        place = caret + 2;
    }
    assert_int_equal(*place, '\0');
    free(text);
    free(line);
    diag_free(diag);
}

static void names_and_messages_are_harmless(void **state)
{
    (void)state;
    struct diag *diag = diag_new();
    diag_add(diag, "a\nb", DIAG_NO_POS, "x\033y", "one\nline\t\x7f %s", "\xe2\x80\xa8");
    expect(diag, "a?b: x?y: one?line ? ?\n");
    diag_free(diag);
}

/* A position beyond the text, or without a text, has no caret and does no harm. */
static void positions_outside_the_text(void **state)
{
    (void)state;
    struct diag *diag = diag_new();
    diag_source(diag, "f", "ab", 2);
    diag_add(diag, "f", at(9, 9, 3), NULL, "m");
    diag_add(diag, "g", at(1, 1, 0), NULL, "m");
    expect(diag, "f:9:9: m\ng:1:1: m\n");
    diag_free(diag);
}

static void too_many_are_counted(void **state)
{
    (void)state;
    struct diag *diag = diag_new();
    for (uint32_t i = 0; i < DIAG_KEPT_MAX + 10; i++)
        diag_add(diag, "f", at(DIAG_KEPT_MAX + 10 - i, 1, 0), NULL, "m%u", i);
    assert_int_equal(diag_count(diag), DIAG_KEPT_MAX + 10);
    char *text = printed(diag);
    int lines = 0;
    for (char *c = text; *c; c++)
        lines += *c == '\n';
    assert_int_equal(lines, DIAG_PRINTED_MAX + 1);
    assert_non_null(strstr(text, "\n... and 4810 more (5010 mistakes in all)\n"));
    assert_int_equal(strncmp(text, "f:11:1: m4999\n", 14), 0);
    free(text);
    diag_free(diag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorted_with_line_and_caret), cmocka_unit_test(the_caret_stands_under_the_character),
        cmocka_unit_test(long_lines_are_windowed),    cmocka_unit_test(names_and_messages_are_harmless),
        cmocka_unit_test(positions_outside_the_text), cmocka_unit_test(too_many_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
