/* analytic_truth.c: closed forms, each with its source. */
#include "analytic_truth.h"

#include <math.h>

#include "check.h"

/* The x >= 0 at which an increasing function is `target`, to the last bit that bisection gives; high > 0 is
 * where to begin. */
static double solve(double (*f)(double x, const double *parameters), const double *parameters, double target,
                    double high)
{
    double low = 0;
    while (f(high, parameters) < target) {
        low = high;
        high *= 2;
    }
    for (int i = 0; i < 200; i++) {
        const double middle = (low + high) / 2;
        if (middle == low || middle == high) break;
        if (f(middle, parameters) < target)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

/* Pollaczek 1930, Khinchine 1932. */
double truth_mg1_wait_mean(double arrivals, double service_mean, double service_scv)
{
    const double rho = arrivals * service_mean;
    CHECK(rho < 1, "M/G/1 at %g", rho);
    return rho * service_mean * (1 + service_scv) / (2 * (1 - rho));
}

/* Erlang 1909; Crommelin 1932: (1 - rho) sum of (rho (k - x))^k / k! e^(-rho (k - x)), k = 0 .. floor(x). The
 * terms alternate, so long double: at rho x = 20 they are e^20 times the sum, 8 of its 19 digits. */
double truth_md1_wait_at_most(double utilisation, double x)
{
    CHECK(utilisation < 1 && utilisation * x <= 20, "M/D/1 at %g, wait %g", utilisation, x);
    long double sum = 0;
    for (int k = 0; k <= (int)x; k++) {
        const long double a = utilisation * ((long double)k - x);
        long double term = expl(-a);
        for (int i = 1; i <= k; i++)
            term *= a / i;
        sum += term;
    }
    return (double)((1 - (long double)utilisation) * sum);
}

static double md1_at_most(double x, const double *utilisation)
{
    return truth_md1_wait_at_most(*utilisation, x);
}

double truth_md1_wait_quantile(double utilisation, double service_s, double q)
{
    if (q <= 1 - utilisation) return 0;
    return service_s * solve(md1_at_most, &utilisation, q, 1);
}

/* Whitt, "The queueing network analyzer", Bell System Technical Journal 62, 1983. */
void truth_balanced_means(double mean, double scv, double *p, double rate[2])
{
    CHECK(scv > 1, "a hyperexponential law of squared variation %g", scv);
    *p = (1 + sqrt((scv - 1) / (scv + 1))) / 2;
    rate[0] = 2 * *p / mean;
    rate[1] = 2 * (1 - *p) / mean;
}

static double two_exponentials_at_most(double x, const double *w)
{
    return 1 - w[0] * exp(-w[1] * x) - w[2] * exp(-w[3] * x);
}

/* The transform (1 - rho) / (1 - rho R(s)) of the wait (Pollaczek and Khinchine), R that of the residual
 * service, itself hyperexponential: with balanced means each half carries half of the work, so
 * R(s) = (a / (s + a) + b / (s + b)) / 2. The poles are the roots of
 *   s^2 + s (a + b - rho (a + b) / 2) + a b (1 - rho) = 0,
 * and the weight of the pole -t is -(1 - rho) N(-t) / (t D'(-t)), N = (s + a)(s + b), D that quadratic. */
double truth_mh2_wait_quantile(double arrivals, double service_mean, double service_scv, double q)
{
    const double rho = arrivals * service_mean;
    double p, rate[2];
    truth_balanced_means(service_mean, service_scv, &p, rate);
    const double a = rate[0], b = rate[1], half = (a + b) * (1 - rho / 2) / 2;
    const double root = sqrt(half * half - a * b * (1 - rho));
    double w[4];
    for (int i = 0; i < 2; i++) {
        const double t = i == 0 ? half - root : half + root;
        const double slope = 2 * (half - t);
        w[2 * i] = (1 - rho) * (a - t) * (b - t) / (t * slope);
        w[2 * i + 1] = t;
    }
    /* Both weights are those of P(wait > x), and P(wait > 0) = rho. */
    CHECK(fabs(w[0] + w[2] - rho) < 1e-9, "the weights of M/H2/1 sum to %g, not %g", w[0] + w[2], rho);
    if (q <= 1 - rho) return 0;
    return solve(two_exponentials_at_most, w, q, service_mean);
}

/* Erlang 1917, by his recursion for B. */
double truth_erlang_c(int servers, double load)
{
    double b = 1;
    for (int k = 1; k <= servers; k++)
        b = load * b / (k + load * b);
    const double rho = load / servers;
    CHECK(rho < 1, "M/M/c at %g", rho);
    return b / (1 - rho * (1 - b));
}

void truth_mm1k_number(double utilisation, int places, double *p)
{
    double sum = 0;
    for (int k = 0; k <= places; k++)
        sum += p[k] = pow(utilisation, k);
    for (int k = 0; k <= places; k++)
        p[k] /= sum;
}

/* sigma - A(mu (1 - sigma)) for Erlang-2 intervals. */
static double e2m1_excess(double sigma, const double *utilisation)
{
    const double ratio = 2 * *utilisation / (2 * *utilisation + 1 - sigma);
    return sigma - ratio * ratio;
}

/* Kendall 1953: sigma = A(mu (1 - sigma)). The root that is not 1 is below the utilisation, because the
 * arrivals are more even than Poisson's. */
double truth_e2m1_sigma(double utilisation)
{
    CHECK(utilisation < 1, "E2/M/1 at %g", utilisation);
    return solve(e2m1_excess, &utilisation, 0, utilisation);
}

/* parameters: stations, then the rates of the sum's exponential parts. */
static double hypoexponential_at_most(double x, const double *parameters)
{
    const int n = (int)parameters[0];
    const double *rate = parameters + 1;
    double above = 0;
    for (int i = 0; i < n; i++) {
        double weight = 1;
        for (int j = 0; j < n; j++)
            if (j != i) weight *= rate[j] / (rate[j] - rate[i]);
        above += weight * exp(-rate[i] * x);
    }
    return 1 - above;
}

/* Burke 1956, Reich 1957: the sojourns are independent and exponential, of rates mu - lambda. */
double truth_tandem_sojourn_quantile(double arrivals, const double *service_rates, int stations, double q)
{
    double parameters[1 + TRUTH_STATIONS_MAX] = {stations};
    CHECK(stations >= 1 && stations <= TRUTH_STATIONS_MAX, "a tandem of %d", stations);
    for (int i = 0; i < stations; i++) {
        CHECK(arrivals < service_rates[i], "a tandem's station at %g", arrivals / service_rates[i]);
        parameters[1 + i] = service_rates[i] - arrivals;
    }
    return solve(hypoexponential_at_most, parameters, q, 1 / parameters[1]);
}

/* Reiser and Lavenberg, Journal of the ACM 27, 1980. */
void truth_mva(const double *demands, int stations, int jobs, double *throughput, double *numbers)
{
    CHECK(stations >= 1 && stations <= TRUTH_STATIONS_MAX, "a network of %d stations", stations);
    *throughput = 0;
    for (int i = 0; i < stations; i++)
        numbers[i] = 0;
    for (int n = 1; n <= jobs; n++) {
        double times[TRUTH_STATIONS_MAX], cycle = 0;
        for (int i = 0; i < stations; i++)
            cycle += times[i] = demands[i] * (1 + numbers[i]);
        *throughput = n / cycle;
        for (int i = 0; i < stations; i++)
            numbers[i] = *throughput * times[i];
    }
}

/* White and Christie, Operations Research 6, 1958; Mitrany and Avi-Itzhak 1968 for one server. */
double truth_breakdown_number(double arrivals, double service_rate, double failures, double repairs)
{
    const double both = failures + repairs, left = service_rate * repairs - arrivals * both;
    CHECK(left > 0, "M/M/1 with breakdowns is not stable");
    return arrivals * (both * both + service_rate * failures) / (both * left);
}

/* Welch, Operations Research 12, 1964, with an exponential set-up of mean d: PK and
 * (2 d + lambda 2 d^2) / (2 (1 + lambda d)), which is d. */
double truth_setup_wait_mean(double arrivals, double service_mean, double setup_mean)
{
    return truth_mg1_wait_mean(arrivals, service_mean, 1) + setup_mean;
}

/* Kingman, Biometrika 49, 1962. */
double truth_kingman_upper(double arrivals, double service_mean, double arrival_scv, double service_scv)
{
    const double rho = arrivals * service_mean;
    return (arrival_scv + rho * rho * service_scv) / (2 * arrivals * (1 - rho));
}

/* Marchal, "Some simpler bounds on the mean queuing time", Operations Research 26, 1978. */
double truth_marchal_lower(double arrivals, double service_mean, double service_scv)
{
    const double rho = arrivals * service_mean;
    return (rho * rho * service_scv + rho * (rho - 2)) / (2 * arrivals * (1 - rho));
}
