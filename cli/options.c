/* options.c: the table of options and the parser that reads it. */
#include "options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "bench.h"
#include "check.h"
#include "cli.h"
#include "nearest.h"
#include "units.h"

enum option_kind {
    OPTION_FLAG,       /* takes no value; lands in a bool */
    OPTION_TEXT,       /* any text that is not empty; lands in a const char * */
    OPTION_COUNT,      /* a whole number from low to high; lands in an int64_t */
    OPTION_BYTES,      /* a size with its unit; lands in an int64_t */
    OPTION_SET,        /* PATH=VALUE; added to the overrides */
    OPTION_OVERRIDE,   /* a whole number from low to high that stands for --set path=VALUE */
    OPTION_DURATION,   /* a duration that stands for --set path=VALUE */
    OPTION_PLUGIN,     /* a file; added to the plugins */
    OPTION_RESOLUTION, /* one of three words that stands for --set path=VALUE */
};

/* A name may have several rows, for verbs that mean something else by it. */
struct option_row {
    const char *name;  /* with its dashes */
    const char *takes; /* what its value is called; NULL for a flag */
    enum option_kind kind;
    unsigned verbs;
    size_t lands;     /* offsetof in struct cli */
    const char *path; /* of the override it stands for */
    int64_t low, high;
    const char *help;
};

#define RUN CLI_VERB_RUN
#define CHECK_VERB CLI_VERB_CHECK
#define COMPARE CLI_VERB_COMPARE
#define BENCH CLI_VERB_BENCH
#define CALIBRATE CLI_VERB_CALIBRATE
#define INIT CLI_VERB_INIT
#define REPORT CLI_VERB_REPORT
#define EXPLAIN CLI_VERB_EXPLAIN
#define VALIDATE CLI_VERB_VALIDATE
#define REGRESS CLI_VERB_REGRESS
#define EVERY (~0u)

static const struct option_row option_rows[] = {
    {"--set", "PATH=VALUE", OPTION_SET, RUN | COMPARE | REGRESS | CHECK_VERB, 0, NULL, 0, 0,
     "change a field of the scenario, in its own units; repeatable: --set groups.ctr.instances=12"},
    {"--seed", "N", OPTION_OVERRIDE, RUN | COMPARE | REGRESS | CHECK_VERB, 0, "run.seed", 0, INT64_C(9007199254740992),
     "the seed; the same seed gives the same record, byte for byte"},
    {"--replications", "N", OPTION_OVERRIDE, RUN | COMPARE | REGRESS | CHECK_VERB, 0, "run.replications", 1, 1000,
     "independent runs of the same scenario; two or more give intervals"},
    {"--duration", "D", OPTION_DURATION, RUN | COMPARE | REGRESS | CHECK_VERB, 0, "run.duration", 0, 0,
     "simulated time, as \"10m\" or \"4h\""},
    {"--resolution", "R", OPTION_RESOLUTION, RUN | COMPARE | REGRESS | CHECK_VERB, 0, "run.resolution", 0, 0,
     "record, request or sampled: how finely time is followed"},
    {"--threads", "N", OPTION_COUNT, RUN | COMPARE | REGRESS | VALIDATE, offsetof(struct cli, threads), NULL, 1, 256,
     "threads for the replications; default: one a processor; changes no result"},
    {"--max-memory", "SIZE", OPTION_BYTES, RUN | COMPARE | REGRESS, offsetof(struct cli, max_memory_bytes), NULL, 1 << 20,
     INT64_C(1) << 50, "memory the run may take, as \"1 GiB\"; default: 4 GiB"},
    {"--calibration", "FILE", OPTION_TEXT, RUN | COMPARE | REGRESS, offsetof(struct cli, calibration), NULL, 0, 0,
     "times of the real code paths, over those that come with the program"},
    {"--calibration", "FILE", OPTION_TEXT, BENCH, offsetof(struct cli, calibration), NULL, 0, 0,
     "write what was measured as a calibration; needs all operations, so no FILTER"},
    {"--calibration", "FILE", OPTION_TEXT, CALIBRATE, offsetof(struct cli, calibration), NULL, 0, 0,
     "write what was measured as a calibration"},
    {"--pid", "N", OPTION_COUNT, CALIBRATE, offsetof(struct cli, pid), NULL, 1, INT32_MAX,
     "the broker's process on this host"},
    {"--calibration", "FILE", OPTION_TEXT, REPORT | EXPLAIN, offsetof(struct cli, calibration), NULL, 0, 0,
     "a calibration over the one that comes with the program, as `run` takes it"},
    {"--prices", "FILE", OPTION_TEXT, RUN | COMPARE | REGRESS | CHECK_VERB, offsetof(struct cli, prices), NULL, 0, 0,
     "the price book; default: the one of the scenario's region"},
    {"--prices", "FILE", OPTION_TEXT, REPORT | EXPLAIN, offsetof(struct cli, prices), NULL, 0, 0,
     "the price book; default: the record's, or us-east-1's"},
    {"--plugin", "FILE.so", OPTION_PLUGIN, RUN | COMPARE | REGRESS | CHECK_VERB | BENCH, 0, NULL, 0, 0,
     "a partitioner, window operator or compaction planner of your own; repeatable; see headroom_plugin.h"},
    {"--out", "DIR", OPTION_TEXT, RUN, offsetof(struct cli, out), NULL, 0, 0,
     "where the record, report and figures go; default: out/<scenario name>"},
    {"--out", "DIR", OPTION_TEXT, COMPARE, offsetof(struct cli, out), NULL, 0, 0,
     "where the comparison and each design's record go; default: out/<A>-vs-<B>"},
    {"--out", "DIR", OPTION_TEXT, REPORT, offsetof(struct cli, out), NULL, 0, 0,
     "where the record, report and figures go; default: nowhere"},
    {"--out", "FILE", OPTION_TEXT, INIT, offsetof(struct cli, out), NULL, 0, 0,
     "the file to write, which must not exist yet; default: stdout"},
    {"--out", "DIR", OPTION_TEXT, BENCH, offsetof(struct cli, out), NULL, 0, 0,
     "with --against: where its old.json and this one's new.json go"},
    {"--json", "FILE|-", OPTION_TEXT, RUN | REPORT, offsetof(struct cli, json), NULL, 0, 0,
     "the record as JSON; with - it is all that stdout carries"},
    {"--json", "FILE|-", OPTION_TEXT, COMPARE, offsetof(struct cli, json), NULL, 0, 0,
     "the comparison as JSON; with - it is all that stdout carries"},
    {"--json", "FILE|-", OPTION_TEXT, BENCH, offsetof(struct cli, json), NULL, 0, 0,
     "the measurements as JSON, in Google Benchmark's form; with - it is all that stdout carries"},
    {"--json", "FILE|-", OPTION_TEXT, VALIDATE, offsetof(struct cli, json), NULL, 0, 0,
     "every figure as JSON; with - it is all that stdout carries"},
    {"--json", "FILE|-", OPTION_TEXT, REGRESS, offsetof(struct cli, json), NULL, 0, 0,
     "every benchmark and the price as JSON; with - it is all that stdout carries"},
    {"--repetitions", "N", OPTION_COUNT, BENCH, offsetof(struct cli, repetitions), NULL, 1, BENCH_REPEATS_MAX,
     "how often each operation is timed in a process, what takes long about a third as often; default: 9"},
    {"--processes", "N", OPTION_COUNT, BENCH, offsetof(struct cli, processes), NULL, 1, BENCH_PROCESSES_MAX,
     "in how many processes, one after the other; default: 12; 1 is this one alone"},
    {"--against", "PROGRAM", OPTION_TEXT, BENCH, offsetof(struct cli, against), NULL, 0, 0,
     "another build of headroom, measured by turns with this one; needs --out"},
    {"--threshold", "SHARE", OPTION_TEXT, REGRESS, offsetof(struct cli, threshold), NULL, 0, 0,
     "how much slower counts; default: 5%, and more where processes scatter by more"},
    {"--csv", "FILE|-", OPTION_TEXT, RUN | REPORT, offsetof(struct cli, csv), NULL, 0, 0,
     "the time series as CSV; with - it is all that stdout carries"},
    {"--markdown", "FILE|-", OPTION_TEXT, RUN | REPORT, offsetof(struct cli, markdown), NULL, 0, 0,
     "the report for a design document as Markdown; - is stdout, and all of it"},
    {"--markdown", "FILE|-", OPTION_TEXT, COMPARE, offsetof(struct cli, markdown), NULL, 0, 0,
     "the comparison for a design document as Markdown; - is stdout, and all of it"},
    {"--scenario", "FILE|-", OPTION_TEXT, REPORT, offsetof(struct cli, scenario), NULL, 0, 0,
     "the scenario with every default in it; - is stdout, and all of it"},
    {"--quiet", NULL, OPTION_FLAG, RUN | COMPARE | CHECK_VERB | BENCH | CALIBRATE | REGRESS | REPORT | VALIDATE, offsetof(struct cli, quiet), NULL, 0, 0,
     "no verdict on stdout and no progress: only mistakes are told"},
    {"--gate", NULL, OPTION_FLAG, RUN | COMPARE, offsetof(struct cli, gate), NULL, 0, 0,
     "exit with 1 if an objective was missed"},
    {"--gate", NULL, OPTION_FLAG, REGRESS, offsetof(struct cli, gate), NULL, 0, 0,
     "exit with 1 if anything is slower"},
    {"--gate", NULL, OPTION_FLAG, VALIDATE, offsetof(struct cli, gate), NULL, 0, 0,
     "exit with 1 if anything differs from what it should be"},
    {"--quick", NULL, OPTION_FLAG, VALIDATE, offsetof(struct cli, quick), NULL, 0, 0,
     "a tenth of the work, and tolerances three times as wide"},
    {"--quick", NULL, OPTION_FLAG, BENCH, offsetof(struct cli, quick), NULL, 0, 0,
     "paths alone, without the kernel and the references, seven repetitions and no second tries"},
    {"--quick", NULL, OPTION_FLAG, CALIBRATE, offsetof(struct cli, quick), NULL, 0, 0,
     "one short repeat, for a first look"},
    {"--no-host", NULL, OPTION_FLAG, RUN | COMPARE | REPORT, offsetof(struct cli, no_host), NULL, 0, 0,
     "leave the host's timings out of the record, so that equal runs are equal bytes"},
    {"--help", NULL, OPTION_FLAG, EVERY, offsetof(struct cli, help), NULL, 0, 0,
     "what the verb does and takes"},
};
enum { OPTION_ROWS = sizeof(option_rows) / sizeof(option_rows[0]) };

/* The row of that name for this verb; else one for another verb; else NULL. */
static const struct option_row *option_find(const struct cli_verb *verb, const char *name)
{
    const struct option_row *other = NULL;

    for (int i = 0; i < OPTION_ROWS; i++) {
        if (strcmp(option_rows[i].name, name) != 0) continue;
        if (option_rows[i].verbs & verb->bit) return &option_rows[i];
        other = &option_rows[i];
    }
    return other;
}

/* The verbs that take the option, as "run and check". */
static const char *option_verbs(const struct cli *cli, const struct option_row *row)
{
    const char *text = "";
    unsigned verbs = 0;
    int left = 0;

    for (int i = 0; i < OPTION_ROWS; i++)
        if (strcmp(option_rows[i].name, row->name) == 0) verbs |= option_rows[i].verbs;
    for (int i = 0; i < cli_verbs_n; i++)
        left += (verbs & cli_verbs[i].bit) != 0;
    for (int i = 0; i < cli_verbs_n; i++) {
        if (!(verbs & cli_verbs[i].bit)) continue;
        left--;
        text = arena_printf(cli->arena, "%s%s%s", text, cli_verbs[i].name,
                            left > 1    ? ", "
                            : left == 1 ? " and "
                                        : "");
    }
    return text;
}

static void complain_unknown(const struct cli *cli, const char *name)
{
    const char *names[OPTION_ROWS];
    size_t n = 0;

    /* A name of this verb's own is likelier meant than one of another's. */
    for (int i = 0; i < OPTION_ROWS; i++)
        if (option_rows[i].verbs & cli->verb->bit) names[n++] = option_rows[i].name;
    const char *near = nearest_name(name, names, n);
    if (near)
        cli_complain(cli, "unknown option %s; did you mean %s?", name, near);
    else
        cli_complain(cli, "unknown option %s; 'headroom help %s' lists those there are", name,
                     cli->verb->name);
}

static bool whole_number(const char *text, int64_t *value)
{
    char *end = NULL;

    if (text[0] < '0' || text[0] > '9') return false; /* strtoll would take blanks and signs */
    errno = 0;
    long long parsed = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0') return false;
    *value = parsed;
    return true;
}

static void add_override(struct cli *cli, const char *path, const char *value)
{
    cli->overrides[cli->overrides_n++] = (struct scenario_override){.path = path, .value = value};
}

static bool take_count(struct cli *cli, const struct option_row *row, const char *value, int64_t *number)
{
    if (whole_number(value, number) && *number >= row->low && *number <= row->high) return true;
    cli_complain(cli, "%s takes a whole number from %" PRId64 " to %" PRId64 ", found \"%s\"", row->name,
                 row->low, row->high, value);
    return false;
}

/* One option with its value. Returns false if the value does not fit, having said so. */
static bool take_value(struct cli *cli, const struct option_row *row, const char *value)
{
    char error[256] = "";
    int64_t number = 0;
    void *lands = (char *)cli + row->lands;

    switch (row->kind) {
    case OPTION_FLAG:
        *(bool *)lands = true;
        return true;
    case OPTION_TEXT:
        if (value[0] == '\0') {
            cli_complain(cli, "%s takes %s, found an empty one", row->name, row->takes);
            return false;
        }
        *(const char **)lands = value;
        return true;
    case OPTION_PLUGIN:
        if (value[0] == '\0') {
            cli_complain(cli, "%s takes %s, found an empty one", row->name, row->takes);
            return false;
        }
        cli->plugins[cli->plugins_n++] = value;
        return true;
    case OPTION_COUNT:
        if (!take_count(cli, row, value, &number)) return false;
        *(int64_t *)lands = number;
        return true;
    case OPTION_BYTES: {
        char low[UNITS_FORMAT_SIZE], high[UNITS_FORMAT_SIZE];
        if (!units_parse_int64(UNITS_BYTES, value, &number, error, sizeof(error))) {
            cli_complain(cli, "%s: %s", row->name, error);
            return false;
        }
        if (number < row->low || number > row->high) {
            cli_complain(cli, "%s takes a size from %s to %s, found \"%s\"", row->name,
                         units_write_bytes(row->low, low, sizeof(low)),
                         units_write_bytes(row->high, high, sizeof(high)), value);
            return false;
        }
        *(int64_t *)lands = number;
        return true;
    }
    case OPTION_SET: {
        const char *equals = strchr(value, '=');
        if (!equals || equals == value) {
            cli_complain(cli, "%s takes PATH=VALUE, as in --set run.duration=1h, found \"%s\"", row->name,
                         value);
            return false;
        }
        add_override(cli, arena_printf(cli->arena, "%.*s", (int)(equals - value), value), equals + 1);
        return true;
    }
    case OPTION_OVERRIDE:
        if (!take_count(cli, row, value, &number)) return false;
        add_override(cli, row->path, value);
        return true;
    case OPTION_DURATION:
        if (!units_parse_ns(value, &number, error, sizeof(error))) {
            cli_complain(cli, "%s: %s", row->name, error);
            return false;
        }
        add_override(cli, row->path, arena_printf(cli->arena, "\"%s\"", value));
        return true;
    case OPTION_RESOLUTION: {
        static const char *const words[] = {"record", "request", "sampled"};
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
            if (strcmp(words[i], value) != 0) continue;
            add_override(cli, row->path, value);
            return true;
        }
        const char *near = nearest_name(value, words, sizeof(words) / sizeof(words[0]));
        cli_complain(cli, "%s is record, request or sampled, found \"%s\"%s%s%s", row->name, value,
                     near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
        return false;
    }
    }
    CHECK(false, "option %s has kind %d, which no case takes", row->name, (int)row->kind);
    return false;
}

/* The option at argv[*i], and its value, which may be the next word. */
static bool take_option(struct cli *cli, int argc, char **argv, int *i)
{
    const char *text = argv[*i];
    const char *equals = strchr(text, '=');
    size_t length = equals ? (size_t)(equals - text) : strlen(text);
    const char *name = arena_printf(cli->arena, "%.*s", (int)length, text);
    const struct option_row *row = option_find(cli->verb, strcmp(name, "-h") == 0 ? "--help" : name);

    if (!row) {
        complain_unknown(cli, name);
        /* If it is a misspelt one, the next word is likelier its value than a word too many. */
        if (!equals && *i + 1 < argc && argv[*i + 1][0] != '-' && cli->words_n >= cli->verb->words_max) ++*i;
        return false;
    }
    bool ours = (row->verbs & cli->verb->bit) != 0;
    if (!ours)
        cli_complain(cli, "%s is an option of %s, not of %s", row->name, option_verbs(cli, row),
                     cli->verb->name);
    if (row->kind == OPTION_FLAG) {
        if (equals) cli_complain(cli, "%s takes no value, found \"%s\"", row->name, equals + 1);
        return take_value(cli, row, "") && ours && !equals;
    }
    const char *value = equals ? equals + 1 : NULL;
    if (!value && *i + 1 < argc && strncmp(argv[*i + 1], "--", 2) != 0) value = argv[++*i];
    if (!value) {
        cli_complain(cli, "%s takes a value: %s %s", row->name, row->name, row->takes);
        return false;
    }
    return ours && take_value(cli, row, value);
}

/* No two documents go to one place, stdout included. */
static bool targets_differ(const struct cli *cli)
{
    const struct {
        const char *option, *target;
    } documents[] = {{"--json", cli->json},
                     {"--csv", cli->csv},
                     {"--markdown", cli->markdown},
                     {"--scenario", cli->scenario}};
    const int n = sizeof(documents) / sizeof(documents[0]);
    bool good = true;

    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < n; j++) {
            if (!documents[i].target || !documents[j].target) continue;
            if (strcmp(documents[i].target, documents[j].target) != 0) continue;
            cli_complain(cli, "%s and %s both go to \"%s\"; each needs a place of its own",
                         documents[i].option, documents[j].option, documents[i].target);
            good = false;
        }
    return good;
}

bool options_parse(struct cli *cli, int argc, char **argv)
{
    bool good = true, words_only = false;
    size_t room = argc > 0 ? (size_t)argc : 1;

    cli->words = ARENA_NEW(cli->arena, const char *, room);
    cli->overrides = ARENA_NEW(cli->arena, struct scenario_override, room);
    cli->plugins = ARENA_NEW(cli->arena, const char *, room);
    cli->max_memory_bytes = CLI_MAX_MEMORY_BYTES;
    for (int i = 0; i < argc; i++) {
        const char *text = argv[i];
        if (words_only || text[0] != '-' || text[1] == '\0')
            cli->words[cli->words_n++] = text;
        else if (strcmp(text, "--") == 0)
            words_only = true;
        else
            good = take_option(cli, argc, argv, &i) && good;
    }
    if (cli->help) return true;
    if (cli->words_n < cli->verb->words_min) {
        cli_complain(cli, "%s is missing", cli->verb->words);
        good = false;
    }
    for (int i = cli->verb->words_max; i < cli->words_n; i++) {
        cli_complain(cli, "takes %s, found \"%s\" beside it",
                     cli->verb->words_max == 0 ? "no words" : cli->verb->words, cli->words[i]);
        good = false;
    }
    return targets_differ(cli) && good;
}

void options_help(const struct cli_verb *verb, FILE *out)
{
    for (int i = 0; i < OPTION_ROWS; i++) {
        const struct option_row *row = &option_rows[i];
        char left[64];
        if (!(row->verbs & verb->bit)) continue;
        snprintf(left, sizeof(left), "%s%s%s", row->name, row->takes ? " " : "",
                 row->takes ? row->takes : "");
        fprintf(out, "  %-22s %s\n", left, row->help);
    }
}
