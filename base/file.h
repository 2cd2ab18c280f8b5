/* file.h: files, read with a limit and written whole or not at all.
 *
 * Every function that can fail says why in `error`, in words for the user, with the file's name: "out/x: no
 * space left on device". An error text fits in FILE_ERROR_SIZE bytes; error may be NULL.
 *
 * Writing goes to a temporary name in the same directory and is renamed at the end, so a reader never sees
 * half a file, and an interrupted run leaves the old one. No fsync: a power cut may lose the newest file.
 */
#ifndef HEADROOM_BASE_FILE_H
#define HEADROOM_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct arena;

enum { FILE_ERROR_SIZE = 512, FILE_PATH_SIZE = 4096 };

enum file_status {
    FILE_OK,
    FILE_EMPTY, /* read, and there are no bytes in it; *text is "" */
    FILE_NOT_FOUND,
    FILE_IS_DIRECTORY,
    FILE_TOO_BIG, /* more than limit_bytes; nothing is kept */
    FILE_UNREADABLE,
};

/* Reads a whole file, or stdin if path is "-", into the arena; a NUL follows the n bytes. *text is NULL
 * unless the status is FILE_OK or FILE_EMPTY. Works on pipes too. */
enum file_status file_read(const char *path, size_t limit_bytes, struct arena *arena, char **text, size_t *n,
                           char *error, size_t error_n);

/* Writes n bytes to path, or to stdout if path is "-". */
bool file_write_atomic(const char *path, const void *data, size_t n, char *error, size_t error_n);

/* The same for what is written piece by piece: begin, write to .out, then commit or abandon. */
struct file_writer {
    FILE *out;
    char path[FILE_PATH_SIZE];
    char temporary[FILE_PATH_SIZE];
};
bool file_writer_begin(struct file_writer *writer, const char *path, char *error, size_t error_n);
bool file_writer_commit(struct file_writer *writer, char *error, size_t error_n); /* false: abandoned */
void file_writer_abandon(struct file_writer *writer);

/* Makes a directory and those above it; one that exists is fine. */
bool file_make_directories(const char *path, char *error, size_t error_n);

/* Could files be written into this directory? If it exists, a temporary file is made in it and removed. If
 * not, the same is tried in the nearest directory above it that exists. Nothing is left behind. */
bool file_directory_writable(const char *path, char *error, size_t error_n);

/* Could this file be written? Its directory must exist and be writable, and it must be no directory. "-" is
 * fine. */
bool file_target_writable(const char *path, char *error, size_t error_n);

/* The directory that holds scenarios/ (and plots/): $HEADROOM_DATA if set, else the directory of the running
 * program or one above it, else of argv0 (may be NULL), else the current one. False if none holds a directory
 * scenarios/. */
bool file_data_directory(const char *argv0, char *buffer, size_t buffer_n, char *error, size_t error_n);

/* directory + "/" + name; false if it does not fit. An absolute name is taken as it is. */
bool file_join(const char *directory, const char *name, char *buffer, size_t buffer_n);

#endif
