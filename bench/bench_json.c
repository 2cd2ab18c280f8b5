/* bench_json.c: see bench_json.h, and of bench.h what tells the host and the day. */
#include "bench_json.h"

#include "bench.h"
#include "check.h"
#include "file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { CPU_SIZE = 128 };

/* The processor's model, as /proc/cpuinfo names it. */
static const char *cpu_model(char buffer[CPU_SIZE])
{
    snprintf(buffer, CPU_SIZE, "unknown processor");
    FILE *in = fopen("/proc/cpuinfo", "r");
    if (in == NULL) return buffer;
    char line[512];
    while (fgets(line, sizeof line, in) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || colon == NULL) continue;
        while (*++colon == ' ')
            ;
        snprintf(buffer, CPU_SIZE, "%.*s", (int)strcspn(colon, "\n"), colon);
        break;
    }
    fclose(in);
    return buffer;
}

long bench_cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n;
}

const char *bench_host(char *buffer, size_t buffer_n)
{
    char model[CPU_SIZE], slug[CPU_SIZE];
    size_t n = 0;
    for (const char *p = cpu_model(model); *p != '\0' && *p != '@'; p++) {
        if (*p == '(') { /* (R), (TM) */
            p += strcspn(p, ")");
            if (*p == '\0') break;
        } else if (isalnum((unsigned char)*p)) {
            slug[n++] = (char)tolower((unsigned char)*p);
        } else if (n > 0 && slug[n - 1] != '-') {
            slug[n++] = '-';
        }
    }
    while (n > 0 && slug[n - 1] == '-')
        n--;
    slug[n] = '\0';
    snprintf(buffer, buffer_n, "%s-%ldcore", slug, bench_cores());
    return buffer;
}

json_t *bench_host_json(void)
{
    char model[CPU_SIZE], kernel[CPU_SIZE] = "unknown";
    struct utsname u;
    if (uname(&u) == 0) /* the version alone: what follows it may name the machine's owner */
        snprintf(kernel, sizeof kernel, "%.30s %.*s %.30s", u.sysname, (int)strcspn(u.release, "-+"),
                 u.release, u.machine);
    return json_pack("{s:s, s:i, s:s, s:s}", "cpu", cpu_model(model), "cores", (int)bench_cores(), "kernel", kernel,
                     "compiler",
#ifdef __clang__
                     "clang " __clang_version__
#else
                     "gcc " __VERSION__
#endif
    );
}

json_t *bench_rounded(double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.4g", value);
    return json_real(strtod(text, NULL));
}

const char *bench_today(char buffer[BENCH_DATE_SIZE])
{
    time_t now = time(NULL);
    struct tm tm;
    if (gmtime_r(&now, &tm) == NULL || strftime(buffer, BENCH_DATE_SIZE, "%Y-%m-%d", &tm) == 0) return "unknown";
    return buffer;
}

static char *dumped(const json_t *value, size_t flags)
{
    char *text = json_dumps(value, flags | JSON_REAL_PRECISION(6));
    CHECK(text != NULL && text[0] == '{', "jansson wrote no object");
    return text;
}

bool bench_write_json(const char *path, json_t *head, const struct bench_table *tables, size_t tables_n, char *error,
                      size_t error_n)
{
    struct file_writer writer;
    bool to_stdout = strcmp(path, "-") == 0;
    bool done = to_stdout || file_writer_begin(&writer, path, error, error_n);
    if (done) {
        FILE *out = to_stdout ? stdout : writer.out;
        char *text = dumped(head, JSON_COMPACT);
        fprintf(out, "%.*s", (int)strlen(text) - 1, text); /* the head without its closing brace */
        free(text);
        for (const struct bench_table *t = tables; t < tables + tables_n; t++) {
            fprintf(out, ",\n \"%s\": [\n", t->name);
            for (size_t i = 0; i < json_array_size(t->items); i++) {
                text = dumped(json_array_get(t->items, i), 0);
                fprintf(out, "  %s%s\n", text, i + 1 < json_array_size(t->items) ? "," : "");
                free(text);
            }
            fputs(" ]", out);
        }
        fputs("}\n", out);
        done = to_stdout || file_writer_commit(&writer, error, error_n);
    }
    json_decref(head);
    for (size_t t = 0; t < tables_n; t++)
        json_decref(tables[t].items);
    return done;
}
