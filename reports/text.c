/* text.c: see text.h. One function a section, in the order in which a capacity reviewer asks. */
#include "text.h"

#include "arena.h"
#include "bill.h"
#include "page.h"
#include "record.h"
#include "text_parts.h"
#include "units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    INDENT = 2,
    LABEL = 12, /* of the sections that are prose: their text begins here */
    OBJECTIVES_SHOWN = 10,
    DISTRIBUTIONS_SHOWN = 12,
    QUERIES_SHOWN = 6,
    TABLES_SHOWN = 6,
    FAULTS_SHOWN = 8,
    LINES_SHOWN = 14,
    TIERS_SHOWN = 3,
    REASONS_SHOWN = 1,
    NOTES_SHOWN = 1,
};

bool report_text_color(FILE *out)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    if (no_color != NULL && no_color[0] != '\0') return false;
    if (term == NULL || strcmp(term, "dumb") == 0) return false;
    return isatty(fileno(out)) == 1;
}

static enum page_style verdict_style(enum record_verdict verdict)
{
    return verdict == RECORD_MET ? PAGE_GOOD : verdict == RECORD_MISSED ? PAGE_BAD : PAGE_DOUBT;
}

static void put_answer(struct page *page, const struct record *record)
{
    char a[PAGE_TEXT_SIZE], b[PAGE_TEXT_SIZE], c[PAGE_TEXT_SIZE], text[2 * PAGE_TEXT_SIZE];
    page_text(page, PAGE_BOLD, record->scenario.name != NULL ? record->scenario.name : "");
    page_end_line(page);
    if (record->scenario.question.text != NULL) {
        page_text(page, PAGE_PLAIN, "  ");
        page_wrap(page, INDENT, 3, record->scenario.question.text);
    }
    page_text(page, PAGE_PLAIN, "  ");
    const char *verdict = record->verdict == RECORD_MET      ? "MET"
                          : record->verdict == RECORD_MISSED ? "MISSED"
                                                             : "INCONCLUSIVE";
    page_text(page, verdict_style(record->verdict), verdict);
    page_text(page, PAGE_PLAIN, ":");
    page_wrap(page, INDENT, 3, record->answer != NULL ? record->answer : "");

    page_text(page, PAGE_PLAIN, "  ");
    snprintf(text, sizeof(text), "%s from %s, %s records, ",
             units_format(UNITS_DURATION, record->run.simulated_s, a, sizeof(a)),
             page_time_of_day(b, record->run.start_s), page_count(c, record->run.events));
    page_text(page, PAGE_FAINT, text);
    snprintf(text, sizeof(text), "%d replication%s, seed %llu, %s", record->run.replications,
             record->run.replications == 1 ? "" : "s", (unsigned long long)record->inputs.seed,
             record->inputs.resolution != NULL ? record->inputs.resolution : "?");
    page_text(page, PAGE_FAINT, text);
    if (record->run.fraction_simulated.known && record->run.fraction_simulated.value < 1) {
        snprintf(text, sizeof(text), " (%s simulated)",
                 text_in_units(UNITS_SHARE, &record->run.fraction_simulated, a));
        page_text(page, PAGE_FAINT, text);
    }
    page_end_line(page);
    if (record->run.partial) {
        page_text(page, PAGE_BAD, "  PARTIAL:");
        page_wrap(page, INDENT, 2,
                  record->run.partial_why != NULL ? record->run.partial_why : "the run did not finish");
    }
}

static void put_objective(struct page *page, const struct record_objective *objective)
{
    char value[PAGE_TEXT_SIZE], low[PAGE_TEXT_SIZE], high[PAGE_TEXT_SIZE], text[3 * PAGE_TEXT_SIZE];
    const char *met = objective->met == RECORD_MET      ? "met"
                      : objective->met == RECORD_MISSED ? "MISSED"
                                                        : "undecided";
    page_text(page, PAGE_PLAIN, "  ");
    page_left(page, verdict_style(objective->met), 10, met);
    page_left(page, PAGE_PLAIN, 46, objective->text);
    if (!objective->value.known) {
        const char *why = objective->why_null != NULL ? objective->why_null : objective->value.why_null;
        page_text(page, PAGE_PLAIN, "  ");
        page_wrap(page, 60, 2, why != NULL ? why : RECORD_NOT_FILLED);
        return;
    }
    page_right(page, PAGE_PLAIN, 14, page_figure(value, objective->unit, objective->value.value));
    if (objective->low.known && objective->high.known) {
        snprintf(text, sizeof(text), "   %s .. %s", page_figure(low, objective->unit, objective->low.value),
                 page_figure(high, objective->unit, objective->high.value));
        page_text(page, PAGE_PLAIN, text);
    }
    page_end_line(page);
    if (objective->met == RECORD_INCONCLUSIVE && objective->why_null != NULL) {
        page_text(page, PAGE_PLAIN, "            ");
        page_wrap(page, 12, 2, objective->why_null);
    }
}

static void put_objectives(struct page *page, const struct record *record)
{
    page_end_line(page);
    text_heading(page, 58, "OBJECTIVES");
    page_right(page, PAGE_FAINT, 14, record->objectives_n > 0 ? "value" : "");
    page_text(page, PAGE_FAINT, record->objectives_n > 0 ? "   95 % interval" : "none");
    page_end_line(page);
    /* What was missed is never among those cut. */
    int shown = 0;
    for (int pass = 0; pass < 2; pass++) {
        bool all_fit = record->objectives_n <= OBJECTIVES_SHOWN;
        for (int i = 0; i < record->objectives_n && shown < OBJECTIVES_SHOWN; i++) {
            bool is_bad = record->objectives[i].met != RECORD_MET;
            if (all_fit ? pass > 0 : is_bad != (pass == 0)) continue;
            put_objective(page, &record->objectives[i]);
            shown++;
        }
    }
    text_and_more(page, record->objectives_n - shown, "objectives");
}

static void put_load(struct page *page, const struct record *record)
{
    char peak[PAGE_TEXT_SIZE], mean[PAGE_TEXT_SIZE], raw[PAGE_TEXT_SIZE], wire[PAGE_TEXT_SIZE],
        batch[PAGE_TEXT_SIZE], ratio[PAGE_TEXT_SIZE], requests[PAGE_TEXT_SIZE], partitions[PAGE_TEXT_SIZE];
    struct arena *arena = arena_new(0);
    const char *text = arena_printf(
        arena,
        "peak %s, mean %s; %s raw, %s on the wire (%s); batches of %s records, %s "
        "requests/s; "
        "%s "
        "partition replicas a broker",
        text_in_units(UNITS_RATE, &record->load.peak_per_s, peak),
        text_in_units(UNITS_RATE, &record->load.mean_per_s, mean),
        text_in_units(UNITS_BYTES_PER_S, &record->load.raw_bytes_per_s, raw),
        text_in_units(UNITS_BYTES_PER_S, &record->load.wire_bytes_per_s, wire),
        record->load.compression.known ? page_compression(ratio, record->load.compression.value) : "?",
        record->load.batch_records_mean.known ? page_short_count(batch, record->load.batch_records_mean.value)
                                              : "?",
        record->load.requests_per_s.known ? page_short_count(requests, record->load.requests_per_s.value)
                                          : "?",
        record->load.partitions_per_broker.known
            ? page_short_count(partitions, record->load.partitions_per_broker.value)
            : "?");
    text_heading(page, LABEL, "LOAD");
    page_wrap(page, LABEL, 3, text);
    arena_free(arena);
}

static int put_distributions(struct page *page, const char *kind, const struct record_distribution *list,
                             int n, int room)
{
    static const enum record_figure columns[] = {RECORD_MEAN,  RECORD_P50,    RECORD_P95, RECORD_P99,
                                                 RECORD_P99_9, RECORD_P99_99, RECORD_MAX};
    int shown = n < room ? n : room;
    for (int i = 0; i < shown; i++) {
        char name[PAGE_TEXT_SIZE], value[PAGE_TEXT_SIZE];
        snprintf(name, sizeof(name), "%s %s", kind, list[i].name);
        page_text(page, PAGE_PLAIN, "  ");
        page_left(page, PAGE_PLAIN, 28, name);
        for (size_t c = 0; c < sizeof(columns) / sizeof(columns[0]); c++)
            page_right(page, PAGE_PLAIN, 10, text_in_units(UNITS_DURATION, &list[i].figure[columns[c]], value));
        page_end_line(page);
    }
    return shown;
}

static void put_times(struct page *page, const struct record *record)
{
    static const char *const names[] = {"mean", "p50", "p95", "p99", "p99.9", "p99.99", "max"};
    page_end_line(page);
    text_heading(page, 30, "TIMES");
    for (size_t c = 0; c < sizeof(names) / sizeof(names[0]); c++)
        page_right(page, PAGE_FAINT, 10, names[c]);
    page_end_line(page);
    int room = DISTRIBUTIONS_SHOWN;
    room -= put_distributions(page, "latency", record->latency, record->latency_n, room);
    for (int i = 0; i < record->query_n; i++)
        room -= put_distributions(page, "query", &record->query[i].latency, 1, room);
    room -= put_distributions(page, "freshness", record->freshness, record->freshness_n, room);
    room -= put_distributions(page, "staleness", record->staleness, record->staleness_n, room);
    text_and_more(page,
             record->latency_n + record->query_n + record->freshness_n + record->staleness_n -
                 (DISTRIBUTIONS_SHOWN - room),
             "distributions");
}

/* "; 12 refused", or nothing where there are none. */
static const char *and_count(struct arena *arena, int64_t count, const char *what)
{
    char text[PAGE_TEXT_SIZE];
    return count > 0 ? arena_printf(arena, "; %s %s", page_count(text, count), what) : "";
}

static const char *in_counts(const struct record_number *number, char *buffer)
{
    return number->known ? page_short_count(buffer, number->value) : "?";
}

static void put_query(struct page *page, const struct record_query *query, struct arena *arena)
{
    char count[PAGE_TEXT_SIZE], read[PAGE_TEXT_SIZE], of[PAGE_TEXT_SIZE], scanned[PAGE_TEXT_SIZE], gets[PAGE_TEXT_SIZE],
        wait[PAGE_TEXT_SIZE];
    const struct record_number files = record_each_query(query, (double)query->files_read),
                               all = record_each_query(query, (double)query->files_considered),
                               bytes = record_each_query(query, query->bytes_scanned),
                               requests = record_each_query(query, (double)query->get_requests);
    page_wrap(page, LABEL, 3,
              arena_printf(arena, "%s: %s of %s on %s%s%s; each reads %s of %s files, scans %s, makes %s GETs and waits %s "
                                  "at p95%s%s",
                           query->latency.name, page_count(count, query->arrived), query->table, query->engine,
                           and_count(arena, query->refused, "refused"),
                           and_count(arena, query->unfinished, "not done when the run ended"),
                           in_counts(&files, read), in_counts(&all, of), text_in_units(UNITS_BYTES, &bytes, scanned),
                           in_counts(&requests, gets),
                           text_in_units(UNITS_DURATION, &query->queue_wait.figure[RECORD_P95], wait),
                           and_count(arena, query->get_refused, "GETs answered 503"),
                           and_count(arena, query->files_archived, "files in an archive passed over")));
}

static const char *compacted(struct arena *arena, const struct record_table *t)
{
    char in[PAGE_TEXT_SIZE], out[PAGE_TEXT_SIZE];
    return arena_printf(arena, "%s files compacted into %s", page_short_count(in, (double)t->files_rewritten),
                        page_short_count(out, (double)t->files_written));
}

static void put_queries(struct page *page, const struct record *record)
{
    struct arena *arena = arena_new(0);
    const int shown = record->query_n < QUERIES_SHOWN ? record->query_n : QUERIES_SHOWN;
    for (int i = 0; i < shown; i++) {
        text_heading(page, LABEL, i == 0 ? "QUERIES" : "");
        put_query(page, &record->query[i], arena);
    }
    text_and_more(page, record->query_n - shown, "classes of queries");
    for (int i = 0; i < record->utilization_n && record->query_n > 0; i++) {
        const struct record_utilization *use = &record->utilization[i];
        char mean[PAGE_TEXT_SIZE], peak[PAGE_TEXT_SIZE];
        if (strncmp(use->resource, "engine.", 7) != 0) continue;
        text_heading(page, LABEL, "");
        page_wrap(page, LABEL, 1,
                  arena_printf(arena, "%s: %s busy, %s at its peak", use->resource, text_in_units(UNITS_SHARE, &use->mean, mean),
                               text_in_units(UNITS_SHARE, &use->peak, peak)));
    }
    arena_free(arena);
}

/* Those that jobs write: what groups write is told by their freshness. */
static void put_tables(struct page *page, const struct record *record)
{
    struct arena *arena = arena_new(0);
    int shown = 0, more = 0;
    for (int i = 0; i < record->tables_n; i++) {
        const struct record_table *t = &record->tables[i];
        char files[PAGE_TEXT_SIZE], conflicts[PAGE_TEXT_SIZE], commits[PAGE_TEXT_SIZE];
        if (t->etl_runs == 0 && t->compactions == 0) continue;
        if (shown == TABLES_SHOWN) {
            more++;
            continue;
        }
        text_heading(page, LABEL, shown++ == 0 ? "TABLES" : "");
        page_wrap(page, LABEL, 3,
                  arena_printf(arena, "%s: %s files; %s of %s commits met another%s%s", t->name,
                               page_short_count(files, (double)t->files), page_short_count(conflicts, (double)t->conflicts),
                               page_short_count(commits, (double)t->commits),
                               and_count(arena, t->commits_failed, "given up"),
                               t->files_rewritten > 0 ? arena_printf(arena, "; %s", compacted(arena, t)) : ""));
    }
    text_and_more(page, more, "tables");
    arena_free(arena);
}

static void put_bottleneck(struct page *page, const struct record *record)
{
    char share[PAGE_TEXT_SIZE], factor[2][PAGE_TEXT_SIZE];
    struct arena *arena = arena_new(0);
    text_heading(page, LABEL, "BOTTLENECK");
    if (record->bottleneck.resource.text != NULL) {
        const char *why = record->bottleneck.why.text;
        page_wrap(page, LABEL, 3,
                  arena_printf(arena, "%s at %s%s%s", record->bottleneck.resource.text,
                               text_in_units(UNITS_SHARE, &record->bottleneck.utilization, share),
                               why != NULL ? ": " : "", why != NULL ? why : ""));
    } else {
        const char *why = record->bottleneck.resource.why_null;
        page_wrap(page, LABEL, 2,
                  arena_printf(arena, "not known: %s", why != NULL ? why : RECORD_NOT_FILLED));
    }
    text_heading(page, LABEL, "HEADROOM");
    const struct record_number *factors[] = {&record->headroom.load_factor, &record->headroom.n_minus_1};
    if (factors[0]->known || factors[1]->known || record->headroom.breaks_first.text != NULL) {
        for (int i = 0; i < 2; i++)
            snprintf(factor[i], sizeof(factor[i]), factors[i]->known ? "%.2fx" : "?", factors[i]->value);
        const char *first = record->headroom.breaks_first.text;
        page_wrap(page, LABEL, 2,
                  arena_printf(arena, "%s this load, %s of it with one broker fewer%s%s", factor[0],
                               factor[1], first != NULL ? "; breaks first: " : "",
                               first != NULL ? first : ""));
    } else {
        const char *why = factors[0]->why_null;
        page_wrap(page, LABEL, 2,
                  arena_printf(arena, "not known: %s", why != NULL ? why : RECORD_NOT_FILLED));
    }
    arena_free(arena);
}

/* What the brokers' volumes have to hold. */
static void put_logs(struct page *page, const struct record *record)
{
    for (int i = 0; i < record->storage_n; i++) {
        const struct record_storage *log = &record->storage[i];
        char held[PAGE_TEXT_SIZE], capacity[PAGE_TEXT_SIZE], share[PAGE_TEXT_SIZE];
        if (strcmp(log->name, "log") != 0 || !log->full_share.known) continue;
        struct arena *arena = arena_new(0);
        text_heading(page, LABEL, "LOGS");
        page_wrap(page, LABEL, 2,
                  arena_printf(arena, "%s at the month's mean rate, of %s provisioned; the fullest volume %s full at the month's busiest%s",
                               text_in_units(UNITS_BYTES, &log->bytes, held), text_in_units(UNITS_BYTES, &log->capacity_bytes, capacity),
                               text_in_units(UNITS_SHARE, &log->full_share, share),
                               log->full_share.value > 1 ? ": they do not fit" : ""));
        arena_free(arena);
    }
}

/* What a line has no room for: how often, and records that did not come, or came twice. */
static void put_fault_counts(struct page *page, const struct record_fault *fault)
{
    struct arena *arena = arena_new(0);
    char count[PAGE_TEXT_SIZE];
    const char *text = "";
    const bool often = fault->recovered_max_s.known || fault->recovered_max_s.why_null != NULL;
    if (often) {
        text = arena_printf(arena, "%.3g times, and these are means; at worst recovered after %s, lag cleared after %s", fault->occurrences.value,
                            arena_strdup(arena, text_in_units(UNITS_DURATION, &fault->recovered_max_s, count)),
                            arena_strdup(arena, text_in_units(UNITS_DURATION, &fault->clear_lag_max_s, count)));
    }
    if (fault->skipped.known)
        text = arena_printf(arena, "%s%s%.3g skipped: what it strikes was down already", text, *text ? "; " : "", fault->skipped.value);
    const struct {
        const char *name;
        const struct record_number *number;
    } counts[] = {{"rejected", &fault->rejected}, {"lost", &fault->lost}, {"delivered twice", &fault->duplicated}};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        if (!counts[i].number->known || counts[i].number->value == 0) continue;
        page_short_count(count, counts[i].number->value);
        text = arena_printf(arena, "%s%s%s %s", text, *text ? "; " : "", count, counts[i].name);
    }
    if (*text) page_wrap(page, 20, 2, text);
    arena_free(arena);
}

static void put_faults(struct page *page, const struct record *record)
{
    if (record->faults_n == 0) return;
    page_end_line(page);
    text_heading(page, 20, "FAULTS");
    page_left(page, PAGE_FAINT, 7, "at");
    page_left(page, PAGE_FAINT, 15, "what");
    page_right(page, PAGE_FAINT, 9, "detected");
    page_right(page, PAGE_FAINT, 10, "recovered");
    page_right(page, PAGE_FAINT, 18, "peak lag");
    page_right(page, PAGE_FAINT, 10, "cleared");
    page_right(page, PAGE_FAINT, 10, "stale");
    page_end_line(page);
    int shown = record->faults_n < FAULTS_SHOWN ? record->faults_n : FAULTS_SHOWN;
    for (int i = 0; i < shown; i++) {
        const struct record_fault *fault = &record->faults[i];
        char text[PAGE_TEXT_SIZE], lag[PAGE_TEXT_SIZE] = "?", stale[PAGE_TEXT_SIZE] = "?";
        page_text(page, PAGE_PLAIN, "  ");
        page_left(page, PAGE_PLAIN, 17, fault->id);
        page_text(page, PAGE_PLAIN, " ");
        page_left(page, PAGE_PLAIN, 7,
                  fault->at_s.known ? page_time_of_day(text, fmod(record->run.start_s + fault->at_s.value, 86400)) : "never");
        page_left(page, PAGE_PLAIN, 15, fault->scope);
        if (fault->occurrences.known && fault->occurrences.value == 0) {
            page_end_line(page);
            continue;
        }
        page_right(page, PAGE_PLAIN, 9, text_in_units(UNITS_DURATION, &fault->detected_s, text));
        page_right(page, PAGE_PLAIN, 10, text_in_units(UNITS_DURATION, &fault->recovered_s, text));
        if (fault->peak_lag_records.known) {
            page_short_count(lag, fault->peak_lag_records.value);
            if (fault->peak_lag_group.text != NULL) {
                size_t n = strlen(lag);
                snprintf(lag + n, sizeof(lag) - n, " (%.40s)", fault->peak_lag_group.text);
            }
        }
        page_right(page, PAGE_PLAIN, 18, lag);
        page_right(page, PAGE_PLAIN, 10, text_in_units(UNITS_DURATION, &fault->clear_lag_s, text));
        if (fault->staleness_minutes.known)
            snprintf(stale, sizeof(stale), "%.1f min", fault->staleness_minutes.value);
        page_right(page, PAGE_PLAIN, 10, stale);
        page_end_line(page);
        put_fault_counts(page, fault);
    }
    text_and_more(page, record->faults_n - shown, "faults");
}

static bool is_doubtful(const struct record_cost_line *line)
{
    return line->confidence != NULL && strcmp(line->confidence, "verified") != 0;
}

static bool has_doubtful_price(const struct record *record)
{
    for (int i = 0; i < record->cost.lines_n; i++) {
        if (is_doubtful(&record->cost.lines[i])) return true;
    }
    return false;
}

/* Only where delay has a price. */
static void put_delay(struct page *page, const struct record *record)
{
    char after[PAGE_TEXT_SIZE], share[PAGE_TEXT_SIZE], text[3 * PAGE_TEXT_SIZE];
    if (!record->delay.usd_per_minute.known) return;
    page_text(page, PAGE_PLAIN, "  ");
    page_left(page, PAGE_PLAIN, 26, "cost of delay a month");
    if (!record->delay.month_usd.known) {
        const char *why = record->delay.month_usd.why_null;
        page_wrap(page, 28, 2, why != NULL ? why : RECORD_NOT_FILLED);
        return;
    }
    snprintf(text, sizeof(text), "%s staler than %s %s of steady time",
             record->delay.output.text != NULL ? record->delay.output.text : "?",
             text_in_units(UNITS_DURATION, &record->delay.stale_after_s, after),
             text_in_units(UNITS_SHARE, &record->delay.stale_share, share));
    page_right(page, PAGE_PLAIN, 53, text);
    page_right(page, PAGE_BOLD, 15, page_money(text, record->delay.month_usd.value));
    page_end_line(page);
}

/* Whether moving files to colder classes pays is what the lines alone do not say. */
static void put_tiers(struct page *page, const struct record *record)
{
    int shown = 0;
    for (int i = 0; i < record->notes_n && shown < TIERS_SHOWN; i++) {
        if (strncmp(record->notes[i], "Tiers of ", strlen("Tiers of ")) != 0) continue;
        page_text(page, PAGE_PLAIN, "  ");
        page_wrap(page, INDENT, 3, record->notes[i]);
        shown++;
    }
}

static void put_bill(struct page *page, const struct record *record)
{
    char text[PAGE_TEXT_SIZE];
    page_end_line(page);
    page_text(page, PAGE_BOLD, "BILL a month");
    if (has_doubtful_price(record)) page_text(page, PAGE_DOUBT, "   * a price not seen in its source");
    page_end_line(page);
    int most = record->cost.lines_n > LINES_SHOWN ? LINES_SHOWN - 1 : LINES_SHOWN, others = 0;
    struct record_number others_usd = record_known(0);
    for (int i = 0; i < record->cost.lines_n; i++) {
        const struct record_cost_line *line = &record->cost.lines[i];
        if (!bill_is_large(record, i, most)) {
            others++;
            others_usd.value += line->usd.value;
            others_usd.known = others_usd.known && line->usd.known;
            continue;
        }
        page_text(page, PAGE_PLAIN, "  ");
        page_left(page, PAGE_PLAIN, 32, line->item);
        page_right(page, PAGE_PLAIN, 14, page_quantity(text, line->quantity));
        page_text(page, PAGE_PLAIN, " ");
        page_left(page, PAGE_PLAIN, 15, line->unit);
        page_text(page, PAGE_PLAIN, " x ");
        page_left(page, PAGE_PLAIN, 12,
                  line->unit_usd.known ? page_unit_price(text, line->unit_usd.value) : "?");
        page_text(page, PAGE_PLAIN, " = ");
        page_right(page, PAGE_PLAIN, 14, line->usd.known ? page_money(text, line->usd.value) : "?");
        if (line->confidence != NULL && strcmp(line->confidence, "verified") != 0)
            page_text(page, PAGE_DOUBT, " *");
        page_end_line(page);
    }
    if (others > 0) {
        snprintf(text, sizeof(text), "  %d smaller lines, in result.json", others);
        page_left(page, PAGE_PLAIN, 81, text);
        page_right(page, PAGE_PLAIN, 15, others_usd.known ? page_money(text, others_usd.value) : "?");
        page_end_line(page);
    }
    page_text(page, PAGE_PLAIN, "  ");
    page_left(page, PAGE_BOLD, 32, "a month in all");
    char million[PAGE_TEXT_SIZE] = "";
    if (record->cost.per_million_events_usd.known) {
        char price[PAGE_TEXT_SIZE];
        snprintf(million, sizeof(million), "%.40s a million events",
                 page_unit_price(price, record->cost.per_million_events_usd.value));
    }
    page_right(page, PAGE_PLAIN, 47, million);
    page_right(page, PAGE_BOLD, 15,
               record->cost.month_usd.known ? page_money(text, record->cost.month_usd.value) : "?");
    page_end_line(page);
    if (record->cost.low_usd.known && record->cost.high_usd.known) {
        char low[PAGE_TEXT_SIZE];
        page_text(page, PAGE_PLAIN, "  likely between ");
        page_text(page, PAGE_PLAIN, page_money(low, record->cost.low_usd.value));
        page_text(page, PAGE_PLAIN, " and ");
        page_text(page, PAGE_PLAIN, page_money(text, record->cost.high_usd.value));
        page_end_line(page);
    }
    put_tiers(page, record);
    put_delay(page, record);
}

/* "/latency/end_to_end.ctr/p99.99" -> "latency.end_to_end.ctr.p99.99"; a fault has its id for its number. */
static const char *dotted(const struct record *record, struct arena *arena, const char *pointer)
{
    int fault, used = 0;
    const char *before = "";
    if (sscanf(pointer, "/faults/%d/%n", &fault, &used) == 1 && used > 0 && fault >= 0 &&
        fault < record->faults_n) {
        before = arena_printf(arena, "%s.", record->faults[fault].id);
        pointer += used - 1;
    }
    char *name = arena_strdup(arena, *pointer == '/' ? pointer + 1 : pointer);
    char *to = name;
    for (const char *from = name; *from != '\0'; from++, to++) {
        *to = *from == '/' ? '.' : *from;
        if (*from == '~' && (from[1] == '0' || from[1] == '1')) *to = *++from == '0' ? '~' : '/';
    }
    *to = '\0';
    return arena_printf(arena, "%s%s", before, name);
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), end_n = strlen(end);
    return n >= end_n && strcmp(text + n - end_n, end) == 0;
}

/* Of what this page shows; the ends of intervals, objectives (which say it themselves) and single steps of
 * the series have their reasons in the record. */
static bool belongs_here(const char *pointer)
{
    return strstr(pointer, "/ci95/") == NULL && strncmp(pointer, "/series/", 8) != 0 &&
           strncmp(pointer, "/objectives/", 12) != 0 && strncmp(pointer, "/headroom/", 10) != 0 &&
           strncmp(pointer, "/error/", 7) != 0 && strncmp(pointer, "/delay/", 7) != 0 && !ends_with(pointer, "_group") &&
           !ends_with(pointer, "/for_s");
}

/* One line a reason, with what it is the reason of. */
static void put_unknown(struct page *page, const struct record *record)
{
    struct arena *arena = arena_new(0);
    const struct record_reason *reasons;
    int n = record_reasons(record, arena, &reasons);
    bool *done = ARENA_NEW(arena, bool, (size_t)n);
    int shown = 0, left = 0;
    for (int i = 0; i < n; i++) {
        if (done[i] || !belongs_here(reasons[i].pointer)) continue;
        const char *names = dotted(record, arena, reasons[i].pointer);
        int others = 0;
        for (int j = i + 1; j < n; j++) {
            if (strcmp(reasons[j].why, reasons[i].why) != 0) continue;
            done[j] = true;
            if (others++ == 0)
                names = arena_printf(arena, "%s, %s", names, dotted(record, arena, reasons[j].pointer));
        }
        if (shown == REASONS_SHOWN) {
            left++;
            continue;
        }
        text_heading(page, LABEL, shown == 0 ? "NOT KNOWN" : "");
        if (others > 0) names = arena_printf(arena, "%s and %d more", names, others);
        page_wrap(page, LABEL, 2, arena_printf(arena, "%s: %s", names, reasons[i].why));
        shown++;
    }
    text_and_more(page, left, "reasons");
    arena_free(arena);
}

static void put_notes(struct page *page, const struct record *record)
{
    int shown = record->notes_n < NOTES_SHOWN ? record->notes_n : NOTES_SHOWN;
    for (int i = 0; i < shown; i++) {
        text_heading(page, LABEL, i == 0 ? "NOTES" : "");
        page_wrap(page, LABEL, 2, record->notes[i]);
    }
    text_and_more(page, record->notes_n - shown, "notes");
}

void report_text_files(struct page *page, const struct report_text_options *options)
{
    struct arena *arena = arena_new(0);
    if (options->files_n > 0) {
        const char *text =
            options->out_dir != NULL ? arena_printf(arena, "in %s:", options->out_dir) : "beside this one:";
        for (int i = 0; i < options->files_n; i++) {
            /* A figure's two files, as a shell takes them: "lag.{svg,png}". */
            const char *name = options->files[i], *next = i + 1 < options->files_n ? options->files[i + 1] : "";
            size_t stem = strlen(name) > 4 ? strlen(name) - 4 : 0;
            bool both = stem > 0 && strcmp(name + stem, ".svg") == 0 && strlen(next) == stem + 4 &&
                        strncmp(name, next, stem) == 0 && strcmp(next + stem, ".png") == 0;
            text = both ? arena_printf(arena, "%s %.*s.{svg,png}", text, (int)stem, name)
                        : arena_printf(arena, "%s %s", text, name);
            i += both;
        }
        text_heading(page, LABEL, "FILES");
        page_wrap(page, LABEL, 3, text);
    }
    if (options->figures_note != NULL) {
        text_heading(page, LABEL, "FIGURES");
        page_wrap(page, LABEL, 2, options->figures_note);
    }
    arena_free(arena);
}

void report_text(const struct record *record, const struct report_text_options *options)
{
    struct page page = {.out = options->out, .color = options->color};
    put_answer(&page, record);
    put_objectives(&page, record);
    put_load(&page, record);
    put_times(&page, record);
    put_tables(&page, record);
    put_queries(&page, record);
    put_bottleneck(&page, record);
    put_logs(&page, record);
    put_faults(&page, record);
    text_groups(&page, record);
    text_delivery(&page, record);
    put_bill(&page, record);
    put_unknown(&page, record);
    put_notes(&page, record);
    report_text_files(&page, options);
}
