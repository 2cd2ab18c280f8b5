/* plugins.c: see plugins.h. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "plugins.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "cli.h"
#include "file.h"
#include "plugin.h"
#include "record.h"
#include "sha256.h"

enum { ERROR_SIZE = 1024 };
static const size_t PLUGIN_BYTES_MAX = (size_t)256 << 20;

/* The loader's words without the path that stands before them, for the path is told. */
static const char *loader_words(const char *path)
{
    const char *words = dlerror();
    const size_t n = strlen(path);

    if (!words) return "the loader does not say why";
    return strncmp(words, path, n) == 0 && strncmp(words + n, ": ", 2) == 0 ? words + n + 2 : words;
}

static bool load_one(const struct cli *cli, const char *given, struct plugins *plugins)
{
    char error[ERROR_SIZE], hex[SHA256_HEX_SIZE], *text;
    uint8_t digest[SHA256_BYTES];
    size_t n;
    struct sha256 hash;
    struct arena *scratch = arena_new(0);
    const enum file_status status =
        file_read(given, PLUGIN_BYTES_MAX, scratch, &text, &n, error, sizeof(error));

    if (status != FILE_OK && status != FILE_EMPTY) {
        cli_complain(cli, "--plugin: %s", error);
        arena_free(scratch);
        return false;
    }
    sha256_init(&hash);
    sha256_update(&hash, text, n);
    sha256_final(&hash, digest);
    sha256_hex(digest, hex);
    arena_free(scratch);
    char *path = realpath(given, NULL); /* a bare name would be looked for among the system's libraries */
    if (!path) {
        cli_complain(cli, "--plugin: %s cannot be found any more", given);
        return false;
    }
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        cli_complain(cli, "--plugin: %s is no shared object that can be loaded: %s", given,
                     loader_words(path));
    free(path);
    if (!handle) return false;
    plugins->handles[plugins->n] = handle;
    const struct headroom_plugin *plugin = dlsym(handle, "headroom_plugin");
    if (!plugin) {
        plugins->n++;
        cli_complain(cli, "--plugin: %s is no plugin: it exports no `headroom_plugin`, see headroom_plugin.h",
                     given);
        return false;
    }
    if (!plugin_set_add(plugins->set, given, plugin, error, sizeof(error))) {
        plugins->n++;
        cli_complain(cli, "--plugin: %s", error);
        return false;
    }
    plugins->files[plugins->n++] = (struct record_file){.name = arena_strdup(cli->arena, plugin->name),
                                                        .sha256 = arena_strdup(cli->arena, hex)};
    return true;
}

bool plugins_load(const struct cli *cli, struct plugins *plugins)
{
    bool good = true;

    *plugins = (struct plugins){.set = NULL};
    if (cli->plugins_n == 0) return true;
    plugins->set = plugin_set_new(cli->arena);
    plugins->files = ARENA_NEW(cli->arena, struct record_file, (size_t)cli->plugins_n);
    plugins->handles = ARENA_NEW(cli->arena, void *, (size_t)cli->plugins_n);
    for (int i = 0; i < cli->plugins_n; i++)
        good = load_one(cli, cli->plugins[i], plugins) && good;
    if (!good) plugins_unload(plugins);
    return good;
}

bool plugins_failed(const struct cli *cli, const struct plugins *plugins)
{
    const char *mistake = plugin_mistake(plugins->set);

    if (mistake) cli_complain(cli, "%s; there is no result", mistake);
    return mistake != NULL;
}

void plugins_unload(struct plugins *plugins)
{
    if (!plugins->set) return;
    plugin_set_free(plugins->set);
    for (int i = 0; i < plugins->n; i++)
        dlclose(plugins->handles[i]);
    plugins->set = NULL;
    plugins->n = 0;
}
