/* bill.c: see bill.h. */
#include "bill.h"

#include "record.h"

#include <math.h>

bool bill_is_large(const struct record *record, int line, int most)
{
    const struct record_number *its = &record->cost.lines[line].usd;
    const double usd = its->known ? its->value : INFINITY;
    int larger = 0;
    for (int i = 0; i < record->cost.lines_n; i++) {
        const struct record_number *other = &record->cost.lines[i].usd;
        const double other_usd = other->known ? other->value : INFINITY;
        larger += other_usd > usd || (other_usd == usd && i < line);
    }
    return larger < most;
}
