/* version.c: which version this is, and the license of the binary, which GSL makes another than the source's.
 */
#include "cli.h"

int cli_version(const struct cli *cli)
{
    (void)cli;
    printf("%s %s\n", CLI_NAME, CLI_VERSION);
    printf("The source is under the MIT license; this binary, linked with GSL, is under the GPL.\n");
    return CLI_DONE;
}
