/* Files: each way of not being readable or writable has its own answer, and nothing is left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arena.h"
#include "file.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char root[64];
static char error[FILE_ERROR_SIZE];

static const char *in_root(const char *name)
{
    static char paths[32][FILE_PATH_SIZE];
    static int next;
    char *path = paths[next++ % 32];
    assert_true(file_join(root, name, path, FILE_PATH_SIZE));
    return path;
}

static int set_up(void **state)
{
    (void)state;
    const char *directory = getenv("TMPDIR");
    snprintf(root, sizeof root, "%.40s/headroom-XXXXXX", directory ? directory : "/tmp");
    return mkdtemp(root) ? 0 : -1;
}

static void remove_all(const char *path)
{
    DIR *directory = opendir(path);
    if (directory) {
        chmod(path, 0700);
        for (struct dirent *entry; (entry = readdir(directory));) {
            char inner[FILE_PATH_SIZE];
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
            if (file_join(path, entry->d_name, inner, sizeof inner)) remove_all(inner);
        }
        closedir(directory);
    }
    remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    remove_all(root);
    return 0;
}

static int entries(const char *path)
{
    DIR *directory = opendir(path);
    assert_non_null(directory);
    int n = 0;
    for (struct dirent *entry; (entry = readdir(directory));)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(directory);
    return n;
}

static enum file_status status_of(const char *path, size_t limit_bytes, const char *expected)
{
    struct arena *arena = arena_new(0);
    char *text;
    size_t n;
    error[0] = '\0';
    enum file_status status = file_read(path, limit_bytes, arena, &text, &n, error, sizeof error);
    if (status == FILE_OK || status == FILE_EMPTY) {
        assert_int_equal(n, strlen(expected));
        assert_string_equal(text, expected);
    } else {
        assert_null(text);
        assert_int_equal(n, 0);
    }
    if (status == FILE_OK) {
        assert_string_equal(error, "");
    } else {
        assert_true(strncmp(error, path, strlen(path)) == 0);
        assert_true(strncmp(error + strlen(path), ": ", 2) == 0);
    }
    arena_free(arena);
    return status;
}

static void reading(void **state)
{
    (void)state;
    const char *path = in_root("x.json");
    assert_true(file_write_atomic(path, "12345", 5, error, sizeof error));
    assert_int_equal(status_of(path, 100, "12345"), FILE_OK);
    assert_int_equal(status_of(path, 5, "12345"), FILE_OK);
    assert_int_equal(status_of(path, 4, NULL), FILE_TOO_BIG);
    assert_non_null(strstr(error, "is too big: 5 bytes; at most 4 are read"));
    assert_int_equal(status_of(in_root("absent.json"), 100, NULL), FILE_NOT_FOUND);
    assert_non_null(strstr(error, "there is no such file"));
    assert_int_equal(status_of(in_root("x.json/y"), 100, NULL), FILE_NOT_FOUND);
    assert_int_equal(status_of(root, 100, NULL), FILE_IS_DIRECTORY);
    assert_non_null(strstr(error, "is a directory, not a file"));
    const char *empty = in_root("empty.json");
    assert_true(file_write_atomic(empty, "", 0, error, sizeof error));
    assert_int_equal(status_of(empty, 100, ""), FILE_EMPTY);
    assert_non_null(strstr(error, "is empty"));
    if (geteuid() != 0) {
        chmod(path, 0);
        assert_int_equal(status_of(path, 100, NULL), FILE_UNREADABLE);
        assert_non_null(strstr(error, "permission denied"));
        chmod(path, 0600);
    }
}

/* Larger than any buffer, with NULs inside. */
static void reading_large_files(void **state)
{
    (void)state;
    enum { N = 300001 };
    char *data = malloc(N);
    assert_non_null(data);
    for (size_t i = 0; i < N; i++)
        data[i] = (char)(i * 31);
    const char *path = in_root("large");
    assert_true(file_write_atomic(path, data, N, error, sizeof error));
    struct arena *arena = arena_new(0);
    char *text;
    size_t n;
    assert_int_equal(file_read(path, N, arena, &text, &n, error, sizeof error), FILE_OK);
    assert_int_equal(n, N);
    assert_memory_equal(text, data, N);
    assert_int_equal(text[n], 0);
    arena_free(arena);
    free(data);
}

/* Standard input is read in a child: a pipe that says hello, then one that says too much. */
static void reading_pipes(void **state)
{
    (void)state;
    for (int much = 0; much < 2; much++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        fflush(NULL);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            close(ends[1]);
            dup2(ends[0], STDIN_FILENO);
            struct arena *arena = arena_new(0);
            char *text;
            size_t n;
            enum file_status status = file_read("-", 10000, arena, &text, &n, error, sizeof error);
            bool fine = much ? status == FILE_TOO_BIG && strstr(error, "standard input: is too big")
                             : status == FILE_OK && n == 5 && strcmp(text, "hello") == 0;
            arena_free(arena);
            _Exit(fine ? 0 : 1);
        }
        close(ends[0]);
        char block[500] = "hello";
        for (int i = 0; i < (much ? 21 : 1); i++)
            assert_true(write(ends[1], block, much ? sizeof block : 5) > 0);
        close(ends[1]);
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

static void writing_replaces_whole_files(void **state)
{
    (void)state;
    int before = entries(root);
    const char *path = in_root("record.json");
    assert_true(file_write_atomic(path, "old", 3, error, sizeof error));
    struct file_writer writer;
    assert_true(file_writer_begin(&writer, path, error, sizeof error));
    fprintf(writer.out, "new and longer");
    fflush(writer.out);
    assert_int_equal(status_of(path, 100, "old"), FILE_OK); /* until it is committed */
    assert_true(file_writer_commit(&writer, error, sizeof error));
    assert_int_equal(status_of(path, 100, "new and longer"), FILE_OK);
    assert_true(file_writer_begin(&writer, path, error, sizeof error));
    fprintf(writer.out, "never");
    file_writer_abandon(&writer);
    assert_int_equal(status_of(path, 100, "new and longer"), FILE_OK);
    assert_int_equal(entries(root), before + 1);
    /* The permissions are those of any new file. */
    struct stat info;
    mode_t mask = umask(022);
    assert_true(file_write_atomic(path, "x", 1, error, sizeof error));
    umask(mask);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0644);
}

static void writing_fails_in_words(void **state)
{
    (void)state;
    int before = entries(root);
    assert_false(file_write_atomic(root, "x", 1, error, sizeof error));
    assert_non_null(strstr(error, "is a directory, not a file"));
    assert_false(file_write_atomic(in_root("absent/x"), "x", 1, error, sizeof error));
    assert_non_null(strstr(error, "cannot be written: no such file or directory"));
    char *long_name = malloc(5000);
    assert_non_null(long_name);
    memset(long_name, 'a', 4999);
    long_name[4999] = '\0';
    assert_false(file_write_atomic(long_name, "x", 1, error, sizeof error));
    assert_non_null(strstr(error, "the name is too long"));
    long_name[4090] = '\0';
    assert_false(file_write_atomic(long_name, "x", 1, error, sizeof error));
    free(long_name);
    if (access("/dev/full", W_OK) == 0) {
        assert_false(file_write_atomic("/dev/full", "x", 1, error, sizeof error));
        assert_string_equal(error, "/dev/full: cannot be written: no space left on device");
    }
    assert_true(file_write_atomic("/dev/null", "x", 1, error, sizeof error));
    assert_int_equal(entries(root), before);
}

static void directories(void **state)
{
    (void)state;
    assert_true(file_make_directories(in_root("a/b//c/"), error, sizeof error));
    assert_true(file_make_directories(in_root("a/b/c"), error, sizeof error));
    struct stat info;
    assert_int_equal(stat(in_root("a/b/c"), &info), 0);
    assert_true(S_ISDIR(info.st_mode));
    assert_true(file_write_atomic(in_root("a/file"), "x", 1, error, sizeof error));
    assert_false(file_make_directories(in_root("a/file"), error, sizeof error));
    assert_non_null(strstr(error, "a/file: exists and is not a directory"));
    assert_false(file_make_directories(in_root("a/file/d"), error, sizeof error));
    assert_false(file_make_directories("", error, sizeof error));
    assert_true(file_make_directories(".", error, sizeof error));
    assert_true(file_make_directories("/", error, sizeof error));
}

static void writability_is_known_beforehand(void **state)
{
    (void)state;
    assert_true(file_make_directories(in_root("w"), error, sizeof error));
    const char *w = in_root("w");
    assert_true(file_directory_writable(w, error, sizeof error));
    assert_true(file_directory_writable(in_root("w/x/y/z"), error, sizeof error));
    assert_true(file_target_writable(in_root("w/new.json"), error, sizeof error));
    assert_true(file_target_writable("-", error, sizeof error));
    assert_true(file_target_writable("/dev/null", error, sizeof error));
    assert_false(file_target_writable(w, error, sizeof error));
    assert_non_null(strstr(error, "is a directory, not a file"));
    assert_false(file_target_writable(in_root("absent/new.json"), error, sizeof error));
    assert_non_null(strstr(error, "no such file or directory"));
    assert_false(file_target_writable("", error, sizeof error));
    assert_false(file_directory_writable("", error, sizeof error));
    assert_int_equal(entries(w), 0); /* nothing was left behind */

    assert_true(file_write_atomic(in_root("file"), "x", 1, error, sizeof error));
    assert_false(file_directory_writable(in_root("file"), error, sizeof error));
    assert_non_null(strstr(error, "exists and is not a directory"));
    assert_false(file_directory_writable(in_root("file/out"), error, sizeof error));
    /* What is found beforehand is what happens then: /proc takes no files, not even root's. */
    if (access("/proc/self", F_OK) == 0) {
        assert_false(file_directory_writable("/proc/self/out", error, sizeof error));
        assert_false(file_make_directories("/proc/self/out", error, sizeof error));
    }
    if (geteuid() != 0) {
        chmod(w, 0500);
        assert_false(file_directory_writable(w, error, sizeof error));
        assert_non_null(strstr(error, "cannot be written to: permission denied"));
        assert_false(file_target_writable(in_root("w/new.json"), error, sizeof error));
        chmod(w, 0700);
    }
}

/* A bare name stands for a file in the current directory. */
static void bare_names(void **state)
{
    (void)state;
    int here = open(".", O_RDONLY);
    assert_true(here >= 0);
    assert_true(file_make_directories(in_root("bare-names"), error, sizeof error));
    assert_int_equal(chdir(in_root("bare-names")), 0);
    bool fine = file_target_writable("x.json", error, sizeof error) && entries(".") == 0 &&
                file_directory_writable("out/x", error, sizeof error) &&
                file_write_atomic("x.json", "x", 1, error, sizeof error) && entries(".") == 1;
    assert_int_equal(fchdir(here), 0);
    close(here);
    assert_true(fine);
}

static void joining(void **state)
{
    (void)state;
    char path[16];
    assert_true(file_join("a", "b", path, sizeof path));
    assert_string_equal(path, "a/b");
    assert_true(file_join("a/", "b", path, sizeof path));
    assert_string_equal(path, "a/b");
    assert_true(file_join("", "b", path, sizeof path));
    assert_string_equal(path, "b");
    assert_true(file_join("a", "/b", path, sizeof path));
    assert_string_equal(path, "/b");
    assert_true(file_join("12345678", "123456", path, sizeof path));
    assert_false(file_join("12345678", "1234567", path, sizeof path));
}

static void the_data_directory(void **state)
{
    (void)state;
    char found[FILE_PATH_SIZE];
    assert_true(file_make_directories(in_root("data/scenarios"), error, sizeof error));
    assert_true(file_make_directories(in_root("bare"), error, sizeof error));
    setenv("HEADROOM_DATA", in_root("data"), 1);
    assert_true(file_data_directory(NULL, found, sizeof found, error, sizeof error));
    assert_string_equal(found, in_root("data"));
    setenv("HEADROOM_DATA", in_root("bare"), 1);
    assert_false(file_data_directory(NULL, found, sizeof found, error, sizeof error));
    assert_non_null(strstr(error, "holds no directory scenarios/"));
    unsetenv("HEADROOM_DATA");
    /* This program was built inside the project, which holds scenarios/. */
    char program[FILE_PATH_SIZE];
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    if (n > 0) {
        program[n] = '\0';
        assert_true(file_data_directory(NULL, found, sizeof found, error, sizeof error));
        assert_true(strncmp(program, found, strlen(found)) == 0);
        char scenarios[FILE_PATH_SIZE];
        assert_true(file_join(found, "scenarios", scenarios, sizeof scenarios));
        struct stat info;
        assert_int_equal(stat(scenarios, &info), 0);
    }
    char tiny[3];
    assert_false(file_data_directory(NULL, tiny, sizeof tiny, error, sizeof error) && strlen(tiny) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading),
        cmocka_unit_test(reading_large_files),
        cmocka_unit_test(reading_pipes),
        cmocka_unit_test(writing_replaces_whole_files),
        cmocka_unit_test(writing_fails_in_words),
        cmocka_unit_test(directories),
        cmocka_unit_test(writability_is_known_beforehand),
        cmocka_unit_test(bare_names),
        cmocka_unit_test(joining),
        cmocka_unit_test(the_data_directory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
