/* plugins.h: the shared objects of --plugin, loaded for a run. */
#ifndef HEADROOM_CLI_PLUGINS_H
#define HEADROOM_CLI_PLUGINS_H

#include <stdbool.h>

struct cli;
struct plugin_set;
struct record_file;

struct plugins {
    struct plugin_set *set; /* NULL: none is given */
    struct record_file *files;
    int n;
    void **handles;
};

/* Loads all that the command line names. False if one is no plugin, or not one of this program's version, or
 * clashes with another; every mistake is told. Loading runs what the object's constructors do. */
bool plugins_load(const struct cli *cli, struct plugins *plugins);
/* True, and told, if a plugin gave a wrong answer: what came out is then no result. */
bool plugins_failed(const struct cli *cli, const struct plugins *plugins);
void plugins_unload(struct plugins *plugins);

#endif
