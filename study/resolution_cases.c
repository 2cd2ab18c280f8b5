/* resolution_cases.c: the table; see resolution_cases.h. */
#include "resolution_cases.h"

#define RATE(value) {"workload[0].rate", value}
/* A minute after the start. */
#define FAULT(id, rest) {"faults", "[{\"id\": \"" id "\", \"at\": \"60s\", " rest "}]"}
#define DOWN(time) FAULT("down", "\"kind\": \"broker_down\", \"broker\": 1, \"for\": \"" time "\"")
#define OUTAGE(id, at, broker)                                                                                         \
    "{\"id\": \"" id "\", \"at\": \"" at "\", \"kind\": \"broker_down\", \"broker\": " broker ", \"for\": \"20s\"}"

/* A rung of the ladder: brokers' cores, which are two a broker, so busy. */
#define RUNG(name_, rate, utilisation_, replications_, brief_)                                                         \
    {.name = name_, .about = "brokers' cores, two each, shared by producers, followers and consumers",                 \
     .sets = {RATE(rate)}, .utilisation = utilisation_, .fraction = 0.01, .record = true, .seconds = 60,               \
     .replications = replications_, .brief = brief_}

const struct resolution_case resolution_cases[] = {
    RUNG("cpu 0.3", "1300/s", 0.3, 6, true),
    RUNG("cpu 0.5", "2350/s", 0.5, 6, false),
    RUNG("cpu 0.7", "3680/s", 0.7, 8, false),
    RUNG("cpu 0.8", "4580/s", 0.8, 10, true),
    RUNG("cpu 0.9", "5880/s", 0.9, 14, false),
    RUNG("cpu 0.95", "6800/s", 0.95, 8, false),
    RUNG("cpu 0.97", "7200/s", 0.97, 12, true),
    {.name = "f 0.2%", .about = "close-ups of 2 ms, in a run of more than twelve hours, whose slices are of 2 s",
     .sets = {RATE("5880/s")}, .utilisation = 0.9, .fraction = 0.002, .seconds = 90, .replications = 9},
    {.name = "linger", .about = "lingers of 5 ms, longer than half a close-up",
     .sets = {RATE("5k/s"), {"producers[0].config.linger.ms", "5"}},
     .utilisation = 0.7, .fraction = 0.01, .record = true, .seconds = 60, .replications = 6},
    {.name = "4 cores", .about = "brokers of four cores", .sets = {RATE("12300/s"), {"cluster.instance", "m7g.xlarge"}},
     .utilisation = 0.9, .fraction = 0.01, .record = true, .seconds = 40, .replications = 8},
    {.name = "consumer", .about = "a consumer's thread; brokers at half of that",
     .sets = {RATE("5450/s"), {"cluster.instance", "m7g.xlarge"}, {"groups.count.instances", "1"}},
     .utilisation = 0.9, .fraction = 0.01, .record = true, .seconds = 60, .replications = 8},
    {.name = "outage", .about = "a broker of three down for 20 s, and its catching up",
     .sets = {RATE("2350/s"), DOWN("20s")}, .faults = true,
     .utilisation = 0.98, .fraction = 0.01, .record = true, .seconds = 180, .replications = 8, .brief = true},
    {.name = "overload", .about = "the same, at a rate that the other two brokers cannot keep up with",
     .sets = {RATE("3500/s"), DOWN("20s")}, .faults = true,
     .utilisation = 0.98, .fraction = 0.01, .record = true, .seconds = 180, .replications = 6},
    {.name = "catch-up",
     .about = "large records, a broker down for a minute: what it fetches afterwards is carried through skips",
     .sets = {RATE("1500/s"), {"workload[0].event.size", "16 KB"}, DOWN("60s")}, .faults = true,
     .utilisation = 0.98, .fraction = 0.01, .seconds = 300, .replications = 8},
    {.name = "restart", .about = "a group killed and started again after 5 s: assignment, rewind, backlog",
     .sets = {RATE("3000/s"), FAULT("restart", "\"kind\": \"restart_group\", \"group\": \"count\", \"for\": \"5s\", "
                                               "\"clean\": false")},
     .faults = true, .utilisation = 0.98, .fraction = 0.01, .record = true, .seconds = 180, .replications = 8},
    {.name = "crash", .about = "one consumer of three dies: noticed by its session's timeout, rebalanced, and back",
     .sets = {RATE("3000/s"), FAULT("crash", "\"kind\": \"consumer_crash\", \"group\": \"count\", \"instance\": 1, "
                                             "\"for\": \"20s\"")},
     .faults = true, .utilisation = 0.98, .fraction = 0.01, .record = true, .seconds = 200, .replications = 6},
    {.name = "outage 0.2%",
     .about = "a broker down for 20 s, close-ups of 2 ms, and fetches in bursts of half a second, of which these meet few",
     .sets = {RATE("2350/s"), {"groups.count.config.fetch.min.bytes", "1000000"},
              {"groups.count.config.fetch.max.wait.ms", "500"}, DOWN("20s")},
     .faults = true, .utilisation = 0.98, .fraction = 0.002, .seconds = 400, .replications = 16},
    {.name = "overload 0.2%", .about = "the overload of above, with close-ups of 2 ms",
     .sets = {RATE("3500/s"), DOWN("20s")}, .faults = true,
     .utilisation = 0.98, .fraction = 0.002, .seconds = 600, .replications = 10},
    {.name = "catch-up 0.2%", .about = "the catch-up of above, with close-ups of 2 ms",
     .sets = {RATE("1500/s"), {"workload[0].event.size", "16 KB"}, DOWN("60s")}, .faults = true,
     .utilisation = 0.98, .fraction = 0.002, .seconds = 600, .replications = 8},
    {.name = "table",
     .about = "hours that are jumped over, and eight outages that overload, of which six are simulated for all",
     .sets = {RATE("3500/s"), {"faults", "[" OUTAGE("a", "20m", "0") "," OUTAGE("b", "55m", "1") "," OUTAGE("c", "90m", "2") ","
                               OUTAGE("d", "125m", "0") "," OUTAGE("e", "160m", "1") "," OUTAGE("f", "195m", "2") ","
                               OUTAGE("g", "230m", "0") "," OUTAGE("h", "265m", "1") "]"}},
     .faults = true, .table = true, .utilisation = 0.98, .fraction = 0.01, .seconds = 17100, .replications = 6},
};
const size_t resolution_cases_n = sizeof(resolution_cases) / sizeof(resolution_cases[0]);
