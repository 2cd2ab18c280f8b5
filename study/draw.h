/* draw.h: scenarios drawn at random: a small cluster, its traffic and groups, and a schedule of faults.
 *
 * The faults are drawn from the table of the scenario language: every kind that it has, with every field that fits the
 * kind, so that a new kind is drawn as soon as it has its row. A fault that scenario_load() refuses (one broker cannot be
 * down twice at once) is drawn again. Others overlap and repeat as they like.
 *
 * Partitioners, assignors and protocols likewise: any that the language has. Logs that are compacted stay where every record
 * has a key, which the language asks for.
 *
 * What is drawn depends on (seed, number) and on the language alone. Bounds: 3 to 5 brokers, replication 1 to 3, 3 to 12
 * partitions, up to 700 records/s, 50 seconds, DRAW_FAULTS_MAX faults.
 *
 * Cost: a scenario_load() a fault, milliseconds together.
 */
#ifndef HEADROOM_STUDY_DRAW_H
#define HEADROOM_STUDY_DRAW_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct diag;
struct scenario;

enum { DRAW_FAULTS_MAX = 6 };

struct draw_options {
    uint64_t seed;
    bool safe; /* nothing that was acknowledged may be lost: acks=all, min.insync.replicas 2, one broker gone at a time,
                * disks kept, nobody commits what it has not processed */
};

/* The number-th scenario is written to `file`, loaded, and stays there: `headroom run FILE` runs it again. Where its first
 * fault is of kind `number` modulo the kinds there are, unless none of that kind was taken. NULL, with the mistakes in diag,
 * if even without faults it is refused, or cannot be written: a bug of ours. */
const struct scenario *draw_scenario(const struct draw_options *options, uint64_t number, const char *file,
                                     const char *data_dir, struct arena *arena, struct diag *diag);

#endif
