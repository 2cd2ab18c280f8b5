/* outputs.h: where a run's outputs go; found to be writable before the run, written after it. */
#ifndef HEADROOM_CLI_OUTPUTS_H
#define HEADROOM_CLI_OUTPUTS_H

#include <stdbool.h>
#include <stddef.h>

struct cli;
struct record;

/* Could the directory of --out (NULL: there is none) and the documents' files be written? Every one that
 * could not is told on stderr. Leaves nothing behind. */
bool outputs_writable(const struct cli *cli, const char *out_dir);

/* Write everything: the directory's files and figures, then --json and --csv, then the verdict on stdout,
 * unless stdout carries a document, --quiet is given, or nothing was finished. What cannot be written is told
 * on stderr, the rest still written, and false returned. */
bool outputs_write(const struct cli *cli, const struct record *record, const char *out_dir,
                   const char *plots_dir);

/* Does stdout carry a document, and so nothing else? */
bool outputs_stdout_taken(const struct cli *cli);

/* One document to a file of the user's or to stdout; a NULL target is fine. What cannot be written is told. */
bool outputs_write_target(const struct cli *cli, const char *option, const char *target, const char *text,
                          size_t n);

#endif
