/* main.c: the one table of verbs. It dispatches them; help.c prints it. */
#include "cli.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "comparison.h"
#include "nearest.h"
#include "options.h"

const struct cli_verb cli_verbs[] = {
    {"init", CLI_VERB_INIT, "[FAMILY]", 0, 1, cli_init, "a scenario to start from, runnable at once",
     "Writes the scenario of a family to stdout, or to the file of --out, which must not exist yet.\n"
     "Without FAMILY it lists the families.\n"},
    {"run", CLI_VERB_RUN, "SCENARIO", 1, 1, cli_run,
     "simulate; print the verdict; write the run record, report and figures",
     "Reads and checks the scenario, simulates it, and prints a verdict: each objective met or missed\n"
     "with its value and interval, the bottleneck, the faults, the accounting of every record, and the\n"
     "month's bill. The run record (result.json), the series (series.csv), the verdict and the figures go\n"
     "to the directory of --out. SCENARIO is a file, or - for stdin. Ctrl-C ends the run at the next safe\n"
     "point and still writes what it has.\n"},
    {"check", CLI_VERB_CHECK, "SCENARIO...", 1, 1000, cli_check,
     "validate only; every mistake, with line and column, not just the first",
     "Reads each scenario as `run` would, reports every mistake with its line, column and JSON path, and\n"
     "simulates nothing. Exits with 2 if any file has a mistake.\n"},
    {"compare", CLI_VERB_COMPARE, "A B [C...]", 2, COMPARISON_DESIGNS_MAX, cli_compare,
     "the same traffic through each design; paired differences with intervals",
     "Runs each scenario as `run` would, all on the first's seed and with as many replications as any of them\n"
     "asks for, and prints one table: a column a design, freshness of the output that its decision hangs on,\n"
     "latency, records lost, headroom, the month's bill and what delay costs; of each design less the first\n"
     "the difference with its 95 % interval; and in words which is cheaper, and at what price of delay that\n"
     "flips. Up to five designs; every option applies to each. compare.md, compare.json and each design's\n"
     "result.json, which `report` reads, go to the directory of --out.\n"},
    {"bench", CLI_VERB_BENCH, "[FILTER]", 0, 1, cli_bench, "time the real code paths on this host",
     "Times the partitioners, the window operator, the encoders and the compression that `run` uses, and\n"
     "prints each with its spread; and the simulator's kernel, beside bare references by turns (the filter\n"
     "kernel is that alone). FILTER is a part of the operations' names. --calibration FILE writes a\n"
     "calibration that `run --calibration FILE` reads. Times are processor time, pinned to one processor; all\n"
     "operations take turns, so that a moment in which the host is busy is a few repetitions of each. Where\n"
     "memory lies differs from process to process, so it is measured in several, briefly in each. --json\n"
     "writes every repetition in Google Benchmark's form, for `regress` and for Google's own compare.py; with\n"
     "instructions where the machine counts them. --against PROGRAM --out DIR measures another build by turns\n"
     "with this one: `regress DIR/old.json DIR/new.json` then judges, whatever the host did meanwhile.\n"},
    {"regress", CLI_VERB_REGRESS, "OLD NEW [SCENARIO]", 2, 3, cli_regress,
     "is it slower, is that real, and what does it cost a month",
     "Compares two measurements that `bench --json` wrote, or Google Benchmark: files, or directories of files\n"
     "of one build. A process is one observation, by its quickest repetition. A benchmark is slower where Mann\n"
     "and Whitney's test says so at 1 % for all benchmarks together, and by more than the threshold. Too few\n"
     "processes are refused, with how many it takes. With SCENARIO the change is priced: the same traffic with\n"
     "the old costs, with the new ones, and with the instances that the new ones need at the same utilisation.\n"},
    {"calibrate", CLI_VERB_CALIBRATE, "KIND [BROKER]", 1, 2, cli_calibrate,
     "write a calibration from this host, or from a live broker",
     "KIND is host or kafka. host times the real code paths, as `bench` does. kafka measures what a broker's\n"
     "network and I/O threads take for a request, a batch, a record and a byte, and of fetches for a request, a\n"
     "partition and a byte: it loads BROKER (host:port, no TLS), whose process on this host is --pid, with loads\n"
     "that vary each on its own, in topics headroom-calibrate-* that it makes and removes, and fits the processor\n"
     "time of the broker's threads. It takes some 15 minutes, at up to 100 MB/s written. `make kafka` does it to\n"
     "a broker of its own.\n"},
    {"report", CLI_VERB_REPORT, "RECORD", 1, 1, cli_report,
     "rebuild any output of a run from its record, without simulating",
     "Reads a run record (result.json, or the directory that holds it, or - for stdin) and prints the\n"
     "verdict. --out DIR writes again all that the run wrote, byte for byte; --json, --csv and --markdown\n"
     "write one of them. --scenario FILE writes the scenario as the run resolved it, every default in it,\n"
     "fit to be run again. The Markdown report names the sources of the calibration and the prices where\n"
     "those of the run are at hand: give --calibration and --prices if the run was given them.\n"},
    {"validate", CLI_VERB_VALIDATE, "[SUITE]", 0, 1, cli_validate,
     "hold the simulator against what is known: truth, ours, interval, verdict",
     "Runs a suite of tests of the simulator itself and prints each figure beside what it should be, with\n"
     "its 95 % interval, the tolerance and a verdict. Without SUITE it runs them all. The suites:\n"
     "  analytic    queues that theory can solve, on the kernel and the resources that the models use;\n"
     "              and coverage: how often 95 % intervals of 2,000 short runs hold the truth\n"
     "  resolution  one small system busier and busier, and through faults: `request` against `record`,\n"
     "              and `sampled` against `request`\n"
     "  published   what others have measured and published, predicted from their configurations; a miss\n"
     "              is printed as one, with its reason as far as known\n"
     "Seeds are fixed, so that every run prints the same. With --gate it exits with 1 if anything\n"
     "differs.\n"},
    {"explain", CLI_VERB_EXPLAIN, "[NAME]", 0, 1, cli_explain,
     "what a field, metric, fault, verb, time or price means",
     "Says what NAME means, with its unit, default, range and source. NAME is a field of a scenario\n"
     "(groups[].config.fetch.min.bytes, or linger.ms alone), a metric (freshness.ctr.p99), a kind of\n"
     "fault, a verb, an operation of the calibration or a price's id. Without NAME it lists what there\n"
     "is.\n"},
    {"schema", CLI_VERB_SCHEMA, "", 0, 0, cli_schema, "the JSON Schema of a scenario, for editors",
     "Prints the JSON Schema (2020-12) of a scenario. scenarios/scenario.schema.json holds the same: point\n"
     "an editor at it to have fields completed, explained and checked while writing.\n"},
    {"help", CLI_VERB_HELP, "[VERB]", 0, 1, cli_help, "what the verbs do and take",
     "Prints the verbs, or all about one of them.\n"},
    {"version", CLI_VERB_VERSION, "", 0, 0, cli_version, "the version of this program",
     "Prints the version, and the license that this binary is under.\n"},
};
const int cli_verbs_n = sizeof(cli_verbs) / sizeof(cli_verbs[0]);

const struct cli_verb *cli_verb_find(const char *name, const char **nearest)
{
    const char *names[sizeof(cli_verbs) / sizeof(cli_verbs[0])];

    for (int i = 0; i < cli_verbs_n; i++) {
        if (strcmp(cli_verbs[i].name, name) == 0) return &cli_verbs[i];
        names[i] = cli_verbs[i].name;
    }
    *nearest = nearest_name(name, names, (size_t)cli_verbs_n);
    return NULL;
}

void cli_complain(const struct cli *cli, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fputs(CLI_NAME, stderr);
    if (cli && cli->verb) fprintf(stderr, " %s", cli->verb->name);
    fputs(": ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

int cli_threads(const struct cli *cli)
{
    long n = cli->threads ? (long)cli->threads : sysconf(_SC_NPROCESSORS_ONLN);

    return n < 1 ? 1 : n > 256 ? 256 : (int)n;
}

bool cli_stdout_ok(const struct cli *cli)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) return true;
    cli_complain(cli, "stdout could not be written to the end");
    return false;
}

static int unknown_verb(const char *name, const char *nearest)
{
    if (nearest)
        cli_complain(NULL, "unknown verb \"%s\"; did you mean %s?", name, nearest);
    else
        cli_complain(NULL, "unknown verb \"%s\"; '%s help' lists those there are", name, CLI_NAME);
    return CLI_BAD_INPUT;
}

int main(int argc, char **argv)
{
    const char *nearest = NULL;

    if (argc < 2) {
        cli_help_all(stderr);
        return CLI_BAD_INPUT;
    }
    const char *name = argv[1];

    /* --help and --version stand for the verbs of that name. */
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    else if (strcmp(name, "--version") == 0)
        name = "version";
    const struct cli_verb *verb = cli_verb_find(name, &nearest);
    if (!verb && name[0] == '-') {
        cli_complain(NULL, "the verb comes first, then its options: %s VERB %s", CLI_NAME, name);
        return CLI_BAD_INPUT;
    }
    if (!verb) return unknown_verb(name, nearest);

    struct arena *arena = arena_new(0);
    struct cli cli = {.argc = argc, .argv = argv, .program = argv[0], .verb = verb, .arena = arena};
    int code = CLI_BAD_INPUT;
    if (!options_parse(&cli, argc > 2 ? argc - 2 : 0, argv + 2)) {
        fprintf(stderr, "usage: %s %s%s%s [OPTIONS]; '%s help %s' says more\n", CLI_NAME, verb->name,
                verb->words[0] ? " " : "", verb->words, CLI_NAME, verb->name);
    } else if (cli.help) {
        cli_help_verb(verb, stdout);
        code = cli_stdout_ok(&cli) ? CLI_DONE : CLI_BAD_INPUT;
    } else {
        code = verb->main(&cli);
        if (!cli_stdout_ok(&cli) && code == CLI_DONE) code = CLI_BAD_INPUT;
    }
    arena_free(arena);
    return code;
}
