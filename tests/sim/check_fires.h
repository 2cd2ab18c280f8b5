/* check_fires.h: assert_check_fires(statement) fails the test unless a CHECK fires in the statement. */
#ifndef HEADROOM_TESTS_SIM_CHECK_FIRES_H
#define HEADROOM_TESTS_SIM_CHECK_FIRES_H

#include <setjmp.h>

#include "check.h"

static jmp_buf check_fired;

static void check_jump(void *context, const char *message)
{
    (void)context;
    (void)message;
    longjmp(check_fired, 1);
}

#define assert_check_fires(statement)                                                                        \
    do {                                                                                                     \
        check_set_hook(check_jump, NULL);                                                                    \
        if (setjmp(check_fired) == 0) {                                                                      \
            statement;                                                                                       \
            check_set_hook(NULL, NULL);                                                                      \
            fail_msg("no check fired: %s", #statement);                                                      \
        }                                                                                                    \
        check_set_hook(NULL, NULL);                                                                          \
    } while (0)

#endif
