/* maglev.h: Maglev's lookup table (Eisenbud et al., NSDI 2016, section 3.4).
 *
 * Each of `n` backends has a permutation of the table's slots, (offset + j * skip) mod slots for j = 0, 1,
 * ..; in turn each takes the next slot of its permutation that is free, until none is. Backends then hold the
 * same number of slots to within one, and when one goes away few slots of the others change hands.
 *
 * Shapes: table[slots], the backend of each slot, a backend being its index in the permutations. slots: a
 * prime (CHECKed), 2 .. MAGLEV_SLOTS_MAX; offset 0 .. slots-1, skip 1 .. slots-1. Errors: none; a broken
 * precondition is a CHECK. Ownership: the caller's. Cost: about slots * ln(slots) steps to fill, one load to
 * look up.
 */
#ifndef HEADROOM_PATHS_MAGLEV_H
#define HEADROOM_PATHS_MAGLEV_H

#include <stdint.h>

enum { MAGLEV_SLOTS_MAX = 1 << 27 };

struct maglev_permutation {
    uint32_t offset;
    uint32_t skip;
};

/* live[live_n]: the backends that take part, ascending; at least one. scratch[live_n]. */
void maglev_fill(const struct maglev_permutation *permutations, const int32_t *live, int32_t live_n,
                 uint32_t slots, int32_t *table, uint32_t *scratch);

/* A backend's permutation from its number. */
struct maglev_permutation maglev_permutation_of(int32_t backend, uint32_t slots);

/* The paper's 65537 up to 655 backends, its 655373 up to 6553, and beyond the first prime above 100 times the
 * backends: no backend then has 1 % more than another. */
uint32_t maglev_slots_for(int32_t backends);

#endif
