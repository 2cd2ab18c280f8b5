/* inputs.h: where the project's own data are, and which files a verb reads where nobody named one. */
#ifndef HEADROOM_CLI_INPUTS_H
#define HEADROOM_CLI_INPUTS_H

#include <stdbool.h>

struct cli;
struct diag;

/* <root>/<name> in the arena, where root is the directory that holds scenarios/ and plots/; NULL, with a line
 * on stderr, if there is no such directory. */
const char *inputs_path(const struct cli *cli, const char *name);

/* Print the mistakes of `diag` on stderr, and its notes unless --quiet. Returns whether there is a mistake.
 */
int inputs_mistakes(const struct cli *cli, struct diag *diag);

/* Is the price book of --prices right? Told once, before scenarios that all need it. True if none is given. */
bool inputs_prices_right(const struct cli *cli);

#endif
