/* writer.h: a group that writes what it reads to the object store.
 *
 * Each consumer keeps one file open, rolls it when it has reached roll.size or roll.every, uploads it, and commits the
 * offsets it holds; so what a crash loses is read again. A record is visible when its file is. Sizes come from the
 * real codec on large batches; upload times from the calibration's object-store figures.
 */
#ifndef HEADROOM_MODELS_WRITER_H
#define HEADROOM_MODELS_WRITER_H

#include "world.h"

struct writer_counts {
    int64_t objects;
    double bytes, put_requests, mean_object_bytes;
};

void writer_init(struct group *g);
void writer_slice_end(struct group *g);
/* The group stops; clean: open files are closed first, else what they hold is read again. */
void writer_stopped(struct group *g, bool clean);
struct writer_counts writer_counts(const struct group *g);

/* For what was written before the run (lake_past.h). */
double writer_file_bytes(const struct group *g, double records);
sim_time writer_upload_median_ns(const struct group *g, double bytes);
/* When a consumer's file was opened, and another time for it; both before the run's first slice. */
sim_time writer_opened(const struct group *g, int consumer);
void writer_open_since(struct group *g, int consumer, sim_time opened);
/* The file of the partition's consumer holds these records of [from, 0) when the run begins. They land with it, but are
 * not the run's: neither delivered nor fresh. */
void writer_take_over(struct group *g, int partition, double records, sim_time from);

#endif
