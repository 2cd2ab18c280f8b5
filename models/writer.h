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

#endif
