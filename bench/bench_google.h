/* bench_google.h: measurements in Google Benchmark's JSON (its json_reporter.cc, schema version 1), which its
 * compare.py and other tools read.
 *
 * Every repetition is a row of run_type "iteration"; behind them stand its aggregates: mean, median, stddev,
 * cv. Times are nanoseconds an operation. INSTRUCTIONS, an operation's, is what Google Benchmark calls that
 * counter; where the machine does not count them the rows have none, and the context has "instructions": null
 * with "instructions_why". Of several processes (bench_several.h) every repetition says of which: "process", from 0 on,
 * and the context how many there were: "processes"; "by_turns" there is the same text in the two files of one
 * `bench --against`.
 *
 * Errors: false and a sentence.
 */
#ifndef HEADROOM_BENCH_BENCH_GOOGLE_H
#define HEADROOM_BENCH_BENCH_GOOGLE_H

#include <stdbool.h>
#include <stddef.h>

struct bench_measurement;

#define BENCH_INSTRUCTIONS "INSTRUCTIONS"
#define BENCH_BY_TURNS "by_turns"

/* "-" is stdout. */
bool bench_write_google(const char *path, const struct bench_measurement *m, char *error, size_t error_n);

#endif
