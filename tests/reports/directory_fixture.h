/* directory_fixture.h: a directory for each test, and what is read and run in it. */
#ifndef HEADROOM_TESTS_DIRECTORY_FIXTURE_H
#define HEADROOM_TESTS_DIRECTORY_FIXTURE_H

#include "arena.h"
#include "child.h"
#include "record/sample_record.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const struct sample_options plain = {.groups = 2, .faults = 2, .lag_low = 4e5, .lag_high = 7.1e7};
static const struct sample_options hostile = {
    .groups = 3, .faults = 4, .lag_low = 100, .lag_high = 1e9, .hostile = true};

/* --- A directory for each test, removed afterwards --- */

static char directory[64];

static inline int make_directory(void **state)
{
    (void)state;
    snprintf(directory, sizeof(directory), "/tmp/headroom-test-XXXXXX");
    return mkdtemp(directory) != NULL ? 0 : -1;
}

static inline void remove_all(const char *path)
{
    DIR *list = opendir(path);
    if (list != NULL) {
        for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
            char inner[4096];
            snprintf(inner, sizeof(inner), "%.2000s/%.1000s", path, entry->d_name);
            remove_all(inner);
        }
        closedir(list);
    }
    remove(path);
}

static inline int remove_directory(void **state)
{
    (void)state;
    remove_all(directory);
    return 0;
}

static inline const char *in_directory(struct arena *arena, const char *name)
{
    return arena_printf(arena, "%s/%s", directory, name);
}

static inline char *contents(struct arena *arena, const char *name, size_t *n)
{
    FILE *in = fopen(in_directory(arena, name), "rb");
    assert_non_null(in);
    char *bytes = ARENA_NEW(arena, char, 4 << 20);
    *n = fread(bytes, 1, (4 << 20) - 1, in);
    fclose(in);
    return bytes;
}

static inline void write_script(struct arena *arena, const char *name, const char *body)
{
    FILE *out = fopen(in_directory(arena, name), "w");
    assert_non_null(out);
    fprintf(out, "#!/bin/sh\n%s\n", body);
    fclose(out);
    assert_int_equal(chmod(in_directory(arena, name), 0755), 0);
}

static inline bool has_gnuplot(void)
{
    char path[4096];
    return child_find("gnuplot", path, sizeof(path));
}

#define WITH_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

#endif
