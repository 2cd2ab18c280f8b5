/* fill_parts.h: the parts of filling a run record that stand in files of their own. Nobody outside study/ includes it. */
#ifndef HEADROOM_STUDY_FILL_PARTS_H
#define HEADROOM_STUDY_FILL_PARTS_H

#include "fill.h"

/* fill.c: one distribution, of n replications' figures: values[figure * n + replication]. */
void fill_figures(struct record_distribution *, const char *name, int64_t count, const struct metric *values, int n,
                  struct arena *);

/* fill_faults.c */
void fill_faults(const struct scenario *, const struct replication *, int n, struct arena *, struct record *);
/* What reassignments cost once; notes on how far they came, of which there are one a fault and one more at most: their number is
 * returned. */
void fill_moves(const struct scenario *, const struct replication *, int n, struct arena *, struct record *);
int fill_growth_notes(const struct scenario *, const struct replication *, int n, struct arena *, const char **notes);
/* What it costs to send once more what a registry refused or groups put aside: the month's bill an event, which fill_cost() has left. Onto the invoices. */
void fill_replays(const struct scenario *, const struct replication *, int n, struct arena *, struct record *);

/* fill_groups.c */
void fill_groups(const struct scenario *, const struct replication *, int n, struct arena *, struct record *);

/* fill_query.c */
void fill_queries(const struct scenario *, const struct replication *, int n, struct arena *, struct record *);

/* fill_run.c: what the run was, and the notes on it: at most FILL_RUN_NOTES_MAX, their number is returned. */
enum { FILL_RUN_NOTES_MAX = 8, FILL_TABLE_MAX = 4 };
void fill_run(const struct scenario *, const struct run_story *, const struct replication *, int n, struct record *);
int fill_run_notes(const struct scenario *, const struct run_story *, const struct replication *, int n, struct arena *,
                   const char **notes);
/* What table mode did: FILL_TABLE_MAX numbers, or none without it. */
int fill_table(const struct replication *, int n, struct record_named_number *numbers);

/* fill_cost.c */
void fill_paths(const struct blueprint *blueprint, const struct replication *r, int n, struct arena *arena,
                struct record *record);
void fill_delay(const struct scenario *, const struct replication *, int n, struct arena *, struct record *);
void fill_tables(const struct scenario *, const struct replication *, int n, struct arena *, struct record *);
void fill_cost(const struct scenario *, const struct pricebook *, struct replication *, int n, struct arena *,
               struct record *, struct bill *);

/* fill_error.c: after everything else of the record but its verdict. */
struct resolution_measured;
void fill_error(const struct scenario *, const struct resolution_measured *, const struct replication *, int n,
                struct arena *, struct record *);

/* fill_series.c */
void fill_series(const struct scenario *, struct replication *, int n, struct arena *, struct record *);
void fill_lag_by_partition(const struct scenario *, const struct replication *, int n, struct arena *, struct record *);

#endif
