/* compare_parts.h: what the halves of a comparison share. Nobody outside study/ includes it. */
#ifndef HEADROOM_STUDY_COMPARE_PARTS_H
#define HEADROOM_STUDY_COMPARE_PARTS_H

#include "compare.h"

/* Rows that the conclusion is drawn from. */
#define COMPARE_MONTH "cost.month"
#define COMPARE_DELAY "cost.delay"
#define COMPARE_SUM "cost.sum"
#define COMPARE_MINUTES "delay.minutes"
#define COMPARE_PRODUCED "delivery.produced"

/* The place of a row, or -1. */
int compare_row(const struct comparison_record *c, const char *metric);

/* compare_words.c: break-even prices, conclusion and notes, from everything else. `same`: by pair, whether the two designs
 * came out the same in every replication and figure. */
void compare_conclude(struct comparison_record *c, const bool *same, struct arena *arena);

#endif
