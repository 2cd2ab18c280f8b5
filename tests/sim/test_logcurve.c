/* test_logcurve.c: a few cases worked by hand, and a fuzzer against an array that holds every record. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <math.h>
#include <cmocka.h>

#include "arena.h"
#include "check_fires.h"
#include "logcurve.h"
#include "philox.h"

static void test_by_hand(void **state)
{
    (void)state;
    struct logcurve c;
    logcurve_init(&c);
    assert_int_equal(logcurve_start(&c), 0);
    assert_int_equal(logcurve_end(&c), 0);
    logcurve_append(&c, 11, 1000, 2000, 2500, 100);
    logcurve_append(&c, 1, 1, 2200, 2400,
                    50); /* a point at its last time; its append time is lifted to 2500 */
    logcurve_append(&c, 5, 3000, 3000, 3100, 10);
    assert_int_equal(logcurve_end(&c), 17);
    assert_int_equal(logcurve_time_at(&c, 0), 1000);
    assert_int_equal(logcurve_time_at(&c, 3), 1300);
    assert_int_equal(logcurve_time_at(&c, 10), 2000);
    assert_int_equal(logcurve_time_at(&c, 11), 2200);
    assert_int_equal(logcurve_appended_at(&c, 11), 2500);
    assert_int_equal(logcurve_appended_at(&c, 12), 3100);
    assert_int_equal(logcurve_offset_after(&c, 2499), 0);
    assert_int_equal(logcurve_offset_after(&c, 2500), 12);
    assert_int_equal(logcurve_offset_after(&c, 3100), 17);
    assert_true(logcurve_bytes(&c, 9, 14) == 2 * 100 + 50 + 2 * 10);

    struct logcurve_walk w = logcurve_walk(&c, 4, 12);
    struct logcurve_piece p;
    assert_true(logcurve_next(&w, &p));
    assert_int_equal(p.offset, 4);
    assert_int_equal(p.n, 7);
    assert_int_equal(p.first_ns, 1400);
    assert_int_equal(p.last_ns, 2000);
    assert_int_equal(p.appended_ns, 2500);
    assert_true(p.bytes == 700);
    assert_true(logcurve_next(&w, &p));
    assert_int_equal(p.n, 1);
    assert_false(logcurve_next(&w, &p));

    logcurve_shift(&c, 1000, 50000);
    assert_int_equal(logcurve_start(&c), 1000);
    assert_int_equal(logcurve_end(&c), 1017);
    assert_int_equal(logcurve_time_at(&c, 1003), 51300);
    logcurve_append(&c, 2, 60000, 60001, 60002, 1);
    assert_int_equal(logcurve_time_at(&c, 1018), 60001);
    assert_int_equal(logcurve_appended_at(&c, 1017), 60002);

    logcurve_trim(&c, 1010); /* inside the first piece */
    assert_int_equal(logcurve_start(&c), 1000);
    logcurve_trim(&c, 1011);
    assert_int_equal(logcurve_start(&c), 1011);
    logcurve_truncate(&c, 1014);
    assert_int_equal(logcurve_end(&c), 1014);
    logcurve_trim(&c, 5000);
    assert_int_equal(logcurve_start(&c), 1014);
    assert_int_equal(logcurve_end(&c), 1014);
    assert_int_equal(logcurve_offset_after(&c, 0), 1014);
    logcurve_append(&c, 1, 70000, 70000, 70000, 1);
    assert_int_equal(logcurve_end(&c), 1015);
    logcurve_free(&c);
}

static void test_a_cursor_survives_trim_and_coalesce(void **state)
{
    (void)state;
    struct logcurve c;
    logcurve_init(&c);
    for (int i = 0; i < 100; i++)
        logcurve_append(&c, 10, i * 100, i * 100 + 90, i * 100 + 95, 1);
    struct logcurve_cursor cursor = {495, 0};
    struct logcurve_walk w = logcurve_walk_cursor(&c, &cursor, 505);
    struct logcurve_piece p;
    assert_true(logcurve_next(&w, &p));
    assert_int_equal(cursor.offset, 500); /* after what was handed out */
    logcurve_coalesce(&c, 480, 1000);
    assert_true(logcurve_knots(&c) < 60);
    logcurve_trim(&c, 300);
    w = logcurve_walk_cursor(&c, &cursor, 505);
    assert_true(logcurve_next(&w, &p));
    assert_int_equal(p.offset, 500);
    assert_int_equal(p.n, 5);
    assert_int_equal(p.first_ns, 5000);
    assert_int_equal(p.last_ns, 5040);
    assert_false(logcurve_next(&w, &p));
    assert_int_equal(cursor.offset, 505);
    logcurve_free(&c);
}

static void test_coalesce_bounds_knots_and_keeps_bytes(void **state)
{
    (void)state;
    struct logcurve c;
    logcurve_init(&c);
    double bytes = 0;
    for (int i = 0; i < 100000; i++) {
        logcurve_append(&c, 3, i * 1000, i * 1000 + 900, i * 1000 + 950, i % 7);
        bytes += 3 * (i % 7);
        if (i % 100 == 99) logcurve_coalesce(&c, logcurve_end(&c) - 30, 100000);
    }
    /* 100 s of ns-thousands in spans of up to 100,000: about a thousand, and ten fine ones at the end. */
    assert_true(logcurve_knots(&c) < 1200);
    assert_true(fabs(logcurve_bytes(&c, 0, logcurve_end(&c)) - bytes) < 1e-6);
    logcurve_free(&c);
}

static void test_a_merged_piece_can_be_truncated(void **state)
{
    (void)state;
    struct logcurve c;
    logcurve_init(&c);
    for (int i = 0; i < 10; i++)
        logcurve_append(&c, 10, i * 100, i * 100 + 90, i * 100 + 95, i);
    logcurve_coalesce(&c, 100, 400);
    assert_int_equal(logcurve_knots(&c), 3); /* of 4, 4 and 2: the fifth would span 490 */
    logcurve_truncate(&c, 60);
    assert_int_equal(logcurve_end(&c), 60);
    assert_int_equal(logcurve_knots(&c), 2);
    assert_true(llabs(logcurve_time_at(&c, 59) - 590) <= 1);
    logcurve_append(&c, 10, 600, 690, 695, 1);
    logcurve_coalesce(&c, 70, 400);
    assert_int_equal(logcurve_knots(&c), 2);
    assert_true(llabs(logcurve_time_at(&c, 65) - 650) <= 5);
    logcurve_free(&c);
}

static void test_long_pieces_do_not_overflow(void **state)
{
    (void)state;
    struct logcurve c;
    logcurve_init(&c);
    const int64_t n = (int64_t)1 << 40;
    const sim_time day = 86400 * SIM_S;
    logcurve_append(&c, n, 0, 365 * day, 365 * day, 250);
    assert_true(llabs(logcurve_time_at(&c, n / 2) - 365 * day / 2) < SIM_S);
    assert_true(logcurve_time_at(&c, n - 1) == 365 * day);
    assert_check_fires(logcurve_append(&c, INT64_MAX / 2, 0, 0, 0, 1));
    assert_check_fires(logcurve_append(&c, 0, 0, 0, 0, 1));
    assert_check_fires(logcurve_time_at(&c, n));
    assert_check_fires(logcurve_time_at(&c, -1));
    assert_check_fires(logcurve_walk(&c, 5, n + 1));
    assert_check_fires(logcurve_walk(&c, 5, 4));
    assert_check_fires(logcurve_truncate(&c, n + 1));
    logcurve_free(&c);
}

/* The naive model: every record by itself, record i at offset i + offset_shift. `broken` makes it lie. */
enum broken { RIGHT, SHIFT_LEAVES_TIMES, TRUNCATE_ONE_MORE, LINE_ONE_LONGER, NO_TOLERANCE, BYTES_OF_NEXT };

enum { RECORDS_MAX = 1 << 17 };

struct naive {
    int64_t first, end; /* indices */
    int64_t stable;     /* index: only below it is merged, only above it truncated */
    int64_t offset_shift;
    sim_time time_shift;
    sim_time tolerance; /* the largest used so far */
    sim_time rounding;  /* 1 ns a cut */
    sim_time time[RECORDS_MAX], appended[RECORDS_MAX];
    double bytes[RECORDS_MAX];
    enum broken broken;
};

static bool same_time(const struct naive *m, int64_t i, sim_time got)
{
    const sim_time off = llabs(got - (m->time[i] + m->time_shift));
    return off <= m->rounding + (m->broken == NO_TOLERANCE ? 0 : m->tolerance);
}

static bool same_append_time(const struct naive *m, int64_t i, sim_time got)
{
    const sim_time off = got - (m->appended[i] + m->time_shift);
    return off >= 0 && off <= (m->broken == NO_TOLERANCE ? 0 : m->tolerance);
}

/* Do the pieces of this walk cover [from, to) without a gap, each record as the model has it? */
static bool walk_agrees(struct naive *m, struct logcurve_walk w, int64_t from, int64_t to)
{
    struct logcurve_piece p;
    int64_t at = from;
    while (logcurve_next(&w, &p)) {
        if (p.offset != at || p.n < 1 || p.offset + p.n > to) return false;
        double bytes = 0;
        for (int64_t j = 0; j < p.n; j++) {
            const int64_t i = at + j - m->offset_shift;
            /* A cut piece is a line again: one more rounding at each end. */
            const double share = p.n == 1 ? 1 : (double)j / (double)(p.n - 1);
            const sim_time t = p.first_ns + (sim_time)((double)(p.last_ns - p.first_ns) * share);
            m->rounding += 2;
            const bool same = same_time(m, i, t);
            m->rounding -= 2;
            if (!same || !same_append_time(m, i, p.appended_ns)) return false;
            bytes += m->bytes[i];
        }
        if (fabs(bytes - p.bytes) > 1e-6) return false;
        at += p.n;
    }
    return at == to;
}

/* Merging averages bytes over a piece: the model checks that none is lost and takes the averages over. */
static bool take_over_bytes(struct naive *m, const struct logcurve *c)
{
    double had = 0, has = 0;
    for (int64_t i = m->first; i < m->end; i++)
        had += m->bytes[i];
    struct logcurve_walk w = logcurve_walk(c, logcurve_start(c), logcurve_end(c));
    struct logcurve_piece p;
    while (logcurve_next(&w, &p)) {
        has += p.bytes;
        for (int64_t j = 0; j < p.n; j++)
            m->bytes[p.offset + j - m->offset_shift] = p.bytes / (double)p.n;
    }
    return fabs(had - has) < 1e-6;
}

static void naive_append(struct naive *m, int64_t n, sim_time first, sim_time last, sim_time appended,
                         double bytes)
{
    for (int64_t j = 0; j < n; j++) {
        const double steps = (double)(n - (m->broken == LINE_ONE_LONGER ? 0 : 1));
        const double share = n == 1 ? 1 : (double)j / steps;
        m->time[m->end] = first + (sim_time)((double)(last - first) * share) - m->time_shift;
        m->appended[m->end] = appended - m->time_shift;
        m->bytes[m->end++] = m->broken == BYTES_OF_NEXT ? bytes + 1 : bytes;
    }
    if (n == 1) m->time[m->end - 1] = last - m->time_shift;
}

/* Returns the step at which the curve and the model differ, or -1. */
static int fuzz(uint64_t seed, enum broken broken, bool coalescing, int steps)
{
    struct arena *arena = arena_new(0);
    struct naive *m = ARENA_NEW(arena, struct naive, 1);
    m->broken = broken;
    struct philox p = philox_named(seed, "fuzz/logcurve");
    struct logcurve c;
    logcurve_init(&c);
    struct logcurve_cursor cursor = {0, 0};
    sim_time now = 0;
    bool right = true;
    int step = 0;
    for (; step < steps && right && m->end < RECORDS_MAX - 100; step++) {
        const int64_t start = m->first + m->offset_shift, end = m->end + m->offset_shift;
        const int64_t somewhere = start + (int64_t)philox_below(&p, (uint64_t)(end - start + 1));
        const uint64_t dice = philox_below(&p, 100);
        if (dice < 50) {
            const int64_t n = 1 + (int64_t)philox_below(&p, philox_below(&p, 4) ? 4 : 40);
            now += (sim_time)philox_below(&p, 1000);
            const sim_time first = now - (sim_time)philox_below(&p, 500),
                           last = now + (sim_time)philox_below(&p, 500);
            /* Append times sometimes go back; first and last sometimes change places. */
            const sim_time appended = now + 600 - (sim_time)philox_below(&p, 300);
            const bool back = philox_below(&p, 10) == 0;
            const double bytes = (double)philox_below(&p, 100);
            const sim_time before = end > start ? logcurve_appended_at(&c, end - 1) : 0;
            logcurve_append(&c, n, back ? last : first, back ? first : last, appended, bytes);
            naive_append(m, n, back ? last : first, back ? first : last,
                         appended > before ? appended : before, bytes);
        } else if (dice < 55) {
            const int64_t trim = somewhere - (int64_t)philox_below(&p, 20);
            logcurve_trim(&c, trim);
            const int64_t now_start = logcurve_start(&c);
            right = now_start >= start && (now_start <= trim || now_start == start);
            if (right && now_start < trim && trim < end) {
                /* Kept below the trim: only the beginning of the piece that holds it. */
                struct logcurve_walk w = logcurve_walk(&c, now_start, trim + 1);
                struct logcurve_piece piece;
                right = logcurve_next(&w, &piece) && piece.n == trim + 1 - now_start;
            }
            m->first = now_start - m->offset_shift;
        } else if (dice < 60) {
            const int64_t least = coalescing && m->stable > m->first ? m->stable + m->offset_shift : start;
            const int64_t most = end - least < 30 ? end - least : 30;
            const int64_t cut = end - (int64_t)philox_below(&p, (uint64_t)most + 1);
            logcurve_truncate(&c, cut);
            m->end = cut - m->offset_shift;
            if (m->broken == TRUNCATE_ONE_MORE && m->end > m->first) m->end--;
            m->rounding++;
        } else if (dice < 65) {
            const int64_t offsets = (int64_t)philox_below(&p, 1000000);
            const sim_time time = (sim_time)philox_below(&p, 1000000000);
            logcurve_shift(&c, offsets, time);
            m->offset_shift += offsets;
            if (m->broken != SHIFT_LEAVES_TIMES) m->time_shift += time;
            now += time;
            cursor.offset += offsets;
        } else if (dice < 70) {
            if (!coalescing) continue;
            const sim_time tolerance = 1000 * (sim_time)(1 + philox_below(&p, 3));
            if (tolerance > m->tolerance) m->tolerance = tolerance;
            if (somewhere - m->offset_shift > m->stable) m->stable = somewhere - m->offset_shift;
            logcurve_coalesce(&c, somewhere, tolerance);
            right = take_over_bytes(m, &c);
        } else if (dice < 80) {
            const int64_t to = somewhere + (int64_t)philox_below(&p, (uint64_t)(end - somewhere + 1));
            right = walk_agrees(m, logcurve_walk(&c, somewhere, to), somewhere, to);
        } else if (dice < 92) {
            /* A consumer: forward a little from where it was, wherever trims and truncations left that. */
            if (cursor.offset < start || cursor.offset > end) cursor.offset = somewhere;
            const int64_t from = cursor.offset, left = end - from;
            const int64_t to = from + (int64_t)philox_below(&p, (uint64_t)(left < 30 ? left + 1 : 30));
            right = walk_agrees(m, logcurve_walk_cursor(&c, &cursor, to), from, to) && cursor.offset == to;
        } else if (somewhere < end) {
            const int64_t i = somewhere - m->offset_shift;
            right = same_time(m, i, logcurve_time_at(&c, somewhere)) &&
                    same_append_time(m, i, logcurve_appended_at(&c, somewhere));
            const int64_t after = logcurve_offset_after(&c, m->appended[i] + m->time_shift);
            /* Every record before `after` was appended by then, and the one at it later (merging makes
             * later). */
            for (int64_t k = start; k < after && right; k++)
                right = m->appended[k - m->offset_shift] <= m->appended[i];
            /* Between it and what has been appended in truth by then. */
            const int64_t by = logcurve_offset_by(&c, m->appended[i] + m->time_shift);
            right = right && by >= after && (by == end || logcurve_appended_at(&c, by) > m->appended[i] + m->time_shift);
            if (right && after < end)
                right = logcurve_appended_at(&c, after) > m->appended[i] + m->time_shift;
        }
        right = right && logcurve_start(&c) == m->first + m->offset_shift &&
                logcurve_end(&c) == m->end + m->offset_shift;
    }
    logcurve_free(&c);
    arena_free(arena);
    return right ? -1 : step;
}

static void test_fuzz_against_every_record(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        assert_int_equal(fuzz(seed, RIGHT, false, 6000), -1);
        assert_int_equal(fuzz(seed, RIGHT, true, 6000), -1);
    }
}

static void test_fuzz_notices_a_broken_model(void **state)
{
    (void)state;
    assert_int_not_equal(fuzz(1, SHIFT_LEAVES_TIMES, false, 6000), -1);
    assert_int_not_equal(fuzz(1, TRUNCATE_ONE_MORE, false, 6000), -1);
    assert_int_not_equal(fuzz(1, LINE_ONE_LONGER, false, 6000), -1);
    assert_int_not_equal(fuzz(1, BYTES_OF_NEXT, false, 6000), -1);
    assert_int_not_equal(fuzz(1, NO_TOLERANCE, true, 6000), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_a_cursor_survives_trim_and_coalesce),
        cmocka_unit_test(test_coalesce_bounds_knots_and_keeps_bytes),
        cmocka_unit_test(test_a_merged_piece_can_be_truncated),
        cmocka_unit_test(test_long_pieces_do_not_overflow),
        cmocka_unit_test(test_fuzz_against_every_record),
        cmocka_unit_test(test_fuzz_notices_a_broken_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
