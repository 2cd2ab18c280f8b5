/* threads.h: items of work, numbered, on threads.
 *
 * Each item is taken once, by one thread, in the order of their numbers. The calling thread works too, and alone if no
 * other can be had; it returns when all are done. An item that returns false ends its thread's work: whoever wants to stop
 * lets every item say so from then on.
 *
 * What items share is theirs to lock. Memory: the arena's, a few bytes a thread.
 */
#ifndef HEADROOM_STUDY_THREADS_H
#define HEADROOM_STUDY_THREADS_H

#include <stdbool.h>

struct arena;

typedef bool threads_item(void *context, int item);

/* Items from .. until - 1, until > from; threads < 1 is one. */
void threads_run(int threads, int from, int until, threads_item *, void *context, struct arena *);

#endif
