/* bill.h: which lines of a month's bill are large enough to be shown one by one. */
#ifndef HEADROOM_REPORTS_BILL_H
#define HEADROOM_REPORTS_BILL_H

#include <stdbool.h>

struct record;

/* Is the line among the `most` largest? Those without dollars come first, equal ones in the order of the bill. Cost: every line
 * is looked at. */
bool bill_is_large(const struct record *record, int line, int most);

#endif
