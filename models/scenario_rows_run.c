/* scenario_rows_run.c: rows of the scenario language: the run itself, the workload and the month; see scenario_table.h. */
#include "scenario_rows.h"

static const struct scenario_choice resolutions[] = {{"record", RESOLUTION_RECORD},
                                                     {"request", RESOLUTION_REQUEST},
                                                     {"sampled", RESOLUTION_SAMPLED},
                                                     {NULL, 0}};
static const struct scenario_choice platforms[] = {{"self-run", 0}, {"msk", 1}, {NULL, 0}};
static const struct scenario_choice serializations[] = {{"avro", SERIALIZATION_AVRO},
                                                        {"json", SERIALIZATION_JSON},
                                                        {"protobuf", SCENARIO_NOT_MODELLED},
                                                        {NULL, 0}};

static const struct scenario_row rows[] = {
    {"", "name", SCENARIO_NAME, .required = true, LANDS(STRING, struct scenario, name),
     .doc = "the scenario's name"},
    {"", "extends", SCENARIO_TEXT, NOWHERE,
     .doc = "another scenario file, relative to this one, whose fields hold unless given here; objects merge "
            "field by field, lists of named things by name, an empty list takes the other's away, and null "
            "takes a field away"},
    {"", "question", SCENARIO_TEXT, LANDS(STRING, struct scenario, question),
     .doc = "what the run is to answer"},
    {"", "decision", SCENARIO_OBJECT, NOWHERE, .doc = "the decision this informs"},
    {"decision", "owner", SCENARIO_TEXT, LANDS(STRING, struct scenario, decision.owner),
     .doc = "who decides"},
    {"decision", "metric", SCENARIO_TEXT, LANDS(STRING, struct scenario, decision.metric),
     .doc = "the metric the decision hangs on, as in an objective"},
    {"decision", "cost_of_delay", SCENARIO_MONEY_PER_TIME,
     LANDS(DOUBLE, struct scenario, decision.cost_of_delay_usd_per_s),
     .doc = "what staleness costs while it lasts"},
    {"decision", "stale_after", SCENARIO_DURATION, LANDS(INT64, struct scenario, decision.stale_after_ns),
     RANGE("1ms", YEARS_10),
     .doc = "delay costs while the output of `metric` is staler than this; default: the target of the first objective on "
            "that output's staleness, else of the first on its freshness"},

    {"", "run", SCENARIO_OBJECT, NOWHERE, .doc = "what stretch of time is simulated, and how"},
    {"run", "start", SCENARIO_TIME_OF_DAY, .fallback = "00:00", LANDS(INT64, struct scenario, run.start_ns),
     .doc = "time of day at which the run starts, in the profile's first day"},
    {"run", "duration", SCENARIO_DURATION, .fallback = "1h", LANDS(INT64, struct scenario, run.duration_ns),
     RANGE("1s", "366d"), .doc = "simulated time"},
    {"run", "warmup", SCENARIO_DURATION, .fallback = "0s", LANDS(INT64, struct scenario, run.warmup_ns),
     RANGE("0s", "366d"), .or_word = "auto",
     .doc = "first part of the run: counted, but not in latency, freshness or staleness; auto: found by MSER-5 on a "
            "pilot run"},
    {"run", "seed", SCENARIO_COUNT, .fallback = "1", LANDS(UINT64, struct scenario, run.seed),
     RANGE("0", "9007199254740992"), .doc = "names the random streams; the same seed gives the same result"},
    {"run", "replications", SCENARIO_COUNT, .fallback = "5", LANDS(INT, struct scenario, run.replications),
     RANGE("1", "1000"), .doc = "independent repetitions, for the intervals"},
    {"run", "precision", SCENARIO_SHARE, LANDS(DOUBLE, struct scenario, run.precision), RANGE("0.01%", "100%"),
     .doc = "replications are added until the interval of every objective's metric (without objectives, of the "
            "decision's) is within this share of its mean on either side"},
    {"run", "replications_max", SCENARIO_COUNT, .fallback = "64",
     LANDS(INT, struct scenario, run.replications_max), RANGE("1", "1000"),
     .doc = "no more replications than this are added for run.precision"},
    {"run", "resolution", SCENARIO_CHOICE, .fallback = "sampled", LANDS(INT, struct scenario, run.resolution),
     .choices = resolutions, .doc = "follow every record, every request, or a ledger with sampled close-ups"},
    {"run", "fraction", SCENARIO_SHARE, LANDS(DOUBLE, struct scenario, run.fraction), RANGE("0.05%", "100%"),
     .doc = "the least share of a second that a close-up simulates; absent: 1% of a run of four hours or with "
            "run.table, less of a longer one, never below 0.2%"},
    {"run", "table", SCENARIO_BOOL, LANDS(BOOL, struct scenario, run.table),
     .doc = "jump over steady stretches whose rates have been simulated for long enough, and count what was simulated "
            "for them, and of outages that are alike the first six: for runs of weeks; at the resolution sampled, without "
            "queries; absent: false"},

    {"", "platform", SCENARIO_CHOICE, .fallback = "self-run", LANDS(STRING, struct scenario, platform),
     .choices = platforms, .doc = "who runs the brokers; chooses defaults and prices"},
    {"", "kafka", SCENARIO_WORD, .fallback = "4.1", LANDS(STRING, struct scenario, kafka),
     .doc = "Kafka's version, 3.3 or later; chooses defaults"},
    {"", "region", SCENARIO_WORD, .fallback = "us-east-1", LANDS(STRING, struct scenario, region),
     .doc = "the region whose prices hold"},

    {"", "keys", SCENARIO_MAP, ELEMENTS(struct scenario, keys, keys_n, SCENARIO_KEYS_MAX),
     .doc = "key populations, by name"},
    {"keys.*", "population", SCENARIO_COUNT, .required = true, LANDS(INT64, struct scenario_keys, population),
     RANGE("1", "100000000"), .doc = "how many distinct keys there are"},
    {"keys.*", "zipf", SCENARIO_NUMBER, .fallback = "0", LANDS(DOUBLE, struct scenario_keys, zipf),
     RANGE("0", "3"), .doc = "exponent of the keys' popularity; 0: all alike"},

    {"", "workload", SCENARIO_LIST, .required = true,
     ELEMENTS(struct scenario, streams, streams_n, SCENARIO_STREAMS_MAX), .doc = "the streams of events"},
    {"workload[]", "stream", SCENARIO_NAME, .required = true, LANDS(STRING, struct scenario_stream, name),
     .doc = "the stream's name"},
    {"workload[]", "rate", SCENARIO_OBJECT, .required = true, NOWHERE, .shorthand = "constant",
     .doc = "events per second over time"},
    RATE_ROWS("workload[].rate", struct scenario_stream, rate, "0.001/s", "1G/s"),
    {"workload[].rate", "of", SCENARIO_REFERENCE, LANDS(INDEX, struct scenario_stream, rate.of),
     ALTERNATIVE(RATE_DERIVED, struct scenario_stream, rate.kind), .refers_to = "workload[]",
     .doc = "the stream whose events these follow"},
    {"workload[].rate", "times", SCENARIO_NUMBER, .required = true,
     LANDS(DOUBLE, struct scenario_stream, rate.times), .when = "of", RANGE("0.000001", "1000"),
     .doc = "events for each event of that stream"},
    {"workload[].rate", "after", SCENARIO_OBJECT, .fallback = "0s", NOWHERE, .when = "of",
     .shorthand = "constant", .doc = "how long after that event"},
    DISTRIBUTION_ROWS("workload[].rate.after", struct scenario_stream, rate.after),
    {"workload[]", "key", SCENARIO_REFERENCE, LANDS(INDEX, struct scenario_stream, keys),
     .refers_to = "keys.*", .doc = "the records' key; none: the records have no key"},
    {"workload[]", "event", SCENARIO_OBJECT, .required = true, NOWHERE, .doc = "one event"},
    {"workload[].event", "size", SCENARIO_BYTES, .required = true,
     LANDS(INT64, struct scenario_stream, event_size_bytes), RANGE("1 B", "64 MiB"),
     .doc = "mean size of key and value together, serialised, before compression"},
    {"workload[].event", "serialization", SCENARIO_CHOICE, .fallback = "json",
     LANDS(INT, struct scenario_stream, serialization), .choices = serializations,
     .doc = "how events are written; sets how well they compress"},
    {"workload[]", "tombstones", SCENARIO_SHARE, .fallback = "0%", LANDS(DOUBLE, struct scenario_stream, tombstones), RANGE("0%", "100%"),
     .when = "key", .doc = "share of its records that delete their key (a null value), whichever key; event.size is the mean of all"},
    {"workload[]", "lateness", SCENARIO_OBJECT, .fallback = "0s", NOWHERE, .shorthand = "constant",
     .doc = "from the event's own time to its arrival at the producer"},
    DISTRIBUTION_ROWS("workload[].lateness", struct scenario_stream, lateness),
    {"workload[]", "duplicates", SCENARIO_OBJECT, NOWHERE, .shorthand = "share",
     .doc = "records that clients send a second time, for they got no answer: a part of `rate`, with the id and key of the first; none: "
            "there are none"},
    {"workload[].duplicates", "share", SCENARIO_SHARE, .required = true, LANDS(DOUBLE, struct scenario_stream, duplicates.share),
     RANGE("0.0001%", "50%"), .doc = "of the stream's records"},
    {"workload[].duplicates", "after", SCENARIO_OBJECT, .fallback = "1s", NOWHERE, .shorthand = "constant",
     .doc = "how long after the first the second comes"},
    DISTRIBUTION_ROWS("workload[].duplicates.after", struct scenario_stream, duplicates.after),

    {"", "month", SCENARIO_OBJECT, NOWHERE, .shorthand = "constant",
     .doc = "the rate of all streams together that the monthly bill is for; default: the workload's own "
            "profiles"},
    RATE_ROWS("month", struct scenario, month.rate, "0.001/s", "1G/s"),
};

const struct scenario_rows scenario_rows_run = {rows, sizeof rows / sizeof rows[0]};
