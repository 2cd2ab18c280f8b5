/* jvm.h: the processor time of a Java process by what its threads are for.
 *
 * Linux tells a thread's time to the nanosecond (/proc/PID/task/TID/schedstat), but only 15 characters of its name,
 * and "data-plane-kafk" is both the network threads and the request handlers. The whole names come from the JVM itself, by the
 * protocol that jcmd uses (HotSpot's attach listener: a Unix socket in /tmp that SIGQUIT calls into being), so no JDK is
 * needed.
 *
 * A group's time is the sum over its threads since the JVM started. Threads that ended in between are left out; what a broker
 * works with lives as long as it does.
 *
 * Units: ns. Errors: false and a sentence in `error`: no such process, no JVM, another user's, one that lets nobody attach. No
 * signal is sent to a process that is no JVM. Cost: some 150 small files a reading.
 */
#ifndef HEADROOM_LIVE_JVM_H
#define HEADROOM_LIVE_JVM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JVM_ERROR_SIZE = 512, JVM_THREADS_MAX = 4096, JVM_NAME_SIZE = 96 };

enum jvm_group {
    JVM_NETWORK, /* of the listeners that clients and followers talk to */
    JVM_IO,      /* request handlers */
    JVM_FETCHER, /* replica fetchers */
    JVM_GC,      /* the collector's and the VM's own threads */
    JVM_JIT,     /* the compilers' */
    JVM_OTHER,
    JVM_GROUPS_N
};
extern const char *const jvm_group_names[JVM_GROUPS_N];

struct jvm_thread {
    int tid;
    enum jvm_group group;
    int64_t cpu_ns;
};

struct jvm {
    int pid;
    char version[JVM_NAME_SIZE]; /* "OpenJDK 64-Bit Server VM version 17.0.15+6" */
    char kafka[32];              /* "4.4.0", by the name of its jar; "" if it has none */
    struct jvm_thread *threads;  /* JVM_THREADS_MAX, the arena's; by name as of the last jvm_attach() */
    int threads_n;
};

struct jvm_times {
    int64_t cpu_ns[JVM_GROUPS_N];
};

struct arena;

/* Learns the names of the threads that there are. Call it again after what starts new ones. */
bool jvm_attach(struct jvm *jvm, int pid, struct arena *arena, char *error, size_t error_n);
bool jvm_read(struct jvm *jvm, struct jvm_times *times, char *error, size_t error_n);

/* For tests: the group of a thread by its name, whole or cut off after 15 characters; and the thread of one line of a
 * thread dump ("\"name\" #7 prio=5 nid=0x1a2b runnable"), false if it is none. */
enum jvm_group jvm_group_of(const char *name);
bool jvm_dump_line(const char *line, char name[JVM_NAME_SIZE], int *tid);

#endif
