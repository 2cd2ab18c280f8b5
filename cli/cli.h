/* cli.h: what the verbs of the command line share: the invocation, the exit codes, the table of verbs.
 *
 * main.c holds the one table of verbs, options.c the one table of options. Both parse, dispatch and print the
 * help; a verb or an option that is in no row does not exist. Each verb is one file with one function,
 * cli_<verb>(), which is given a parsed invocation and returns an exit code.
 *
 * Conventions: text for people goes to stdout, progress and diagnostics to stderr. A verb reads and checks
 * all its input, and finds out whether its outputs can be written, before it does any work.
 */
#ifndef HEADROOM_CLI_CLI_H
#define HEADROOM_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "scenario.h"

struct arena;

#define CLI_NAME "headroom"
#define CLI_VERSION "0.1.0"

/* Exit codes. 3, a broken invariant, is given by base/check.h itself. */
enum cli_exit {
    CLI_DONE = 0,         /* done */
    CLI_MISSED = 1,       /* done, and --gate found an objective missed, or a figure that differs */
    CLI_BAD_INPUT = 2,    /* bad usage or bad input, or an output that cannot be written */
    CLI_BROKEN = 3,       /* a broken invariant: our bug */
    CLI_INTERRUPTED = 130 /* interrupted: what was finished is written and marked partial */
};

/* One bit a verb, so that an option's row can name the verbs that take it. */
enum cli_verb_bit {
    CLI_VERB_RUN = 1 << 0,
    CLI_VERB_CHECK = 1 << 1,
    CLI_VERB_BENCH = 1 << 2,
    CLI_VERB_HELP = 1 << 3,
    CLI_VERB_VERSION = 1 << 4,
    CLI_VERB_INIT = 1 << 5,
    CLI_VERB_REPORT = 1 << 6,
    CLI_VERB_EXPLAIN = 1 << 7,
    CLI_VERB_SCHEMA = 1 << 8,
    CLI_VERB_VALIDATE = 1 << 9,
    CLI_VERB_COMPARE = 1 << 10,
    CLI_VERB_CALIBRATE = 1 << 11,
    CLI_VERB_REGRESS = 1 << 12
};

/* A parsed command line. Strings point into argv, arrays into the arena; nothing here is freed on its own.
 * An option that was not given is NULL, zero or false, but for what says otherwise. */
struct cli {
    int argc; /* the whole command line, as it was given */
    char **argv;
    const char *program; /* argv[0] */
    const struct cli_verb *verb;
    struct arena *arena;
    const char **words; /* what is not an option, after the verb */
    int words_n;
    struct scenario_override *overrides; /* --set and the options that stand for one, in the order given */
    int overrides_n;
    int64_t threads;          /* 0: as many as this machine has processors */
    int64_t max_memory_bytes; /* see CLI_MAX_MEMORY_BYTES */
    const char *calibration;  /* a file, or "-" never */
    const char *prices;
    const char **plugins; /* files, in the order given */
    int plugins_n;
    const char *out;      /* a directory; for init a file */
    const char *json;     /* "-" is stdout */
    const char *csv;      /* "-" is stdout */
    const char *markdown; /* "-" is stdout */
    const char *scenario; /* where the resolved scenario goes; "-" is stdout */
    int64_t pid;          /* of a broker; 0: not given */
    const char *threshold; /* a share, as text */
    int64_t repetitions;   /* of a benchmark in one process; 0: not given */
    int64_t processes;     /* of a measurement; 0: not given */
    const char *against;   /* another build of this program */
    bool quiet;
    bool gate;
    bool quick;
    bool no_host;
    bool help;
};

/* The memory a run may take where --max-memory says nothing. */
#define CLI_MAX_MEMORY_BYTES ((int64_t)4 << 30)

struct cli_verb {
    const char *name;
    enum cli_verb_bit bit;
    const char *words; /* how its words are written in the usage line: "SCENARIO" */
    int words_min;
    int words_max;
    int (*main)(const struct cli *cli); /* returns an exit code */
    const char *summary;                /* one line */
    const char *details;                /* for `headroom help VERB`; ends with a newline */
};

/* The table, in the order of the help. */
extern const struct cli_verb cli_verbs[];
extern const int cli_verbs_n;

/* The verb of that name, or NULL; *nearest is then the name that was perhaps meant, or NULL. */
const struct cli_verb *cli_verb_find(const char *name, const char **nearest);

int cli_run(const struct cli *cli);
int cli_check(const struct cli *cli);
int cli_compare(const struct cli *cli);
int cli_bench(const struct cli *cli);
int cli_calibrate(const struct cli *cli);
int cli_regress(const struct cli *cli);
int cli_init(const struct cli *cli);
int cli_report(const struct cli *cli);
int cli_explain(const struct cli *cli);
int cli_schema(const struct cli *cli);
int cli_validate(const struct cli *cli);
int cli_help(const struct cli *cli);
int cli_version(const struct cli *cli);

/* The verbs, as `headroom help` prints them. */
void cli_help_all(FILE *out);

/* The help of one verb, as `headroom VERB --help` prints it. */
void cli_help_verb(const struct cli_verb *verb, FILE *out);

/* One mistake in the usage: "headroom run: ..." on stderr. */
__attribute__((format(printf, 2, 3))) void cli_complain(const struct cli *cli, const char *format, ...);

/* How many threads to work on: --threads, or one a processor. */
int cli_threads(const struct cli *cli);

/* Flush stdout; false, and a line on stderr, if what was printed could not all be written. */
bool cli_stdout_ok(const struct cli *cli);

#endif
