/* interrupt.h: Ctrl-C once asks the run to stop at its next safe point; twice ends the program at once.
 *
 * interrupt_catch() installs the handler for SIGINT and SIGTERM and returns the flag to pass down. The flag
 * only ever goes from 0 to 1.
 */
#ifndef HEADROOM_CLI_INTERRUPT_H
#define HEADROOM_CLI_INTERRUPT_H

#include <signal.h>

const volatile sig_atomic_t *interrupt_catch(void);

#endif
