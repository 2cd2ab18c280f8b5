/* Rings that grow keep what is in them, in its order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "memory.h"

/* As first in, first out: so many come, some go, and so on; heads are counted on past the capacity. */
static void rings_keep_their_order(void **state)
{
    (void)state;
    for (uint32_t gone = 0; gone < 70; gone++) {
        int *ring = NULL, in = 0, out = 0;
        uint32_t capacity = 0, head = 0, count = 0;
        for (int step = 0; step < 200; step++) {
            if (count == capacity) ring = memory_ring_grow(ring, &capacity, &head, 4, sizeof *ring);
            ring[(head + count++) & (capacity - 1)] = in++;
            if (step % 3 == 0 || (uint32_t)step < gone) {
                assert_int_equal(ring[head & (capacity - 1)], out++);
                head++;
                count--;
            }
        }
        while (count > 0) {
            assert_int_equal(ring[head++ & (capacity - 1)], out++);
            count--;
        }
        assert_int_equal(out, in);
        free(ring);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rings_keep_their_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
