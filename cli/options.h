/* options.h: one table of options, with the verbs that take each; the parser and the help are made from it.
 *
 * Options are written --name VALUE or --name=VALUE, before or after the words; "--" ends them and "-" alone
 * is a word. An option given twice counts the last time, but --set, which adds up. Every mistake is reported,
 * not the first: an unknown option with the nearest right name, a bad value with what fits.
 */
#ifndef HEADROOM_CLI_OPTIONS_H
#define HEADROOM_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

struct cli;
struct cli_verb;

/* Fill `cli`, whose verb, program and arena are set, from the words and options that follow the verb. Returns
 * false if there was a mistake, each already told on stderr. With --help nothing else is required to be
 * right. */
bool options_parse(struct cli *cli, int argc, char **argv);

/* The options that `verb` takes, one line each. */
void options_help(const struct cli_verb *verb, FILE *out);

#endif
