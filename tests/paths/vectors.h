/* vectors.h: reads the vectors of tests/paths/vectors/, by a path from the root of the repository. */
#ifndef HEADROOM_TESTS_PATHS_VECTORS_H
#define HEADROOM_TESTS_PATHS_VECTORS_H

#include "arena.h"
#include "check.h"
#include "diag.h"
#include "file.h"
#include "json.h"

#include <inttypes.h>
#include <string.h>

static inline char *vectors_text(const char *path, struct arena *arena, size_t *n)
{
    char error[FILE_ERROR_SIZE];
    char *text;
    CHECK(file_read(path, 1 << 20, arena, &text, n, error, sizeof error) == FILE_OK, "%s", error);
    return text;
}

static inline const struct json_value *vectors_json(const char *path, struct arena *arena)
{
    size_t n;
    char *text = vectors_text(path, arena, &n);
    struct diag *diag = diag_new();
    const struct json_value *root = json_read(path, text, n, arena, diag);
    if (diag_count(diag) != 0) diag_print(diag, stderr);
    CHECK(root != NULL && diag_count(diag) == 0, "%s is no JSON", path);
    diag_free(diag);
    return root;
}

static inline const struct json_value *vectors_at(const struct json_value *value, const char *key)
{
    const struct json_value *member = json_member(value, key);
    CHECK(member != NULL, "no member %s", key);
    return member;
}

static inline int64_t vectors_int(const struct json_value *value, const char *key)
{
    const struct json_value *member = vectors_at(value, key);
    CHECK(member->integral, "%s is no whole number", key);
    return member->integer;
}

#endif
