/* scenario_rows_faults.c: rows of the scenario language: what goes wrong, and what must hold; see scenario_table.h. */
#include "scenario_rows.h"

static const struct scenario_choice fault_kinds[] = {{"broker_down", FAULT_BROKER_DOWN},
                                                     {"restart_group", FAULT_RESTART_GROUP},
                                                     {"consumer_crash", FAULT_CONSUMER_CRASH},
                                                     {NULL, 0}};

static const struct scenario_row rows[] = {
    {"", "faults", SCENARIO_LIST, ELEMENTS(struct scenario, faults, faults_n, SCENARIO_FAULTS_MAX),
     .doc = "what goes wrong, and when"},
    {"faults[]", "id", SCENARIO_NAME, .required = true, LANDS(STRING, struct scenario_fault, id),
     .doc = "the fault's name"},
    {"faults[]", "at", SCENARIO_DURATION, LANDS(INT64, struct scenario_fault, at_ns), RANGE("0s", "366d"),
     ALTERNATIVE(FAULT_BY_TIME, struct scenario_fault, timing), .doc = "when, from the start of the run"},
    {"faults[]", "every", SCENARIO_DURATION, LANDS(INT64, struct scenario_fault, every_ns), RANGE("1s", "366d"), .when = "at",
     .doc = "and again and again, from one beginning to the next"},
    {"faults[]", "when", SCENARIO_TEXT, LANDS(STRING, struct scenario_fault, when_text),
     ALTERNATIVE(FAULT_BY_CONDITION, struct scenario_fault, timing),
     .doc = "when this holds at the end of a slice: \"lag.ctr > 5M\""},
    {"faults[]", "cooldown", SCENARIO_DURATION, LANDS(INT64, struct scenario_fault, cooldown_ns), RANGE("1s", "366d"),
     .when = "when", .doc = "again when the condition holds so long after the last one's end; without it once"},
    {"faults[]", "mtbf", SCENARIO_DURATION, LANDS(INT64, struct scenario_fault, mtbf_ns), RANGE("1s", "36500d"),
     ALTERNATIVE(FAULT_DRAWN, struct scenario_fault, timing),
     .doc = "drawn: the mean time between failures of each target, exponentially distributed"},
    {"faults[]", "mttr", SCENARIO_OBJECT, NOWHERE, .shorthand = "constant", .when = "mtbf",
     .doc = "drawn: how long it lasts, instead of `for`"},
    DISTRIBUTION_ROWS("faults[].mttr", struct scenario_fault, mttr),
    {"faults[]", "times", SCENARIO_COUNT, LANDS(INT64, struct scenario_fault, times), RANGE("1", "10000"),
     .when = "every|cooldown|mtbf", .doc = "how often in all; without it as often as it comes"},
    {"faults[]", "kind", SCENARIO_CHOICE, .required = true, LANDS(INT, struct scenario_fault, kind),
     .choices = fault_kinds, .doc = "what goes wrong"},
    {"faults[]", "for", SCENARIO_DURATION, .fallback = "1m", OTHERWISE(RESTART, "30s"),
     LANDS(INT64, struct scenario_fault, for_ns), RANGE("1ms", "366d"),
     .doc = "how long until what stopped is started again; required for broker_down"},
    {"faults[]", "broker", SCENARIO_COUNT, .required = true, LANDS(INT, struct scenario_fault, broker),
     .when = "kind=broker_down", RANGE("0", "511"), .or_word = "any", .doc = "which broker; any: drawn each time"},
    {"faults[]", "clean", SCENARIO_BOOL, .fallback = "false", OTHERWISE(RESTART, "true"),
     LANDS(BOOL, struct scenario_fault, clean), .when = "kind=broker_down|restart_group",
     .doc = "a controlled shutdown; a group commits what it processed first"},
    {"faults[]", "data_lost", SCENARIO_BOOL, .fallback = "false",
     LANDS(BOOL, struct scenario_fault, data_lost), .when = "kind=broker_down",
     .doc = "the broker comes back with an empty disk"},
    {"faults[]", "group", SCENARIO_REFERENCE, .required = true, LANDS(INDEX, struct scenario_fault, group),
     .when = "kind=restart_group|consumer_crash", .refers_to = "groups[]", .doc = "which group"},
    {"faults[]", "instance", SCENARIO_COUNT, .fallback = "0", LANDS(INT, struct scenario_fault, instance),
     .when = "kind=consumer_crash", RANGE("0", "4095"), .or_word = "any",
     .doc = "which of the group's instances, from 0; any: drawn each time"},

    {"", "objectives", SCENARIO_OBJECTIVES, NOWHERE, .elements_max = SCENARIO_OBJECTIVES_MAX,
     .doc = "what must hold: \"freshness.ctr.p99 <= 60s\", with \"during steady\" or \"during <fault>\""},
};

const struct scenario_rows scenario_rows_faults = {rows, sizeof rows / sizeof rows[0]};
