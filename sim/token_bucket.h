/* token_bucket.h: a rate limit with a burst: disk credits, network allowances, quotas.
 *
 * The bucket starts full, gains rate tokens a second up to burst, and may go into debt: a take always
 * succeeds and returns when its tokens are there, which is now if the level stays >= 0 and else when the
 * debt is paid. Later takes queue behind, so takers are served first come first served.
 *
 * Units: tokens are whatever the caller counts (bytes, requests); rate per second; times in ns. Times must
 * not go back (CHECK). rate >= 0 (0: SIM_NEVER once in debt), burst >= 0, tokens >= 0. Ownership: none.
 * Cost: ~3 ns.
 */
#ifndef HEADROOM_SIM_TOKEN_BUCKET_H
#define HEADROOM_SIM_TOKEN_BUCKET_H

#include "sim_time.h"

struct token_bucket {
    double rate_per_s, burst;
    double level; /* at `at`; negative: debt */
    sim_time at;
};

void token_bucket_init(struct token_bucket *, double rate_per_s, double burst);
/* When the tokens are available: >= now. */
sim_time token_bucket_take(struct token_bucket *, sim_time now, double tokens);
double token_bucket_level(const struct token_bucket *, sim_time now);
/* From now on; the level is kept, cut to the new burst. */
void token_bucket_set(struct token_bucket *, sim_time now, double rate_per_s, double burst);
void token_bucket_shift(struct token_bucket *, sim_time by);

#endif
