/* check.h: crash on our own bugs, in release builds too.
 *
 * CHECK(condition, "format", ...) states an invariant of the program. When it does not hold, the message goes
 * to stderr as
 *
 *     models/ledger.c:120: broken invariant (lag >= 0): lag of group ctr is -3
 *     reproduce: seed 1, scenario 4b1c..., t=12.3s
 *
 * and the process ends at once with exit code 3; nothing is flushed, written or cleaned up, because nothing
 * is trusted any more. It is for bugs of ours alone: a mistake in a user's input goes to diag.h and exit
 * code 2.
 *
 * The reproduce line is whatever string the calling thread last stored in check_context (NULL: no line). The
 * string belongs to whoever stored it, and must live until it is replaced.
 *
 * Cost: one predicted branch a check. Never put an effect inside the condition's formatting arguments: they
 * are evaluated only on failure.
 */
#ifndef HEADROOM_BASE_CHECK_H
#define HEADROOM_BASE_CHECK_H

#define CHECK(condition, ...)                                                                                \
    (__builtin_expect(!!(condition), 1) ? (void)0 : check_failed(__FILE__, __LINE__, #condition, __VA_ARGS__))

enum { CHECK_EXIT_CODE = 3 };

/* One line that tells how to reproduce what this thread is doing; NULL when nothing is running. */
extern _Thread_local const char *check_context;

/* A test installs a hook to see a check fire. The hook must leave by longjmp; if it returns, the process ends
 * as it would have without it. One hook for the calling thread; NULL removes it. */
typedef void check_hook(void *context, const char *message);
void check_set_hook(check_hook *hook, void *context);

_Noreturn void check_failed(const char *file, int line, const char *condition, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
