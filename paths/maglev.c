/* maglev.c: see maglev.h. */
#include "maglev.h"

#include "check.h"
#include "partition_hash.h"

#include <stdbool.h>

static bool is_prime(uint32_t n)
{
    if (n < 2) return false;
    for (uint32_t d = 2; (uint64_t)d * d <= n; d++)
        if (n % d == 0) return false;
    return true;
}

uint32_t maglev_slots_for(int32_t backends)
{
    CHECK(backends >= 1 && backends <= MAGLEV_SLOTS_MAX / 128, "%d backends", backends);
    if (backends <= 655) return 65537;
    if (backends <= 6553) return 655373;
    uint32_t slots = 100 * (uint32_t)backends + 1;
    while (!is_prime(slots))
        slots++;
    return slots;
}

struct maglev_permutation maglev_permutation_of(int32_t backend, uint32_t slots)
{
    /* Two hashes of one number: halves of its mixed bits, one of them mixed again. */
    const uint64_t hash = partition_mix64((uint64_t)(uint32_t)backend + 1);
    return (struct maglev_permutation){
        .offset = (uint32_t)(hash % slots),
        .skip = (uint32_t)(partition_mix64(hash) % (slots - 1)) + 1,
    };
}

void maglev_fill(const struct maglev_permutation *permutations, const int32_t *live, int32_t live_n,
                 uint32_t slots, int32_t *table, uint32_t *scratch)
{
    CHECK(slots <= MAGLEV_SLOTS_MAX && is_prime(slots), "%u slots", slots);
    CHECK(live_n >= 1, "%d backends", live_n);
    uint32_t *next = scratch;
    for (int32_t i = 0; i < live_n; i++) {
        const struct maglev_permutation *p = &permutations[live[i]];
        CHECK(p->offset < slots && p->skip >= 1 && p->skip < slots, "offset %u, skip %u of %u", p->offset,
              p->skip, slots);
        next[i] = p->offset;
    }
    for (uint32_t slot = 0; slot < slots; slot++)
        table[slot] = -1;
    for (uint32_t filled = 0;;) {
        for (int32_t i = 0; i < live_n; i++) {
            const uint32_t skip = permutations[live[i]].skip;
            uint32_t slot = next[i];
            while (table[slot] >= 0)
                slot = slot < slots - skip ? slot + skip : slot - (slots - skip);
            table[slot] = live[i];
            next[i] = slot;
            if (++filled == slots) return;
        }
    }
}
