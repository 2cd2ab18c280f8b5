/* regression.c: see regression.h.
 *
 * 1. Weights 1 / y^2 to begin with.
 * 2. For every set of columns: least squares by GSL. Of those without a negative value the one with the smallest sum of
 *    squares is the non-negative solution.
 * 3. Weights from what was fitted; again from 2 until no fitted value moves by a millionth.
 */
#include "regression.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_multifit.h>
#include <gsl/gsl_vector.h>

#include "check.h"

enum { ITERATIONS_MAX = 100 };
static const double SETTLED = 1e-6;
static const double CONDITION_MAX = 1e7;
/* A fitted value this much smaller than its y would weigh without bound. */
static const double FITTED_LEAST = 0.01;

struct problem {
    const double *x, *y;
    int rows, columns;
    double *weights;
};

/* Least squares over the columns in `set`: values, covariance (of those columns, in order) and sum of squares. */
static double fit_set(const struct problem *p, unsigned set, double *values, gsl_matrix *covariance)
{
    size_t n = 0, columns[REGRESSION_COLUMNS_MAX];
    for (int j = 0; j < p->columns; j++)
        if (set >> j & 1) columns[n++] = (size_t)j;
    gsl_matrix *x = gsl_matrix_alloc((size_t)p->rows, n);
    gsl_vector *y = gsl_vector_alloc((size_t)p->rows), *c = gsl_vector_alloc(n);
    double length[REGRESSION_COLUMNS_MAX] = {0}, squares;
    for (size_t k = 0; k < n; k++) {
        for (int i = 0; i < p->rows; i++)
            length[k] += p->weights[i] * pow(p->x[i * p->columns + (int)columns[k]], 2);
        length[k] = sqrt(length[k]);
    }
    for (int i = 0; i < p->rows; i++) {
        double root = sqrt(p->weights[i]);
        gsl_vector_set(y, (size_t)i, p->y[i] * root);
        for (size_t k = 0; k < n; k++)
            gsl_matrix_set(x, (size_t)i, k, p->x[i * p->columns + (int)columns[k]] * root / length[k]);
    }
    gsl_multifit_linear_workspace *work = gsl_multifit_linear_alloc((size_t)p->rows, n);
    gsl_multifit_linear(x, y, c, covariance, &squares, work);
    for (int j = 0; j < p->columns; j++)
        values[j] = 0;
    for (size_t k = 0; k < n; k++) {
        values[columns[k]] = gsl_vector_get(c, k) / length[k];
        for (size_t l = 0; l < n; l++)
            gsl_matrix_set(covariance, k, l, gsl_matrix_get(covariance, k, l) / (length[k] * length[l]));
    }
    gsl_multifit_linear_free(work);
    gsl_matrix_free(x);
    gsl_vector_free(y);
    gsl_vector_free(c);
    return squares;
}

/* The exact non-negative solution under the weights at hand; returns its columns. */
static unsigned fit_positive(const struct problem *p, double *values)
{
    unsigned best = 0;
    double least = INFINITY;
    for (unsigned set = 1; set < 1u << p->columns; set++) {
        double found[REGRESSION_COLUMNS_MAX];
        bool positive = true;
        gsl_matrix *covariance = gsl_matrix_alloc((size_t)__builtin_popcount(set), (size_t)__builtin_popcount(set));
        double squares = fit_set(p, set, found, covariance);
        gsl_matrix_free(covariance);
        for (int j = 0; j < p->columns; j++)
            positive = positive && found[j] >= 0;
        if (!positive || squares >= least) continue;
        least = squares;
        best = set;
        memcpy(values, found, sizeof found);
    }
    return best;
}

/* Largest over smallest singular value of the weighted columns, each scaled to length 1; INFINITY if one is all 0. */
static double condition_of(const struct problem *p)
{
    gsl_matrix *x = gsl_matrix_alloc((size_t)p->rows, (size_t)p->columns);
    gsl_matrix *v = gsl_matrix_alloc((size_t)p->columns, (size_t)p->columns);
    gsl_vector *s = gsl_vector_alloc((size_t)p->columns), *work = gsl_vector_alloc((size_t)p->columns);
    double condition = 1;
    for (int j = 0; j < p->columns; j++) {
        double length = 0;
        for (int i = 0; i < p->rows; i++)
            length += p->weights[i] * pow(p->x[i * p->columns + j], 2);
        if (length == 0) condition = INFINITY;
        for (int i = 0; i < p->rows; i++)
            gsl_matrix_set(x, (size_t)i, (size_t)j,
                           length == 0 ? 0 : p->x[i * p->columns + j] * sqrt(p->weights[i] / length));
    }
    if (condition == 1) {
        gsl_linalg_SV_decomp(x, v, s, work);
        double least = gsl_vector_get(s, (size_t)p->columns - 1);
        condition = least > 0 ? gsl_vector_get(s, 0) / least : INFINITY;
    }
    gsl_matrix_free(x);
    gsl_matrix_free(v);
    gsl_vector_free(s);
    gsl_vector_free(work);
    return condition;
}

static void intervals(const struct problem *p, unsigned set, double level, struct regression *r)
{
    const unsigned all = (1u << p->columns) - 1;
    for (int full = 0; full < 2; full++) {
        const unsigned columns = full ? all : set;
        const size_t n = (size_t)__builtin_popcount(columns);
        double values[REGRESSION_COLUMNS_MAX];
        gsl_matrix *covariance = gsl_matrix_alloc(n, n);
        fit_set(p, columns, values, covariance);
        const double t = gsl_cdf_tdist_Pinv((1 + level) / 2, (double)p->rows - (double)n);
        size_t k = 0;
        for (int j = 0; j < p->columns; j++) {
            if (!(columns >> j & 1)) continue;
            const double half = t * sqrt(gsl_matrix_get(covariance, k, k));
            k++;
            struct regression_term *term = &r->terms[j];
            if (full != (int)term->held) continue;
            term->low = fmax(0, values[j] - half);
            term->high = fmax(0, values[j] + half);
        }
        gsl_matrix_free(covariance);
    }
}

static void describe(const struct problem *p, const double *fitted, struct regression *r)
{
    double weight = 0, mean = 0, around = 0, left = 0, relative = 0;
    for (int i = 0; i < p->rows; i++) {
        weight += p->weights[i];
        mean += p->weights[i] * p->y[i];
    }
    mean /= weight;
    for (int i = 0; i < p->rows; i++) {
        const double residual = (p->y[i] - fitted[i]) / fitted[i];
        around += p->weights[i] * pow(p->y[i] - mean, 2);
        left += p->weights[i] * pow(p->y[i] - fitted[i], 2);
        relative += residual * residual;
        if (i == 0 || fabs(residual) > fabs(r->residual_max)) {
            r->residual_max = residual;
            r->residual_max_row = i;
        }
    }
    r->r2 = around > 0 ? 1 - left / around : 1;
    r->residual_rms = sqrt(relative / p->rows);
}

bool regression_fit(const double *x, const double *y, int rows, int columns, double level, struct regression *r, double *fitted)
{
    CHECK(rows >= 0 && rows <= 100000 && columns >= 1 && columns <= REGRESSION_COLUMNS_MAX, "%d rows, %d columns", rows,
          columns);
    CHECK(level > 0 && level < 1, "level %g", level);
    if (rows <= columns) return false;
    double weights[rows], now[rows], values[REGRESSION_COLUMNS_MAX] = {0};
    for (int i = 0; i < rows; i++) {
        CHECK(isfinite(y[i]) && y[i] > 0, "row %d costs %g", i, y[i]);
        for (int j = 0; j < columns; j++)
            CHECK(isfinite(x[i * columns + j]) && x[i * columns + j] >= 0, "row %d has %g of term %d", i,
                  x[i * columns + j], j);
        now[i] = y[i];
    }
    struct problem p = {x, y, rows, columns, weights};
    unsigned set = 0;
    for (int turn = 0; turn < ITERATIONS_MAX; turn++) {
        double moved = 0;
        for (int i = 0; i < rows; i++)
            weights[i] = 1 / pow(fmax(now[i], FITTED_LEAST * y[i]), 2);
        if (turn == 0 && condition_of(&p) > CONDITION_MAX) return false;
        set = fit_positive(&p, values);
        if (set == 0) return false;
        for (int i = 0; i < rows; i++) {
            double sum = 0;
            for (int j = 0; j < columns; j++)
                sum += x[i * columns + j] * values[j];
            moved = fmax(moved, fabs(sum - now[i]) / now[i]);
            now[i] = fmax(sum, FITTED_LEAST * y[i]);
        }
        if (moved < SETTLED) break;
    }
    *r = (struct regression){.columns = columns, .rows = rows, .condition = condition_of(&p)};
    for (int j = 0; j < columns; j++) {
        r->terms[j].value = values[j];
        r->terms[j].held = !(set >> j & 1);
    }
    intervals(&p, set, level, r);
    describe(&p, now, r);
    if (fitted) memcpy(fitted, now, sizeof now);
    return true;
}
