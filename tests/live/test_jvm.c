/* test_jvm.c: threads are told apart by their names, and lines of a thread dump are read as they come. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "arena.h"
#include "jvm.h"

static void threads_have_groups(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum jvm_group group;
    } cases[] = {
        {"data-plane-kafka-network-thread-1-PLAINTEXT-PLAINTEXT-0", JVM_NETWORK},
        {"data-plane-kafka-network-thread-1-CONTROLLER-PLAINTEXT-0", JVM_OTHER},
        {"data-plane-kafka-network-thread-1-ListenerName(PLAINTEXT)-PLAINTEXT-2", JVM_NETWORK},
        {"data-plane-kafka-request-handler-7", JVM_IO},
        {"data-plane-kafka-socket-acceptor-PLAINTEXT-PLAINTEXT-9092", JVM_OTHER},
        {"ReplicaFetcherThread-0-1", JVM_FETCHER},
        {"ReplicaFetcherT", JVM_FETCHER},
        {"GC Thread#0", JVM_GC},
        {"G1 Conc#0", JVM_GC},
        {"C2 CompilerThread0", JVM_JIT},
        {"C2 CompilerThre", JVM_JIT},
        {"data-plane-kafk", JVM_OTHER}, /* cut off, it may be either */
        {"main", JVM_OTHER},
        {"", JVM_OTHER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (jvm_group_of(cases[i].name) != cases[i].group)
            fail_msg("%s is %s", cases[i].name, jvm_group_names[jvm_group_of(cases[i].name)]);
}

static void dumps_are_read(void **state)
{
    (void)state;
    char name[JVM_NAME_SIZE];
    int tid = 0;
    assert_true(jvm_dump_line("\"main\" #1 prio=5 os_prio=0 cpu=551.2ms elapsed=9.05s tid=0x00007f nid=0xf30 waiting on condition  [0x0]\nx",
                              name, &tid));
    assert_string_equal(name, "main");
    assert_int_equal(tid, 0xf30);
    assert_true(jvm_dump_line("\"GC Thread#1\" os_prio=0 cpu=1.2ms tid=0x7 nid=1876 runnable", name, &tid)); /* Java 21 */
    assert_string_equal(name, "GC Thread#1");
    assert_int_equal(tid, 1876);
    assert_true(jvm_dump_line("\"odd \" nid=3 name\" #4 nid=0x10 runnable", name, &tid));
    assert_string_equal(name, "odd \" nid=3 name");
    assert_int_equal(tid, 16);
    assert_false(jvm_dump_line("   java.lang.Thread.State: RUNNABLE", name, &tid));
    assert_false(jvm_dump_line("\"no number\" #4 nid= runnable", name, &tid));
    assert_false(jvm_dump_line("\"none\" #4 runnable\n\"next\" nid=0x10", name, &tid));
    assert_false(jvm_dump_line("\"unended nid=0x10", name, &tid));
    assert_false(jvm_dump_line("", name, &tid));
    char long_line[400] = "\"";
    for (int i = 1; i < 300; i++)
        long_line[i] = 'x';
    __builtin_strcpy(long_line + 300, "\" nid=0x20 runnable");
    assert_true(jvm_dump_line(long_line, name, &tid));
    assert_int_equal(__builtin_strlen(name), JVM_NAME_SIZE - 1);
}

/* SIGQUIT would end this test. */
static void what_is_no_jvm_is_left_alone(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct jvm jvm = {0};
    char error[JVM_ERROR_SIZE] = "";
    assert_false(jvm_attach(&jvm, (int)getpid(), arena, error, sizeof error));
    assert_non_null(__builtin_strstr(error, "is no JVM"));
    arena_free(arena);
}

/* This process's own time grows while it works. */
static void time_is_read(void **state)
{
    (void)state;
    struct jvm jvm = {.pid = (int)getpid()};
    struct jvm_times before, after;
    char error[JVM_ERROR_SIZE] = "";
    assert_true(jvm_read(&jvm, &before, error, sizeof error));
    volatile double x = 1;
    for (int i = 0; i < 20000000; i++)
        x = x * 1.0000001;
    assert_true(jvm_read(&jvm, &after, error, sizeof error));
    assert_true(after.cpu_ns[JVM_OTHER] - before.cpu_ns[JVM_OTHER] > 1000000);
    assert_true(after.cpu_ns[JVM_NETWORK] == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_have_groups),
        cmocka_unit_test(dumps_are_read),
        cmocka_unit_test(what_is_no_jvm_is_left_alone),
        cmocka_unit_test(time_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
