/* jvm.c: see jvm.h. */
#include "jvm.h"

#include "arena.h"
#include "check.h"
#include "error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { PATH_SIZE = 512, DUMP_BYTES_MAX = 16 * 1024 * 1024, COMM_CHARACTERS = 15 };
enum { ATTACH_TURNS = 100, ATTACH_TURN_MS = 50 };

const char *const jvm_group_names[JVM_GROUPS_N] = {"network", "io", "fetcher", "gc", "jit", "other"};

/* By the beginning of the name; the first that fits. Controllers' network threads are other. */
static const struct {
    const char *begins;
    const char *contains; /* NULL: anything */
    enum jvm_group group;
} groups[] = {
    {"data-plane-kafka-network-thread-", "-CONTROLLER-", JVM_OTHER},
    {"data-plane-kafka-network-thread-", NULL, JVM_NETWORK},
    {"data-plane-kafka-request-handler-", NULL, JVM_IO},
    {"kafka-network-thread-", NULL, JVM_NETWORK},
    {"kafka-request-handler-", NULL, JVM_IO},
    {"ReplicaFetcherThread-", NULL, JVM_FETCHER},
    {"GC Thread", NULL, JVM_GC},
    {"G1 ", NULL, JVM_GC},
    {"ZGC", NULL, JVM_GC},
    {"VM Thread", NULL, JVM_GC},
    {"C1 CompilerThread", NULL, JVM_JIT},
    {"C2 CompilerThread", NULL, JVM_JIT},
    {"Sweeper thread", NULL, JVM_JIT},
};


enum jvm_group jvm_group_of(const char *name)
{
    const size_t n = strlen(name);
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        const size_t begins = strlen(groups[i].begins);
        if (groups[i].contains != NULL && strstr(name, groups[i].contains) == NULL) continue;
        if (strncmp(name, groups[i].begins, begins) == 0) return groups[i].group;
        /* Cut off: only where what is left tells it from the rest. */
        if (n == COMM_CHARACTERS && begins > n && strncmp(name, "data-plane", 10) != 0 &&
            strncmp(name, groups[i].begins, n) == 0)
            return groups[i].group;
    }
    return JVM_OTHER;
}

bool jvm_dump_line(const char *line, char name[JVM_NAME_SIZE], int *tid)
{
    if (line[0] != '"') return false;
    const size_t end = strcspn(line, "\n");
    const char *nid = NULL; /* the last: a name may hold anything */
    for (const char *p = strstr(line, " nid="); p != NULL && p < line + end; p = strstr(p + 1, " nid="))
        nid = p;
    const char *quote = nid;
    while (quote != NULL && *quote != '"')
        quote--;
    if (nid == NULL || quote == line) return false;
    char *rest;
    errno = 0;
    const long found = strtol(nid + strlen(" nid="), &rest, 0); /* hexadecimal up to Java 20, decimal since */
    if (rest == nid + strlen(" nid=") || errno != 0 || found < 1 || found > INT32_MAX) return false;
    snprintf(name, JVM_NAME_SIZE, "%.*s", (int)(quote - line - 1), line + 1);
    *tid = (int)found;
    return true;
}

static void pause_ms(int ms)
{
    struct timespec wait = {.tv_nsec = ms * 1000000L};
    nanosleep(&wait, NULL);
}

/* A file of /proc has no size beforehand. Returns the bytes read, with a NUL behind them; -1: none. */
static long read_small(const char *path, char *text, size_t n)
{
    const int in = open(path, O_RDONLY | O_CLOEXEC);
    if (in < 0) return -1;
    size_t got = 0;
    ssize_t more;
    while (got + 1 < n && (more = read(in, text + got, n - 1 - got)) > 0)
        got += (size_t)more;
    close(in);
    text[got] = '\0';
    return (long)got;
}

/* SIGQUIT ends what is no JVM. */
static bool is_jvm(int pid)
{
    char path[PATH_SIZE], line[1024];
    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    FILE *in = fopen(path, "r");
    bool found = false;
    while (in != NULL && !found && fgets(line, sizeof line, in) != NULL)
        found = strstr(line, "/libjvm.so") != NULL;
    if (in != NULL) fclose(in);
    return found;
}

static int open_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return -1;
    memcpy(address.sun_path, path, strlen(path) + 1);
    const int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s >= 0 && connect(s, (const struct sockaddr *)&address, sizeof address) == 0) return s;
    if (s >= 0) close(s);
    return -1;
}

/* Connects to the JVM's attach listener, which SIGQUIT starts where a file asks for it. -1: said why. */
static int connect_jvm(int pid, char *error, size_t error_n)
{
    char listener[PATH_SIZE], asks[PATH_SIZE];
    struct stat st;
    if (kill(pid, 0) != 0) {
        error_say(error, error_n, "process %d: %s", pid, strerror(errno));
        return -1;
    }
    if (!is_jvm(pid)) {
        error_say(error, error_n, "process %d is no JVM", pid);
        return -1;
    }
    snprintf(listener, sizeof listener, "/tmp/.java_pid%d", pid);
    if (stat(listener, &st) != 0) {
        snprintf(asks, sizeof asks, "/proc/%d/cwd/.attach_pid%d", pid, pid);
        const int file = open(asks, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        if (file < 0) {
            error_say(error, error_n, "process %d cannot be attached to: %s: %s", pid, asks, strerror(errno));
            return -1;
        }
        close(file);
        kill(pid, SIGQUIT);
        for (int turn = 0; turn < ATTACH_TURNS && stat(listener, &st) != 0; turn++)
            pause_ms(ATTACH_TURN_MS);
        unlink(asks);
    }
    const int s = open_socket(listener);
    if (s < 0) error_say(error, error_n, "process %d lets nobody attach (%s: %s)", pid, listener, strerror(errno));
    return s;
}

/* One command of jcmd, for example "Thread.print"; what it printed, in the arena. NULL: said why. */
static char *command(int pid, const char *what, struct arena *arena, char *error, size_t error_n)
{
    char request[128];
    /* Protocol version, command, three arguments, each ended by a NUL. */
    const int n = snprintf(request, sizeof request, "1%cjcmd%c%s%c%c", 0, 0, what, 0, 0);
    const int s = connect_jvm(pid, error, error_n);
    if (s < 0) return NULL;
    size_t got = 0, room = 1 << 16;
    char *text = arena_alloc(arena, room, 1);
    bool good = write(s, request, (size_t)n + 1) == n + 1;
    for (ssize_t more = 1; good && more > 0;) {
        if (got + 1 == room) {
            text = arena_grow(arena, text, room, room * 2, 1);
            room *= 2;
        }
        more = read(s, text + got, room - 1 - got);
        if (more > 0) got += (size_t)more;
        good = more >= 0 && got < DUMP_BYTES_MAX;
    }
    close(s);
    text[got] = '\0';
    /* The first line is the command's status. */
    if (good && strncmp(text, "0\n", 2) == 0) return text + 2;
    error_say(error, error_n, "process %d did not answer %s", pid, what);
    return NULL;
}

/* The release by the jar of the broker that the process holds open. */
static void find_kafka(struct jvm *jvm)
{
    static const char jar[] = "/kafka-clients-";
    char folder[64], path[PATH_SIZE], target[PATH_SIZE];
    snprintf(folder, sizeof folder, "/proc/%d/fd", jvm->pid);
    DIR *dir = opendir(folder);
    jvm->kafka[0] = '\0';
    for (const struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        snprintf(path, sizeof path, "%s/%.32s", folder, entry->d_name);
        const ssize_t n = readlink(path, target, sizeof target - 1);
        if (n <= 0) continue;
        target[n] = '\0';
        const char *found = strstr(target, jar);
        const char *end = found == NULL ? NULL : strstr(found, ".jar");
        if (end == NULL) continue;
        found += strlen(jar);
        snprintf(jvm->kafka, sizeof jvm->kafka, "%.*s", (int)(end - found), found);
    }
    if (dir != NULL) closedir(dir);
}

static int compare_threads(const void *a, const void *b)
{
    const struct jvm_thread *x = a, *y = b;
    return (x->tid > y->tid) - (x->tid < y->tid);
}

bool jvm_attach(struct jvm *jvm, int pid, struct arena *arena, char *error, size_t error_n)
{
    CHECK(pid > 0, "process %d", pid);
    if (jvm->threads == NULL) jvm->threads = ARENA_NEW(arena, struct jvm_thread, JVM_THREADS_MAX);
    jvm->pid = pid;
    jvm->threads_n = 0;
    const char *version = command(pid, "VM.version", arena, error, error_n);
    if (version == NULL) return false;
    snprintf(jvm->version, sizeof jvm->version, "%.*s", (int)strcspn(version, "\n"), version);
    const char *dump = command(pid, "Thread.print", arena, error, error_n);
    if (dump == NULL) return false;
    for (const char *line = dump; line != NULL; line = strchr(line, '\n')) {
        char name[JVM_NAME_SIZE];
        int tid;
        if (*line == '\n') line++;
        if (!jvm_dump_line(line, name, &tid) || jvm->threads_n == JVM_THREADS_MAX) continue;
        jvm->threads[jvm->threads_n++] = (struct jvm_thread){tid, jvm_group_of(name), 0};
    }
    qsort(jvm->threads, (size_t)jvm->threads_n, sizeof *jvm->threads, compare_threads);
    find_kafka(jvm);
    return jvm->threads_n > 0 || error_say(error, error_n, "process %d told of no threads", pid);
}

/* A thread that is not in the dump, by what of its name the kernel keeps. */
static enum jvm_group group_of_tid(const struct jvm *jvm, int tid)
{
    const struct jvm_thread key = {.tid = tid};
    const struct jvm_thread *known = jvm->threads_n == 0 ? NULL
                                                         : bsearch(&key, jvm->threads, (size_t)jvm->threads_n,
                                                                   sizeof key, compare_threads);
    if (known != NULL) return known->group;
    char path[PATH_SIZE], name[JVM_NAME_SIZE];
    snprintf(path, sizeof path, "/proc/%d/task/%d/comm", jvm->pid, tid);
    if (read_small(path, name, sizeof name) <= 0) return JVM_OTHER;
    name[strcspn(name, "\n")] = '\0';
    return jvm_group_of(name);
}

bool jvm_read(struct jvm *jvm, struct jvm_times *times, char *error, size_t error_n)
{
    char path[PATH_SIZE], text[128];
    snprintf(path, sizeof path, "/proc/%d/task", jvm->pid);
    DIR *dir = opendir(path);
    if (dir == NULL) return error_say(error, error_n, "process %d: %s", jvm->pid, strerror(errno));
    *times = (struct jvm_times){{0}};
    int read_n = 0;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        const int tid = atoi(entry->d_name);
        if (tid <= 0) continue;
        snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", jvm->pid, tid);
        if (read_small(path, text, sizeof text) <= 0) continue; /* it has just ended */
        times->cpu_ns[group_of_tid(jvm, tid)] += strtoll(text, NULL, 10);
        read_n++;
    }
    closedir(dir);
    return read_n > 0 || error_say(error, error_n, "this kernel keeps no /proc/%d/task/*/schedstat", jvm->pid);
}
