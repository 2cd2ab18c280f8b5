/* bench_json.h: what is common to the files of measurements: the host, rounding, and a table of a row a line.
 *
 * Ownership: jansson's references; bench_write_json() takes those it is given. Errors: false and a sentence.
 */
#ifndef HEADROOM_BENCH_BENCH_JSON_H
#define HEADROOM_BENCH_BENCH_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

long bench_cores(void);
/* Processor, cores, kernel and compiler; never the host's name. */
json_t *bench_host_json(void);
/* Four digits are more than a timing deserves. */
json_t *bench_rounded(double value);
struct bench_table {
    const char *name;
    json_t *items;
};
/* `head` has the members before the tables; each of a table's items goes on a line of its own. "-" is stdout. Takes all
 * references. */
bool bench_write_json(const char *path, json_t *head, const struct bench_table *tables, size_t tables_n, char *error,
                      size_t error_n);

#endif
