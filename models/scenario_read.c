/* scenario_read.c: one tree of a scenario file, of what it extends, and of --set.
 *
 * `extends` names another scenario, relative to the file it stands in. Objects merge member by member, lists
 * of named things by name: an element with a name that the base has changes that one, or with "remove": true takes it
 * away, any other is added at the end, and an empty list takes the base's away. Everything else is replaced; null takes a field away. A
 * member that chooses one of several alternatives ("constant" where the other file has "profile" and "peak")
 * takes the other's place.
 */
#include "scenario_build.h"

#include "file.h"

#include <string.h>
#include <sys/stat.h>

enum { EXTENDS_DEPTH_MAX = 8 };

struct visit { /* the files being read, for finding a cycle */
    const struct visit *outer;
    int depth;
    dev_t device;
    ino_t inode;
};

void scenario_hash(struct scenario_build *build, const void *bytes, size_t n)
{
    char length[32];
    int length_n = snprintf(length, sizeof length, "%zu:", n);
    sha256_update(&build->hash, length, (size_t)length_n);
    sha256_update(&build->hash, bytes, n);
}

const char *scenario_relative(struct scenario_build *build, const struct json_value *from, const char *name)
{
    const char *file = !strncmp(from->file, "--set ", 6) ? build->file : from->file;
    const char *slash = strrchr(file, '/');
    if (name[0] == '/' || !slash) return name;
    return arena_printf(build->arena, "%.*s%s", (int)(slash + 1 - file), file, name);
}

/* --- merging --- */

static const char *member_path(struct arena *arena, const struct scenario_row *row, bool element)
{
    char path[SCENARIO_ROW_PATH_SIZE];
    return arena_strdup(arena, scenario_row_path(row, element, path, sizeof path));
}

static const struct json_value *element_named(const struct json_value *list, const char *key,
                                              const char *name)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct json_value *its = json_member(&list->items[i], key);
        if (its && its->kind == JSON_VALUE_STRING && !strcmp(its->text, name)) return &list->items[i];
    }
    return NULL;
}

static struct json_value merge_objects(struct scenario_build *build, const char *object, const char *elements,
                                       const struct json_value *base, const struct json_value *child);

/* Does it say "remove": true? Anything else that it says beside its name is a mistake then. */
static bool takes_away(struct scenario_build *build, const struct json_value *element, const char *key)
{
    const struct json_value *remove = json_member(element, "remove");
    if (!remove) return false;
    if (remove->kind != JSON_VALUE_BOOL || !remove->boolean)
        json_mistake(build->diag, remove, "takes true: it takes the base's element of this name away");
    for (size_t i = 0; i < element->n; i++)
        if (strcmp(element->items[i].key, key) && &element->items[i] != remove)
            json_mistake_key(build->diag, &element->items[i], "has no effect on what is removed");
    return true;
}

static void refuse_removal(struct scenario_build *build, const struct scenario_row *row, const struct json_value *base,
                           const char *key, const struct json_value *name)
{
    const char **names = ARENA_NEW(build->arena, const char *, base->n + 1);
    size_t names_n = 0;
    for (size_t i = 0; i < base->n; i++) {
        const struct json_value *its = json_member(&base->items[i], key);
        if (its && its->kind == JSON_VALUE_STRING) names[names_n++] = its->text;
    }
    json_mistake(build->diag, name, "nothing in the base's %s is called \"%s\": %s", row->key, name->text,
                 scenario_suggest(build->arena, name->text, names, names_n, "there is nothing in it"));
}

static struct json_value merge_lists(struct scenario_build *build, const struct scenario_row *row,
                                     const struct json_value *base, const struct json_value *child)
{
    struct json_value merged = *child;
    const char *elements = member_path(build->arena, row, true), *key = scenario_name_key(elements);
    if (!child->n) return merged;
    merged.items = ARENA_NEW(build->arena, struct json_value, base->n + child->n);
    merged.n = 0;
    for (size_t i = 0; i < base->n; i++) {
        const struct json_value *name = json_member(&base->items[i], key);
        const char *text = name && name->kind == JSON_VALUE_STRING ? name->text : NULL;
        /* A name that the base itself has twice is reported when it is bound; the first is the one meant. */
        const struct json_value *over = text && element_named(base, key, text) == &base->items[i]
                                            ? element_named(child, key, text)
                                            : NULL;
        if (over && takes_away(build, over, key)) continue;
        merged.items[merged.n++] =
            over ? merge_objects(build, elements, NULL, &base->items[i], over) : base->items[i];
    }
    for (size_t i = 0; i < child->n; i++) {
        const struct json_value *item = &child->items[i], *name = json_member(item, key);
        const bool there = name && name->kind == JSON_VALUE_STRING && element_named(base, key, name->text);
        if (!there && name && name->kind == JSON_VALUE_STRING && item->kind == JSON_VALUE_OBJECT &&
            json_member(item, "remove"))
            refuse_removal(build, row, base, key, name);
        else if (!there)
            merged.items[merged.n++] = *item;
        else if (element_named(child, key, name->text) != item)
            json_mistake(build->diag, name,
                         "\"%s\" stands here twice: each changes the same one of the base's %s", name->text,
                         row->key);
    }
    return merged;
}

/* `object` is the path of the objects themselves; for a map `elements` is the path of its members. */
static struct json_value merge_member(struct scenario_build *build, const char *object, const char *elements,
                                      const struct json_value *base, const struct json_value *child)
{
    if (elements)
        return base->kind == JSON_VALUE_OBJECT && child->kind == JSON_VALUE_OBJECT
                   ? merge_objects(build, elements, NULL, base, child)
                   : *child;
    const struct scenario_row *row = scenario_row(object, child->key);
    if (!row) return *child;
    if (base->kind == JSON_VALUE_ARRAY && child->kind == JSON_VALUE_ARRAY && row->type == SCENARIO_LIST)
        return merge_lists(build, row, base, child);
    if (base->kind != JSON_VALUE_OBJECT || child->kind != JSON_VALUE_OBJECT) return *child;
    if (row->type == SCENARIO_MAP)
        return merge_objects(build, "", member_path(build->arena, row, true), base, child);
    if (row->type == SCENARIO_OBJECT && !scenario_is_range(base) && !scenario_is_range(child))
        return merge_objects(build, member_path(build->arena, row, false), NULL, base, child);
    return *child;
}

static struct json_value merge_objects(struct scenario_build *build, const char *object, const char *elements,
                                       const struct json_value *base, const struct json_value *child)
{
    struct json_value merged = *child;
    merged.items = ARENA_NEW(build->arena, struct json_value, base->n + child->n);
    merged.n = 0;
    for (size_t i = 0; i < base->n; i++) {
        const struct json_value *over = json_member(child, base->items[i].key);
        bool rival = false;
        for (size_t j = 0; j < child->n && !elements; j++)
            rival = rival || scenario_is_rival(object, child->items[j].key, base->items[i].key);
        if (over && over->kind != JSON_VALUE_NULL)
            merged.items[merged.n++] = merge_member(build, object, elements, &base->items[i], over);
        else if (!over && !rival)
            merged.items[merged.n++] = base->items[i];
    }
    for (size_t i = 0; i < child->n; i++)
        if (!json_member(base, child->items[i].key) && child->items[i].kind != JSON_VALUE_NULL)
            merged.items[merged.n++] = child->items[i];
    return merged;
}

/* --- files --- */

static const char *status_in_words(enum file_status status, const char *error)
{
    switch (status) {
    case FILE_NOT_FOUND:
        return "no such file";
    case FILE_IS_DIRECTORY:
        return "is a directory";
    case FILE_TOO_BIG:
        return "is over 16 MiB, the largest a scenario may be";
    case FILE_EMPTY:
        return "is empty";
    default:
        return error;
    }
}

static struct json_value *read_file(struct scenario_build *build, const char *path,
                                    const struct json_value *from, const struct visit *outer)
{
    char *text, error[FILE_ERROR_SIZE] = "";
    size_t n;
    bool is_stdin = !strcmp(path, "-") && !from;
    enum file_status status = file_read(path, JSON_BYTES_MAX, build->arena, &text, &n, error, sizeof error);
    if (status != FILE_OK) {
        if (from)
            json_mistake(build->diag, from, "%s: %s", path, status_in_words(status, error));
        else
            diag_add(build->diag, build->file, DIAG_NO_POS, "", "%s", status_in_words(status, error));
        return NULL;
    }
    struct visit visit = {.outer = outer, .depth = outer ? outer->depth + 1 : 0, .device = 0, .inode = 0};
    struct stat info;
    if (!is_stdin && !stat(path, &info)) {
        visit.device = info.st_dev;
        visit.inode = info.st_ino;
        for (const struct visit *v = outer; v; v = v->outer)
            if (v->device == visit.device && v->inode == visit.inode) {
                json_mistake(build->diag, from, "%s extends itself, in a circle", path);
                return NULL;
            }
    }
    scenario_hash(build, text, n);
    struct json_value *root = json_read(is_stdin ? build->file : path, text, n, build->arena, build->diag);
    if (!root) return NULL;
    if (root->kind != JSON_VALUE_OBJECT) {
        char found[128];
        json_mistake(build->diag, root, "is %s: a scenario is an object",
                     json_describe(root, found, sizeof found));
        return NULL;
    }
    const struct json_value *extends = json_member(root, "extends");
    if (!extends) return root;
    if (extends->kind != JSON_VALUE_STRING || !extends->n) {
        json_mistake(build->diag, extends, "takes the name of a scenario file");
        return NULL;
    }
    if (visit.depth == EXTENDS_DEPTH_MAX) {
        json_mistake(build->diag, extends, "is one too many: at most %d files may extend each other",
                     EXTENDS_DEPTH_MAX);
        return NULL;
    }
    struct json_value *base =
        read_file(build, scenario_relative(build, extends, extends->text), extends, &visit);
    if (!base) return NULL;
    struct json_value *merged = ARENA_NEW(build->arena, struct json_value, 1);
    *merged = merge_objects(build, "", NULL, base, root);
    size_t kept = 0;
    for (size_t i = 0; i < merged->n; i++)
        if (strcmp(merged->items[i].key, "extends")) merged->items[kept++] = merged->items[i];
    merged->n = kept;
    json_relink(merged);
    return merged;
}

/* --- --set --- */

static void remove_member(struct json_value *object, const char *key)
{
    size_t kept = 0;
    for (size_t i = 0; i < object->n; i++)
        if (strcmp(object->items[i].key, key)) object->items[kept++] = object->items[i];
    object->n = kept;
}

static struct json_value *put_member(struct arena *arena, const char *object, struct json_value *value,
                                     const char *key, struct json_value member)
{
    for (size_t i = value->n; i-- > 0;)
        if (scenario_is_rival(object, key, value->items[i].key)) remove_member(value, value->items[i].key);
    struct json_value *there = json_member(value, key);
    if (!there) {
        value->items = (struct json_value *)arena_grow(arena, value->items, value->n, value->n + 1,
                                                       sizeof *value->items);
        there = &value->items[value->n++];
    }
    member.key = key;
    *there = member;
    return there;
}

static struct json_value empty_object(const char *label)
{
    return (struct json_value){
        .kind = JSON_VALUE_OBJECT, .file = label, .pos = DIAG_NO_POS, .key_pos = DIAG_NO_POS};
}

struct setting { /* one --set on its way down */
    struct scenario_build *build;
    const struct scenario_override *override;
    const char *label;
};

static void refuse(const struct setting *setting, const char *format, const char *word, const char *rest)
{
    diag_add(setting->build->diag, setting->label, DIAG_NO_POS, setting->override->path, format, word, rest);
}

/* NULL: reported, unless *remove is set. */
static const struct json_value *set_value(const struct setting *setting, const struct scenario_row *row,
                                          bool *remove)
{
    const char *text = setting->override->value;
    struct scenario_build *build = setting->build;
    *remove = !strcmp(text, "null");
    if (*remove) return NULL;
    if (text[0] == '{' || text[0] == '[' || text[0] == '"')
        return json_read(setting->label, text, strlen(text), build->arena, build->diag);
    if (row->type == SCENARIO_OBJECT && row->shorthand) {
        char path[SCENARIO_ROW_PATH_SIZE];
        row = scenario_row(scenario_row_path(row, false, path, sizeof path), row->shorthand);
    }
    struct json_value *value = scenario_value_of_text(row, text, build->arena);
    value->file = setting->label;
    return value;
}

/* The row whose key the path goes on with; keys may hold dots, so the longest that fits. */
static const struct scenario_row *next_row(const char *object, const char *path, size_t *length)
{
    const struct scenario_row *best = NULL;
    *length = 0;
    for EACH_SCENARIO_ROW(row) {
        size_t key_n = strlen(row->key);
        if (strcmp(row->object, object) || strncmp(path, row->key, key_n)) continue;
        if (path[key_n] && path[key_n] != '.' && path[key_n] != '[') continue;
        if (key_n > *length) best = row, *length = key_n;
    }
    return best;
}

/* The element that "[0]" or ".name" means; moves *path behind it. NULL: reported. */
static struct json_value *find_element(const struct setting *setting, const struct scenario_row *row,
                                       struct json_value *list, const char **path)
{
    struct arena *arena = setting->build->arena;
    const char *p = *path;
    if (*p == '[' && row->type == SCENARIO_LIST) {
        size_t digits = strspn(p + 1, "0123456789");
        if (!digits || digits > 9 || p[1 + digits] != ']') {
            refuse(setting, "'%s' is no index, as in %s[0]", p, row->key);
            return NULL;
        }
        size_t index = 0;
        for (size_t i = 0; i < digits; i++)
            index = index * 10 + (size_t)(p[1 + i] - '0');
        if (list->kind != JSON_VALUE_ARRAY || index >= list->n) {
            refuse(setting, "%s has %s", row->key,
                   arena_printf(arena, "%zu elements, the first is [0]", list->n));
            return NULL;
        }
        *path = p + digits + 2;
        return &list->items[index];
    }
    size_t n = *p == '.' ? strcspn(p + 1, ".[") : 0;
    if (!n) {
        refuse(setting, "goes on with %s: %s", row->type == SCENARIO_LIST ? "[0] or .name" : ".name",
               row->doc);
        return NULL;
    }
    const char *name = arena_strndup(arena, p + 1, n);
    *path = p + 1 + n;
    const char *key = scenario_name_key(member_path(arena, row, true));
    const char **names = ARENA_NEW(arena, const char *, list->n + 1);
    size_t names_n = 0;
    for (size_t i = 0; i < list->n; i++) {
        struct json_value *item = &list->items[i];
        const struct json_value *its = list->kind == JSON_VALUE_ARRAY ? json_member(item, key) : NULL;
        const char *its_name = list->kind == JSON_VALUE_OBJECT         ? item->key
                               : its && its->kind == JSON_VALUE_STRING ? its->text
                                                                       : NULL;
        if (!its_name) continue;
        if (!strcmp(its_name, name)) return item;
        names[names_n++] = its_name;
    }
    refuse(setting, "nothing is called \"%s\": %s", name,
           scenario_suggest(arena, name, names, names_n, "there is nothing in it"));
    return NULL;
}

static void apply(const struct setting *setting, const char *object, struct json_value *value,
                  const char *path)
{
    struct scenario_build *build = setting->build;
    size_t length;
    const struct scenario_row *row = next_row(object, path, &length);
    if (!row || !strcmp(row->key, "extends")) {
        size_t names_n = 0;
        const char **names = ARENA_NEW(build->arena, const char *, scenario_rows_n());
        for EACH_SCENARIO_ROW(member)
            if (!strcmp(member->object, object)) names[names_n++] = member->key;
        const char *word = arena_strndup(build->arena, path, strcspn(path, "["));
        refuse(setting, "unknown field \"%s\": %s", word,
               scenario_suggest(build->arena, word, names, names_n, "there are none here"));
        return;
    }
    const char *rest = path + length;
    bool list = row->type == SCENARIO_LIST || row->type == SCENARIO_MAP;
    if (!*rest) {
        bool remove;
        const struct json_value *put = set_value(setting, row, &remove);
        if (remove) remove_member(value, row->key);
        if (put) put_member(build->arena, object, value, row->key, *put);
        return;
    }
    if (row->type != SCENARIO_OBJECT && !list) {
        refuse(setting, "\"%s\" ends at %s", rest, row->key);
        return;
    }
    struct json_value *there = json_member(value, row->key);
    const char *inner = member_path(build->arena, row, list);
    if (list) {
        struct json_value nothing = empty_object(setting->label);
        struct json_value *element = find_element(setting, row, there ? there : &nothing, &rest);
        if (!element) return;
        if (*rest != '.' || element->kind != JSON_VALUE_OBJECT) {
            refuse(setting, "goes on with .field: %s%s", row->doc, "");
            return;
        }
        apply(setting, inner, element, rest + 1);
        return;
    }
    if (*rest != '.') {
        refuse(setting, "'%s' is no index of a list: %s is an object", rest, row->key);
        return;
    }
    if (!there || there->kind != JSON_VALUE_OBJECT || scenario_is_range(there)) {
        struct json_value made = empty_object(there ? there->file : setting->label);
        if (there) {
            made.pos = there->pos;
            made.key_pos = there->key_pos;
            if (row->shorthand) put_member(build->arena, inner, &made, row->shorthand, *there);
        }
        there = put_member(build->arena, object, value, row->key, made);
    }
    apply(setting, inner, there, rest + 1);
}

struct json_value *scenario_read(struct scenario_build *build, const char *file,
                                 const struct scenario_override *overrides, int overrides_n)
{
    struct json_value *root = read_file(build, file, NULL, NULL);
    if (!root) return NULL;
    for (int i = 0; i < overrides_n; i++) {
        struct setting setting = {
            .build = build,
            .override = &overrides[i],
            .label = arena_printf(build->arena, "--set %s=%s", overrides[i].path, overrides[i].value),
        };
        scenario_hash(build, overrides[i].path, strlen(overrides[i].path));
        scenario_hash(build, overrides[i].value, strlen(overrides[i].value));
        apply(&setting, "", root, overrides[i].path);
        json_relink(root);
    }
    return root;
}
