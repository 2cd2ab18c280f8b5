/* markdown.c: see markdown.h. One function a section, in the order of the document. */
#include "markdown.h"

#include "arena.h"
#include "mark.h"
#include "markdown_parts.h"
#include "page.h"
#include "record.h"
#include "units.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { REASON_NAMES_SHOWN = 6, SOURCES_MAX = 256 };

#define ROW(mark, ...)                                                                                       \
    mark_row((mark), (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)),               \
             (const char *const[]){__VA_ARGS__})

/* --- figures for people --- */

const char *markdown_number(struct mark *mark, enum units_kind kind, const struct record_number *number)
{
    char buffer[PAGE_TEXT_SIZE];
    if (!number->known) return "?";
    return mark_text(mark->arena, units_format(kind, number->value, buffer, sizeof(buffer)));
}

const char *markdown_money(struct mark *mark, const struct record_number *number)
{
    char buffer[PAGE_TEXT_SIZE];
    return number->known ? mark_text(mark->arena, page_money(buffer, number->value)) : "?";
}

const char *markdown_count(struct mark *mark, const struct record_number *number)
{
    char buffer[PAGE_TEXT_SIZE];
    return number->known ? mark_text(mark->arena, page_short_count(buffer, number->value)) : "?";
}

static const char *whole(struct mark *mark, int64_t count)
{
    char buffer[PAGE_TEXT_SIZE];
    return arena_strdup(mark->arena, page_count(buffer, count));
}

/* A figure of an objective, in its own unit. */
static const char *in_unit(struct mark *mark, const char *unit, const struct record_number *number)
{
    char buffer[PAGE_TEXT_SIZE];
    return number->known ? mark_text(mark->arena, page_figure(buffer, unit, number->value)) : "?";
}

static const char *interval(struct mark *mark, const char *unit, const struct record_number *low,
                            const struct record_number *high)
{
    if (!low->known || !high->known) return "";
    return arena_printf(mark->arena, "%s .. %s", in_unit(mark, unit, low), in_unit(mark, unit, high));
}

/* --- what is not known, and why --- */

/* "/latency/end_to_end.ctr/p99" -> "latency.end_to_end.ctr.p99" */
static const char *dotted(struct arena *arena, const char *pointer)
{
    char *name = arena_strdup(arena, *pointer == '/' ? pointer + 1 : pointer), *to = name;
    for (const char *from = name; *from != '\0'; from++, to++) {
        *to = *from == '/' ? '.' : *from;
        if (*from == '~' && (from[1] == '0' || from[1] == '1')) *to = *++from == '0' ? '~' : '/';
    }
    *to = '\0';
    return name;
}

/* The reasons of everything below any of the pointers in `parts`, one line a reason. Ends of intervals have
 * none here: their figure's own says it. */
static void put_reasons(struct mark *mark, const struct record *record, const char *const *parts, int parts_n)
{
    const struct record_reason *reasons;
    int n = record_reasons(record, mark->arena, &reasons);
    bool *done = ARENA_NEW(mark->arena, bool, (size_t)n + 1), any = false;
    for (int i = 0; i < n; i++) {
        bool ours = false;
        for (int p = 0; p < parts_n; p++)
            ours = ours || strncmp(reasons[i].pointer, parts[p], strlen(parts[p])) == 0;
        done[i] = !ours || strstr(reasons[i].pointer, "/ci95/") != NULL;
    }
    for (int i = 0; i < n; i++) {
        if (done[i]) continue;
        const char *names = "";
        int count = 0;
        for (int j = i; j < n; j++) {
            if (done[j] || strcmp(reasons[j].why, reasons[i].why) != 0) continue;
            done[j] = true;
            if (count++ < REASON_NAMES_SHOWN)
                names = arena_printf(mark->arena, "%s%s%s", names, count > 1 ? ", " : "",
                                     mark_code(mark->arena, dotted(mark->arena, reasons[j].pointer)));
        }
        if (count > REASON_NAMES_SHOWN)
            names = arena_printf(mark->arena, "%s and %d more", names, count - REASON_NAMES_SHOWN);
        mark_printf(mark, "%s- Not known: %s: %s.\n", any ? "" : "\n", names,
                    mark_text(mark->arena, reasons[i].why));
        any = true;
    }
}

#define REASONS(mark, record, ...)                                                                           \
    put_reasons((mark), (record), (const char *const[]){__VA_ARGS__},                                        \
                (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)))

/* A figure, if it was drawn: the PNG is shown, since every reader of Markdown can, and leads to the SVG. */
static void put_figure(struct mark *mark, const struct report_markdown_options *options, const char *name,
                       const char *what)
{
    const char *png = arena_printf(mark->arena, "%s.png", name);
    for (int i = 0; i < options->files_n; i++) {
        if (strcmp(options->files[i], png) == 0)
            mark_printf(mark, "\n[![%s](%s.png)](%s.svg)\n", what, name, name);
    }
}

/* --- sections --- */

static void put_goal(struct mark *mark, const struct record *record)
{
    struct arena *arena = mark->arena;
    const char *verdict = record->verdict == RECORD_MET      ? "Met"
                          : record->verdict == RECORD_MISSED ? "Missed"
                                                             : "Inconclusive";
    mark_printf(mark, "# Capacity review: %s\n\n", mark_text(arena, record->scenario.name));
    mark_printf(mark, "**%s.** %s\n\n", verdict, mark_text(arena, record->answer));
    if (record->run.partial)
        mark_printf(mark, "**Partial:** %s\n\n",
                    mark_text(arena, record->run.partial_why != NULL ? record->run.partial_why
                                                                     : "the run did not finish"));
    mark_put(mark, "## Goal\n\n");
    if (record->scenario.question.text != NULL)
        mark_printf(mark, "- Question: %s\n", mark_text(arena, record->scenario.question.text));
    const char *owner = markdown_resolved(mark, record, "decision", "owner"),
               *metric = markdown_resolved(mark, record, "decision", "metric"),
               *delay = markdown_resolved(mark, record, "decision", "cost_of_delay");
    if (owner != NULL) mark_printf(mark, "- Decided by: %s\n", owner);
    if (metric != NULL) mark_printf(mark, "- The metric it hangs on: %s\n", metric);
    if (delay != NULL) mark_printf(mark, "- What delay costs: %s\n", delay);
    if (record->objectives_n == 0) {
        mark_put(mark, "\nThe scenario has no objectives: nothing is met or missed.\n\n");
        return;
    }
    mark_put(mark, "\n");
    ROW(mark, "Objective", "Value", "95 % interval", "Verdict");
    mark_rule(mark, "lrrl");
    for (int i = 0; i < record->objectives_n; i++) {
        const struct record_objective *o = &record->objectives[i];
        const char *met = o->met == RECORD_MET ? "met" : o->met == RECORD_MISSED ? "**missed**" : "undecided";
        if (o->met == RECORD_INCONCLUSIVE && o->why_null != NULL)
            met = arena_printf(arena, "%s: %s", met, mark_text(arena, o->why_null));
        ROW(mark, mark_code(arena, o->text), in_unit(mark, o->unit, &o->value),
            interval(mark, o->unit, &o->low, &o->high), met);
    }
    mark_put(mark, "\n");
}

static void put_load(struct mark *mark, const struct record *record,
                     const struct report_markdown_options *options)
{
    char start[PAGE_TEXT_SIZE], length[PAGE_TEXT_SIZE];
    mark_put(mark, "## Load\n\n");
    mark_printf(
        mark, "%s from %s, %s records in one replication.\n\n",
        mark_text(mark->arena, units_format(UNITS_DURATION, record->run.simulated_s, length, sizeof(length))),
        page_time_of_day(start, record->run.start_s), whole(mark, record->run.events));
    ROW(mark, "Figure", "Value");
    mark_rule(mark, "lr");
    ROW(mark, "records at the peak", markdown_number(mark, UNITS_RATE, &record->load.peak_per_s));
    ROW(mark, "records on average", markdown_number(mark, UNITS_RATE, &record->load.mean_per_s));
    ROW(mark, "bytes before compression",
        markdown_number(mark, UNITS_BYTES_PER_S, &record->load.raw_bytes_per_s));
    ROW(mark, "bytes on the wire", markdown_number(mark, UNITS_BYTES_PER_S, &record->load.wire_bytes_per_s));
    ROW(mark, "compression, to 1", markdown_count(mark, &record->load.compression));
    ROW(mark, "records in a batch", markdown_count(mark, &record->load.batch_records_mean));
    ROW(mark, "produce requests a second", markdown_count(mark, &record->load.requests_per_s));
    ROW(mark, "partition replicas a broker", markdown_count(mark, &record->load.partitions_per_broker));
    put_figure(mark, options, "timeline", "Records produced and consumed a second, and lag, over time");
    put_figure(mark, options, "lag", "Lag by partition over time");
    REASONS(mark, record, "/load/");
    mark_put(mark, "\n");
}

static void put_distributions(struct mark *mark, const char *kind, const struct record_distribution *list,
                              int n)
{
    static const enum record_figure columns[] = {RECORD_MEAN,  RECORD_P50,    RECORD_P95, RECORD_P99,
                                                 RECORD_P99_9, RECORD_P99_99, RECORD_MAX};
    enum { COLUMNS_N = sizeof(columns) / sizeof(columns[0]) };
    for (int i = 0; i < n; i++) {
        const char *cells[COLUMNS_N + 2];
        const struct record_interval *ci = &list[i].ci95[RECORD_P99];
        cells[0] = arena_printf(mark->arena, "%s %s", kind, mark_code(mark->arena, list[i].name));
        for (int c = 0; c < COLUMNS_N; c++)
            cells[c + 1] = markdown_number(mark, UNITS_DURATION, &list[i].figure[columns[c]]);
        struct record_number low = {.value = ci->low, .known = ci->known},
                             high = {.value = ci->high, .known = ci->known};
        cells[COLUMNS_N + 1] = interval(mark, "s", &low, &high);
        mark_row(mark, COLUMNS_N + 2, cells);
    }
}

static void put_times(struct mark *mark, const struct record *record,
                      const struct report_markdown_options *options)
{
    mark_put(
        mark,
        "## Latency, freshness and staleness\n\n"
        "Latency of a stage: from a record's intended send time to its leaving the stage. Freshness of an "
        "output: per record, from the event's own time to the first moment a reader could see it. "
        "Staleness: at a moment, the age of the newest event up to which the output is complete.\n\n");
    ROW(mark, "Of", "mean", "p50", "p95", "p99", "p99.9", "p99.99", "max", "95 % interval of p99");
    mark_rule(mark, "lrrrrrrrr");
    put_distributions(mark, "latency", record->latency, record->latency_n);
    for (int i = 0; i < record->query_n; i++)
        put_distributions(mark, "query", &record->query[i].latency, 1);
    put_distributions(mark, "freshness", record->freshness, record->freshness_n);
    put_distributions(mark, "staleness", record->staleness, record->staleness_n);
    put_figure(mark, options, "latency", "Latency of every stage by percentile");
    put_figure(mark, options, "outputs", "Freshness of every output at p50, p95 and p99");
    put_figure(mark, options, "freshness", "Freshness and staleness of every output over time");
    put_figure(mark, options, "lake", "Files and bytes of every table over time, with its compactions");
    REASONS(mark, record, "/latency/", "/freshness/", "/staleness/");
    mark_put(mark, "\n");
}

static void put_queries(struct mark *mark, const struct record *record)
{
    if (record->query_n == 0) return;
    mark_put(mark,
             "## Queries\n\nFiles, bytes and requests are one query's, on average. Files are read of all that the table has "
             "at that time; what is scanned is the columns wanted. A query waits in line, for the coordinator and for its "
             "first slot.\n\n");
    ROW(mark, "Class", "Table", "Engine", "Queries", "Files read", "of", "Scanned", "GET requests", "Waits, p95", "Refused",
        "Not done at the end");
    mark_rule(mark, "lllrrrrrrrr");
    for (int i = 0; i < record->query_n; i++) {
        const struct record_query *q = &record->query[i];
        const struct record_number files = record_each_query(q, (double)q->files_read),
                                   all = record_each_query(q, (double)q->files_considered),
                                   bytes = record_each_query(q, q->bytes_scanned),
                                   requests = record_each_query(q, (double)q->get_requests);
        ROW(mark, mark_code(mark->arena, q->latency.name), mark_code(mark->arena, q->table),
            mark_code(mark->arena, q->engine), whole(mark, q->arrived),
            markdown_count(mark, &files), markdown_count(mark, &all), markdown_number(mark, UNITS_BYTES, &bytes),
            markdown_count(mark, &requests), markdown_number(mark, UNITS_DURATION, &q->queue_wait.figure[RECORD_P95]),
            whole(mark, q->refused), whole(mark, q->unfinished));
    }
    for (int i = 0; i < record->query_n; i++) {
        const struct record_query *q = &record->query[i];
        if (q->get_refused > 0)
            mark_printf(mark, "\n%s requests of %s were answered 503: a prefix of the object store takes no more.\n",
                        whole(mark, q->get_refused), mark_code(mark->arena, q->latency.name));
        if (q->files_archived > 0)
            mark_printf(mark, "\n%s files that %s wanted lay in an archive and were passed over.\n",
                        whole(mark, q->files_archived), mark_code(mark->arena, q->latency.name));
    }
    REASONS(mark, record, "/query/");
    mark_put(mark, "\n");
}

static void put_tables(struct mark *mark, const struct record *record)
{
    if (record->tables_n == 0) return;
    mark_put(mark, "## Tables\n\nFiles and size at the end of the run; what happened, in one replication of it. A commit that met "
                   "another's began again; one that gave up left its work for the next.\n\n");
    ROW(mark, "Table", "Files", "Size", "Rows landed", "Copies left out", "Commits", "Conflicts", "Given up", "Compactions",
        "Files rewritten", "into", "Expired");
    mark_rule(mark, "lrrrrrrrrrrr");
    for (int i = 0; i < record->tables_n; i++) {
        const struct record_table *t = &record->tables[i];
        const struct record_number bytes = record_known((double)t->bytes);
        ROW(mark, mark_code(mark->arena, t->name), whole(mark, t->files), markdown_number(mark, UNITS_BYTES, &bytes),
            whole(mark, t->rows_landed), whole(mark, t->rows_duplicate), whole(mark, t->commits), whole(mark, t->conflicts),
            whole(mark, t->commits_failed), whole(mark, t->compactions), whole(mark, t->files_rewritten),
            whole(mark, t->files_written), whole(mark, t->files_expired));
    }
    mark_put(mark, "\n");
}

static void put_cost_line(struct mark *mark, const struct record *record, const struct record_cost_line *line)
{
    char quantity[PAGE_TEXT_SIZE], price[PAGE_TEXT_SIZE];
    const char *share = "?";
    if (line->usd.known && record->cost.month_usd.known && record->cost.month_usd.value > 0)
        share = arena_printf(mark->arena, "%.1f %%", 100 * line->usd.value / record->cost.month_usd.value);
    ROW(mark, mark_text(mark->arena, line->item),
        arena_printf(mark->arena, "%s %s", page_quantity(quantity, line->quantity),
                     mark_text(mark->arena, line->unit)),
        line->unit_usd.known ? mark_text(mark->arena, page_unit_price(price, line->unit_usd.value)) : "?",
        markdown_money(mark, &line->usd), share, mark_code(mark->arena, line->price_id),
        mark_text(mark->arena, line->confidence));
}

static const struct record_cost_line *largest_line(const struct record *record)
{
    const struct record_cost_line *largest = NULL;
    for (int i = 0; i < record->cost.lines_n; i++) {
        const struct record_cost_line *line = &record->cost.lines[i];
        if (line->usd.known && (largest == NULL || line->usd.value > largest->usd.value)) largest = line;
    }
    return largest;
}

/* What delay costs a month, where it has a price. */
static void put_delay(struct mark *mark, const struct record *record)
{
    mark_printf(mark, "\n**Cost of delay: %s a month.** ", markdown_money(mark, &record->delay.month_usd));
    if (!record->delay.month_usd.known) {
        const char *why = record->delay.month_usd.why_null;
        mark_printf(mark, "Not known: %s.\n", mark_text(mark->arena, why != NULL ? why : RECORD_NOT_FILLED));
        return;
    }
    mark_printf(mark,
                "%s is staler than %s in %s of steady time: %s minutes a month at %s a minute. What faults cost is "
                "under failure modes.\n",
                mark_code(mark->arena, record->delay.output.text),
                markdown_number(mark, UNITS_DURATION, &record->delay.stale_after_s),
                markdown_number(mark, UNITS_SHARE, &record->delay.stale_share),
                markdown_count(mark, &record->delay.minutes_a_month),
                markdown_money(mark, &record->delay.usd_per_minute));
}

static void put_cost(struct mark *mark, const struct record *record,
                     const struct report_markdown_options *options)
{
    const struct record_cost_line *largest = largest_line(record);
    char price[PAGE_TEXT_SIZE];
    mark_printf(mark, "## Cost\n\n**%s a month**", markdown_money(mark, &record->cost.month_usd));
    if (record->cost.low_usd.known && record->cost.high_usd.known)
        mark_printf(mark, ", likely between %s and %s", markdown_money(mark, &record->cost.low_usd),
                    markdown_money(mark, &record->cost.high_usd));
    if (record->cost.per_million_events_usd.known)
        mark_printf(
            mark, "; %s a million events",
            mark_text(mark->arena, page_unit_price(price, record->cost.per_million_events_usd.value)));
    mark_put(mark, ". Ratios come from the run, the volume from the month that is billed; each line is a "
                   "quantity times a "
                   "price of the price book.");
    if (largest != NULL)
        mark_printf(mark, " The largest line is %s, %s.", mark_text(mark->arena, largest->item),
                    markdown_money(mark, &largest->usd));
    mark_put(mark, "\n\n");
    ROW(mark, "Item", "Quantity a month", "Unit price", "A month", "Share", "Price id", "Confidence");
    mark_rule(mark, "lrrrrll");
    for (int i = 0; i < record->cost.lines_n; i++)
        put_cost_line(mark, record, &record->cost.lines[i]);
    ROW(mark, "**all**", "", "",
        arena_printf(mark->arena, "**%s**", markdown_money(mark, &record->cost.month_usd)), "", "", "");
    put_figure(mark, options, "cost", "The month's bill by kind and by line");
    if (record->delay.usd_per_minute.known) put_delay(mark, record);
    REASONS(mark, record, "/cost/");
    mark_put(mark, "\n");
}

/* How often, and what became of records while it was in effect. */
static void put_fault_counts(struct mark *mark, const struct record *record)
{
    mark_put(mark, "\n");
    ROW(mark, "Fault", "Times", "Recovered at worst", "Lag cleared at worst", "Partition seconds down", "Requests failed", "Resent", "Rejected", "Lost",
        "Delivered twice");
    mark_rule(mark, "lrrrrrrrrr");
    for (int i = 0; i < record->faults_n; i++) {
        const struct record_fault *f = &record->faults[i];
        const bool often = f->recovered_max_s.known || f->recovered_max_s.why_null != NULL;
        const char *times = markdown_count(mark, &f->occurrences);
        if (f->skipped.known) times = arena_printf(mark->arena, "%s, %.3g skipped", times, f->skipped.value);
        ROW(mark, mark_code(mark->arena, f->id), times,
            markdown_number(mark, UNITS_DURATION, often ? &f->recovered_max_s : &f->recovered_s),
            markdown_number(mark, UNITS_DURATION, often ? &f->clear_lag_max_s : &f->clear_lag_s),
            markdown_count(mark, &f->partition_seconds_down), markdown_count(mark, &f->requests_failed),
            markdown_count(mark, &f->requests_retried), markdown_count(mark, &f->rejected), markdown_count(mark, &f->lost),
            markdown_count(mark, &f->duplicated));
    }
}

static void put_faults(struct mark *mark, const struct record *record)
{
    char at[PAGE_TEXT_SIZE];
    mark_put(mark, "## Failure modes\n\n");
    if (record->faults_n == 0) {
        mark_put(mark, "No fault was simulated, so this run says nothing about failures.\n\n");
        return;
    }
    mark_put(
        mark,
        "Times count from the fault's beginning; of one that happened more than once they are means. Minutes of staleness are "
        "those by which outputs were staler than without it.\n\n");
    ROW(mark, "Fault", "What", "At", "Lasts", "Detected", "Recovered", "Peak lag", "Lag cleared", "Staleness",
        "Cost of delay");
    mark_rule(mark, "lllrrrrrrr");
    for (int i = 0; i < record->faults_n; i++) {
        const struct record_fault *f = &record->faults[i];
        const char *lag = markdown_count(mark, &f->peak_lag_records);
        if (f->peak_lag_group.text != NULL)
            lag = arena_printf(mark->arena, "%s (%s)", lag, mark_text(mark->arena, f->peak_lag_group.text));
        ROW(mark, mark_code(mark->arena, f->id),
            arena_printf(mark->arena, "%s, %s", mark_text(mark->arena, f->kind),
                         mark_text(mark->arena, f->scope)),
            f->at_s.known ? arena_strdup(mark->arena, page_time_of_day(at, record->run.start_s + f->at_s.value)) : "never",
            markdown_number(mark, UNITS_DURATION, &f->for_s),
            markdown_number(mark, UNITS_DURATION, &f->detected_s),
            markdown_number(mark, UNITS_DURATION, &f->recovered_s), lag,
            markdown_number(mark, UNITS_DURATION, &f->clear_lag_s),
            f->staleness_minutes.known ? arena_printf(mark->arena, "%.1f min", f->staleness_minutes.value)
                                       : "?",
            markdown_money(mark, &f->invoice_usd));
    }
    put_fault_counts(mark, record);
    for (int i = 0; i < record->faults_n; i++) {
        const struct record_fault *f = &record->faults[i];
        for (int k = 0; k < f->invoice_n; k++) {
            const struct record_invoice_line *line = &f->invoice[k];
            char quantity[PAGE_TEXT_SIZE], price[PAGE_TEXT_SIZE], money[PAGE_TEXT_SIZE];
            mark_printf(mark, "%s- Cost of %s: %s: %s %s at %s are %s.\n", i + k == 0 ? "\n" : "",
                        mark_code(mark->arena, f->id), mark_text(mark->arena, line->item),
                        page_quantity(quantity, line->quantity), mark_text(mark->arena, line->unit),
                        mark_text(mark->arena, page_unit_price(price, line->unit_usd)),
                        mark_text(mark->arena, page_money(money, line->usd)));
        }
    }
    REASONS(mark, record, "/faults/");
    mark_put(mark, "\n");
}

static void put_headroom(struct mark *mark, const struct record *record,
                         const struct report_markdown_options *options)
{
    const struct record_number *load = &record->headroom.load_factor, *fewer = &record->headroom.n_minus_1;
    mark_put(mark, "## Headroom\n\n");
    if (record->bottleneck.resource.text != NULL)
        mark_printf(
            mark, "- Bottleneck: %s at %s: %s.\n", mark_code(mark->arena, record->bottleneck.resource.text),
            markdown_number(mark, UNITS_SHARE, &record->bottleneck.utilization),
            record->bottleneck.why.text != NULL ? mark_text(mark->arena, record->bottleneck.why.text) : "?");
    if (load->known) mark_printf(mark, "- This design carries %.2f times this load.\n", load->value);
    if (fewer->known)
        mark_printf(mark, "- With one broker fewer it carries %.2f times this load.\n", fewer->value);
    if (record->headroom.breaks_first.text != NULL)
        mark_printf(mark, "- What gives first: %s.\n",
                    mark_text(mark->arena, record->headroom.breaks_first.text));
    if (record->utilization_n > 0) {
        mark_put(mark, "\n");
        ROW(mark, "Resource", "Mean", "Peak");
        mark_rule(mark, "lrr");
        for (int i = 0; i < record->utilization_n; i++)
            ROW(mark, mark_code(mark->arena, record->utilization[i].resource),
                markdown_number(mark, UNITS_SHARE, &record->utilization[i].mean),
                markdown_number(mark, UNITS_SHARE, &record->utilization[i].peak));
    }
    put_figure(mark, options, "utilization", "Utilisation of every resource, mean and peak");
    REASONS(mark, record, "/bottleneck", "/headroom/", "/utilization/");
    mark_put(mark, "\n");
}

/* A share that is nearly one, with its nines. */
static const char *nines(struct mark *mark, const struct record_number *share)
{
    return share->known ? arena_printf(mark->arena, "%.7g %%", 100 * share->value) : "?";
}

static const char *partition_of(struct mark *mark, const struct record_number *partition)
{
    return partition->known ? arena_printf(mark->arena, "%.0f", partition->value) : "none";
}

static void put_groups(struct mark *mark, const struct record *record)
{
    if (record->groups_n == 0) return;
    mark_put(mark, "## Lag and rebalances\n\nOver the whole run. A group is behind while something older than 3 s is unread, or a partition "
                   "is not read by whom it is assigned to; lag is cleared when the last partition is. Partition-seconds are those in "
                   "which nobody read.\n\n");
    ROW(mark, "Group", "Rebalances", "The longest", "Partition-seconds stopped", "Put out for not polling", "Peak lag", "Oldest unread",
        "Most behind at the peak", "Its lag over the mean", "Longest behind", "Last to clear", "Lag at the end", "Instances, mean / peak");
    mark_rule(mark, "lrrrrrrrrrrrr");
    for (int i = 0; i < record->groups_n; i++) {
        const struct record_number *f = record->groups[i].figure;
        ROW(mark, mark_code(mark->arena, record->groups[i].name), markdown_count(mark, &f[RECORD_REBALANCES]),
            markdown_number(mark, UNITS_DURATION, &f[RECORD_REBALANCE_LONGEST_S]),
            markdown_count(mark, &f[RECORD_PARTITION_SECONDS_STOPPED]), markdown_count(mark, &f[RECORD_EXPELLED]),
            markdown_count(mark, &f[RECORD_PEAK_LAG_RECORDS]), markdown_number(mark, UNITS_DURATION, &f[RECORD_PEAK_LAG_S]),
            partition_of(mark, &f[RECORD_PEAK_LAG_PARTITION]),
            f[RECORD_PEAK_LAG_SKEW].known ? arena_printf(mark->arena, "%.2f", f[RECORD_PEAK_LAG_SKEW].value) : "?",
            markdown_number(mark, UNITS_DURATION, &f[RECORD_CLEAR_LAG_S]), partition_of(mark, &f[RECORD_CLEAR_LAG_PARTITION]),
            markdown_count(mark, &f[RECORD_END_LAG_RECORDS]),
            arena_printf(mark->arena, "%s / %s", markdown_count(mark, &f[RECORD_INSTANCES_MEAN]),
                         markdown_count(mark, &f[RECORD_INSTANCES_PEAK])));
    }
    REASONS(mark, record, "/groups/");
    mark_put(mark, "\n");
}

static void put_delivery(struct mark *mark, const struct record *record)
{
    mark_put(mark, "## Delivery accounting\n\nFor every group, to the record: produced = rejected + "
                   "delivered + lost + in "
                   "flight. What is beside stands outside the sum.\n\n");
    ROW(mark, "Group", "Produced", "Rejected", "Delivered", "Lost", "In flight", "Beside: delivered twice",
        "refused as late", "out of order");
    mark_rule(mark, "lrrrrrrrr");
    for (int i = 0; i < record->delivery.groups_n; i++) {
        const struct record_group *g = &record->delivery.groups[i];
        ROW(mark, mark_code(mark->arena, g->name), whole(mark, record->delivery.produced),
            whole(mark, record->delivery.rejected), whole(mark, g->delivered), whole(mark, g->lost),
            whole(mark, g->in_flight), whole(mark, g->duplicated), whole(mark, g->dropped_late),
            whole(mark, g->reordered));
    }
    mark_put(mark, "\n");
    for (int i = 0; i < record->delivery.groups_n; i++) {
        const struct record_group *g = &record->delivery.groups[i];
        if (g->deduplicated.known)
            mark_printf(mark, "- Removed from %s by their ids, and not delivered twice: %s records\n", mark_code(mark->arena, g->name),
                        whole(mark, (int64_t)g->deduplicated.value));
        for (int k = 0; k < g->lost_by_n; k++) {
            if (g->lost_by[k].count == 0) continue;
            mark_printf(mark, "- Lost to %s by %s: %s records\n", mark_code(mark->arena, g->name),
                        mark_text(mark->arena, g->lost_by[k].name), whole(mark, g->lost_by[k].count));
        }
    }
    for (int k = 0; k < record->delivery.rejected_by_n; k++)
        mark_printf(mark, "- Rejected for %s: %s records\n", mark_text(mark->arena, record->delivery.rejected_by[k].name),
                    whole(mark, record->delivery.rejected_by[k].count));
    if (record->delivery.transactions.known && record->delivery.transaction_commit_s.known)
        mark_printf(mark, "- Transactions committed: %s, each in %.3g s, for which producers send nothing: %.3g %% of their time\n",
                    whole(mark, (int64_t)record->delivery.transactions.value), record->delivery.transaction_commit_s.value,
                    100 * record->delivery.transaction_paused_share.value);
    if (record->delivery.spilled.known)
        mark_printf(mark, "- Spilled to producers' disks on the way: %s records\n", whole(mark, (int64_t)record->delivery.spilled.value));
    for (int k = 0; k < record->delivery.requests_failed_n; k++)
        mark_printf(mark, "- Produce requests that failed with %s: %s\n",
                    mark_text(mark->arena, record->delivery.requests_failed[k].name),
                    whole(mark, record->delivery.requests_failed[k].count));
    if (record->delivery.requests_failed_n > 0)
        mark_printf(mark, "- Of those, sent again: %s\n", whole(mark, record->delivery.requests_retried));
    mark_printf(mark, "- Availability: produce requests %s, partitions %s of the time\n",
                nines(mark, &record->availability.produce), nines(mark, &record->availability.partitions));
    REASONS(mark, record, "/availability/");
    mark_put(mark, "\n");
}

/* Sources are long and often shared, so they are numbered below the table. */
static void put_sources(struct mark *mark, const char *title, const struct report_source *list, int n)
{
    const char *sources[SOURCES_MAX];
    int sources_n = 0;
    mark_printf(mark, "### %s\n\n", title);
    ROW(mark, "Name", "Value", "Confidence", "Source");
    mark_rule(mark, "lllr");
    for (int i = 0; i < n; i++) {
        int at = 0;
        const char *source = list[i].source != NULL ? list[i].source : "?";
        if (list[i].note != NULL && list[i].note[0] != '\0')
            source = arena_printf(mark->arena, "%s (%s)", source, list[i].note);
        while (at < sources_n && strcmp(sources[at], source) != 0)
            at++;
        if (at == sources_n && sources_n < SOURCES_MAX) sources[sources_n++] = source;
        ROW(mark, mark_code(mark->arena, list[i].name), mark_text(mark->arena, list[i].value),
            mark_text(mark->arena, list[i].confidence),
            at < SOURCES_MAX ? arena_printf(mark->arena, "%d", at + 1) : "?");
    }
    mark_put(mark, "\n");
    for (int i = 0; i < sources_n; i++)
        mark_printf(mark, "%d. %s\n", i + 1, mark_text(mark->arena, sources[i]));
    mark_put(mark, "\n");
}

static void put_input(struct mark *mark, const char *what, const struct record_file *file)
{
    if (file->name != NULL)
        mark_printf(mark, "- %s: %s, SHA-256 `%.64s`\n", what, mark_code(mark->arena, file->name),
                    file->sha256 != NULL ? mark_text(mark->arena, file->sha256) : "?");
}

static void put_assumptions(struct mark *mark, const struct record *record,
                            const struct report_markdown_options *options)
{
    const struct report_sources *sources = options->sources;
    mark_put(mark, "## Assumptions and their sources\n\n");
    for (int i = 0; i < record->notes_n; i++)
        mark_printf(mark, "- %s\n", mark_text(mark->arena, record->notes[i]));
    put_input(mark, "Calibration", &record->inputs.calibration);
    put_input(mark, "Prices", &record->inputs.prices);
    REASONS(mark, record, "/error/", "/paths/", "/storage/", "/inputs/");
    mark_put(mark, "\n");
    if (sources == NULL) return;
    if (sources->prices_n > 0) put_sources(mark, "Prices", sources->prices, sources->prices_n);
    if (sources->calibration_n > 0)
        put_sources(mark, "Calibration", sources->calibration, sources->calibration_n);
    if (sources->prices_missing != NULL)
        mark_printf(mark, "- %s\n", mark_text(mark->arena, sources->prices_missing));
    if (sources->calibration_missing != NULL)
        mark_printf(mark, "- %s\n", mark_text(mark->arena, sources->calibration_missing));
    if (sources->prices_missing != NULL || sources->calibration_missing != NULL) mark_put(mark, "\n");
}

static const struct record_number *resolution_figure(const struct record *record, const char *name)
{
    for (int i = 0; i < record->error.resolution_n; i++)
        if (strcmp(record->error.resolution[i].name, name) == 0) return &record->error.resolution[i].number;
    return NULL;
}

/* By how much it is known to change a p99. */
static const char *resolution_bias(struct mark *mark, const struct record *record)
{
    const struct record_number *bias = resolution_figure(record, "bias_p99");
    const struct record_number *half = resolution_figure(record, "bias_p99_half_width");
    if (!bias || !bias->known)
        return mark_text(mark->arena, bias && bias->why_null ? arena_printf(mark->arena, "not known: %s", bias->why_null) : "not known");
    const char *text = arena_printf(mark->arena, "%+.2g %%", 100 * bias->value);
    if (half && half->known) text = arena_printf(mark->arena, "%s ± %.2g %%", text, 100 * half->value);
    if (record->error.resolution_case.text)
        text = arena_printf(mark->arena, "%s (measured in: %s)", text, record->error.resolution_case.text);
    return mark_text(mark->arena, text);
}

static void put_reproduce(struct mark *mark, const struct record *record)
{
    mark_put(
        mark,
        "## How to reproduce it\n\nWith `result.json` beside this report, the same program and "
        "the same inputs:\n\n"
        "```sh\nheadroom report result.json --scenario again.json\n"
        "headroom run again.json --no-host --out again\n```\n\n"
        "Equal inputs give equal bytes, but for the scenario's own hash: `again.json` is the "
        "scenario with every "
        "default in it. A calibration, price book or trace that the run was given is to be given again.\n\n");
    ROW(mark, "What", "Value");
    mark_rule(mark, "ll");
    ROW(mark, "program",
        arena_printf(mark->arena, "%s %s", mark_text(mark->arena, record->tool.name),
                     mark_text(mark->arena, record->tool.version)));
    ROW(mark, "its binary, SHA-256", mark_code(mark->arena, record->tool.build_sha256));
    ROW(mark, "scenario, SHA-256", mark_code(mark->arena, record->scenario.sha256));
    ROW(mark, "seed", arena_printf(mark->arena, "%" PRIu64, record->inputs.seed));
    ROW(mark, "replications",
        record->run.precision.known
            ? arena_printf(mark->arena, "%d: %d, and more until intervals are within %s", record->run.replications,
                           record->inputs.replications, markdown_number(mark, UNITS_SHARE, &record->run.precision))
            : arena_printf(mark->arena, "%d of %d", record->run.replications, record->inputs.replications));
    ROW(mark, "resolution", mark_text(mark->arena, record->inputs.resolution));
    ROW(mark, "share simulated", markdown_number(mark, UNITS_SHARE, &record->run.fraction_simulated));
    ROW(mark, "bias of the resolution, p99", resolution_bias(mark, record));
    for (int i = 0; i < record->inputs.plugins_n; i++)
        ROW(mark, "plugin", mark_code(mark->arena, record->inputs.plugins[i].name));
}

char *report_markdown_text(const struct record *record, const struct report_markdown_options *options,
                           struct arena *arena, size_t *n)
{
    struct mark mark = {.arena = arena};
    put_goal(&mark, record);
    markdown_constraints(&mark, record);
    markdown_design(&mark, record);
    put_load(&mark, record, options);
    put_times(&mark, record, options);
    put_tables(&mark, record);
    put_queries(&mark, record);
    put_cost(&mark, record, options);
    put_faults(&mark, record);
    put_groups(&mark, record);
    put_headroom(&mark, record, options);
    put_delivery(&mark, record);
    put_assumptions(&mark, record, options);
    put_reproduce(&mark, record);
    *n = mark.n;
    return mark.bytes;
}
