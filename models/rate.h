/* rate.h: a rate of events over time, as a curve that can be evaluated and integrated exactly.
 *
 * What it is for: a scenario gives a rate as a profile (the mean rate of each five minutes of a day), a
 * trace, a constant, or as a stream that follows another. Everything that draws traffic asks this module how
 * many events to expect between two moments, and every answer is consistent: integrals over neighbouring
 * intervals add up.
 *
 *      peak ---------------- +-----+ ----            One bin holds one point of the profile. Inside it the
 * curve
 *                        ___/      |                 is a straight line through the bin's centre. Its slope
 * is the
 *                  _____/           \___             monotonised central difference of its neighbours (van
 * Leer, |                     \____        J. Comput. Phys. 23, 1977), so that bin: |  i-1  |   i    |  i+1 |
 *   - the mean over each bin is exactly the point given,
 *   - the largest bin is flat at exactly the peak: the peak is reached, held for the whole bin, and not
 * exceeded,
 *   - the curve is nowhere negative, and a constant or evenly rising profile is reproduced exactly.
 * Where a profile turns sharply the line may jump a little between two bins.
 *
 * Units: seconds and events per second, as double. Time 0 is the start of the run; curves from profiles exist
 * at all times and repeat with the profile's length (a day or a week), before the start too. A trace starts
 * with the run and does not repeat; beyond its ends, and beyond the ends of a derived curve, the nearest
 * value holds.
 *
 * Ownership: curves live in the arena given and are never changed. Errors: there are none left after
 * scenario_load(); a curve that makes no sense is our bug (CHECK). Cost: making one is linear in its points;
 * a derived curve costs some microseconds for each of its bins (at most RATE_DERIVED_BINS_MAX); rate_at() and
 * rate_integral() are constant-time; rate_max() is linear in bins covered.
 */
#ifndef HEADROOM_MODELS_RATE_H
#define HEADROOM_MODELS_RATE_H

#include <stdbool.h>

struct arena;
struct distribution;
struct scenario;
struct scenario_rate;

struct rate_curve;

enum { RATE_DERIVED_BINS_MAX = 100000 };

/* The curve of a constant, profile or trace. start_s is where in the profile the run starts: the scenario's
 * time of day; it does not apply to a trace. Not for RATE_DERIVED. */
const struct rate_curve *rate_curve(const struct scenario_rate *rate, double start_s, struct arena *arena);

/* The curve of events that follow `base`'s, `times` for each one, `after` later: the base curve convolved
 * with the delay's density, tabulated as means over bins of 1 s (longer if duration_s needs more than
 * RATE_DERIVED_BINS_MAX) for 0..duration_s. What followed from the time before the start is in it. No event
 * is lost in the convolution: the delay is a sum of point masses of its exact total and mean
 * (RATE_DELAY_ATOMS quantile classes). */
enum { RATE_DELAY_ATOMS = 320 };
const struct rate_curve *rate_curve_derived(const struct rate_curve *base, double times,
                                            const struct distribution *after, double duration_s,
                                            struct arena *arena);

/* The curve of one stream of a scenario, whatever kind it is. */
const struct rate_curve *rate_of_stream(const struct scenario *scenario, int stream, struct arena *arena);

/* The same stream over the past_s before the run, where the curve of a derived one has no table: it has one of at most
 * RATE_PAST_BINS_MAX bins here, of 1 s or longer. For times in [-past_s, 0). */
enum { RATE_PAST_BINS_MAX = 8640 };
const struct rate_curve *rate_of_stream_before(const struct scenario *scenario, int stream, double past_s,
                                               struct arena *arena);

/* The curve of the month: the rate of all streams that producers send, together; over at least a day, from
 * 00:00. */
const struct rate_curve *rate_of_month(const struct scenario *scenario, struct arena *arena);

/* Events per second at t. At a jump, the value after it. */
double rate_at(const struct rate_curve *curve, double t_s);

/* Expected events in [t0, t1), exactly; t0 <= t1. */
double rate_integral(const struct rate_curve *curve, double t0_s, double t1_s);

/* The largest value in [t0, t1]. */
double rate_max(const struct rate_curve *curve, double t0_s, double t1_s);

/* The largest mean over any stretch of this length, > 0: of those that begin or end at one of the curve's points. Of a trace:
 * inside it. Linear in the points. */
double rate_window_max(const struct rate_curve *curve, double width_s);

/* Means over the whole profile or trace (for a derived curve: over its table), and its largest value. */
double rate_mean(const struct rate_curve *curve);
double rate_peak(const struct rate_curve *curve);

/* How long the profile, trace or table is. */
double rate_length_s(const struct rate_curve *curve);

#endif
