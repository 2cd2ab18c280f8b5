/* sha256.h: SHA-256, from FIPS 180-4 (https://doi.org/10.6028/NIST.FIPS.180-4).
 *
 * It names inputs in the run record (scenario, price book, calibration, binary); nothing secret passes
 * through it. Cost: about 200 MB/s and no allocation.
 */
#ifndef HEADROOM_BASE_SHA256_H
#define HEADROOM_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_BYTES = 32, SHA256_HEX_SIZE = 65 };

struct sha256 {
    uint32_t state[8];
    uint64_t length_bytes;
    uint8_t block[64];
};

void sha256_init(struct sha256 *hash);
void sha256_update(struct sha256 *hash, const void *data, size_t n);
void sha256_final(struct sha256 *hash, uint8_t digest[SHA256_BYTES]);

/* A digest as 64 lower-case hexadecimal digits and a NUL. */
void sha256_hex(const uint8_t digest[SHA256_BYTES], char hex[SHA256_HEX_SIZE]);

/* All of it at once: the hexadecimal digest of n bytes. */
void sha256_of(const void *data, size_t n, char hex[SHA256_HEX_SIZE]);

#endif
