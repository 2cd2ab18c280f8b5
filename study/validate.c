/* validate.c: words and sums of what a suite found. */
#include "validate.h"

const char *validate_verdict_word(enum validate_verdict verdict)
{
    static const char *const words[] = {
        [VALIDATE_AGREES] = "agrees", [VALIDATE_DIFFERS] = "differs", [VALIDATE_IMPRECISE] = "imprecise"};
    return words[verdict];
}

bool validate_passed(const struct validate_report *report)
{
    bool passed = report->finished;
    for (int i = 0; i < report->rows_n; i++)
        passed = passed && report->rows[i].verdict == VALIDATE_AGREES;
    for (int i = 0; i < report->coverage_n; i++)
        passed = passed && report->coverage[i].verdict == VALIDATE_AGREES;
    return passed;
}
