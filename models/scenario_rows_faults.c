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
    {"faults[]", "at", SCENARIO_DURATION, .required = true, LANDS(INT64, struct scenario_fault, at_ns),
     RANGE("0s", "366d"), .doc = "when, from the start of the run"},
    {"faults[]", "kind", SCENARIO_CHOICE, .required = true, LANDS(INT, struct scenario_fault, kind),
     .choices = fault_kinds, .doc = "what goes wrong"},
    {"faults[]", "for", SCENARIO_DURATION, .fallback = "1m", OTHERWISE(RESTART, "30s"),
     LANDS(INT64, struct scenario_fault, for_ns), RANGE("1ms", "366d"),
     .doc = "how long until what stopped is started again; required for broker_down"},
    {"faults[]", "broker", SCENARIO_COUNT, .required = true, LANDS(INT, struct scenario_fault, broker),
     .when = "kind=broker_down", RANGE("0", "511"), .doc = "which broker"},
    {"faults[]", "clean", SCENARIO_BOOL, .fallback = "false", OTHERWISE(RESTART, "true"),
     LANDS(BOOL, struct scenario_fault, clean), .when = "kind=broker_down|restart_group",
     .doc = "a controlled shutdown; a group commits what it processed first"},
    {"faults[]", "data_lost", SCENARIO_BOOL, .fallback = "false",
     LANDS(BOOL, struct scenario_fault, data_lost), .when = "kind=broker_down",
     .doc = "the broker comes back with an empty disk"},
    {"faults[]", "group", SCENARIO_REFERENCE, .required = true, LANDS(INDEX, struct scenario_fault, group),
     .when = "kind=restart_group|consumer_crash", .refers_to = "groups[]", .doc = "which group"},
    {"faults[]", "instance", SCENARIO_COUNT, .fallback = "0", LANDS(INT, struct scenario_fault, instance),
     .when = "kind=consumer_crash", RANGE("0", "4095"), .doc = "which of the group's instances, from 0"},

    {"", "objectives", SCENARIO_OBJECTIVES, NOWHERE, .elements_max = SCENARIO_OBJECTIVES_MAX,
     .doc = "what must hold: \"freshness.ctr.p99 <= 60s\", with \"during steady\" or \"during <fault>\""},
};

const struct scenario_rows scenario_rows_faults = {rows, sizeof rows / sizeof rows[0]};
