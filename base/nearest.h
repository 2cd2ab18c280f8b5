/* nearest.h: "did you mean …?"
 *
 * The name nearest to a misspelt word by Damerau-Levenshtein distance (one insertion, deletion, substitution
 * or exchange of neighbours each count one; optimal string alignment), ASCII letters compared without case. A
 * name is near if its distance is at most max(1, length of word / 3) and it is not all different. Ties go to
 * the earlier name. NULL when none is near: then list what fits instead.
 *
 * Cost: n times the product of the lengths; words and names over 64 bytes are never near.
 */
#ifndef HEADROOM_BASE_NEAREST_H
#define HEADROOM_BASE_NEAREST_H

#include <stddef.h>

const char *nearest_name(const char *word, const char *const *names, size_t n);

/* The distance itself, or a value above `limit` as soon as it is known to be above. */
size_t nearest_distance(const char *a, const char *b, size_t limit);

#endif
