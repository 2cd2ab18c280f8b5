/* child.c: see child.h.
 *
 * fork() and execve(), because posix_spawn() cannot change the directory. Between the two the child calls
 * nothing but what POSIX allows there, so other threads do no harm; all memory it needs is made before.
 */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

bool child_find(const char *name, char *path, size_t path_n)
{
    if (strchr(name, '/') != NULL) {
        int n = snprintf(path, path_n, "%s", name);
        return n >= 0 && (size_t)n < path_n && access(path, X_OK) == 0;
    }
    const char *search = getenv("PATH");
    if (search == NULL) search = "/usr/local/bin:/usr/bin:/bin";
    while (*search != '\0') {
        size_t length = strcspn(search, ":");
        int n = snprintf(path, path_n, "%.*s/%s", (int)length, search, name);
        /* An empty or relative entry means the current directory, which is not where a program of ours comes
         * from. */
        if (search[0] == '/' && length < 4096 && n >= 0 && (size_t)n < path_n && access(path, X_OK) == 0)
            return true;
        search += length;
        if (*search == ':') search++;
    }
    return false;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The environment without what would make the same input draw another picture. NULL without memory. */
static char **plain_environment(void)
{
    static char c_locale[] = "LC_ALL=C";
    size_t n = 0;
    while (environ[n] != NULL)
        n++;
    char **plain = calloc(n + 2, sizeof(*plain));
    if (plain == NULL) return NULL;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (!has_prefix(environ[i], "LC_") && !has_prefix(environ[i], "LANG") &&
            !has_prefix(environ[i], "GNU"))
            plain[kept++] = environ[i];
    }
    plain[kept] = c_locale;
    return plain;
}

_Noreturn static void be_child(const char *const *argv, char **environment, const char *directory, int out)
{
    setpgid(0, 0);
    int null = open("/dev/null", O_RDONLY);
    if (null >= 0 && dup2(null, 0) >= 0 && dup2(out, 1) >= 0 && dup2(out, 2) >= 0 && chdir(directory) == 0) {
        signal(SIGPIPE, SIG_DFL);
        /* execve() changes nothing of argv; its type is older than const. */
        execve(argv[0], (char *const *)(uintptr_t)argv, environment);
    }
    const char message[] = "cannot be started\n";
    if (write(out, message, sizeof(message) - 1) < 0) _exit(127);
    _exit(127);
}

/* Reads until the child closes its end. False when the time is up. */
static bool read_output(int in, int64_t until_ms, struct child_result *result)
{
    size_t n = 0;
    for (;;) {
        int64_t left_ms = until_ms - now_ms();
        if (left_ms <= 0) return false;
        struct pollfd ready = {.fd = in, .events = POLLIN};
        int events = poll(&ready, 1, (int)left_ms);
        if (events < 0 && errno != EINTR) return true;
        if (events <= 0) continue;
        char chunk[1024];
        ssize_t got = read(in, chunk, sizeof(chunk));
        if (got == 0 || (got < 0 && errno != EINTR)) return true;
        if (got < 0) continue;
        size_t room = CHILD_OUTPUT_MAX - n, keep = (size_t)got < room ? (size_t)got : room;
        memcpy(result->output + n, chunk, keep);
        n += keep;
    }
}

static void wait_for(pid_t pid, int64_t until_ms, bool in_time, struct child_result *result)
{
    int status = 0;
    pid_t got = 0;
    while (in_time) {
        got = waitpid(pid, &status, WNOHANG);
        if (got != 0 && !(got < 0 && errno == EINTR)) break;
        in_time = now_ms() < until_ms;
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    if (!in_time) {
        kill(-pid, SIGKILL);
        kill(pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
        result->status = CHILD_TIMED_OUT;
    } else if (got == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        result->status = CHILD_DONE;
    } else {
        result->status = CHILD_FAILED;
        result->exit_code = got != pid            ? -1
                            : WIFSIGNALED(status) ? 128 + WTERMSIG(status)
                                                  : WEXITSTATUS(status);
    }
}

void child_run(const char *const *argv, const char *directory, int time_limit_s, struct child_result *result)
{
    memset(result, 0, sizeof(*result));
    result->status = CHILD_NOT_STARTED;
    int ends[2];
    char **environment = plain_environment();
    if (environment == NULL) return;
    if (pipe(ends) != 0) {
        free(environment);
        return;
    }
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    int64_t until_ms = now_ms() + (int64_t)time_limit_s * 1000;
    pid_t pid = fork();
    if (pid == 0) be_child(argv, environment, directory, ends[1]);
    close(ends[1]);
    if (pid > 0) {
        setpgid(pid, pid); /* both sides do it, so that it is done whoever comes first */
        bool in_time = read_output(ends[0], until_ms, result);
        wait_for(pid, until_ms, in_time, result);
    }
    close(ends[0]);
    free(environment);
}
