/* token_bucket.c: see the header for the rules. */
#include "token_bucket.h"

#include <math.h>

#include "check.h"

void token_bucket_init(struct token_bucket *b, double rate_per_s, double burst)
{
    CHECK(rate_per_s >= 0 && burst >= 0, "token bucket of %g/s, burst %g", rate_per_s, burst);
    *b = (struct token_bucket){.rate_per_s = rate_per_s, .burst = burst, .level = burst};
}

double token_bucket_level(const struct token_bucket *b, sim_time now)
{
    CHECK(now >= b->at, "token bucket: time goes back from %lld to %lld", (long long)b->at, (long long)now);
    double level = b->level + b->rate_per_s * 1e-9 * (double)(now - b->at);
    return level < b->burst ? level : b->burst;
}

sim_time token_bucket_take(struct token_bucket *b, sim_time now, double tokens)
{
    CHECK(tokens >= 0, "token bucket: taking %g tokens", tokens);
    b->level = token_bucket_level(b, now) - tokens;
    b->at = now;
    if (b->level >= 0) return now;
    const double wait_ns = b->rate_per_s > 0 ? ceil(-b->level / b->rate_per_s * 1e9) : INFINITY;
    return wait_ns < 9e18 && (sim_time)wait_ns < SIM_NEVER - now ? now + (sim_time)wait_ns : SIM_NEVER;
}

void token_bucket_set(struct token_bucket *b, sim_time now, double rate_per_s, double burst)
{
    CHECK(rate_per_s >= 0 && burst >= 0, "token bucket of %g/s, burst %g", rate_per_s, burst);
    double level = token_bucket_level(b, now);
    *b = (struct token_bucket){
        .rate_per_s = rate_per_s, .burst = burst, .level = level < burst ? level : burst, .at = now};
}

void token_bucket_shift(struct token_bucket *b, sim_time by)
{
    b->at += by;
}
