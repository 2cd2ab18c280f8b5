/* librdkafka.c: see librdkafka.h. The plain loop is MurmurHash2 by Austin Appleby (public domain) with the
 * seed that Kafka uses. */
#include "librdkafka.h"

#include <dlfcn.h>
#include <string.h>

int32_t librdkafka_murmur2_plain(const void *topic, const void *key, size_t key_n, int32_t partitions,
                                 void *topic_opaque, void *message_opaque)
{
    const uint32_t m = 0x5bd1e995u;
    const unsigned char *at = key;
    uint32_t h = 0x9747b28cu ^ (uint32_t)key_n;
    (void)topic;
    (void)topic_opaque;
    (void)message_opaque;
    for (; key_n >= 4; at += 4, key_n -= 4) {
        uint32_t k;
        memcpy(&k, at, sizeof k);
        k *= m;
        k ^= k >> 24;
        k *= m;
        h *= m;
        h ^= k;
    }
    if (key_n == 3) h ^= (uint32_t)at[2] << 16;
    if (key_n >= 2) h ^= (uint32_t)at[1] << 8;
    if (key_n >= 1) h = (h ^ at[0]) * m;
    h ^= h >> 13;
    h *= m;
    h ^= h >> 15;
    return (int32_t)((h & 0x7fffffffu) % (uint32_t)partitions);
}

librdkafka_partitioner *librdkafka_murmur2(const char **what)
{
    librdkafka_partitioner *partitioner = NULL;
    void *library = dlopen("librdkafka.so.1", RTLD_NOW);
    void *symbol = library == NULL ? NULL : dlsym(library, "rd_kafka_msg_partitioner_murmur2");
    *what = symbol != NULL ? "librdkafka's own" : "the plain loop, for librdkafka is not on this machine";
    if (symbol == NULL) return librdkafka_murmur2_plain;
    memcpy(&partitioner, &symbol, sizeof partitioner);
    return partitioner;
}
