/* warmup.c: MSER-5; see warmup.h. */
#include "warmup.h"

#include <math.h>
#include <stddef.h>

#include "check.h"

static double batch_mean(const double *values, int batch)
{
    double sum = 0;
    for (int i = 0; i < WARMUP_BATCH; i++) {
        const double value = values[batch * WARMUP_BATCH + i];
        CHECK(isfinite(value), "warm-up: value %d is %g", batch * WARMUP_BATCH + i, value);
        sum += value;
    }
    return sum / WARMUP_BATCH;
}

struct warmup warmup_mser5(const double *values, int n)
{
    CHECK(n >= 0, "warm-up of %d values", n);
    if (n < WARMUP_VALUES_MIN) return (struct warmup){.why = "the run is too short for MSER-5"};
    const int batches = n / WARMUP_BATCH, half = batches / 2, last = batches - batches / 4;
    /* From the end, with Welford's update: each step takes one batch more into the mean and the squares. */
    double mean = 0, squares = 0, least = INFINITY;
    int best = 0;
    for (int cut = batches - 1; cut >= 0; cut--) {
        const double value = batch_mean(values, cut), off = value - mean;
        const int kept = batches - cut;
        mean += off / kept;
        squares += off * (value - mean);
        const double error = squares / ((double)kept * kept);
        if (cut > last || error > least) continue;
        least = error; /* of equal ones the shortest cut */
        best = cut;
    }
    if (best > half) return (struct warmup){.why = "it had not settled in the first half of the run"};
    return (struct warmup){.cut = best * WARMUP_BATCH, .known = true};
}
