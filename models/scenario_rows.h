/* scenario_rows.h: how the rows of scenario_table.h are written, for the files that hold them alone.
 *
 * One array a part of the language; scenario_table.c strings them together.
 */
#ifndef HEADROOM_MODELS_SCENARIO_ROWS_H
#define HEADROOM_MODELS_SCENARIO_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "scenario.h"
#include "scenario_table.h"

struct scenario_rows {
    const struct scenario_row *rows;
    size_t n;
};

extern const struct scenario_rows scenario_rows_run, scenario_rows_kafka, scenario_rows_groups, scenario_rows_lake,
    scenario_rows_faults;

#define LANDS(kind, type, member) .landing = SCENARIO_LANDS_##kind, .offset = offsetof(type, member)
#define NOWHERE .landing = SCENARIO_LANDS_NOWHERE
#define RANGE(low, high) .min = (low), .max = (high)
#define OTHERWISE(when_, text) .other = {SCENARIO_IF_##when_, (text)}
#define ALTERNATIVE(value, type, member)                                                                     \
    .is_alternative = true, .alternative = (value), .alternative_offset = offsetof(type, member)
#define ELEMENTS(type, array, array_n, max)                                                                  \
    .offset = offsetof(type, array), .offset_n = offsetof(type, array_n),                                    \
    .element_size = sizeof(((type *)0)->array[0]), .elements_max = (max)

#define YEARS_10 "3650d"
#define YEARS_10_MS "315360000000"
#define INT_LARGEST "2147483647" /* of Kafka's own settings */
#define PEBIBYTE "1125899906842624"

/* Laid out by hand: the formatter would put each field of a row in a macro on a line of its own. */
/* clang-format off */
/* A setting of Kafka's, with Kafka's default. The rest is .doc and, where it has one, its other default. */
#define KAFKA_ROW(path, key_, type_, default_, low, high, landing_, struct_, member, ...)                    \
    {path, key_, SCENARIO_##type_, .fallback = (default_), RANGE(low, high), .source = "Apache Kafka",      \
     LANDS(landing_, struct_, member), __VA_ARGS__}
#define BROKER(key_, type_, default_, low, high, landing_, member, ...)                                      \
    KAFKA_ROW("cluster.config", key_, type_, default_, low, high, landing_, struct scenario,                \
              cluster.config.member, __VA_ARGS__)
#define TOPIC(key_, type_, low, high, landing_, member, ...)                                                 \
    KAFKA_ROW("topics[].config", key_, type_, NULL, low, high, landing_, struct scenario_topic, member, __VA_ARGS__)
#define TOPIC_DEFAULT(key_, type_, default_, low, high, landing_, member, ...)                               \
    KAFKA_ROW("topics[].config", key_, type_, default_, low, high, landing_, struct scenario_topic, member, __VA_ARGS__)
#define PRODUCER(key_, type_, default_, low, high, landing_, member, ...)                                    \
    KAFKA_ROW("producers[].config", key_, type_, default_, low, high, landing_, struct scenario_producer,   \
              config.member, __VA_ARGS__)
#define CONSUMER(key_, type_, default_, low, high, landing_, member, ...)                                    \
    KAFKA_ROW("groups[].config", key_, type_, default_, low, high, landing_, struct scenario_group,         \
              config.member, __VA_ARGS__)

/* A distribution of times at `path`, landing in the struct distribution `member` of `type`. */
#define DISTRIBUTION_ROWS(path, type, member)                                                                \
    {path, "constant", SCENARIO_DURATION, LANDS(DOUBLE, type, member.value), RANGE("0s", YEARS_10),         \
     ALTERNATIVE(DISTRIBUTION_CONSTANT, type, member.kind), .doc = "always exactly this"},                  \
    {path, "lognormal", SCENARIO_OBJECT, NOWHERE, ALTERNATIVE(DISTRIBUTION_LOGNORMAL, type, member.kind),   \
     .doc = "lognormal, given by its median and its 99th percentile"},                                      \
    {path ".lognormal", "median", SCENARIO_DURATION, .required = true, LANDS(DOUBLE, type, member.median),  \
     RANGE("1us", "365d"), .doc = "half are below this"},                                                   \
    {path ".lognormal", "p99", SCENARIO_DURATION, .required = true, LANDS(DOUBLE, type, member.p99),        \
     RANGE("1us", YEARS_10), .doc = "one in a hundred is above this"},                                      \
    {path, "exponential", SCENARIO_OBJECT, NOWHERE, ALTERNATIVE(DISTRIBUTION_EXPONENTIAL, type, member.kind),\
     .doc = "exponential, given by its mean"},                                                              \
    {path ".exponential", "mean", SCENARIO_DURATION, .required = true, LANDS(DOUBLE, type, member.value),   \
     RANGE("1us", "365d"), .doc = "the mean"}

/* A rate from `low` to `high` at `path`, landing in the struct scenario_rate `member` of `type`. */
#define RATE_ROWS(path, type, member, low, high)                                                             \
    {path, "constant", SCENARIO_RATE, LANDS(DOUBLE, type, member.peak_per_s), RANGE(low, high),             \
     ALTERNATIVE(RATE_CONSTANT, type, member.kind), .doc = "the same rate at all times"},                   \
    {path, "profile", SCENARIO_WORD, LANDS(STRING, type, member.profile),                                   \
     ALTERNATIVE(RATE_PROFILE, type, member.kind),                                                          \
     .doc = "time of day or week: a built-in profile, or a profile file relative to the scenario"},         \
    {path, "trace", SCENARIO_TEXT, LANDS(STRING, type, member.trace),                                       \
     ALTERNATIVE(RATE_TRACE, type, member.kind),                                                            \
     .doc = "a CSV file of time,count in equal steps, relative to the scenario; starts with the run"},      \
    {path, "peak", SCENARIO_RATE, LANDS(DOUBLE, type, member.peak_per_s), .when = "profile|trace",          \
     RANGE(low, high),                                                                                      \
     .doc = "the rate at the highest point; required with a profile, a trace keeps its own"}
/* clang-format on */

#endif
