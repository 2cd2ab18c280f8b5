/* schema.c: `headroom schema`: the JSON Schema of a scenario. */
#include "schema.h"

#include "cli.h"

int cli_schema(const struct cli *cli)
{
    size_t n = 0;
    const char *text = schema_text(cli->arena, &n);

    fwrite(text, 1, n, stdout);
    return CLI_DONE;
}
