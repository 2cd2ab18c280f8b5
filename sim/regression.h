/* regression.h: what each of several causes costs, from loads that mix them.
 *
 *   y[i] = sum over j of x[i][j] * term[j].value, each term >= 0, with errors in proportion to y
 *
 * Least squares of the relative residuals (y - fitted) / fitted: weights are 1 / fitted^2, found by fitting again
 * until they settle. Costs are not negative, so neither are the terms: of all sets of terms whose least-squares values
 * (GSL's multifit) are positive, the one that fits best is taken, which is the exact non-negative solution; a
 * term outside it is 0 and `held` says so.
 *
 * Intervals are Student's with rows less free terms as degrees of freedom, cut off at 0, from the residuals themselves, so that a
 * model that does not fit says so by wide ones. A held term's upper end is that of the fit without the condition.
 *
 * Errors: false if the columns do not tell the terms apart (rank), or there are no more rows than columns; y <= 0 or a
 * number that is none is a bug (CHECK). Cost: 2^columns small fits an iteration.
 */
#ifndef HEADROOM_SIM_REGRESSION_H
#define HEADROOM_SIM_REGRESSION_H

#include <stdbool.h>

enum { REGRESSION_COLUMNS_MAX = 8 };

struct regression_term {
    double value, low, high;
    bool held; /* at 0, where it would have been negative */
};

struct regression {
    int columns, rows;
    struct regression_term terms[REGRESSION_COLUMNS_MAX];
    double r2;           /* of the weighted fit: 1 - residuals / deviations from the weighted mean */
    double residual_rms; /* relative */
    double residual_max; /* relative, largest in size, with its sign: (y - fitted) / fitted */
    int residual_max_row;
    double condition; /* of the weighted columns, each scaled to length 1: 1 is perfectly told apart */
};

/* x is row by row: rows * columns numbers. fitted[rows] may be NULL. level, for example 0.95. */
bool regression_fit(const double *x, const double *y, int rows, int columns, double level, struct regression *regression,
                    double *fitted);

#endif
