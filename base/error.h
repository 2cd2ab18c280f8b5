/* error.h: why a call failed, in words for the user, in a buffer of the caller's.
 *
 * A function that can fail ends with `char *error, size_t error_n`, returns false, and has said why in
 * `error`. Where several things can be wrong at once and each has a place, that is base/diag.h.
 */
#ifndef HEADROOM_BASE_ERROR_H
#define HEADROOM_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

/* Writes the reason, cut to error_n bytes with its NUL; error may be NULL. Always false, to be returned. */
bool error_say(char *error, size_t error_n, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
