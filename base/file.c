/* file.c: reading with a limit, writing by rename. */
#include "file.h"

#include "arena.h"
#include "check.h"
#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


/* strerror() without its capital, and without the C library's per-thread buffer for the errors we expect. */
static const char *reason(int number)
{
    switch (number) {
    case ENOENT:
        return "no such file or directory";
    case EACCES:
    case EPERM:
        return "permission denied";
    case ENOTDIR:
        return "a part of the path is not a directory";
    case EISDIR:
        return "is a directory";
    case ENOSPC:
    case EDQUOT:
        return "no space left on device";
    case EROFS:
        return "read-only file system";
    case ENAMETOOLONG:
        return "the name is too long";
    case EMFILE:
    case ENFILE:
        return "too many open files";
    case ELOOP:
        return "too many symbolic links";
    default:
        return strerror(number);
    }
}

/* ---- reading ---- */

static bool is_stdin(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* Everything from fd, as long as it is no more than limit_bytes. Files that grow and pipes are fine. */
static enum file_status read_all(int fd, const char *name, size_t limit_bytes, size_t expected_bytes,
                                 struct arena *arena, char **text, size_t *n, char *error, size_t error_n)
{
    /* One byte more than expected shows the end, and one more than the limit its breach. */
    size_t room = expected_bytes < limit_bytes ? expected_bytes + 1 : limit_bytes + 1;
    if (room < 4096) room = 4096;
    char *buffer = malloc(room);
    CHECK(buffer, "out of memory for a file of %zu bytes", room);
    size_t used = 0;
    enum file_status status = FILE_OK;
    for (;;) {
        if (used == room) {
            room *= 2;
            char *larger = realloc(buffer, room);
            CHECK(larger, "out of memory for a file of %zu bytes", room);
            buffer = larger;
        }
        ssize_t got = read(fd, buffer + used, room - used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            status = errno == EISDIR ? FILE_IS_DIRECTORY : FILE_UNREADABLE;
            error_say(error, error_n, "%s: %s", name, reason(errno));
            break;
        }
        if (got == 0) break;
        used += (size_t)got;
        if (used > limit_bytes) {
            status = FILE_TOO_BIG;
            error_say(error, error_n, "%s: is too big: at most %zu bytes are read", name, limit_bytes);
            break;
        }
    }
    if (status == FILE_OK) {
        *text = arena_strndup(arena, buffer, used);
        *n = used;
        if (used == 0) {
            status = FILE_EMPTY;
            error_say(error, error_n, "%s: is empty", name);
        }
    }
    free(buffer);
    return status;
}

enum file_status file_read(const char *path, size_t limit_bytes, struct arena *arena, char **text, size_t *n,
                           char *error, size_t error_n)
{
    *text = NULL;
    *n = 0;
    CHECK(limit_bytes < SIZE_MAX / 4, "a limit of %zu bytes is none", limit_bytes);
    if (is_stdin(path)) {
        return read_all(STDIN_FILENO, "standard input", limit_bytes, 0, arena, text, n, error, error_n);
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        enum file_status status = errno == ENOENT || errno == ENOTDIR ? FILE_NOT_FOUND : FILE_UNREADABLE;
        error_say(error, error_n, "%s: %s", path,
             status == FILE_NOT_FOUND ? "there is no such file" : reason(errno));
        return status;
    }
    struct stat info;
    enum file_status status;
    if (fstat(fd, &info) != 0) {
        error_say(error, error_n, "%s: %s", path, reason(errno));
        status = FILE_UNREADABLE;
    } else if (S_ISDIR(info.st_mode)) {
        error_say(error, error_n, "%s: is a directory, not a file", path);
        status = FILE_IS_DIRECTORY;
    } else if (S_ISREG(info.st_mode) && (uintmax_t)info.st_size > limit_bytes) {
        error_say(error, error_n, "%s: is too big: %jd bytes; at most %zu are read", path, (intmax_t)info.st_size,
             limit_bytes);
        status = FILE_TOO_BIG;
    } else {
        size_t expected = S_ISREG(info.st_mode) ? (size_t)info.st_size : 0;
        status = read_all(fd, path, limit_bytes, expected, arena, text, n, error, error_n);
    }
    close(fd);
    return status;
}

/* ---- writing ---- */

/* A new file with the permissions any new file gets, under a name beside `path` that nothing else has. */
static int make_temporary(const char *path, char temporary[FILE_PATH_SIZE])
{
    int n = snprintf(temporary, FILE_PATH_SIZE, "%s.XXXXXX", path);
    if (n < 0 || n >= FILE_PATH_SIZE) {
        errno = ENAMETOOLONG;
        return -1;
    }
    /* mkstemp() gives 0600, whatever the user's umask says of other files; so names are tried by hand. */
    unsigned long id = (unsigned long)getpid();
    for (unsigned attempt = 0; attempt < 10000; attempt++) {
        snprintf(temporary + n - 6, 7, "%06lx", (id * 4099 + attempt) & 0xffffff);
        int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST) return fd;
    }
    return -1;
}

bool file_writer_begin(struct file_writer *writer, const char *path, char *error, size_t error_n)
{
    *writer = (struct file_writer){0};
    if (strlen(path) >= sizeof writer->path)
        return error_say(error, error_n, "%.80s...: %s", path, reason(ENAMETOOLONG));
    strcpy(writer->path, path);
    if (is_stdin(path)) {
        writer->out = stdout;
        return true;
    }
    struct stat info;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        return error_say(error, error_n, "%s: is a directory, not a file", path);
    }
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
        /* A device or pipe, such as /dev/null or /dev/stdout, cannot be renamed over. */
        writer->out = fopen(path, "w");
        if (!writer->out) return error_say(error, error_n, "%s: %s", path, reason(errno));
        return true;
    }
    int fd = make_temporary(path, writer->temporary);
    if (fd < 0) return error_say(error, error_n, "%s: cannot be written: %s", path, reason(errno));
    writer->out = fdopen(fd, "w");
    CHECK(writer->out, "out of memory for a stream");
    return true;
}

bool file_writer_commit(struct file_writer *writer, char *error, size_t error_n)
{
    CHECK(writer->out, "a writer that was not begun");
    bool is_stdout = writer->out == stdout;
    errno = 0;
    bool failed = fflush(writer->out) != 0;
    failed = ferror(writer->out) != 0 || failed;
    int number = errno;
    if (!is_stdout && fclose(writer->out) != 0) {
        failed = true;
        number = number ? number : errno;
    }
    writer->out = NULL;
    if (!failed && writer->temporary[0] && rename(writer->temporary, writer->path) != 0) {
        failed = true;
        number = errno;
    }
    if (!failed) return true;
    if (writer->temporary[0]) unlink(writer->temporary);
    return error_say(error, error_n, "%s: cannot be written: %s", is_stdout ? "standard output" : writer->path,
                number ? reason(number) : "an earlier write failed");
}

void file_writer_abandon(struct file_writer *writer)
{
    if (writer->out && writer->out != stdout) fclose(writer->out);
    if (writer->temporary[0]) unlink(writer->temporary);
    writer->out = NULL;
}

bool file_write_atomic(const char *path, const void *data, size_t n, char *error, size_t error_n)
{
    struct file_writer writer;
    if (!file_writer_begin(&writer, path, error, error_n)) return false;
    /* A short write leaves the stream's error set, which commit sees. */
    if (n) fwrite(data, 1, n, writer.out);
    return file_writer_commit(&writer, error, error_n);
}

/* ---- directories ---- */

static bool is_directory(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* The directory part of a path: "a/b" -> "a", "a" -> ".", "/a" -> "/". Slashes at the end do not count. */
static bool parent_of(const char *path, char parent[FILE_PATH_SIZE])
{
    size_t n = strlen(path);
    if (n >= FILE_PATH_SIZE) return false;
    memcpy(parent, path, n + 1);
    while (n > 1 && parent[n - 1] == '/')
        n--;
    while (n > 0 && parent[n - 1] != '/')
        n--;
    if (n == 0) {
        strcpy(parent, ".");
        return true;
    }
    while (n > 1 && parent[n - 1] == '/')
        n--;
    parent[n] = '\0';
    return true;
}

bool file_make_directories(const char *path, char *error, size_t error_n)
{
    char part[FILE_PATH_SIZE];
    size_t n = strlen(path);
    if (n == 0) return error_say(error, error_n, "a directory needs a name");
    if (n >= sizeof part) return error_say(error, error_n, "%.80s...: %s", path, reason(ENAMETOOLONG));
    strcpy(part, path);
    for (size_t i = 1; i <= n; i++) {
        if (part[i] != '/' && part[i] != '\0') continue;
        char kept = part[i];
        part[i] = '\0';
        if (mkdir(part, 0777) != 0 && !is_directory(part)) {
            int number = errno;
            if (number == EEXIST) return error_say(error, error_n, "%s: exists and is not a directory", part);
            return error_say(error, error_n, "%s: cannot be made: %s", part, reason(number));
        }
        part[i] = kept;
    }
    return true;
}

bool file_directory_writable(const char *path, char *error, size_t error_n)
{
    char at[FILE_PATH_SIZE], temporary[FILE_PATH_SIZE], probe[FILE_PATH_SIZE];
    if (path[0] == '\0') return error_say(error, error_n, "a directory needs a name");
    if (strlen(path) >= sizeof at) return error_say(error, error_n, "%.80s...: %s", path, reason(ENAMETOOLONG));
    strcpy(at, path);
    struct stat info;
    while (stat(at, &info) != 0) {
        if (errno != ENOENT) return error_say(error, error_n, "%s: %s", path, reason(errno));
        char parent[FILE_PATH_SIZE];
        bool fits = parent_of(at, parent);
        CHECK(fits, "a parent longer than its child");
        if (strcmp(parent, at) == 0) return error_say(error, error_n, "%s: %s", path, reason(ENOENT));
        strcpy(at, parent);
    }
    if (!S_ISDIR(info.st_mode)) return error_say(error, error_n, "%s: exists and is not a directory", at);
    int fd = -1;
    errno = ENAMETOOLONG;
    if (file_join(at, ".headroom", probe, sizeof probe)) fd = make_temporary(probe, temporary);
    if (fd < 0) return error_say(error, error_n, "%s: cannot be written to: %s", at, reason(errno));
    close(fd);
    unlink(temporary);
    return true;
}

bool file_target_writable(const char *path, char *error, size_t error_n)
{
    if (is_stdin(path)) return true;
    size_t length = strlen(path);
    if (length == 0) return error_say(error, error_n, "a file needs a name");
    struct stat info;
    if (path[length - 1] == '/' || (stat(path, &info) == 0 && S_ISDIR(info.st_mode))) {
        return error_say(error, error_n, "%s: is a directory, not a file", path);
    }
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
        if (access(path, W_OK) == 0) return true;
        return error_say(error, error_n, "%s: cannot be written: %s", path, reason(errno));
    }
    char parent[FILE_PATH_SIZE];
    if (!parent_of(path, parent)) return error_say(error, error_n, "%.80s...: %s", path, reason(ENAMETOOLONG));
    if (stat(parent, &info) != 0)
        return error_say(error, error_n, "%s: its directory %s: %s", path, parent, reason(errno));
    return file_directory_writable(parent, error, error_n);
}

bool file_join(const char *directory, const char *name, char *buffer, size_t buffer_n)
{
    bool absolute = name[0] == '/' || directory[0] == '\0';
    size_t n = strlen(directory);
    const char *slash = absolute || directory[n - 1] == '/' ? "" : "/";
    int length = snprintf(buffer, buffer_n, "%s%s%s", absolute ? "" : directory, slash, name);
    return length >= 0 && (size_t)length < buffer_n;
}

/* Does `directory` hold scenarios/? Then it is copied to buffer. */
static bool holds_data(const char *directory, char *buffer, size_t buffer_n)
{
    char scenarios[FILE_PATH_SIZE];
    if (!file_join(directory, "scenarios", scenarios, sizeof scenarios) || !is_directory(scenarios))
        return false;
    size_t n = strlen(directory);
    if (n >= buffer_n) return false;
    memcpy(buffer, directory, n + 1);
    return true;
}

/* The directory of a program, or one above it: build/gcc/tests/x finds the project it was built in. */
static bool holds_data_above(const char *program, char *buffer, size_t buffer_n)
{
    char at[FILE_PATH_SIZE], parent[FILE_PATH_SIZE];
    if (!parent_of(program, at)) return false;
    for (int level = 0; level < 8; level++) {
        if (holds_data(at, buffer, buffer_n)) return true;
        if (!parent_of(at, parent) || strcmp(parent, at) == 0 || strcmp(at, ".") == 0) return false;
        strcpy(at, parent);
    }
    return false;
}

bool file_data_directory(const char *argv0, char *buffer, size_t buffer_n, char *error, size_t error_n)
{
    const char *chosen = getenv("HEADROOM_DATA");
    if (chosen && chosen[0]) {
        if (holds_data(chosen, buffer, buffer_n)) return true;
        return error_say(error, error_n, "HEADROOM_DATA is %.300s, which holds no directory scenarios/", chosen);
    }
    char program[FILE_PATH_SIZE];
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    if (n > 0) {
        program[n] = '\0';
        if (holds_data_above(program, buffer, buffer_n)) return true;
    }
    if (argv0 && strchr(argv0, '/') && holds_data_above(argv0, buffer, buffer_n)) return true;
    if (holds_data(".", buffer, buffer_n)) return true;
    return error_say(error, error_n,
                "no directory scenarios/ beside the program or here: set HEADROOM_DATA to the directory that "
                "holds it");
}
