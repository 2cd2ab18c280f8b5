/* interrupt.c: the flag that a signal sets. It is the program's one global that changes: a handler has no
 * other. */
#include "interrupt.h"

#include <stddef.h>

static volatile sig_atomic_t asked_to_stop;

static void on_signal(int signal_number)
{
    (void)signal_number;
    asked_to_stop = 1;
}

const volatile sig_atomic_t *interrupt_catch(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    /* Reset at the first signal, so that the second has its usual effect; restart the system calls that were
     * cut. */
    action.sa_flags = SA_RESTART | (int)SA_RESETHAND;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return &asked_to_stop;
}
