/* writer.h: a group that writes what it reads to the object store.
 *
 * Each consumer keeps one file open, rolls it when it has reached roll.size or roll.every, and uploads it; a record is
 * visible when its file is. When offsets are committed decides what a crash does, which loses the open file:
 *
 *     at_least_once  those of files uploaded, every auto.commit.interval.ms or `checkpoint`: what lies beyond is read and
 *                    written again, and what had been in a file is in the table twice
 *     exactly_once   with the file: what was in the open one is written again, and nothing is there twice
 *     at_most_once   when records are handed out: the open file is lost
 *
 * An upload under way when its writer dies is finished all the same. Sizes come from the real codec on large
 * batches; upload times from the calibration's object-store figures.
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
/* So many records of a partition have been jumped over: they are in no file. */
void writer_jumped(struct group *g, int partition, int64_t records);
/* The group stops; clean: open files are closed first, else what they hold is read again. */
void writer_stopped(struct group *g, bool clean);
/* The same of one instance, in order. */
void writer_instance_stopped(struct group *g, int instance);
/* A partition has come to be: what was intended before is in files. */
void writer_partition_added(struct group *g, int partition, sim_time at);
struct writer_counts writer_counts(const struct group *g);

/* The time to commit has come. */
void writer_commit(struct group *g);
/* Records [from, from + records) of a partition have been processed again: how many were in a file already, and will be
 * there twice. Relative offsets. */
int64_t writer_written_again(struct group *g, int partition, int64_t from, int64_t records);
/* A consumer is gone, and its partition is read again from what was committed; what the log's curve no longer has, up to
 * relative offset `position`, counts as read at once. */
void writer_rewound(struct group *g, int partition, int64_t position);
/* Or it is not read again: the records in the open file are lost. Returns how many had been delivered, and from which relative offset on
 * they lie. */
int64_t writer_lost(struct group *g, int partition, int64_t *from);

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
