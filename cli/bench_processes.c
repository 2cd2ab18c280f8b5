/* bench_processes.c: see bench_processes.h. */
#include "bench_processes.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "bench.h"
#include "bench_several.h"
#include "check.h"
#include "cli.h"
#include "philox.h"
#include "progress.h"

extern char **environ;

enum { ARGUMENTS = 12 }; /* without plugins, with the NULL at the end */
static const size_t OUTPUT_BYTES_MAX = (size_t)64 << 20;

/* All that comes from the pipe, in `*text`, to be freed. False if it is too much. */
static bool read_all(int from, char **text, size_t *n)
{
    size_t capacity = (size_t)1 << 20;
    *text = malloc(capacity);
    CHECK(*text, "out of memory for a process's output");
    *n = 0;
    for (;;) {
        const ssize_t got = read(from, *text + *n, capacity - *n);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got == 0;
        *n += (size_t)got;
        if (*n < capacity) continue;
        if (capacity >= OUTPUT_BYTES_MAX) return false;
        capacity *= 2;
        *text = realloc(*text, capacity);
        CHECK(*text, "out of memory for a process's output");
    }
}

/* Starts the process with its stdout in a pipe, of which `*from` is the end to read. 0, or an errno. */
static int start(const char *program, char *const *argv, pid_t *pid, int *from)
{
    int ends[2];
    posix_spawn_file_actions_t actions;

    *from = -1;
    if (pipe(ends) != 0) return errno;
    CHECK(posix_spawn_file_actions_init(&actions) == 0, "no actions for a process");
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    const int error = posix_spawn(pid, program, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    *from = ends[0];
    if (error != 0) close(ends[0]);
    return error;
}

/* One process of a side. */
static bool measure(const struct cli *cli, struct bench_side *side, int repetitions)
{
    char *text, error[BENCH_ERROR_SIZE], repeats[16];
    const char **argv = ARENA_NEW(cli->arena, const char *, (size_t)(ARGUMENTS + 2 * cli->plugins_n));
    int argc = 0;
    size_t n;
    pid_t pid;
    int from, status = 0;

    snprintf(repeats, sizeof(repeats), "%d", repetitions);
    const char *const fixed[] = {CLI_NAME, "bench", "--processes", "1", "--repetitions", repeats, "--quiet", "--json", "-"};
    for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++) argv[argc++] = fixed[i];
    for (int i = 0; i < cli->plugins_n; i++) {
        argv[argc++] = "--plugin";
        argv[argc++] = cli->plugins[i];
    }
    if (cli->quick) argv[argc++] = "--quick";
    if (cli->words_n > 0) argv[argc++] = cli->words[0];
    const int failed = start(side->program, (char *const *)argv, &pid, &from);
    if (failed != 0) {
        cli_complain(cli, "%s cannot be started: %s", side->name, strerror(failed));
        return false;
    }
    const bool whole = read_all(from, &text, &n);
    close(from);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    bool good = false;
    if (WIFSIGNALED(status))
        cli_complain(cli, "%s was ended by signal %d", side->name, WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        cli_complain(cli, "%s bench ended with code %d", side->name, WEXITSTATUS(status));
    else if (!whole)
        cli_complain(cli, "%s wrote more than a measurement can be", side->name);
    else
        good = bench_several_add(side->measured, text, n, error, sizeof(error));
    if (whole && WIFEXITED(status) && WEXITSTATUS(status) == 0 && !good) cli_complain(cli, "%s %s", side->name, error);
    free(text);
    return good;
}

bool bench_processes_run(const struct cli *cli, struct bench_side *sides, int sides_n, int processes,
                         int repetitions, struct progress *progress)
{
    struct philox lots = philox_named(1, "bench/order");

    CHECK(sides_n == 1 || sides_n == 2, "%d sides", sides_n);
    for (int p = 0; p < processes; p++) {
        const int first = sides_n == 2 ? (int)philox_below(&lots, 2) : 0;
        for (int i = 0; i < sides_n; i++) {
            if (!measure(cli, &sides[(first + i) % sides_n], repetitions)) return false;
            progress_show_share(progress, p + (double)(i + 1) / sides_n, processes);
        }
    }
    return true;
}
