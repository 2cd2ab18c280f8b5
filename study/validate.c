/* validate.c: words and sums of what a suite found. */
#include "validate.h"

#include <math.h>

bool validate_stopped(const struct validate_options *options)
{
    return options->stop && *options->stop;
}

const char *validate_verdict_word(enum validate_verdict verdict)
{
    static const char *const words[] = {
        [VALIDATE_AGREES] = "agrees", [VALIDATE_DIFFERS] = "differs", [VALIDATE_IMPRECISE] = "imprecise",
        [VALIDATE_NO_VERDICT] = "none"};
    return words[verdict];
}

bool validate_passed(const struct validate_report *report)
{
    bool passed = report->finished;
    for (int i = 0; i < report->rows_n; i++)
        passed = passed && (report->rows[i].verdict == VALIDATE_AGREES || report->rows[i].verdict == VALIDATE_NO_VERDICT);
    for (int i = 0; i < report->coverage_n; i++)
        passed = passed && report->coverage[i].verdict == VALIDATE_AGREES;
    return passed;
}

enum validate_verdict validate_judge_difference(const struct validate_row *row)
{
    const double room = row->tolerance * fabs(row->truth), half = (row->estimate.high - row->estimate.low) / 2;
    const double off = fabs(row->estimate.mean - row->truth);
    if (off - half > room) return VALIDATE_DIFFERS;
    return off <= room && half <= room ? VALIDATE_AGREES : VALIDATE_IMPRECISE;
}
