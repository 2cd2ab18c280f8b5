/* philox.c: from (seed, name, ordinal) to a key. Drawing is inline, in the header. */
#include "philox.h"

#include "check.h"
#include "splitmix.h"

struct philox philox_named(uint64_t seed, const char *name)
{
    return philox_named_nth(seed, name, 0);
}

struct philox philox_named_nth(uint64_t seed, const char *name, uint64_t ordinal)
{
    CHECK(name, "a random stream needs a name");
    /* FNV-1a of the name, then seed and ordinal mixed in one after the other, so that neither can undo the
     * other. */
    uint64_t hash = 0xcbf29ce484222325u;
    for (const char *c = name; *c; c++) {
        hash ^= (unsigned char)*c;
        hash *= 0x100000001b3u;
    }
    hash = splitmix(hash + splitmix(seed + SPLITMIX_STEP));
    if (ordinal) hash = splitmix(hash + splitmix(ordinal + 0xd1b54a32d192ed03u));

    struct philox philox = {.key = {(uint32_t)hash, (uint32_t)(hash >> 32)}};
    philox_at(&philox, 0);
    return philox;
}
