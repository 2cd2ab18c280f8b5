/* window_trigger.c: see window_trigger.h. One recursive descent over name, name:number and name(T, T). */
#include "window_trigger.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MAX = 31, DEPTH_MAX = 8 };

struct reader {
    const char *at;
    const char *mistake;
    int depth;
};

static bool wrong(struct reader *r, const char *mistake)
{
    if (r->mistake == NULL) r->mistake = mistake;
    return false;
}

static void skip_blanks(struct reader *r)
{
    while (*r->at == ' ')
        r->at++;
}

static bool take(struct reader *r, char c)
{
    skip_blanks(r);
    if (*r->at != c) return false;
    r->at++;
    return true;
}

static bool read_name(struct reader *r, char name[NAME_MAX + 1])
{
    skip_blanks(r);
    size_t n = 0;
    while ((*r->at >= 'a' && *r->at <= 'z') || *r->at == '_') {
        if (n == NAME_MAX) return wrong(r, "a trigger's name is too long");
        name[n++] = *r->at++;
    }
    name[n] = '\0';
    return n > 0 || wrong(r, "a trigger's name is missing");
}

/* ":N", N >= 1 */
static bool read_number(struct reader *r, int64_t *number)
{
    if (!take(r, ':')) return wrong(r, "a trigger's \":number\" is missing");
    if (*r->at < '0' || *r->at > '9') return wrong(r, "a trigger's number is missing");
    *number = 0;
    for (; *r->at >= '0' && *r->at <= '9'; r->at++)
        if (__builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, *r->at - '0', number))
            return wrong(r, "a trigger's number is too large");
    return *number >= 1 || wrong(r, "a trigger's number must be at least 1");
}

static bool read_trigger(struct reader *r, struct window_trigger *t);

/* "(early=T, late=T)", either or both, T by count */
static bool read_firings(struct reader *r, struct window_trigger *t)
{
    t->once = true; /* unless something fires late */
    do {
        char name[NAME_MAX + 1];
        struct window_trigger inner;
        if (!read_name(r, name)) return false;
        const bool early = strcmp(name, "early") == 0;
        if (!early && strcmp(name, "late") != 0) return wrong(r, "event_time takes early= and late=");
        if (!take(r, '=')) return wrong(r, "a trigger's \"=\" is missing");
        if (!read_trigger(r, &inner)) return false;
        if (inner.kind != WINDOW_BY_COUNT) return wrong(r, "early and late firings go by count:N");
        *(early ? &t->early_count : &t->late_count) = inner.early_count;
        if (!early) t->once = false;
    } while (take(r, ','));
    return take(r, ')') || wrong(r, "a trigger's \")\" is missing");
}

static bool read_after_first(struct reader *r, struct window_trigger *t)
{
    bool count = false, end = false;
    if (!take(r, '(')) return wrong(r, "after_first takes triggers in brackets");
    do {
        struct window_trigger inner;
        if (!read_trigger(r, &inner)) return false;
        if (inner.kind == WINDOW_BY_COUNT && !count) {
            count = true;
            t->early_count = inner.early_count;
        } else if (window_trigger_is_plain(&inner) && !end) {
            end = true;
        } else {
            return wrong(r, "after_first takes count:N and event_time");
        }
    } while (take(r, ','));
    if (!count || !end) return wrong(r, "after_first takes count:N and event_time");
    return take(r, ')') || wrong(r, "a trigger's \")\" is missing");
}

static bool read_wrapped(struct reader *r, struct window_trigger *t, bool purging)
{
    if (!take(r, '(')) return wrong(r, "repeatedly and purging take a trigger in brackets");
    if (!read_trigger(r, t)) return false;
    t->purging |= purging;
    if (!purging) t->once = false;
    return take(r, ')') || wrong(r, "a trigger's \")\" is missing");
}

static bool read_trigger(struct reader *r, struct window_trigger *t)
{
    char name[NAME_MAX + 1];
    *t = (struct window_trigger){.kind = WINDOW_AT_END};
    if (r->depth == DEPTH_MAX) return wrong(r, "triggers are nested too deeply");
    if (!read_name(r, name)) return false;
    r->depth++;
    bool right = true;
    if (strcmp(name, "event_time") == 0) {
        right = !take(r, '(') || read_firings(r, t);
    } else if (strcmp(name, "event_time_once") == 0) {
        t->once = true;
    } else if (strcmp(name, "processing_time") == 0) {
        t->processing_time = true;
    } else if (strcmp(name, "count") == 0) {
        t->kind = WINDOW_BY_COUNT;
        right = read_number(r, &t->early_count);
    } else if (strcmp(name, "continuous_event_time") == 0) {
        t->kind = WINDOW_CONTINUOUS;
        right = read_number(r, &t->interval);
    } else if (strcmp(name, "on_update") == 0) {
        t->kind = WINDOW_ON_UPDATE;
    } else if (strcmp(name, "on_close") == 0) {
        t->kind = WINDOW_ON_CLOSE;
    } else if (strcmp(name, "after_first") == 0) {
        right = read_after_first(r, t);
    } else if (strcmp(name, "repeatedly") == 0 || strcmp(name, "purging") == 0) {
        right = read_wrapped(r, t, name[0] == 'p');
    } else {
        right = wrong(
            r, "no trigger has this name: event_time, event_time_once, processing_time, count:N, "
               "continuous_event_time:I, after_first(), repeatedly(), purging(), on_update or on_close");
    }
    r->depth--;
    return right;
}

bool window_trigger_parse(const char *text, struct window_trigger *trigger, const char **mistake)
{
    struct reader r = {.at = text};
    bool right = read_trigger(&r, trigger);
    skip_blanks(&r);
    if (right && *r.at != '\0') right = wrong(&r, "something follows the trigger");
    if (mistake != NULL) *mistake = r.mistake;
    return right;
}
