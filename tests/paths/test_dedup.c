/* Deduplication against a list that is looked through from end to end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dedup.h"
#include "philox.h"

enum { STEPS = 320000, IDS = 400 };

struct naive {
    int64_t kept_at[IDS];
    bool kept[IDS];
};

static bool naive_keep(struct naive *naive, const struct dedup_config *config, int id, int64_t now)
{
    const bool duplicate = naive->kept[id] && now - naive->kept_at[id] < config->horizon;
    if (!duplicate || config->renews) naive->kept_at[id] = now;
    naive->kept[id] = true;
    return !duplicate;
}

static size_t naive_held(const struct naive *naive, const struct dedup_config *config, int64_t now)
{
    size_t n = 0;
    for (int i = 0; i < IDS; i++) n += naive->kept[i] && now - naive->kept_at[i] < config->horizon;
    return n;
}

static void as_the_naive_one(void **state)
{
    (void)state;
    static const int64_t horizons[] = {1, 2, 7, 8, 9, 100, 1000, 12345};
    struct philox philox = philox_named(1, "test/dedup");
    uint64_t duplicates = 0;
    for (size_t h = 0; h < 2 * sizeof horizons / sizeof *horizons; h++) {
        const struct dedup_config config = {.horizon = horizons[h / 2], .renews = h % 2 == 1};
        struct naive naive = {.kept_at = {0}};
        struct dedup *dedup = dedup_new(&config);
        int64_t now = h % 3 == 0 ? INT64_MIN / 2 : (int64_t)h * 1000;
        size_t most = 0;
        uint64_t kept = 0;
        for (int i = 0; i < STEPS / 16; i++) {
            const int id = (int)philox_below(&philox, philox_below(&philox, 2) == 0 ? IDS : 5);
            /* Mostly small steps, now and then one beyond the horizon; and back, which counts as no step. */
            const uint64_t step = philox_below(&philox, 200);
            if (step == 0)
                now += 2 * config.horizon;
            else if (step < 100)
                now += (int64_t)philox_below(&philox, (uint64_t)config.horizon / 20 + 2);
            const int64_t told = step == 199 ? now - 3 : now;
            if (step == 150) dedup_advance(dedup, now);
            const bool expected = naive_keep(&naive, &config, id, now);
            assert_int_equal(dedup_keep(dedup, (struct dedup_id){(uint64_t)id % 7, (uint64_t)id * 64}, told), expected);
            kept += expected;
            duplicates += !expected;
            const size_t held = naive_held(&naive, &config, now);
            assert_true(dedup_ids(dedup) >= held);
            if (dedup_ids(dedup) > most) most = dedup_ids(dedup);
            assert_true(dedup_bytes(dedup) <= dedup_bytes_for(most));
            if (i == 0) now = now < 0 ? now : now + 1;
        }
        assert_true(dedup_counts(dedup).kept == kept && dedup_counts(dedup).kept + dedup_counts(dedup).duplicates == STEPS / 16);
        /* Later than all of them: nothing is held. */
        dedup_advance(dedup, now + 3 * config.horizon + 16);
        assert_int_equal(dedup_ids(dedup), 0);
        dedup_free(dedup);
    }
    assert_true(duplicates > 10000);
}

/* A steady stream of new ids: the table stays as large as its horizon asks for. */
static void bytes_follow_the_horizon(void **state)
{
    (void)state;
    enum { HORIZON = 20000, RECORDS = 400000 };
    const struct dedup_config config = {.horizon = HORIZON};
    struct dedup *dedup = dedup_new(&config);
    for (int64_t i = 0; i < RECORDS; i++) {
        assert_true(dedup_keep(dedup, (struct dedup_id){(uint64_t)i, 1}, i));
        if (i >= 100) assert_false(dedup_keep(dedup, (struct dedup_id){(uint64_t)i - 100, 1}, i));
        assert_true(dedup_ids(dedup) <= HORIZON + HORIZON / DEDUP_GENERATIONS + 1);
    }
    assert_true(dedup_ids(dedup) >= HORIZON);
    assert_true(dedup_bytes(dedup) <= dedup_bytes_for(HORIZON + HORIZON / DEDUP_GENERATIONS + 1));
    assert_true(dedup_bytes_for(HORIZON) >= (size_t)HORIZON * 24 && dedup_bytes_for(HORIZON) <= (size_t)HORIZON * 24 * 4);
    const struct dedup_counts counts = dedup_counts(dedup);
    assert_int_equal(counts.kept, RECORDS);
    assert_int_equal(counts.duplicates, RECORDS - 100);
    assert_true(counts.rewritten < 6 * (uint64_t)RECORDS); /* a few times each, however long it runs */
    /* When the stream has stopped, the table goes. */
    dedup_advance(dedup, RECORDS + 2 * HORIZON);
    assert_int_equal(dedup_bytes(dedup), dedup_bytes_for(0));
    dedup_free(dedup);
}

static void ids_of_bytes(void **state)
{
    (void)state;
    const struct dedup_id a = dedup_id_of("event-1", 7), b = dedup_id_of("event-2", 7), again = dedup_id_of("event-1", 7);
    assert_true(a.high == again.high && a.low == again.low);
    assert_true(a.high != b.high && a.low != b.low);
    const struct dedup_id none = dedup_id_of("", 0), zero = dedup_id_of("\0", 1);
    assert_true(none.high != zero.high && none.low != zero.low);
}

/* What is restored goes on as the one that was stored would have. */
static void a_snapshot_goes_on_as_the_first_would(void **state)
{
    (void)state;
    struct philox philox = philox_named(1, "test/dedup/snapshot");
    for (int round = 0; round < 40; round++) {
        const struct dedup_config config = {.horizon = 50 + 37 * round, .renews = round % 2 == 1};
        struct dedup *first = dedup_new(&config), *second = dedup_new(&config);
        int64_t now = -100;
        for (int i = 0; i < 40 * round; i++)
            dedup_keep(first, (struct dedup_id){philox_below(&philox, 200), 3}, now += (int64_t)philox_below(&philox, 3));
        dedup_keep(second, (struct dedup_id){1, 1}, 5000); /* is gone after it */
        const size_t n = dedup_snapshot_bytes(first);
        unsigned char *bytes = malloc(n);
        assert_non_null(bytes);
        assert_int_equal(dedup_snapshot(first, bytes, n), n);
        assert_true(dedup_restore(second, bytes, n));
        assert_int_equal(dedup_snapshot_bytes(second), n);
        assert_true(n <= dedup_snapshot_bytes_for(dedup_ids(first)));
        for (int i = 0; i < 500; i++) {
            const struct dedup_id id = {philox_below(&philox, 200), 3};
            now += (int64_t)philox_below(&philox, 3);
            assert_int_equal(dedup_keep(first, id, now), dedup_keep(second, id, now));
        }
        assert_true(dedup_restore(second, bytes, n));
        bytes[philox_below(&philox, n)] ^= (unsigned char)(1 << philox_below(&philox, 8));
        assert_false(dedup_restore(second, bytes, n));
        assert_int_equal(dedup_ids(second), 0);
        free(bytes);
        dedup_free(first);
        dedup_free(second);
    }
    const struct dedup_config config = {.horizon = 10}, other = {.horizon = 11};
    struct dedup *of = dedup_new(&config), *into = dedup_new(&other);
    unsigned char bytes[200];
    dedup_keep(of, (struct dedup_id){1, 1}, 0);
    assert_int_equal(dedup_snapshot(of, bytes, sizeof bytes), dedup_snapshot_bytes_for(1));
    assert_false(dedup_restore(into, bytes, dedup_snapshot_bytes_for(1)));
    assert_false(dedup_restore(of, bytes, 3));
    dedup_free(of);
    dedup_free(into);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot_goes_on_as_the_first_would),
        cmocka_unit_test(as_the_naive_one),
        cmocka_unit_test(bytes_follow_the_horizon),
        cmocka_unit_test(ids_of_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
