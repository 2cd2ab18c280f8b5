/* check.c: how a broken invariant ends the process. */
#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

_Thread_local const char *check_context;

static _Thread_local check_hook *hook;
static _Thread_local void *hook_context;

void check_set_hook(check_hook *new_hook, void *context)
{
    hook = new_hook;
    hook_context = context;
}

_Noreturn void check_failed(const char *file, int line, const char *condition, const char *format, ...)
{
    char detail[512];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);

    char message[1024];
    snprintf(message, sizeof message, "%s:%d: broken invariant (%.300s): %s", file, line, condition, detail);
    if (hook) {
        hook(hook_context, message);
    }
    /* stderr is not buffered, so the message is out before the process ends. */
    fprintf(stderr, "%s\n", message);
    if (check_context) {
        fprintf(stderr, "reproduce: %s\n", check_context);
    }
    _Exit(CHECK_EXIT_CODE);
}
