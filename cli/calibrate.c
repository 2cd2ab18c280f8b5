/* calibrate.c: `headroom calibrate host|kafka [BROKER]`: costs of this host's code, or of a live broker, as a calibration. */
#include <string.h>

#include "arena.h"
#include "bench.h"
#include "cli.h"
#include "experiment.h"
#include "file.h"
#include "interrupt.h"
#include "nearest.h"
#include "profile.h"

enum { REPEATS = 3, REPEATS_QUICK = 1 };
static const double SETTLE_S = 0.3, MEASURE_S = 2, WARM_UP_S = 60;

/* Where the table for people goes: nowhere if stdout is the calibration's. */
static FILE *text_of(const struct cli *cli)
{
    return cli->quiet || (cli->calibration && strcmp(cli->calibration, "-") == 0) ? NULL : stdout;
}

static int calibrate_kafka(const struct cli *cli)
{
    char error[EXPERIMENT_ERROR_SIZE] = "";
    if (cli->words_n < 2 || !cli->pid) {
        cli_complain(cli, "kafka needs a broker and its process: %s calibrate kafka 127.0.0.1:9092 --pid 4711; `make kafka` starts one",
                     CLI_NAME);
        return CLI_BAD_INPUT;
    }
    const struct experiment experiment = {
        .address = cli->words[1],
        .pid = (int)cli->pid,
        .repeats = cli->quick ? REPEATS_QUICK : REPEATS,
        .settle_s = SETTLE_S,
        .measure_s = cli->quick ? MEASURE_S / 4 : MEASURE_S,
        .warm_up_s = cli->quick ? WARM_UP_S / 4 : WARM_UP_S,
        .text = text_of(cli),
        .stop = interrupt_catch(),
    };
    struct experiment_result result;
    struct profile profile;
    const bool done = experiment_run(&experiment, cli->arena, &result, error, sizeof(error)) &&
                      profile_fit(&result, cli->arena, &profile, error, sizeof(error));
    if (done && experiment.text) profile_print(&profile, experiment.text);
    if (!done || (cli->calibration && !profile_write(&profile, cli->calibration, NULL, error, sizeof(error)))) {
        cli_complain(cli, "%s", error);
        return *experiment.stop ? CLI_INTERRUPTED : CLI_BAD_INPUT;
    }
    return CLI_DONE;
}

static int calibrate_host(const struct cli *cli)
{
    char error[BENCH_ERROR_SIZE];
    const struct bench_options options = {.calibration = cli->calibration, .text = text_of(cli)};
    if (cli->words_n > 1 || cli->pid) {
        cli_complain(cli, "host takes no broker and no --pid");
        return CLI_BAD_INPUT;
    }
    if (bench_run(&options, NULL, NULL, error, sizeof(error))) return CLI_DONE;
    cli_complain(cli, "%s", error);
    return CLI_BAD_INPUT;
}

int cli_calibrate(const struct cli *cli)
{
    static const char *const kinds[] = {"host", "kafka"};
    const char *kind = cli->words[0];
    char error[FILE_ERROR_SIZE];

    if (strcmp(kind, "host") != 0 && strcmp(kind, "kafka") != 0) {
        const char *near = nearest_name(kind, kinds, 2);
        cli_complain(cli, "\"%s\" cannot be calibrated; host and kafka can%s%s%s", kind, near ? "; did you mean " : "", near ? near : "",
                     near ? "?" : "");
        return CLI_BAD_INPUT;
    }
    if (cli->calibration && !file_target_writable(cli->calibration, error, sizeof(error))) {
        cli_complain(cli, "--calibration: %s", error);
        return CLI_BAD_INPUT;
    }
    return strcmp(kind, "host") == 0 ? calibrate_host(cli) : calibrate_kafka(cli);
}
