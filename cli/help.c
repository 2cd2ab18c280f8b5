/* help.c: the verbs, or all about one of them, from the tables that also parse and dispatch. */
#include <string.h>

#include "cli.h"
#include "options.h"

void cli_help_all(FILE *out)
{
    fprintf(out,
            "%s %s: will the pipeline hold, how fresh will its data be, and what will it cost a month?\n\n",
            CLI_NAME, CLI_VERSION);
    fprintf(out, "usage: %s VERB [WORDS] [OPTIONS]\n\n", CLI_NAME);
    int width = 0;
    for (int i = 0; i < cli_verbs_n; i++) {
        const int n = (int)(strlen(cli_verbs[i].name) + 1 + strlen(cli_verbs[i].words));
        if (n > width) width = n;
    }
    for (int i = 0; i < cli_verbs_n; i++) {
        char left[64];
        snprintf(left, sizeof(left), "%s%s%s", cli_verbs[i].name, cli_verbs[i].words[0] ? " " : "",
                 cli_verbs[i].words);
        fprintf(out, "  %-*s  %s\n", width, left, cli_verbs[i].summary);
    }
    fprintf(out,
            "\n'%s help VERB' lists a verb's options.\n"
            "Exit codes: 0 done; 1 an objective was missed or a validation failed, with --gate; 2 bad usage or\n"
            "input; 3 a broken invariant, which is our bug; 130 interrupted.\n",
            CLI_NAME);
}

void cli_help_verb(const struct cli_verb *verb, FILE *out)
{
    fprintf(out, "usage: %s %s%s%s [OPTIONS]\n\n%s\n", CLI_NAME, verb->name, verb->words[0] ? " " : "",
            verb->words, verb->details);
    fputs("Options:\n", out);
    options_help(verb, out);
}

int cli_help(const struct cli *cli)
{
    if (cli->words_n == 0) {
        cli_help_all(stdout);
        return CLI_DONE;
    }
    const char *nearest = NULL;
    const struct cli_verb *verb = cli_verb_find(cli->words[0], &nearest);
    if (!verb) {
        cli_complain(cli, "there is no verb \"%s\"%s%s%s", cli->words[0], nearest ? "; did you mean " : "",
                     nearest ? nearest : "", nearest ? "?" : "");
        return CLI_BAD_INPUT;
    }
    cli_help_verb(verb, stdout);
    return CLI_DONE;
}
