/* progress.h: one line on a terminal that says how far a run is, and none in a pipe.
 *
 * The line appears once the work has taken two seconds, and is wiped when it ends. progress_show() may be
 * called from any thread; a call that finds another under way returns at once. Nothing here can change a
 * result.
 */
#ifndef HEADROOM_CLI_PROGRESS_H
#define HEADROOM_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress;
struct arena;

/* `show` false: never a line. It is also false where stderr is no terminal. Starts the clock. */
struct progress *progress_new(struct arena *arena, bool show);

/* `simulated_s` of `total_s` simulated seconds are done, all replications added. The shape replicate_run()
 * calls. */
void progress_show(void *progress, double simulated_s, double total_s);

/* The same for work that is not counted in simulated time. */
void progress_show_share(void *progress, double done, double all);

/* Wipe the line. Returns the wall seconds since progress_new(). */
double progress_end(struct progress *progress);

#endif
