/* A broken invariant is seen; an arena hands out what was asked for, within its limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arena.h"
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static jmp_buf escape;
static char seen[1024];

static void see(void *context, const char *message)
{
    assert_string_equal((const char *)context, "mine");
    snprintf(seen, sizeof seen, "%s", message);
    longjmp(escape, 1);
}

static void check_says_where_and_what(void **state)
{
    (void)state;
    char mine[] = "mine";
    check_set_hook(see, mine);
    seen[0] = '\0';
    volatile int lag = -3;
    if (setjmp(escape) == 0) {
        CHECK(lag >= 0, "lag of group %s is %d", "ctr", lag);
        fail_msg("a broken invariant passed");
    }
    check_set_hook(NULL, NULL);
    assert_non_null(strstr(seen, "test_check_arena.c:"));
    assert_non_null(strstr(seen, ": broken invariant (lag >= 0): lag of group ctr is -3"));
    CHECK(lag < 0, "never printed");
}

/* Without a hook the process ends with exit code 3 and prints the line to reproduce it. */
static void check_ends_the_process_with_3(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        check_context = "seed 7, scenario abc, t=12.3s";
        CHECK(1 + 1 == 3, "arithmetic is %s", "sound");
        _Exit(0);
    }
    close(ends[1]);
    char text[1024];
    size_t n = 0;
    ssize_t got;
    while ((got = read(ends[0], text + n, sizeof text - 1 - n)) > 0)
        n += (size_t)got;
    text[n] = '\0';
    close(ends[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 3);
    assert_non_null(strstr(text, "broken invariant (1 + 1 == 3): arithmetic is sound\n"));
    assert_non_null(strstr(text, "\nreproduce: seed 7, scenario abc, t=12.3s\n"));
}

static void arena_pieces_are_zero_aligned_and_apart(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    enum { N = 3000 };
    static unsigned char *pieces[N];
    static size_t sizes[N];
    uint32_t x = 1;
    for (int i = 0; i < N; i++) {
        x = x * 1664525 + 1013904223;
        sizes[i] = i % 500 == 0 ? 300000 : x >> 24;
        pieces[i] = arena_alloc(arena, sizes[i], 1);
        assert_int_equal((uintptr_t)pieces[i] % 16, 0);
        for (size_t j = 0; j < sizes[i]; j++)
            assert_true(pieces[i][j] == 0);
        memset(pieces[i], i & 0xff, sizes[i]);
    }
    /* Nobody wrote into anybody else's piece. */
    for (int i = 0; i < N; i++) {
        for (size_t j = 0; j < sizes[i]; j++)
            assert_true(pieces[i][j] == (i & 0xff));
    }
    void *a = arena_alloc(arena, 0, 8), *b = arena_alloc(arena, 0, 8);
    assert_non_null(a);
    assert_ptr_not_equal(a, b);
    assert_true(arena_used_bytes(arena) > 6 * 300000);
    arena_free(arena);
    arena_free(NULL);
}

struct exhaustion {
    jmp_buf out;
    size_t wanted_bytes;
};

static void exhausted(void *context, size_t wanted_bytes)
{
    struct exhaustion *exhaustion = context;
    exhaustion->wanted_bytes = wanted_bytes;
    longjmp(exhaustion->out, 1);
}

static void arena_limit_is_never_passed(void **state)
{
    (void)state;
    enum { LIMIT = 100000 };
    struct exhaustion exhaustion = {.wanted_bytes = 0};
    struct arena *arena = arena_new(LIMIT);
    arena_on_exhausted(arena, exhausted, &exhaustion);
    volatile size_t handed_out = 0;
    if (setjmp(exhaustion.out) == 0) {
        for (int i = 0; i < 1000; i++) {
            memset(arena_alloc(arena, 100, 10), 1, 1000);
            handed_out += 1000;
            assert_true(arena_used_bytes(arena) <= LIMIT);
        }
        fail_msg("a thousand pieces of 1000 bytes fitted into 100,000");
    }
    assert_int_equal(exhaustion.wanted_bytes, 1000);
    assert_true(handed_out > LIMIT * 9 / 10 - 2000);
    assert_true(arena_used_bytes(arena) <= LIMIT);

    /* Still usable for what fits. */
    struct arena *small = arena_new(4096);
    arena_on_exhausted(small, exhausted, &exhaustion);
    if (setjmp(exhaustion.out) == 0) {
        assert_non_null(arena_alloc(small, 1, 5000));
        fail_msg("5000 bytes fitted into 4096");
    }
    assert_int_equal(exhaustion.wanted_bytes, 5000);
    assert_non_null(arena_alloc(small, 1, 1000));
    arena_free(small);
    arena_free(arena);
}

/* A function of its own: setjmp() may clobber what its caller counts with. */
static void refuses(size_t n, size_t size)
{
    struct exhaustion exhaustion;
    struct arena *arena = arena_new(1 << 20);
    arena_on_exhausted(arena, exhausted, &exhaustion);
    if (setjmp(exhaustion.out) == 0) {
        assert_non_null(arena_alloc(arena, n, size));
        fail_msg("%zu * %zu bytes were handed out", n, size);
    }
    arena_free(arena);
}

static void arena_sizes_do_not_overflow(void **state)
{
    (void)state;
    static const size_t bad[][2] = {
        {SIZE_MAX, 2}, {SIZE_MAX / 2 + 1, 2}, {SIZE_MAX, 1}, {SIZE_MAX - 8, 1}, {1ul << 33, 1ul << 33}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuses(bad[i][0], bad[i][1]);
}

static void arena_without_handler_is_a_broken_invariant(void **state)
{
    (void)state;
    char mine[] = "mine";
    struct arena *arena = arena_new(1024);
    check_set_hook(see, mine);
    seen[0] = '\0';
    if (setjmp(escape) == 0) {
        assert_non_null(arena_alloc(arena, 2048, 1));
        fail_msg("2048 bytes fitted into 1024");
    }
    check_set_hook(NULL, NULL);
    assert_non_null(strstr(seen, "arena exhausted: 2048 bytes wanted"));
    arena_free(arena);
}

static void arena_makes_strings_and_grows(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    assert_string_equal(arena_strdup(arena, "producer/edge"), "producer/edge");
    assert_string_equal(arena_strndup(arena, "producer/edge", 8), "producer");
    assert_string_equal(arena_strdup(arena, ""), "");
    assert_string_equal(arena_printf(arena, "%s-%04d", "edge", 17), "edge-0017");
    char *wide = arena_printf(arena, "%*s", 200000, "x");
    assert_int_equal(strlen(wide), 200000);
    int *numbers = ARENA_NEW(arena, int, 3);
    for (int i = 0; i < 3; i++)
        numbers[i] = i + 1;
    numbers = arena_grow(arena, numbers, 3, 6, sizeof *numbers);
    int expected[] = {1, 2, 3, 0, 0, 0};
    assert_memory_equal(numbers, expected, sizeof expected);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_says_where_and_what),
        cmocka_unit_test(check_ends_the_process_with_3),
        cmocka_unit_test(arena_pieces_are_zero_aligned_and_apart),
        cmocka_unit_test(arena_limit_is_never_passed),
        cmocka_unit_test(arena_sizes_do_not_overflow),
        cmocka_unit_test(arena_without_handler_is_a_broken_invariant),
        cmocka_unit_test(arena_makes_strings_and_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
