/* cost.c: the monthly bill; see cost.h.
 *
 * 1. Every item states what is used in its own measure: instance-hours, byte-months, bytes moved, bytes a
 *    second above what is included, I/O operations a second, requests.
 * 2. The row of the price book says what a unit of the price is; UNITS turns the measure into that unit, or
 *    finds that the two do not fit, so that a price per million requests is never read as one per thousand.
 * 3. Lines are added in a fixed order, and the total is their sum in that order.
 */
#include "cost_build.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "arena.h"
#include "check.h"
#include "rate.h"

static const double MIB = 1048576.0;
static const double GIB = 1073741824.0;

static const struct unit_rule {
    enum bill_measure measure;
    const char *unit;  /* as the price book writes it */
    double measures;   /* of the measure in one unit; 0: the bytes of the row's GB */
    const char *shown; /* on the bill; NULL: the row's unit, with GB told from GiB */
} UNITS[] = {
    {BILL_INSTANCE_HOURS, "instance-hour", 1, NULL},
    {BILL_INSTANCE_HOURS, "broker-hour", 1, NULL},
    {BILL_BALANCER_HOURS, "alb-hour", 1, NULL},
    {BILL_BALANCED_BYTES, "LCU-hour", 0, NULL}, /* a GB each: connections are kept open, and are not what fills it */
    {BILL_BYTES_MONTH, "GB-month", 0, NULL},
    {BILL_BYTES_MONTH, "GB-month provisioned", 0, NULL},
    {BILL_BYTES_EACH_WAY, "GB each direction", 0, NULL},
    {BILL_BYTES_PER_S, "MiBps-month", 1048576, "MiB/s-month"},
    {BILL_BYTES_PER_S, "MiBps-month above 125", 1048576, "MiB/s-month"},
    {BILL_IOPS, "IOPS-month", 1, "IOPS-month"},
    {BILL_IOPS, "IOPS-month above 3000", 1, "IOPS-month"},
    {BILL_REQUESTS, "1k-requests", 1000, NULL},
    {BILL_REQUESTS, "1M-requests", 1e6, NULL},
    {BILL_TRANSITIONS, "1k-transitions", 1000, NULL},
    {BILL_BYTES, "GB", 0, NULL},
};

const char *bill_kind_name(enum bill_kind kind)
{
    static const char *const names[] = {
        [BILL_BROKERS] = "brokers",
        [BILL_BROKER_STORAGE] = "broker volumes",
        [BILL_TRANSFER] = "traffic between zones",
        [BILL_GROUPS] = "consumer groups",
        [BILL_PRODUCERS] = "producers",
        [BILL_OBJECT_STORE] = "object store",
        [BILL_JOBS] = "ETL and compaction",
        [BILL_ENGINES] = "query engines",
    };
    _Static_assert(sizeof names / sizeof names[0] == BILL_KINDS, "every kind of cost has a name");
    CHECK(kind >= 0 && kind < BILL_KINDS, "kind %d of cost", (int)kind);
    return names[kind];
}

/* Volume types of brokers. What is included is a quantity of the price book. */
static const struct volume_rule {
    const char *type;
    const char *storage_id; /* NULL: it comes with the instance */
    const char *throughput_id, *included_throughput_id; /* NULL: not sold apart */
    const char *iops_id, *included_iops_id;             /* NULL: not sold apart */
} VOLUMES[] = {
    {"gp3", "aws.ebs.gp3.storage", "aws.ebs.gp3.throughput", "aws.ebs.gp3.baseline-throughput",
     "aws.ebs.gp3.iops", "aws.ebs.gp3.baseline-iops"},
    {STORAGE_LOCAL, NULL, NULL, NULL, NULL, NULL},
    {"gp2", "aws.ebs.gp2.storage", NULL, NULL, NULL, NULL},
    {"st1", "aws.ebs.st1.storage", NULL, NULL, NULL, NULL},
    {"sc1", "aws.ebs.sc1.storage", NULL, NULL, NULL, NULL},
};

/* An MSK cluster has storage of its own prices, whatever the scenario calls the volumes. */
static const struct volume_rule MSK_VOLUME = {"msk",
                                              "aws.msk.storage.standard",
                                              "aws.msk.storage.throughput",
                                              "aws.msk.broker.default-throughput",
                                              NULL,
                                              NULL};

static const char MSK_BROKER_PREFIX[] = "aws.msk.broker.";
static const char BALANCER_ID[] = "aws.alb.hour", BALANCED_ID[] = "aws.alb.lcu";
/* Below 50 TB; the first step's price for all of it. */
static const char TIERED_ID[] = "aws.s3.standard.storage.first50tb";
static const char MSK_TIERED_ID[] = "aws.msk.storage.tiered", MSK_RETRIEVAL_ID[] = "aws.msk.tiered.retrieval";
static const char CROSS_ZONE_ID[] = "aws.transfer.cross-az";

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

void bill_note(struct bill_build *b, const char *format, ...)
{
    va_list args;

    CHECK(b->bill->notes_n < BILL_NOTES_MAX, "a bill has more than %d notes", BILL_NOTES_MAX);
    va_start(args, format);
    b->bill->notes[b->bill->notes_n++] = arena_vprintf(b->arena, format, args);
    va_end(args);
}

/* "GB-month" is "GiB-month" where the provider's GB is 2^30 bytes. */
static const char *shown_unit(struct bill_build *b, const struct unit_rule *rule, const struct price *price)
{
    if (rule->shown) return rule->shown;
    if (strncmp(price->unit, "GB", 2) == 0 && price->gb_bytes == GIB)
        return arena_printf(b->arena, "GiB%s", price->unit + 2);
    return price->unit;
}

/* NULL, and *reason says why, if there is no such price or it is per something else. */
static const struct price *find_price(struct bill_build *b, const char *id, enum bill_measure measure,
                                      const char *item, const struct unit_rule **rule, const char **reason)
{
    const struct price *price = pricebook_find(b->book, id);

    if (!price) {
        *reason = arena_printf(b->arena, "the price book %s has no price %s, which the bill of %s needs",
                               b->book->name, id, item);
        return NULL;
    }
    for (size_t u = 0; u < COUNT(UNITS); u++) {
        if (UNITS[u].measure != measure || strcmp(UNITS[u].unit, price->unit) != 0) continue;
        *rule = &UNITS[u];
        return price;
    }
    *reason = arena_printf(b->arena,
                           "the price %s of the price book %s is per \"%s\", which the bill of %s cannot use",
                           id, b->book->name, price->unit, item);
    return NULL;
}

static struct bill_line *new_line(struct bill_build *b, enum bill_kind kind, const char *item,
                                  const char *price_id)
{
    struct bill_line *line;

    CHECK(b->bill->lines_n < BILL_LINES_MAX, "a bill has more than %d lines", BILL_LINES_MAX);
    line = &b->lines[b->bill->lines_n++];
    *line = (struct bill_line){.kind = kind, .item = item, .price_id = price_id};
    return line;
}

void bill_add_missing(struct bill_build *b, enum bill_kind kind, const char *item, const char *price_id,
                        const char *reason)
{
    struct bill_line *line = new_line(b, kind, item, price_id);

    line->quantity = NAN;
    line->unit = "";
    line->unit_usd = NAN;
    line->usd = NAN;
    line->confidence = "missing";
    line->missing_price = true;
    if (!b->bill->month_null_reason) b->bill->month_null_reason = reason;
}

void bill_add(struct bill_build *b, enum bill_kind kind, const char *item, enum bill_measure measure, double amount,
                const char *price_id)
{
    const struct unit_rule *rule = NULL;
    const char *reason = NULL;
    const struct price *price;
    struct bill_line *line;
    double measures;

    CHECK(isfinite(amount) && amount >= 0, "%s has an amount of %g", item, amount);
    if (amount == 0) return;
    price = find_price(b, price_id, measure, item, &rule, &reason);
    if (!price) {
        bill_add_missing(b, kind, item, price_id, reason);
        return;
    }
    measures = rule->measures > 0 ? rule->measures : price->gb_bytes;
    CHECK(measures > 0, "price %s has no bytes in its GB", price_id);
    line = new_line(b, kind, item, price->id);
    line->quantity = amount / measures;
    line->unit = shown_unit(b, rule, price);
    line->unit_usd = price->usd;
    line->usd = line->quantity * line->unit_usd;
    line->confidence = price->confidence;
}

static void add_instances(struct bill_build *b, enum bill_kind kind, const char *item,
                          const struct meters_instances *instances, const char *prefix)
{
    if (!instances->type) return;
    bill_add(b, kind, item, BILL_INSTANCE_HOURS, instances->count * METERS_MONTH_HOURS,
        arena_printf(b->arena, "%s%s", prefix, instances->type));
}

void bill_add_instances(struct bill_build *b, enum bill_kind kind, const char *item,
                        const struct meters_instances *instances)
{
    add_instances(b, kind, item, instances, b->book->instances);
}

/* What is provisioned above what is included, of all brokers together, in the measure's own unit. */
static void add_above_included(struct bill_build *b, const char *item, enum bill_measure measure, double provisioned,
                               const char *price_id, const char *included_id)
{
    const struct price_quantity *included = pricebook_quantity(b->book, included_id);
    const char *unit = measure == BILL_IOPS ? "IOPS" : "MiB/s";
    double base;

    if (!included || strcmp(included->unit, unit) != 0) {
        bill_add_missing(b, BILL_BROKER_STORAGE, item, price_id,
                    arena_printf(b->arena,
                                 "the price book %s has no quantity %s in %s, which the bill of %s needs",
                                 b->book->name, included_id, unit, item));
        return;
    }
    base = included->value * (measure == BILL_IOPS ? 1 : MIB);
    if (provisioned > base)
        bill_add(b, BILL_BROKER_STORAGE, item, measure, (provisioned - base) * b->meters->brokers.instances.count,
            price_id);
}

static const struct volume_rule *volume_rule(bool msk, const char *type)
{
    if (msk) return &MSK_VOLUME;
    for (size_t v = 0; v < COUNT(VOLUMES); v++) {
        if (type && strcmp(VOLUMES[v].type, type) == 0) return &VOLUMES[v];
    }
    return NULL;
}

static void bill_brokers(struct bill_build *b)
{
    const struct meters *m = b->meters;
    const struct volume_rule *volume = volume_rule(b->msk, m->brokers.volume_type);
    double count = m->brokers.instances.count;

    add_instances(b, BILL_BROKERS, "kafka brokers", &m->brokers.instances,
                  b->msk ? MSK_BROKER_PREFIX : b->book->instances);
    if (!volume) {
        const char *type = m->brokers.volume_type ? m->brokers.volume_type : "(none)";

        bill_add_missing(
            b, BILL_BROKER_STORAGE, "broker volumes", arena_printf(b->arena, "aws.ebs.%s.storage", type),
            arena_printf(b->arena, "volumes of type %s cannot be billed here; gp3, gp2, st1 and sc1 can",
                         type));
        return;
    }
    if (!volume->storage_id) {
        bill_note(b, "the brokers' local disks are billed with their instances");
        return;
    }
    bill_add(b, BILL_BROKER_STORAGE, "broker volumes", BILL_BYTES_MONTH, m->brokers.volume_bytes * count,
        volume->storage_id);
    if (volume->throughput_id)
        add_above_included(b, "broker volume throughput", BILL_BYTES_PER_S,
                           m->brokers.volume_throughput_bytes_per_s, volume->throughput_id,
                           volume->included_throughput_id);
    if (volume->iops_id)
        add_above_included(b, "broker volume IOPS", BILL_IOPS, m->brokers.volume_iops, volume->iops_id,
                           volume->included_iops_id);
}

/* Bytes between zones are charged where they leave and where they arrive. */
static void add_cross_zone(struct bill_build *b, const char *item, struct meter bytes)
{
    bill_add(b, BILL_TRANSFER, item, BILL_BYTES_EACH_WAY, 2 * meters_month(b->meters, bytes), CROSS_ZONE_ID);
}

static void bill_transfer(struct bill_build *b)
{
    const struct meters *m = b->meters;

    add_cross_zone(b, "cross-zone, producers to brokers", m->produce_cross_zone_bytes);
    if (!b->msk)
        add_cross_zone(b, "cross-zone, replication", m->replication_cross_zone_bytes);
    else if (meters_month(m, m->replication_cross_zone_bytes) > 0)
        bill_note(b, "Replication between zones is not charged on msk.");
    for (int g = 0; g < m->groups_n; g++) {
        add_cross_zone(b, arena_printf(b->arena, "cross-zone, fetches of group %s", m->groups[g].name),
                       m->groups[g].fetch_cross_zone_bytes);
    }
}

static void bill_clients(struct bill_build *b)
{
    const struct meters *m = b->meters;
    int unbilled = 0;

    for (int g = 0; g < m->groups_n; g++) {
        bill_add_instances(b, BILL_GROUPS, arena_printf(b->arena, "group %s", m->groups[g].name),
                           &m->groups[g].instances);
    }
    for (int p = 0; p < m->producers_n; p++) {
        bill_add_instances(b, BILL_PRODUCERS, arena_printf(b->arena, "producers %s", m->producers[p].name),
                           &m->producers[p].instances);
        unbilled += !m->producers[p].instances.type;
        if (m->producers[p].balanced_bytes.per_event <= 0) continue;
        bill_add(b, BILL_PRODUCERS, arena_printf(b->arena, "load balancer of %s", m->producers[p].name), BILL_BALANCER_HOURS,
                 METERS_MONTH_HOURS, BALANCER_ID);
        bill_add(b, BILL_PRODUCERS, arena_printf(b->arena, "load balancer of %s, traffic", m->producers[p].name),
                 BILL_BALANCED_BYTES, meters_month(m, m->producers[p].balanced_bytes), BALANCED_ID);
    }
    if (unbilled > 0)
        bill_note(b, "Producers without an instance type are not billed: their hosts are somebody else's.");
}

/* Bytes kept for `retention_ns` at the month's mean rate; without a retention, what one month brings. */
static double held_bytes(const struct meters *m, struct meter bytes, int64_t retention_ns)
{
    if (retention_ns <= 0) return meters_month(m, bytes);
    return meters_month_rate(m, bytes) * ((double)retention_ns / 1e9);
}

/* What retention by time would keep of a topic, or retention by size where that is less, or compaction; each replica's. */
static double topic_bytes(const struct meters_topic *t, double bytes)
{
    if (t->retention_bytes > 0) bytes = fmin(bytes, t->retention_bytes);
    if (t->tiered && t->local_retention_bytes > 0) bytes = fmin(bytes, t->local_retention_bytes);
    if (t->compacted_bytes > 0) bytes = t->deletes ? fmin(bytes, t->compacted_bytes) : t->compacted_bytes;
    return bytes * t->replication;
}

/* How full the fullest volume is after the month's busiest stretch of so long, if nothing was there before. */
static double fullest_volume(const struct meters *m, const struct rate_curve *month, double width_s)
{
    double bytes = 0;
    for (int t = 0; t < m->topics_n; t++) {
        const int64_t retention_ns = m->topics[t].local_retention_ns;
        const double retention_s = retention_ns > 0 ? (double)retention_ns / 1e9 : METERS_MONTH_SECONDS;
        const double held_s = fmin(width_s, retention_s);
        const struct meter appended = m->topics[t].appended_bytes;
        if (held_s <= 0) continue;
        const double busier = rate_mean(month) > 0 ? rate_window_max(month, held_s) / rate_mean(month) : 1;
        bytes += topic_bytes(&m->topics[t],
                             (appended.per_event * m->month_events_per_s_mean * busier + appended.per_hour / 3600) * held_s);
    }
    const double share = m->brokers.fullest_share > 0 ? m->brokers.fullest_share : 1 / m->brokers.instances.count;
    return m->brokers.volume_bytes > 0 ? bytes * share / m->brokers.volume_bytes : 0;
}

/* Segments in the object store: all that is retained, once, whatever of it is local too. */
static void bill_tiered(struct bill_build *b)
{
    const struct meters *m = b->meters;
    for (int t = 0; t < m->topics_n; t++) {
        const struct meters_topic *topic = &m->topics[t];
        if (!topic->tiered) continue;
        double bytes = held_bytes(m, topic->appended_bytes, topic->retention_ns);
        if (topic->retention_bytes > 0) bytes = fmin(bytes, topic->retention_bytes);
        b->bill->tiered_bytes += bytes;
        bill_add(b, BILL_OBJECT_STORE, arena_printf(b->arena, "tiered log of %s", topic->name), BILL_BYTES_MONTH, bytes,
                 b->msk ? MSK_TIERED_ID : TIERED_ID);
        if (b->msk) {
            bill_add(b, BILL_OBJECT_STORE, arena_printf(b->arena, "tiered log of %s, retrieval", topic->name), BILL_BYTES,
                     meters_month(m, topic->remote_read_bytes), MSK_RETRIEVAL_ID);
            continue;
        }
        bill_add(b, BILL_OBJECT_STORE, arena_printf(b->arena, "tiered log of %s, PUT requests", topic->name), BILL_REQUESTS,
                 meters_month(m, topic->remote_puts), objectstore_classes[OBJECT_STANDARD].put_id);
        bill_add(b, BILL_OBJECT_STORE, arena_printf(b->arena, "tiered log of %s, GET requests", topic->name), BILL_REQUESTS,
                 meters_month(m, topic->remote_gets), objectstore_classes[OBJECT_STANDARD].get_id);
    }
}

static void hold_logs(struct bill_build *b)
{
    const struct meters *m = b->meters;

    for (int t = 0; t < m->topics_n; t++)
        b->bill->log_bytes +=
            topic_bytes(&m->topics[t], held_bytes(m, m->topics[t].appended_bytes, m->topics[t].local_retention_ns));
    b->bill->log_capacity_bytes = m->brokers.volume_bytes * m->brokers.instances.count;
    const struct rate_curve *month = rate_of_month(b->scenario, b->arena);
    const double most_s = METERS_MONTH_SECONDS;
    b->bill->log_full_share = fullest_volume(m, month, most_s);
    if (!(b->bill->log_full_share > 1)) return;
    double low_s = 0, high_s = most_s;
    for (int i = 0; i < 40; i++) {
        const double middle_s = (low_s + high_s) / 2;
        *(fullest_volume(m, month, middle_s) < 1 ? &low_s : &high_s) = middle_s;
    }
    bill_note(b,
              "The logs do not fit: the fullest broker volume would have to hold %.0f %% of its size at the month's busiest, "
              "and is full after %.1f h of that; all logs are %.1f TiB at the month's mean rate, and all volumes %.1f TiB.",
              100 * b->bill->log_full_share, high_s / 3600, b->bill->log_bytes / GIB / 1024,
              b->bill->log_capacity_bytes / GIB / 1024);
}

static void add_up(struct bill_build *b)
{
    struct bill *bill = b->bill;
    double month_usd = 0;

    for (int i = 0; i < bill->lines_n; i++) {
        const struct bill_line *line = &bill->lines[i];

        month_usd += line->usd;
        bill->kind_usd[line->kind] += line->usd;
        if (strcmp(line->confidence, "recalled") == 0) bill->recalled_usd += line->usd;
    }
    CHECK(isnan(month_usd) == (bill->month_null_reason != NULL), "a bill of %g dollars has %s reason",
          month_usd, bill->month_null_reason ? "a" : "no");
    bill->month_usd = month_usd;
    bill->month_events = meters_month_events(b->meters);
    bill->per_million_events_usd = NAN;
    if (bill->month_null_reason)
        bill->per_million_events_null_reason = bill->month_null_reason;
    else if (bill->month_events <= 0)
        bill->per_million_events_null_reason = "the month has no events";
    else
        bill->per_million_events_usd = month_usd / (bill->month_events / 1e6);
    bill->low_usd = NAN;
    bill->high_usd = NAN;
    bill->range_null_reason = "the ranges of uncertain inputs are not carried into the bill in this version";
    if (bill->recalled_usd > 0)
        bill_note(b,
             "$%.2f of the month rests on prices that were not seen in a source (confidence \"recalled\").",
             bill->recalled_usd);
}

static void check_meter(const char *what, struct meter meter)
{
    CHECK(isfinite(meter.per_event) && meter.per_event >= 0, "%s per event is %g", what, meter.per_event);
    CHECK(isfinite(meter.per_hour) && meter.per_hour >= 0, "%s per hour is %g", what, meter.per_hour);
}

static void check_instances(const char *what, const struct meters_instances *instances)
{
    CHECK(isfinite(instances->count) && instances->count >= 0, "there are %g instances of %s",
          instances->count, what);
}

static void check_meters(const struct meters *m)
{
    CHECK(isfinite(m->month_events_per_s_mean) && m->month_events_per_s_mean >= 0,
          "the month's mean rate is %g", m->month_events_per_s_mean);
    check_meter("raw bytes", m->raw_bytes);
    check_meter("produce bytes", m->produce_bytes);
    check_meter("produce bytes between zones", m->produce_cross_zone_bytes);
    check_meter("replication bytes", m->replication_bytes);
    check_meter("replication bytes between zones", m->replication_cross_zone_bytes);
    check_instances("brokers", &m->brokers.instances);
    for (int p = 0; p < m->producers_n; p++)
        check_instances(m->producers[p].name, &m->producers[p].instances);
    for (int t = 0; t < m->topics_n; t++) {
        check_meter(m->topics[t].name, m->topics[t].appended_bytes);
        check_meter(m->topics[t].name, m->topics[t].remote_puts);
        check_meter(m->topics[t].name, m->topics[t].remote_gets);
        check_meter(m->topics[t].name, m->topics[t].remote_read_bytes);
    }
    for (int g = 0; g < m->groups_n; g++) {
        const struct meters_group *group = &m->groups[g];

        check_instances(group->name, &group->instances);
        check_meter(group->name, group->fetch_bytes);
        check_meter(group->name, group->fetch_cross_zone_bytes);
        check_meter(group->name, group->put_requests);
        check_meter(group->name, group->get_requests);
        CHECK(isfinite(group->held_bytes) && group->held_bytes >= 0, "group %s holds %g bytes", group->name,
              group->held_bytes);
        CHECK(group->table >= -1 && group->table < m->tables_n, "group %s writes table %d of %d", group->name,
              group->table, m->tables_n);
    }
    for (int e = 0; e < m->engines_n; e++) {
        check_instances(m->engines[e].name, &m->engines[e].workers);
        check_instances(m->engines[e].name, &m->engines[e].coordinator);
        check_meter(m->engines[e].name, m->engines[e].get_requests);
    }
    for (int t = 0; t < m->tables_n; t++) {
        check_meter(m->tables[t].name, m->tables[t].object_bytes);
        check_meter(m->tables[t].name, m->tables[t].objects);
        check_meter(m->tables[t].name, m->tables[t].put_requests);
        check_meter(m->tables[t].name, m->tables[t].get_requests);
        check_meter(m->tables[t].name, m->tables[t].replaced_bytes);
        check_meter(m->tables[t].name, m->tables[t].replaced_objects);
        check_meter(m->tables[t].name, m->tables[t].etl_core_s);
        check_meter(m->tables[t].name, m->tables[t].compaction_core_s);
        for (int i = 0; i < OBJECT_CLASSES; i++) {
            check_meter(m->tables[t].name, m->tables[t].read[i].bytes);
            check_meter(m->tables[t].name, m->tables[t].read[i].get_requests);
        }
    }
}

void bill_compute(const struct meters *meters, const struct scenario *scenario, const struct pricebook *book,
                  struct arena *arena, struct bill *bill)
{
    struct bill_build b = {
        .meters = meters,
        .scenario = scenario,
        .book = book,
        .arena = arena,
        .bill = bill,
        .lines = ARENA_NEW(arena, struct bill_line, BILL_LINES_MAX),
        .msk = scenario->platform && strcmp(scenario->platform, "msk") == 0,
    };

    check_meters(meters);
    memset(bill, 0, sizeof(*bill));
    bill->lines = b.lines;
    bill_brokers(&b);
    bill_transfer(&b);
    bill_clients(&b);
    bill_object_store(&b);
    bill_tiered(&b);
    bill_engines(&b);
    hold_logs(&b);
    add_up(&b);
    bill_note(&b,
         "A month is %.0f hours at list prices on demand. Left out: %sload balancers, monitoring, discounts, "
         "support and taxes.",
         METERS_MONTH_HOURS, b.msk ? "" : "KRaft controllers, ");
    if (scenario->region && strcmp(scenario->region, book->region) != 0)
        bill_note(&b, "The scenario is in %s, but the prices are those of %s.", scenario->region, book->region);
}

const char *bill_price_missing(const struct scenario *scenario, const struct pricebook *book,
                               struct arena *arena)
{
    const struct meter some = {.per_event = 1};
    struct meters *m = ARENA_NEW(arena, struct meters, 1);
    struct bill bill;

    /* A bill in which everything that this scenario can use is used asks for every price it can need. */
    meters_init(m, scenario);
    m->month_events_per_s_mean = 1;
    m->produce_cross_zone_bytes = some;
    m->replication_cross_zone_bytes = some;
    for (int g = 0; g < m->groups_n; g++) {
        m->groups[g].fetch_cross_zone_bytes = some;
        if (m->groups[g].table < 0 && scenario->groups[g].checkpoint_ns <= 0) continue;
        m->groups[g].put_requests = some;
        m->groups[g].get_requests = some;
        m->groups[g].held_bytes = 1e18; /* Beyond the last step of object storage. */
    }
    for (int t = 0; t < m->tables_n; t++) {
        struct meters_table *table = &m->tables[t];
        const struct scenario_table *config = table->table >= 0 ? &scenario->tables[table->table] : NULL;

        /* Objects that are large enough for every tier. */
        table->objects = some;
        table->object_bytes.per_event = 1e12;
        table->put_requests = table->get_requests = some;
        if (config && config->from >= 0) table->etl_core_s = some;
        if (config && config->compaction.strategy) table->compaction_core_s = some;
        for (int k = 0; config && k < config->tiers_n; k++) {
            const int class = objectstore_class_find(config->tiers[k].to);

            if (objectstore_classes[class].readable) table->read[class].bytes = table->read[class].get_requests = some;
        }
    }
    for (int e = 0; e < m->engines_n; e++)
        m->engines[e].get_requests = some;
    bill_compute(m, scenario, book, arena, &bill);
    return bill.month_null_reason;
}

/* How many followers of a partition are in another zone than its leader, on average: the replicas are spread
 * as evenly as may be, and each is as likely to lead. */
static double followers_in_other_zones(int replication, int zones)
{
    int each = replication / zones, more = replication % zones;
    double sum = 0;

    for (int z = 0; z < zones; z++) {
        int here = each + (z < more);

        sum += (double)here / replication * (replication - here);
    }
    return sum;
}

struct cross_zone cross_zone_flow(double rate_bytes_per_s, int replication, int groups, int zones,
                                  bool follower_fetching)
{
    struct cross_zone flow;
    double other_zone, no_replica_here;

    CHECK(isfinite(rate_bytes_per_s) && rate_bytes_per_s >= 0, "rate is %g", rate_bytes_per_s);
    CHECK(replication >= 1 && groups >= 0 && zones >= 1, "replication %d, groups %d, zones %d", replication,
          groups, zones);
    other_zone = (double)(zones - 1) / zones;
    no_replica_here = replication >= zones ? 0 : (double)(zones - replication) / zones;
    flow.producers_bytes_per_s = rate_bytes_per_s * other_zone;
    flow.replication_bytes_per_s = rate_bytes_per_s * followers_in_other_zones(replication, zones);
    flow.groups_bytes_per_s = rate_bytes_per_s * groups * (follower_fetching ? no_replica_here : other_zone);
    flow.total_bytes_per_s =
        flow.producers_bytes_per_s + flow.replication_bytes_per_s + flow.groups_bytes_per_s;
    return flow;
}

double cross_zone_usd(double bytes_per_s, double hours, double gb_bytes, double usd_each_way)
{
    CHECK(gb_bytes > 0, "a GB has %g bytes", gb_bytes);
    return 2 * bytes_per_s * hours * 3600 / gb_bytes * usd_each_way;
}
