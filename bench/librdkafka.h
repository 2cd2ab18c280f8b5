/* librdkafka.h: what partition.murmur2 is timed beside: librdkafka's partitioner of that name.
 *
 * If librdkafka is on this machine its own function is, by the dynamic linker; else the published algorithm's
 * plain loop, as librdkafka has it for aligned keys. Both have the signature of librdkafka's partitioners.
 */
#ifndef HEADROOM_BENCH_LIBRDKAFKA_H
#define HEADROOM_BENCH_LIBRDKAFKA_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct bench_case;

typedef int32_t librdkafka_partitioner(const void *topic, const void *key, size_t key_n, int32_t partitions,
                                       void *topic_opaque, void *message_opaque);

/* `what` says which one it is; never NULL. The library stays loaded. */
librdkafka_partitioner *librdkafka_murmur2(const char **what);

/* The plain loop. */
int32_t librdkafka_murmur2_plain(const void *topic, const void *key, size_t key_n, int32_t partitions,
                                 void *topic_opaque, void *message_opaque);

#endif
