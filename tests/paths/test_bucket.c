/* test_bucket.c: the bucket transform against the values that Iceberg's specification gives, and how evenly it spreads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "bucket.h"
#include "event.h"

static int32_t hash_of_long(uint64_t value)
{
    unsigned char little[8];
    for (int i = 0; i < 8; i++)
        little[i] = (unsigned char)(value >> 8 * i);
    return bucket_hash(little, 8);
}

/* Appendix B: int and long are 8 bytes, least first; the others as they are. */
static void hashes_are_iceberg_s(void **state)
{
    (void)state;
    static const unsigned char uuid[16] = {0xf7, 0x9c, 0x3e, 0x09, 0x67, 0x7c, 0x4b, 0xbd,
                                           0xa4, 0x79, 0x3f, 0x34, 0x9c, 0xb7, 0x85, 0xe7};
    static const unsigned char bytes[4] = {0, 1, 2, 3};
    static const unsigned char decimal[2] = {0x05, 0x8c}; /* 14.20 */
    assert_int_equal(hash_of_long(34), 2017239379);
    assert_int_equal(bucket_hash("iceberg", 7), 1210000089);
    assert_int_equal(bucket_hash(uuid, 16), 1488055340);
    assert_int_equal(bucket_hash(bytes, 4), -188683207);
    assert_int_equal(bucket_hash(decimal, 2), -500754589);
    const uint64_t date_days = 17486, time_us = UINT64_C(81068000000); /* 2017-11-16; 22:31:08 */
    assert_int_equal(hash_of_long(date_days), -653330422);
    assert_int_equal(hash_of_long(time_us), -662762989);
}

static void buckets_are_the_hash_without_its_sign(void **state)
{
    (void)state;
    static const unsigned char bytes[4] = {0, 1, 2, 3};
    assert_int_equal(bucket_of("iceberg", 7, 16), 1210000089 % 16);
    assert_int_equal(bucket_of(bytes, 4, 1000), (int)((UINT32_C(4106284089) & 0x7fffffff) % 1000));
    assert_int_equal(bucket_of("", 0, 1), 0);
    int counts[16] = {0};
    for (uint64_t campaign = 1; campaign <= 160000; campaign++) {
        char key[EVENT_KEY_BYTES_MAX];
        const size_t n = event_key(campaign, key);
        const int bucket = bucket_of(key, n, 16);
        assert_in_range(bucket, 0, 15);
        counts[bucket]++;
    }
    for (int i = 0; i < 16; i++)
        assert_in_range(counts[i], 9600, 10400); /* four deviations of 97 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_iceberg_s),
        cmocka_unit_test(buckets_are_the_hash_without_its_sign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
