/* fault_condition.h: what a fault may wait for: "lag.ctr > 5M".
 *
 * One table of readings of the state, each with its unit; read at the end of a slice. Shares of resources are those of
 * the last minute that was measured whole, as an alarm has them: after the warm-up, and longer where little is simulated.
 * Errors: bugs only; what a user wrote is looked up with fault_condition_read(). Cost: a walk of the partitions for lag and for counts of partitions, at most once a slice.
 */
#ifndef HEADROOM_MODELS_FAULT_CONDITION_H
#define HEADROOM_MODELS_FAULT_CONDITION_H

#include "world.h"

/* The pattern of the i-th reading, "lag.<group>", and what it is; NULL beyond the last. */
const char *fault_condition_pattern(int i);
const char *fault_condition_words(int i);

/* Reads `text`; NULL, or what is wrong with it. */
const char *fault_condition_read(const struct scenario *s, const char *text, struct fault_condition *condition, struct arena *arena);

bool fault_condition_holds(const struct world *w, const struct fault_condition *condition);

#endif
