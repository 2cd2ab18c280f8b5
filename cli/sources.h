/* sources.h: where a record's calibration and prices come from, for the Markdown report.
 *
 * A record names both by content alone. What `run` read, or what comes with the program, is read again and
 * listed only if it is the very same, by its hash; else the report says that it is not at hand.
 */
#ifndef HEADROOM_CLI_SOURCES_H
#define HEADROOM_CLI_SOURCES_H

struct arena;
struct calibration_row;
struct cli;
struct record;
struct report_sources;

/* In the arena of `cli`. Never fails, prints nothing. Some milliseconds. */
const struct report_sources *sources_find(const struct cli *cli, const struct record *record);

/* What an operation costs, for people: "30 us/request (15 us to 90 us)". In the arena. */
const char *sources_quantity(const struct calibration_row *row, struct arena *arena);

#endif
