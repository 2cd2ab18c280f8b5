/* scenario_profile.c: the points of a rate, from a profile (JSON) or a trace (CSV).
 *
 * A profile file: {"profile": 1, "id": "...", "what": "...", "step_s": 300, "values": [0.09, ...]}, one value
 * for each step of whole days from 00:00; only their proportions count. A trace file: lines of "time,count"
 * in equal steps, the time in seconds or as 1998-06-30T21:30Z, with or without a heading. Mistakes inside
 * either are reported with the file's own line and column.
 */
#include "scenario_build.h"

#include "file.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PROFILE_POINTS_MAX = 200000, TRACE_MISTAKES_MAX = 20 };

static const char *read_text(struct scenario_build *build, const char *path, const struct json_value *value,
                             size_t *n)
{
    char *text, error[FILE_ERROR_SIZE] = "";
    switch (file_read(path, JSON_BYTES_MAX, build->arena, &text, n, error, sizeof error)) {
    case FILE_OK:
        scenario_hash(build, text, *n);
        return text;
    case FILE_NOT_FOUND:
        json_mistake(build->diag, value, "%s: no such file", path);
        return NULL;
    case FILE_EMPTY:
        json_mistake(build->diag, value, "%s: is empty", path);
        return NULL;
    case FILE_TOO_BIG:
        json_mistake(build->diag, value, "%s: is over 16 MiB", path);
        return NULL;
    default:
        json_mistake(build->diag, value, "%s", error);
        return NULL;
    }
}

/* Points relative to their maximum; false if there is nothing in them. */
static bool normalise(double *points, size_t n, double *max)
{
    *max = 0;
    for (size_t i = 0; i < n; i++)
        *max = fmax(*max, points[i]);
    if (!(*max > 0)) return false;
    for (size_t i = 0; i < n; i++)
        points[i] /= *max;
    return true;
}

/* --- profiles --- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

size_t scenario_data_names(struct scenario_build *build, const char *directory, const char *prefix, const char **names)
{
    size_t n = 0;
    const size_t before = strlen(prefix);
    DIR *dir = opendir(arena_printf(build->arena, "%s/%s", build->data_dir, directory));
    for (struct dirent *entry; dir && n < SCENARIO_DATA_NAMES_MAX && (entry = readdir(dir));) {
        size_t length = strlen(entry->d_name);
        if (length > before + 5 && !strncmp(entry->d_name, prefix, before) && !strcmp(entry->d_name + length - 5, ".json"))
            names[n++] = arena_strndup(build->arena, entry->d_name + before, length - before - 5);
    }
    if (dir) closedir(dir);
    if (n) qsort(names, n, sizeof *names, compare_names);
    return n;
}

static const char *profile_file(struct scenario_build *build, const struct json_value *value)
{
    const char *name = value->text;
    if (strchr(name, '/') || (value->n > 5 && !strcmp(name + value->n - 5, ".json")))
        return scenario_relative(build, value, name);
    const char *names[SCENARIO_DATA_NAMES_MAX];
    size_t n = scenario_data_names(build, "profiles", "", names);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(names[i], name)) return arena_printf(build->arena, "%s/profiles/%s.json", build->data_dir, name);
    json_mistake(build->diag, value, "no profile is called \"%s\": %s", name,
                 scenario_suggest(build->arena, name, names, n, "there are none"));
    return NULL;
}

static const struct json_value *profile_member(struct scenario_build *build, const struct json_value *root,
                                               const char *key, enum json_value_kind kind)
{
    const struct json_value *member = json_member(root, key);
    if (!member) {
        json_mistake(build->diag, root, "is no profile: \"%s\" is missing", key);
    } else if (member->kind != kind) {
        char found[128];
        json_mistake(build->diag, member, "is %s: takes %s", json_describe(member, found, sizeof found),
                     json_kind_name(kind));
        return NULL;
    }
    return member;
}

void scenario_load_profile(struct scenario_build *build, struct scenario_rate *rate,
                           const struct json_value *value)
{
    const char *path = profile_file(build, value);
    size_t n;
    const char *text = path ? read_text(build, path, value, &n) : NULL;
    const struct json_value *root = text ? json_read(path, text, n, build->arena, build->diag) : NULL;
    if (!root) return;
    const struct json_value *step = profile_member(build, root, "step_s", JSON_VALUE_NUMBER);
    const struct json_value *values = profile_member(build, root, "values", JSON_VALUE_ARRAY);
    if (!step || !values) return;
    if (!step->integral || step->integer < 1 || step->integer > 86400) {
        json_mistake(build->diag, step, "is %s: must be whole seconds between 1 and 86400", step->text);
        return;
    }
    if (values->n < 1 || values->n > PROFILE_POINTS_MAX || (int64_t)values->n * step->integer % 86400 != 0) {
        json_mistake(build->diag, values, "are %zu of %s s each: must be 1 to %d, and whole days together",
                     values->n, step->text, PROFILE_POINTS_MAX);
        return;
    }
    double *points = ARENA_NEW(build->arena, double, values->n);
    bool good = true;
    for (size_t i = 0; i < values->n; i++) {
        const struct json_value *item = &values->items[i];
        if (item->kind == JSON_VALUE_NUMBER && item->number >= 0) {
            points[i] = item->number;
            continue;
        }
        char found[128];
        good = false;
        json_mistake(build->diag, item, "is %s: %s", json_describe(item, found, sizeof found),
                     item->kind == JSON_VALUE_NULL     ? "a profile has no gaps"
                     : item->kind == JSON_VALUE_NUMBER ? "a rate is not negative"
                                                       : "takes a number");
    }
    double max;
    if (!good) return;
    if (!normalise(points, values->n, &max)) {
        json_mistake(build->diag, values, "are all 0");
        return;
    }
    rate->points = points;
    rate->points_n = (int)values->n;
    rate->step_s = (double)step->integer;
}

/* --- traces --- */

struct trace {
    struct scenario_build *build;
    const char *file;
    const char *text; /* all of it */
    uint32_t line;
    const char *line_start;
    int mistakes;
};

static void trace_mistake(struct trace *trace, const char *at, const char *message)
{
    struct diag_pos pos = {trace->line, (uint32_t)(at - trace->line_start) + 1, (uint32_t)(at - trace->text)};
    diag_add(trace->build->diag, trace->file, pos, "", "%s", message);
    trace->mistakes++;
}

/* Days from 1970-01-01 to a date of the proleptic Gregorian calendar (Fliegel and Van Flandern, CACM 1968).
 */
static int64_t days_of_date(int64_t year, int64_t month, int64_t day)
{
    int64_t a = (month - 14) / 12;
    return day - 32075 + 1461 * (year + 4800 + a) / 4 + 367 * (month - 2 - a * 12) / 12 -
           3 * ((year + 4900 + a) / 100) / 4 - 2440588;
}

static bool digits(const char **p, int n, int64_t *value)
{
    *value = 0;
    for (int i = 0; i < n; i++) {
        char c = **p;
        if (c < '0' || c > '9') return false;
        *value = *value * 10 + (c - '0');
        (*p)++;
    }
    return true;
}

/* 1998-06-30T21:30[:15][Z], or a space for the T. */
static bool read_date(const char *p, const char *end, double *seconds)
{
    int64_t year, month, day, hour, minute, second = 0;
    if (!digits(&p, 4, &year) || *p++ != '-' || !digits(&p, 2, &month) || *p++ != '-' || !digits(&p, 2, &day))
        return false;
    if ((*p != 'T' && *p != ' ') || (p++, !digits(&p, 2, &hour)) || *p++ != ':' || !digits(&p, 2, &minute))
        return false;
    if (*p == ':' && (p++, !digits(&p, 2, &second))) return false;
    if (*p == 'Z') p++;
    if (p != end || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59)
        return false;
    *seconds = (double)(days_of_date(year, month, day) * 86400 + hour * 3600 + minute * 60 + second);
    return true;
}

static bool read_number(const char *p, const char *end, double *number)
{
    if (p == end || strspn(p, "+-.0123456789eE") < (size_t)(end - p)) return false;
    char *stop;
    *number = strtod(p, &stop);
    return stop == end && isfinite(*number);
}

static void trim(const char **start, const char **end)
{
    while (*start < *end && (**start == ' ' || **start == '\t'))
        ++*start;
    while (*end > *start && ((*end)[-1] == ' ' || (*end)[-1] == '\t' || (*end)[-1] == '\r'))
        --*end;
}

void scenario_load_trace(struct scenario_build *build, struct scenario_rate *rate,
                         const struct json_value *value, bool has_peak)
{
    size_t n;
    const char *path = scenario_relative(build, value, value->text);
    const char *text = read_text(build, path, value, &n);
    if (!text) return;
    diag_source(build->diag, path, text, n);
    struct trace trace = {
        .build = build, .file = path, .text = text, .line = 0, .line_start = text, .mistakes = 0};
    size_t lines = 1;
    for (size_t i = 0; i < n; i++)
        lines += text[i] == '\n';
    double *points = ARENA_NEW(build->arena, double, lines);
    size_t points_n = 0;
    double before = 0, step = 0;
    for (const char *p = text; p < text + n && trace.mistakes < TRACE_MISTAKES_MAX;) {
        const char *newline = memchr(p, '\n', (size_t)(text + n - p));
        const char *end = newline ? newline : text + n;
        const char *comma = memchr(p, ',', (size_t)(end - p));
        trace.line++;
        trace.line_start = p;
        const char *next = newline ? newline + 1 : text + n;
        const char *time_start = p, *time_end = comma ? comma : end;
        const char *count_start = comma ? comma + 1 : end, *count_end = end;
        trim(&time_start, &time_end);
        trim(&count_start, &count_end);
        p = next;
        if (!comma) {
            if (time_start < time_end) trace_mistake(&trace, time_start, "takes time,count: no comma here");
            continue;
        }
        double time, count;
        bool has_time = read_number(time_start, time_end, &time) || read_date(time_start, time_end, &time);
        bool has_count = read_number(count_start, count_end, &count);
        if (!has_time && !has_count && trace.line == 1) continue; /* a heading */
        if (!has_time)
            trace_mistake(&trace, time_start,
                          "is no time: takes seconds, or a date and time as in 1998-06-30T21:30Z");
        if (!has_count)
            trace_mistake(&trace, count_start,
                          count_start == count_end ? "no count: a trace has no gaps" : "is no count");
        else if (count < 0)
            trace_mistake(&trace, count_start, "is negative: a count is 0 or more");
        if (!has_time) continue;
        double passed = time - before;
        if (points_n == 1 && passed > 0) step = passed;
        if (points_n >= 1 && passed <= 0)
            trace_mistake(&trace, time_start, "is not after the line before: times must rise");
        else if (points_n >= 2 && step > 0 && passed > step * (1 + 1e-6))
            trace_mistake(&trace, time_start,
                          arena_printf(build->arena,
                                       "a gap: %g s after the line before, and the steps are %g s", passed,
                                       step));
        else if (points_n >= 2 && step > 0 && passed < step * (1 - 1e-6))
            trace_mistake(&trace, time_start,
                          arena_printf(build->arena, "%g s after the line before, and the steps are %g s",
                                       passed, step));
        before = time;
        points[points_n++] = has_count && count > 0 ? count : 0;
    }
    if (trace.mistakes) return;
    double max;
    if (points_n < 2) {
        json_mistake(build->diag, value, "%s has %zu lines of time,count: at least 2 are needed", path,
                     points_n);
    } else if (points_n > INT32_MAX || !normalise(points, points_n, &max)) {
        json_mistake(build->diag, value, "%s has no events in it", path);
    } else {
        rate->points = points;
        rate->points_n = (int)points_n;
        rate->step_s = step;
        if (!has_peak) rate->peak_per_s = max / step;
    }
}
