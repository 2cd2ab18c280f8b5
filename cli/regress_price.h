/* regress_price.h: what a change of the code costs in a scenario.
 *
 * The scenario is run on the same seeds (study/compare.h) three times at most:
 *
 *   A  with the old measurement's costs
 *   B  with the new one's, on the same instances: what latency and freshness it costs
 *   C  as B, with the instances that bring utilisation back to what it was in A: what it costs a month
 *
 * Costs that the comparison did not find to differ are the old measurement's in all three, and those that did are the old ones
 * times the ratio found: else noise would be priced. Costs that the measurement lacks are the calibration's.
 *
 * Instances: of each group and fleet of producers, old ones times the ratio of mean utilisations of its cores, rounded up; a
 * twentieth of an instance is forgiven. Errors: told on stderr.
 */
#ifndef HEADROOM_CLI_REGRESS_PRICE_H
#define HEADROOM_CLI_REGRESS_PRICE_H

#include "cli.h"
#include "comparison.h"

struct regress;

struct priced_instances {
    const char *of;   /* "group ctr" */
    const char *path; /* "groups.ctr.instances" */
    int from, to;
    double exact; /* before rounding */
};

struct regress_price {
    const char *why_not; /* nothing was run: nothing that a run reads has changed; NULL: it was */
    const struct comparison_record *comparison; /* A, B and perhaps C */
    struct priced_instances *instances;         /* those that change */
    int instances_n;
    const char *sentence;
};

/* Reads and checks the scenario and all else that is read, without running. NULL, told, if something is wrong. */
struct regress_pricing;
struct regress_pricing *regress_pricing_new(const struct cli *cli, const char *scenario);
/* False: not priced, and told; *interrupted then says whether by Ctrl-C. */
bool regress_pricing_run(struct regress_pricing *pricing, const struct regress *changes, struct regress_price *price,
                         bool *interrupted);
void regress_pricing_free(struct regress_pricing *pricing);

#endif
