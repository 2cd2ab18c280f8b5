/* json_one.c: reads stdin, which must be exactly one JSON object, with the program's own reader.
 *
 *   json_one PATH...      prints each value: numbers as they stand, strings bare, objects as their keys,
 * lists as their length. A PATH's parts are separated by '/': delivery/groups/ctr/lost json_one --conserved
 * for every group: produced = rejected + delivered + lost + in_flight, in whole records, and there are some
 *   json_one --balanced   the same, and nothing at all may have been produced: a run that was stopped early
 *   json_one --nulls      every null has a reason in "reasons"
 *
 * Exits with 1, saying why, if stdin is no JSON object or what was asked is not there or not so.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "diag.h"
#include "file.h"
#include "json.h"

static const struct json_value *find(const struct json_value *value, const char *path)
{
    char key[256];

    while (value && *path) {
        size_t n = strcspn(path, "/");
        if (n >= sizeof(key)) return NULL;
        memcpy(key, path, n);
        key[n] = '\0';
        if (value->kind == JSON_VALUE_ARRAY) {
            size_t index = strtoul(key, NULL, 10);
            value = index < value->n ? &value->items[index] : NULL;
        } else {
            value = json_member(value, key);
        }
        path += n + (path[n] == '/');
    }
    return value;
}

static void print(const char *path, const struct json_value *value)
{
    printf("%s: ", path);
    switch (value->kind) {
    case JSON_VALUE_NULL:
        printf("null\n");
        break;
    case JSON_VALUE_BOOL:
        printf("%s\n", value->boolean ? "true" : "false");
        break;
    case JSON_VALUE_NUMBER:
    case JSON_VALUE_STRING:
        printf("%s\n", value->text);
        break;
    case JSON_VALUE_ARRAY:
        printf("%zu items\n", value->n);
        break;
    case JSON_VALUE_OBJECT:
        for (size_t i = 0; i < value->n; i++)
            printf("%s%s", i ? " " : "", value->items[i].key);
        printf("\n");
        break;
    }
}

/* A count at `path`; ends the program if it is no whole number. */
static int64_t count_at(const struct json_value *value, const char *path)
{
    const struct json_value *found = find(value, path);

    if (found && found->kind == JSON_VALUE_NUMBER && found->integral) return found->integer;
    fprintf(stderr, "json_one: %s is no whole number\n", path);
    exit(1);
}

static bool conserved(const struct json_value *root, int64_t least)
{
    const struct json_value *groups = find(root, "delivery/groups");
    int64_t produced = count_at(root, "delivery/produced"), rejected = count_at(root, "delivery/rejected");
    bool good = groups && groups->kind == JSON_VALUE_OBJECT && groups->n > 0 && produced >= least;

    for (size_t i = 0; good && i < groups->n; i++) {
        const struct json_value *group = &groups->items[i];
        int64_t sum =
            rejected + count_at(group, "delivered") + count_at(group, "lost") + count_at(group, "in_flight");
        printf("%s: %s\n", group->key, sum == produced ? "conserved" : "NOT CONSERVED");
        good = sum == produced;
    }
    return good;
}

/* Is there a reason for `pointer`, or for something that holds it? */
static bool reasoned(const struct json_value *reasons, const char *pointer)
{
    char prefix[1024];

    for (size_t n = strlen(pointer); n > 0; n--) {
        if (pointer[n] != '\0' && pointer[n] != '/') continue;
        if (n >= sizeof(prefix)) continue;
        memcpy(prefix, pointer, n);
        prefix[n] = '\0';
        if (json_member(reasons, prefix)) return true;
    }
    return false;
}

/* A key as a part of a JSON pointer (RFC 6901). */
static void append_key(char *pointer, size_t size, const char *key)
{
    size_t n = strlen(pointer);

    if (n + 1 < size) pointer[n++] = '/';
    for (; *key && n + 2 < size; key++) {
        pointer[n++] = *key == '~' || *key == '/' ? '~' : *key;
        if (*key == '~' || *key == '/') pointer[n++] = *key == '~' ? '0' : '1';
    }
    pointer[n] = '\0';
}

static int unexplained_nulls(const struct json_value *value, const struct json_value *reasons,
                             const char *pointer)
{
    char below[1024];
    int n = 0;

    if (value->kind == JSON_VALUE_NULL) {
        if (reasoned(reasons, pointer)) return 0;
        printf("%s is null and has no reason\n", pointer);
        return 1;
    }
    if (value->kind != JSON_VALUE_ARRAY && value->kind != JSON_VALUE_OBJECT) return 0;
    for (size_t i = 0; i < value->n; i++) {
        char index[32];
        snprintf(index, sizeof(index), "%zu", i);
        snprintf(below, sizeof(below), "%s", pointer);
        append_key(below, sizeof(below), value->kind == JSON_VALUE_OBJECT ? value->items[i].key : index);
        n += unexplained_nulls(&value->items[i], reasons, below);
    }
    return n;
}

/* The scenario in force may hold nulls that the user wrote or that stand for "none": they need no reason. */
static bool nulls_explained(const struct json_value *root)
{
    const struct json_value *reasons = json_member(root, "reasons");
    char pointer[256];
    int n = 0;

    for (size_t i = 0; i < root->n; i++) {
        if (strcmp(root->items[i].key, "scenario") == 0) continue;
        pointer[0] = '\0';
        append_key(pointer, sizeof(pointer), root->items[i].key);
        n += unexplained_nulls(&root->items[i], reasons, pointer);
    }
    return n == 0;
}

int main(int argc, char **argv)
{
    struct arena *arena = arena_new(0);
    struct diag *diag = diag_new();
    char *text = NULL, error[FILE_ERROR_SIZE];
    size_t n = 0;
    bool good = true;

    if (file_read("-", JSON_BYTES_MAX, arena, &text, &n, error, sizeof(error)) != FILE_OK) {
        fprintf(stderr, "json_one: stdin is empty or cannot be read\n");
        return 1;
    }
    const struct json_value *root = json_read("stdin", text, n, arena, diag);
    if (!root || diag_count(diag) > 0 || root->kind != JSON_VALUE_OBJECT) {
        diag_print(diag, stderr);
        fprintf(stderr, "json_one: stdin is not exactly one JSON object\n");
        return 1;
    }
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--conserved") == 0) {
            good = conserved(root, 1) && good;
            continue;
        }
        if (strcmp(argv[i], "--balanced") == 0) {
            good = conserved(root, 0) && good;
            continue;
        }
        if (strcmp(argv[i], "--nulls") == 0) {
            good = nulls_explained(root) && good;
            continue;
        }
        const struct json_value *value = find(root, argv[i]);
        if (value)
            print(argv[i], value);
        else
            fprintf(stderr, "json_one: there is no %s\n", argv[i]);
        good = good && value != NULL;
    }
    diag_free(diag);
    arena_free(arena);
    return good ? 0 : 1;
}
