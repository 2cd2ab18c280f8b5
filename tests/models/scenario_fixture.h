/* scenario_fixture.h: a directory for the files of one test, a small scenario to start from, and loading it
 * with one part replaced. */
#ifndef HEADROOM_TESTS_SCENARIO_FIXTURE_H
#define HEADROOM_TESTS_SCENARIO_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "diag.h"
#include "file.h"
#include "scenario.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct fixture {
    struct arena *arena;
    struct diag *diag;
    const struct scenario *scenario;
    const char *prices; /* a price book for load_with() instead of the region's */
    char directory[64];
    char files[16][128];
    int files_n;
};

static const char small_scenario[] =
    "{\n"
    "  \"name\": \"small\",\n"
    "  \"run\": {\"duration\": \"10m\", \"warmup\": \"1m\"},\n"
    "  \"keys\": {\"user\": {\"population\": 1000}},\n"
    "  \"workload\": [\n"
    "    {\"stream\": \"views\", \"rate\": \"2k/s\", \"key\": \"user\", \"event\": {\"size\": \"400 B\"}},\n"
    "    {\"stream\": \"clicks\", \"rate\": {\"of\": \"views\", \"times\": 0.5}, \"event\": {\"size\": \"300 "
    "B\"}}\n"
    "  ],\n"
    "  \"producers\": [\n"
    "    {\"name\": \"web\", \"sends\": [\"views\", \"clicks\"], \"to\": \"events\", \"instances\": 3,\n"
    "     \"config\": {\"linger.ms\": 20}}\n"
    "  ],\n"
    "  \"cluster\": {\"brokers\": 3, \"instance\": \"m7g.large\",\n"
    "              \"storage\": {\"size\": \"100 GiB\"},\n"
    "              \"config\": {\"num.io.threads\": 4}},\n"
    "  \"topics\": [{\"name\": \"events\", \"partitions\": 6, \"replication\": 2}],\n"
    "  \"groups\": [\n"
    "    {\"name\": \"count\", \"reads\": \"events\", \"instances\": 2, \"instance\": \"c6i.large\",\n"
    "     \"does\": {\"window\": {\"size\": \"10s\"}}},\n"
    "    {\"name\": \"raw\", \"reads\": \"events\", \"instances\": 1, \"instance\": \"c6i.large\",\n"
    "     \"does\": {\"write\": {\"table\": \"raw_events\"}}}\n"
    "  ],\n"
    "  \"faults\": [{\"id\": \"outage\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"2m\", \"for\": "
    "\"1m\"}],\n"
    "  \"objectives\": [\"freshness.count.p99 <= 30s\"]\n"
    "}\n";

/* A price book whose m7g.large is another than the region's, and which has no c6i.large. */
static const char small_book[] = "{\"prices\": 1, \"name\": \"tiny\", \"provider\": \"aws\", \"region\": "
                                 "\"us-east-1\", \"about\": \"two rows\",\n"
                                 " \"instances\": \"aws.ec2.ondemand.\", \"rows\": [\n"
                                 "  {\"id\": \"aws.ec2.ondemand.m7g.large\", \"service\": \"ec2\", \"unit\": "
                                 "\"instance-hour\", \"usd\": 1,\n"
                                 "   \"region\": \"us-east-1\", \"effective\": \"2026\", \"confidence\": "
                                 "\"recalled\", \"source\": \"none\", "
                                 "\"note\": \"\",\n"
                                 "   \"attrs\": {\"vcpu\": 48, \"mem_gib\": 8.0, \"net_baseline_gbps\": "
                                 "0.75, \"ebs_baseline_MBps\": 80, \"ebs_baseline_iops\": 4000}},\n"
                                 "  {\"id\": \"aws.ec2.ondemand.c6i.tiny\", \"service\": \"ec2\", \"unit\": "
                                 "\"instance-hour\", \"usd\": 1,\n"
                                 "   \"region\": \"us-east-1\", \"effective\": \"2026\", \"confidence\": "
                                 "\"recalled\", \"source\": \"none\", "
                                 "\"note\": \"\",\n"
                                 "   \"attrs\": {\"vcpu\": 3, \"mem_gib\": 1.0, \"net_baseline_gbps\": 0.5, "
                                 "\"ebs_baseline_MBps\": 80, \"ebs_baseline_iops\": 4000}}],\n"
                                 " \"quantities\": []}\n";

static inline int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f) return -1;
    strcpy(f->directory, "/tmp/headroom-test-XXXXXX");
    if (!mkdtemp(f->directory)) return -1;
    f->arena = arena_new(0);
    f->diag = diag_new();
    *state = f;
    return 0;
}

static inline int tear_down(void **state)
{
    struct fixture *f = *state;
    scenario_release(f->scenario);
    diag_free(f->diag);
    arena_free(f->arena);
    for (int i = 0; i < f->files_n; i++) {
        unlink(f->files[i]);
        rmdir(f->files[i]);
    }
    rmdir(f->directory);
    free(f);
    return 0;
}

/* The path of a file of this test, removed at its end. */
static inline const char *path_of(struct fixture *f, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", f->directory, name);
    for (int i = 0; i < f->files_n; i++)
        if (!strcmp(f->files[i], path)) return f->files[i];
    assert_true(f->files_n < 16);
    strcpy(f->files[f->files_n], path);
    return f->files[f->files_n++];
}

static inline const char *write_bytes(struct fixture *f, const char *name, const void *bytes, size_t n)
{
    const char *path = path_of(f, name);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_true(fwrite(bytes, 1, n, out) == n);
    assert_int_equal(fclose(out), 0);
    return path;
}

static inline const char *write_text(struct fixture *f, const char *name, const char *text)
{
    return write_bytes(f, name, text, strlen(text));
}

/* Loads a file anew: what an earlier one found is forgotten. */
static inline const struct scenario *load_with(struct fixture *f, const char *path,
                                               const struct scenario_override *overrides, int overrides_n)
{
    scenario_release(f->scenario);
    diag_free(f->diag);
    f->diag = diag_new();
    f->scenario = scenario_load(path, overrides, overrides_n, NULL, f->prices, f->arena, f->diag);
    assert_int_equal(f->scenario == NULL, diag_count(f->diag) > 0);
    return f->scenario;
}

static inline const struct scenario *load_text(struct fixture *f, const char *text)
{
    return load_with(f, write_text(f, "scenario.json", text), NULL, 0);
}

/* As load_text(), for a scenario that has to be good. */
static inline const struct scenario *load_good(struct fixture *f, const char *text)
{
    const struct scenario *scenario = load_text(f, text);
    if (!scenario) diag_print(f->diag, stderr);
    assert_non_null(scenario);
    return scenario;
}

/* text with its one occurrence of `old` replaced. */
static inline char *replaced(struct fixture *f, const char *text, const char *old, const char *new)
{
    const char *at = strstr(text, old);
    if (!at || strstr(at + 1, old)) fail_msg("'%s' does not stand there exactly once", old);
    return arena_printf(f->arena, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
}

/* Looks for one mistake among those found. */
static inline void assert_found(struct fixture *f, uint32_t line, uint32_t column, const char *path,
                                const char *message)
{
    const struct diag_entry *entry;
    for (size_t i = 0; (entry = diag_get(f->diag, i)); i++)
        if (entry->pos.line == line && entry->pos.column == column && !strcmp(entry->path, path) &&
            strstr(entry->message, message))
            return;
    diag_print(f->diag, stderr);
    fail_msg("not found: %u:%u: %s: %s", line, column, path, message);
}

#endif
