/* child.h: run another program with a time limit — no shell between, and nothing of ours left open in it.
 *
 * Everything it says, on stdout and stderr alike, is read to its end; the first CHILD_OUTPUT_MAX bytes are
 * kept.
 */
#ifndef HEADROOM_REPORTS_CHILD_H
#define HEADROOM_REPORTS_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CHILD_OUTPUT_MAX = 4096 };

enum child_status { CHILD_DONE, CHILD_FAILED, CHILD_TIMED_OUT, CHILD_NOT_STARTED };

struct child_result {
    enum child_status status;
    int exit_code; /* CHILD_FAILED: its exit code, or 128 + the signal that ended it */
    char output[CHILD_OUTPUT_MAX + 1];
};

/* The path of a program: `name` itself if it has a slash in it, else the first in PATH that may be executed.
 * False if there is none, or the path does not fit. */
bool child_find(const char *name, char *path, size_t path_n);

/* argv[0] is the path of the program; argv ends with NULL. It runs in `directory`, with stdin empty, in the C
 * locale, and in a process group of its own, all of which is ended when the time is up. */
void child_run(const char *const *argv, const char *directory, int time_limit_s, struct child_result *result);

#endif
