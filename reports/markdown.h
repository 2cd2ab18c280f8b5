/* markdown.h: the report of a run as Markdown (CommonMark with tables), to be put into a design document.
 *
 * Sections: verdict and goal, constraints, design and its trade-offs, load, latency, freshness and staleness,
 * cost with the arithmetic of every line, failure modes with their measured effect, headroom, delivery
 * accounting, assumptions with sources, and how to reproduce it. What is not known stands as "?", with its
 * reason at the end of the section.
 *
 * Nothing of `host` is in it, so that equal runs give equal bytes. Names and free text of the scenario are
 * escaped: whatever they hold, they are shown as they are and start no markup, table cell, link or HTML.
 * Control characters become '?'.
 */
#ifndef HEADROOM_REPORTS_MARKDOWN_H
#define HEADROOM_REPORTS_MARKDOWN_H

#include <stddef.h>

struct arena;
struct record;

/* A figure that went in, and where it comes from. */
struct report_source {
    const char *name;       /* "kafka.broker.request", "aws.ebs.gp3.storage" */
    const char *value;      /* for people: "30 us/request (15 .. 90)" */
    const char *confidence; /* "measured", "published", "estimate", "verified", "recalled" */
    const char *source;
    const char *note; /* "" if there is none */
};

/* Where the calibration and the prices come from; the record names them by content alone. */
struct report_sources {
    const struct report_source *calibration;
    int calibration_n;
    const char *calibration_missing; /* why they are not listed, or NULL */
    const struct report_source *prices;
    int prices_n;
    const char *prices_missing;
};

struct report_markdown_options {
    const char *const *files; /* what stands beside the report; figures among them are shown */
    int files_n;
    const struct report_sources *sources; /* NULL: not looked for */
};

/* The text, NUL-terminated, in the arena; *n is its length. Cost: milliseconds. */
char *report_markdown_text(const struct record *, const struct report_markdown_options *, struct arena *,
                           size_t *n);

#endif
