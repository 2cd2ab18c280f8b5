/* running.h: what the verbs that simulate share. */
#ifndef HEADROOM_CLI_RUNNING_H
#define HEADROOM_CLI_RUNNING_H

struct cli;
struct record;
struct scenario;

/* What is about to run, before it runs, on stderr: whoever sees it stop can start it again. Sets check_context to seed,
 * scenario and the command that runs it again. */
void running_tell_plan(const struct cli *cli, const struct scenario *scenario);

/* The parts of a record that a run does not fill: the tool, and what the run took on this host. */
void running_sign(const struct cli *cli, struct record *record, double wall_s);

/* Why a record is partial, on stderr, where it is for want of memory; the words for it. */
const char *running_tell_partial(const struct cli *cli, const struct record *record, int interrupted);

/* A gate lets pass what is not known to be missed, but never silently: says which objectives are open. `of` names the
 * scenario where there are several, else NULL. */
void running_tell_open(const struct cli *cli, const struct record *record, const char *of);

#endif
