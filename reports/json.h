/* json.h: the run record as one JSON document on a stream. The form is record/record.h's. */
#ifndef HEADROOM_REPORTS_JSON_H
#define HEADROOM_REPORTS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct record;

/* Writes exactly one document and flushes. `with_host` false leaves `host` out (--no-host). False if the
 * stream could not take it; then `error` (of n bytes) says why. */
bool report_json(const struct record *, bool with_host, FILE *, char *error, size_t n);

#endif
