/* bench_several.h: one measurement of several processes.
 *
 * Where memory and code lie, and what the branch predictors make of it, differs from process to process of
 * one program, and stays as it is within one: repetitions in a process are not independent of each other. So
 * a program is measured in several processes, briefly in each, and each is one observation (measurement.h).
 * Who starts the processes gives their files (bench_google.h's form) to bench_several_add(), in the order in
 * which they ended; the whole is told and written as bench_run() tells one process's. Rows that this program
 * does not have, of another version of it, are kept with their name alone.
 *
 * Ownership: the arena's, and bench_several_free(). Errors: false and a sentence, if a text is no such file,
 * or has a row that the first did not have, or another number of repetitions.
 */
#ifndef HEADROOM_BENCH_BENCH_SEVERAL_H
#define HEADROOM_BENCH_BENCH_SEVERAL_H

#include "bench.h"

struct arena;
struct bench_several;

struct bench_several *bench_several_new(struct arena *arena);
bool bench_several_add(struct bench_several *s, const char *text, size_t n, char *error, size_t error_n);
/* All that the options ask for; at least one process was added. */
bool bench_several_tell(struct bench_several *s, const struct bench_options *options, char *error,
                        size_t error_n);
/* a and b were measured by turns; regress then knows that whatever the host did, it did to both. */
void bench_several_by_turns(struct bench_several *a, struct bench_several *b);
void bench_several_free(struct bench_several *s);

#endif
