/* lateness_law.c: see lateness_law.h. */
#include "lateness_law.h"

#include <math.h>

#include "late_floods.h"
#include "world.h"

void lateness_law_init(struct lateness_law *law, const struct world *w, const int *streams, int streams_n)
{
    const struct scenario *s = w->scenario;
    double least = INFINITY; /* nothing is fresher than the least possible lateness */
    law->world = w;
    law->streams = streams;
    law->streams_n = streams_n;
    for (int i = 0; i < streams_n; i++) {
        const struct distribution *d = &s->streams[streams[i]].lateness;
        least = fmin(least, d->kind == DISTRIBUTION_CONSTANT ? d->value : 0);
    }
    if (!isfinite(least)) least = 0;
    for (int i = 0; i < LATENESS_LAW_STEPS; i++)
        law->x[i] = least + (i == 0 ? 0 : 1e-4 * pow(1e7, (double)(i - 1) / (LATENESS_LAW_STEPS - 2)));
    for (int k = 0; k < streams_n; k++) {
        const int stream = streams[k];
        double sum = 0;
        for (int i = 1; i < LATENESS_LAW_STEPS; i++) {
            enum { PARTS = 8 };
            double width = (law->x[i] - law->x[i - 1]) / PARTS;
            for (int j = 0; j < PARTS; j++)
                sum += width * distribution_cdf(&s->streams[stream].lateness, law->x[i - 1] + width * (j + 0.5));
            law->integral[stream][i] = sum;
        }
    }
}

/* The integral between its steps. */
static double integral_at(const struct lateness_law *law, int stream, double x)
{
    if (x <= law->x[0]) return 0;
    int low = 0, high = LATENESS_LAW_STEPS - 1;
    if (x >= law->x[high]) return law->integral[stream][high];
    while (high - low > 1) {
        const int middle = (low + high) / 2;
        if (law->x[middle] <= x)
            low = middle;
        else
            high = middle;
    }
    const double part = (x - law->x[low]) / (law->x[high] - law->x[low]);
    return law->integral[stream][low] + part * (law->integral[stream][high] - law->integral[stream][low]);
}

/* Of a stream of which some are later than ever. */
static double flooded(const struct lateness_law *law, int stream, int step)
{
    const struct workload *workload = &law->world->workload;
    double left = 1, sum = 0;
    for (int i = 0; i < workload->floods_n; i++) {
        const struct late_flood *flood = &workload->floods[i];
        if (!late_floods_concern(law->world, flood, stream)) continue;
        sum += left * flood->share * integral_at(law, stream, law->x[step] - sim_seconds(flood->by));
        left *= 1 - flood->share;
    }
    return sum + left * law->integral[stream][step];
}

/* Records expected to be at most x[step] behind, of what comes at these rates. */
static inline double came_by(const struct lateness_law *law, const double *rates, int step)
{
    double records = 0;
    if (law->world->workload.floods_n > 0) {
        for (int i = 0; i < law->streams_n; i++) records += rates[i] * flooded(law, law->streams[i], step);
        return records;
    }
    for (int i = 0; i < law->streams_n; i++) records += rates[i] * law->integral[law->streams[i]][step];
    return records;
}

double lateness_law_newest(const struct lateness_law *law, const double *rates, double target)
{
    if (came_by(law, rates, LATENESS_LAW_STEPS - 1) <= target) return law->x[LATENESS_LAW_STEPS - 1];
    int low = 0; /* the last step by which at most the target has come; halving without branches that nobody could foretell */
    for (int half = LATENESS_LAW_STEPS / 2; half > 0; half /= 2) low += half * (came_by(law, rates, low + half) <= target);
    const int high = low + 1;
    const double at_low = low == 0 ? 0 : came_by(law, rates, low), at_high = came_by(law, rates, high);
    double part = at_high > at_low ? (target - at_low) / (at_high - at_low) : 0;
    return law->x[low] + part * (law->x[high] - law->x[low]);
}
