/* window.c: see window.h. Which store holds the windows is decided once, in window_new(). */
#include "window.h"

#include "window_parts.h"

#include <math.h>

/* More windows than this for one record are a mistake. */
enum { WINDOWS_A_RECORD_MAX = 1 << 20 };

double window_ctr(const struct window_pane *pane)
{
    return pane->impressions == 0 ? (double)NAN : (double)pane->clicks / (double)pane->impressions;
}

const char *window_kind_name(enum window_kind kind)
{
    static const char *const names[] = {[WINDOW_TUMBLING] = "tumbling",
                                        [WINDOW_HOPPING] = "hopping",
                                        [WINDOW_SLIDING] = "sliding",
                                        [WINDOW_SESSION] = "session",
                                        [WINDOW_GLOBAL] = "global"};
    CHECK((size_t)kind < sizeof names / sizeof *names, "window kind %d", (int)kind);
    return names[kind];
}

static bool is_length(int64_t length)
{
    return length > 0 && length <= WINDOW_TIME_MAX;
}

static const char *span_mistake(const struct window_config *c)
{
    switch (c->kind) {
    case WINDOW_TUMBLING:
    case WINDOW_HOPPING: {
        if (!is_length(c->size)) return "a window's size must be above 0 and at most 2^61";
        const int64_t slide = c->kind == WINDOW_HOPPING ? c->slide : c->size;
        if (!is_length(slide)) return "a window's slide must be above 0 and at most 2^61";
        if (c->offset <= -slide || c->offset >= slide)
            return c->kind == WINDOW_HOPPING ? "a window's offset must be smaller than its slide"
                                             : "a window's offset must be smaller than its size";
        if (c->semantics == WINDOW_KAFKA_STREAMS && slide > c->size)
            return "windows of Kafka Streams advance by no more than their size";
        if (c->size / slide >= WINDOWS_A_RECORD_MAX) return "a record may be in at most 2^20 windows";
        return NULL;
    }
    case WINDOW_SLIDING:
        if (!is_length(c->size)) return "a window's size must be above 0 and at most 2^61";
        return c->semantics == WINDOW_KAFKA_STREAMS ? NULL : "sliding windows are of Kafka Streams";
    case WINDOW_SESSION:
        return is_length(c->gap) ? NULL : "a session's gap must be above 0 and at most 2^61";
    case WINDOW_GLOBAL:
        return NULL;
    }
    return "no window is of this kind";
}

static const char *trigger_mistake(const struct window_config *c)
{
    const struct window_trigger *t = &c->trigger;
    const bool streams = c->semantics == WINDOW_KAFKA_STREAMS;
    if (streams && t->kind != WINDOW_ON_UPDATE && t->kind != WINDOW_ON_CLOSE && !window_trigger_is_plain(t))
        return "windows of Kafka Streams give panes on_update or on_close";
    if (!streams && (t->kind == WINDOW_ON_UPDATE || t->kind == WINDOW_ON_CLOSE))
        return "on_update and on_close are of Kafka Streams";
    if (t->early_count < 0 || t->late_count < 0 || (t->kind == WINDOW_BY_COUNT && t->early_count == 0))
        return "a trigger's count must be at least 1";
    if (t->kind == WINDOW_CONTINUOUS && !is_length(t->interval))
        return "a trigger's interval must be above 0 and at most 2^61";
    if (t->once && c->semantics != WINDOW_BEAM) return "a trigger that closes its window is Beam's";
    if (t->processing_time && c->semantics != WINDOW_FLINK) return "windows of processing time are Flink's";
    if (t->processing_time && c->kind == WINDOW_SLIDING) return "sliding windows go by event time";
    if (t->purging && c->mode == WINDOW_RETRACTING)
        return "a purging trigger discards: there is nothing to retract";
    return NULL;
}

const char *window_config_mistake(const struct window_config *c)
{
    const char *mistake = span_mistake(c);
    if (mistake == NULL) mistake = trigger_mistake(c);
    if (mistake != NULL) return mistake;
    if (c->allowed_lateness < 0 || c->allowed_lateness > WINDOW_TIME_MAX)
        return "allowed lateness must be at least 0 and at most 2^61";
    if (c->sink.pane == NULL) return "a window operator needs somewhere to give its panes";
    if (c->closing_always && c->semantics != WINDOW_BEAM)
        return "a pane at the close of every window is Beam's";
    if (c->semantics == WINDOW_KAFKA_STREAMS) {
        if (c->offset != 0) return "windows of Kafka Streams have no offset";
        if (c->mode == WINDOW_DISCARDING || c->trigger.purging) return "windows of Kafka Streams accumulate";
    }
    return NULL;
}

/* Says the same in one way. */
static struct window_config normal(const struct window_config *config)
{
    struct window_config c = *config;
    if (c.kind != WINDOW_HOPPING) c.slide = c.size;
    if (c.kind != WINDOW_TUMBLING && c.kind != WINDOW_HOPPING) c.offset = 0;
    if (c.semantics == WINDOW_KAFKA_STREAMS && c.trigger.kind == WINDOW_AT_END)
        c.trigger.kind = WINDOW_ON_UPDATE;
    if (c.trigger.purging) c.mode = WINDOW_DISCARDING;
    return c;
}

/* Panes of the aligned store need no timers and no state of a trigger. */
bool window_is_aligned(const struct window_config *c)
{
    return (c->kind == WINDOW_TUMBLING || c->kind == WINDOW_HOPPING) && c->mode != WINDOW_RETRACTING &&
           !c->closing_always &&
           (window_trigger_is_plain(&c->trigger) || c->semantics == WINDOW_KAFKA_STREAMS);
}

struct window_operator *window_new(struct arena *arena, const struct window_config *config)
{
    const char *mistake = window_config_mistake(config);
    CHECK(mistake == NULL, "%s", mistake);
    struct window_operator *op = ARENA_NEW(arena, struct window_operator, 1);
    op->config = normal(config);
    op->arena = arena;
    op->watermark = INT64_MIN;
    op->accumulator_bytes = config->aggregates == NULL ? 0 : aggregate_bytes(config->aggregates);
    op->aligned = window_is_aligned(&op->config);
    const size_t sums = sizeof(struct window_sums) + op->accumulator_bytes;
    if (op->aligned)
        op->row_bytes = sums;
    else
        op->row_bytes = sizeof(struct window_cell) + op->accumulator_bytes +
                        (op->config.mode == WINDOW_RETRACTING ? sums : 0);
    op->scratch = arena_alloc(arena, 1, op->row_bytes);
    if (op->aligned)
        window_aligned_new(op);
    else
        window_cells_new(op);
    return op;
}

void window_reset_sums(const struct window_operator *op, struct window_sums *sums, void *accumulator,
                       uint64_t key)
{
    *sums = (struct window_sums){.key = key};
    if (accumulator != NULL) aggregate_reset(op->config.aggregates, accumulator);
}

void window_fold_other(const struct window_operator *op, void *accumulator, const struct window_record *r)
{
    aggregate_add(op->config.aggregates, accumulator,
                  &(struct aggregate_input){.value = r->value, .item = r->item, .count = r->count});
}

void window_give(struct window_operator *op, const struct window_sums *sums, const void *accumulator,
                 struct window_span span, enum window_timing timing)
{
    const struct window_pane pane = {sums->key,    span.start, span.end,   sums->impressions,
                                     sums->clicks, timing,     accumulator};
    if (timing == WINDOW_PANE_RETRACTION)
        op->counts.retractions++;
    else
        op->counts.panes++;
    if (timing == WINDOW_PANE_LATE) op->counts.panes_late++;
    op->emitting = true;
    op->config.sink.pane(op->config.sink.context, &pane);
    op->emitting = false;
}

void window_refuse(struct window_operator *op, const struct window_record *r, int64_t start)
{
    op->counts.records_late += (uint64_t)r->count;
    if (op->config.sink.late == NULL) return;
    const struct window_late_record record = {r->key, r->timestamp, start, r->count, r->side};
    op->emitting = true;
    op->config.sink.late(op->config.sink.context, &record);
    op->emitting = false;
}

uint64_t window_advance(struct window_operator *op, int64_t watermark)
{
    CHECK(!op->emitting, "a sink called its own operator");
    if (watermark <= op->watermark) return 0;
    const uint64_t before = op->counts.panes;
    op->watermark = watermark;
    if (op->aligned)
        window_aligned_settle(op);
    else
        window_keyed_advance(op);
    return op->counts.panes - before;
}

/* Counts it; what Kafka Streams' time moves by it, moves. False: it is skipped. */
static bool take_in(struct window_operator *op, const struct window_record *r)
{
    CHECK(!op->emitting, "a sink called its own operator");
    CHECK(op->config.trigger.processing_time ||
              (r->timestamp >= -WINDOW_TIME_MAX && r->timestamp <= WINDOW_TIME_MAX),
          "a timestamp of %lld", (long long)r->timestamp);
    CHECK(r->count >= 1, "%lld records", (long long)r->count);
    op->counts.folds++;
    op->counts.records += (uint64_t)r->count;
    if (op->config.semantics != WINDOW_KAFKA_STREAMS) return true;
    if (r->timestamp < 0) {
        op->counts.records_skipped += (uint64_t)r->count;
        return false;
    }
    if (r->timestamp > op->watermark) op->watermark = r->timestamp;
    return true;
}

enum window_result window_add_record(struct window_operator *op, const struct window_record *r)
{
    if (!take_in(op, r)) return WINDOW_SKIPPED;
    const enum window_result result = op->aligned ? window_aligned_add(op, r) : window_keyed_add(op, r);
    if (result == WINDOW_SKIPPED) op->counts.records_skipped += (uint64_t)r->count;
    /* The record's own time may have closed windows. */
    if (op->config.semantics == WINDOW_KAFKA_STREAMS) {
        if (op->aligned)
            window_aligned_settle(op);
        else
            window_keyed_advance(op);
    }
    return result;
}

enum window_result window_add(struct window_operator *op, uint64_t key, int64_t timestamp,
                              enum window_side side, int64_t count)
{
    return window_add_record(op, &(struct window_record){key, timestamp, count, 0, 0, side});
}

void window_add_batch(struct window_operator *op, const struct window_record *records, size_t n)
{
    CHECK(!op->emitting, "a sink called its own operator");
    if (op->aligned && op->config.semantics != WINDOW_KAFKA_STREAMS) {
        window_aligned_add_batch(op, records, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        window_add_record(op, &records[i]);
}

int64_t window_watermark(const struct window_operator *op)
{
    return op->watermark;
}

const struct window_counts *window_counts(const struct window_operator *op)
{
    return &op->counts;
}

void window_clear(struct window_operator *op)
{
    CHECK(!op->emitting, "a sink called its own operator");
    if (op->aligned)
        window_aligned_clear(op);
    else
        window_cells_clear(op);
    op->watermark = INT64_MIN;
}

size_t window_state_windows(const struct window_operator *op)
{
    return op->aligned ? op->n - op->alive : op->cells.n;
}

size_t window_state_keys(const struct window_operator *op)
{
    if (!op->aligned) return op->cells.n;
    size_t keys = 0;
    for (size_t i = op->alive; i < op->n; i++)
        keys += op->windows[i].table.n;
    return keys;
}

size_t window_state_bytes(const struct window_operator *op)
{
    if (!op->aligned)
        return window_table_slots(op->cells.keys.bits) * sizeof(uint32_t) +
               op->cells.capacity * op->row_bytes + op->cells.heap_capacity * sizeof(struct window_timer);
    size_t bytes = 0;
    for (size_t i = op->alive; i < op->n; i++)
        bytes += sizeof(struct window_aligned) + window_table_bytes(op->windows[i].table.bits, op->row_bytes);
    return bytes;
}

static void show(const struct window_sums *sums, const void *accumulator, struct window_span span,
                 void (*pane)(void *context, const struct window_pane *pane), void *context)
{
    const struct window_pane held = {sums->key,    span.start,        span.end,   sums->impressions,
                                     sums->clicks, WINDOW_PANE_STATE, accumulator};
    pane(context, &held);
}

void window_state_each(struct window_operator *op,
                       void (*pane)(void *context, const struct window_pane *pane), void *context)
{
    CHECK(!op->emitting, "a sink called its own operator");
    op->emitting = true;
    for (size_t i = op->alive; i < op->n; i++) {
        struct window_aligned *w = &op->windows[i];
        for (uint32_t k = 0; k < w->table.n; k++) {
            struct window_sums *sums = (struct window_sums *)(w->table.rows + k * op->row_bytes);
            show(sums, window_accumulator(op, sums),
                 (struct window_span){w->start, w->start + op->config.size}, pane, context);
        }
    }
    for (uint32_t i = 0; i < op->cells.used; i++) {
        struct window_cell *c = window_cell_at(op, i);
        if (c->alive) show(&c->sums, window_cell_accumulator(op, c), c->span, pane, context);
    }
    op->emitting = false;
}
