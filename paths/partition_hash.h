/* partition_hash.h: the pure functions that lay keys on partitions.
 *
 *     murmur2     Kafka's default: toPositive(Utils.murmur2(key)) % partitions
 *     consistent  librdkafka's `consistent`: CRC-32 (IEEE 802.3, as zlib's) % partitions
 *     fnv1a       librdkafka's `fnv1a`, Sarama's NewHashPartitioner: |FNV-1a as int32| % partitions
 *     jump        jump consistent hash (Lamping and Veach, 2014) over FNV-1a of 64 bits: going from n to n+1
 *                 partitions moves 1/(n+1) of the keys, all of them to the new one
 *
 * Shapes: key[len], any bytes; NULL with len 0 is as the empty key. partitions >= 1. Results: 0 ..
 * partitions-1. Errors: none; a key above INT32_MAX bytes is a CHECK in murmur2. Cost: murmur2 about 0.8
 * ns per 4 bytes, the others about one per byte; jump also ln(partitions) divisions.
 */
#ifndef HEADROOM_PATHS_PARTITION_HASH_H
#define HEADROOM_PATHS_PARTITION_HASH_H

#include <stddef.h>
#include <stdint.h>

uint32_t partition_murmur2_hash(const void *key, size_t len); /* Utils.murmur2, as unsigned bits */
uint32_t partition_crc32_hash(const void *key, size_t len);
uint32_t partition_fnv1a_hash(const void *key, size_t len); /* of 32 bits, the absolute value: 0 .. 2^31 */
uint64_t partition_fnv1a_64(const void *key, size_t len);

/* Spreads all bits of a hash over all others (the finalizer of MurmurHash3 of 64 bits). */
uint64_t partition_mix64(uint64_t hash);

int32_t partition_murmur2(const void *key, size_t len, int32_t partitions);
int32_t partition_consistent(const void *key, size_t len, int32_t partitions);
int32_t partition_fnv1a(const void *key, size_t len, int32_t partitions);
int32_t partition_jump(const void *key, size_t len, int32_t partitions);

/* Partial key grouping (Nasir et al., ICDE 2015): the two partitions that a key may go to, distinct unless
 * there is only one. */
void partition_candidates(const void *key, size_t len, int32_t partitions, int32_t candidates[2]);

/* Where salt `salt` of a key goes: as many partitions on from the key's own. Salts 0 .. partitions-1 are all
 * on partitions of their own, and salt 0 is where the key is without salting. */
int32_t partition_salted(const void *key, size_t len, int32_t salt, int32_t partitions);

/* Jump consistent hash itself: 0 .. buckets-1 of a key of 64 bits. */
int32_t partition_jump_hash(uint64_t key, int32_t buckets);

#endif
