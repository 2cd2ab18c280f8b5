/* identity.c: hashes the running binary, so that a record can be held to the program that made it. */
#include "identity.h"

#include <stdio.h>

#include "arena.h"
#include "sha256.h"

const char *identity_build_sha256(struct arena *arena)
{
    unsigned char block[1 << 16], digest[SHA256_BYTES];
    char hex[SHA256_HEX_SIZE];
    struct sha256 hash;
    size_t n;
    FILE *file = fopen("/proc/self/exe", "rb");

    if (!file) return "unknown";
    sha256_init(&hash);
    while ((n = fread(block, 1, sizeof(block), file)) > 0)
        sha256_update(&hash, block, n);
    int failed = ferror(file);
    fclose(file);
    if (failed) return "unknown";
    sha256_final(&hash, digest);
    sha256_hex(digest, hex);
    return arena_strdup(arena, hex);
}
