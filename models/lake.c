/* lake.c: the manifest, and what is held; see lake.h and lake_state.h. */
#include "lake_state.h"

#include <math.h>

#include "arena.h"
#include "check.h"

static const int64_t DAY_NS = 24 * SIM_H;

int64_t lake_floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int64_t lake_partition_ns(const struct scenario_table *config)
{
    return config->partition_by & PARTITION_BY_HOUR   ? SIM_H
           : config->partition_by & PARTITION_BY_DATE ? DAY_NS
                                                      : 0;
}

/* --- partitions --- */

static uint32_t place_of(const struct lake_table *t, uint64_t key)
{
    uint64_t h = key * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t place = (uint32_t)(h >> 32) & (t->places_n - 1);
    while (t->places[place] && t->parts[t->places[place] - 1].key != key)
        place = (place + 1) & (t->places_n - 1);
    return place;
}

static void grow_places(struct lake_table *t)
{
    t->places_n = t->places_n ? 2 * t->places_n : 64;
    t->places = ARENA_NEW(t->lake->arena, uint32_t, t->places_n);
    for (int32_t i = 0; i < t->parts_n; i++)
        t->places[place_of(t, t->parts[i].key)] = (uint32_t)i + 1;
}

int32_t lake_part_at(struct lake_table *t, sim_time event, int bucket)
{
    /* Dates before the run's first are negative: the offset keeps the key positive for three million years. */
    static const int64_t OFFSET = INT64_C(1) << 40;
    const int64_t unit_ns = lake_partition_ns(t->config), units_a_day = unit_ns ? DAY_NS / unit_ns : 1;
    const int64_t unit = unit_ns ? lake_floor_div(event + t->lake->scenario->run.start_ns, unit_ns) : 0;
    const int buckets = t->config->buckets > 0 ? t->config->buckets : 1;
    const uint64_t key = (uint64_t)(unit + OFFSET) * (uint64_t)buckets + (uint64_t)bucket;
    if (2 * (uint32_t)t->parts_n >= t->places_n) grow_places(t);
    const uint32_t place = place_of(t, key);
    if (t->places[place]) return (int32_t)(t->places[place] - 1);
    LAKE_ROOM(t->lake, t->parts, t->parts_n, t->parts_capacity);
    const int64_t date = lake_floor_div(unit, units_a_day);
    t->parts[t->parts_n] = (struct part){
        .key = key,
        .date = unit_ns ? (int32_t)date : LAKE_NOT_BY,
        .hour = unit_ns == SIM_H ? (int32_t)(unit - date * units_a_day) : LAKE_NOT_BY,
        .bucket = t->config->partition_by & PARTITION_BY_BUCKET ? bucket : LAKE_NOT_BY,
        .first = NO_FILE,
        .last = NO_FILE,
        .last_commit = -1,
    };
    t->places[place] = (uint32_t)++t->parts_n;
    return t->parts_n - 1;
}

void lake_mark_dirty(struct lake_table *t, int32_t part)
{
    struct part *p = &t->parts[part];
    p->recent = true;
    if (p->dirty || !t->config->compaction.strategy) return;
    p->dirty = true;
    LAKE_ROOM(t->lake, t->dirty, t->dirty_n, t->dirty_capacity);
    t->dirty[t->dirty_n++] = part;
}

/* --- what is held --- */

void lake_hold(struct lake_table *t, enum object_class class)
{
    struct held *h = &t->held[class];
    const double s = sim_seconds(lake_now(t) - h->at);
    h->sum.object_s += s * (double)h->sum.objects;
    h->sum.byte_s += s * (double)h->sum.bytes;
    h->sum.billed_byte_s += s * (double)h->sum.billed_bytes;
    h->sum.standard_byte_s += s * (double)h->sum.standard_bytes;
    h->at = lake_now(t);
}

void lake_hold_file(struct lake_table *t, const struct lake_file *file, int by)
{
    const struct object_terms *terms = &t->lake->terms.classes[file->class];
    struct lake_held *sum = &t->held[file->class].sum;
    const int64_t billed = object_billed_bytes(terms, file->bytes);
    lake_hold(t, file->class);
    sum->objects += by;
    sum->bytes += by * file->bytes;
    sum->billed_bytes += by * billed;
    sum->standard_bytes += by * terms->overhead_standard_bytes;
    const int64_t left_ns = terms->min_held_ns - (lake_now(t) - file->class_since);
    if (by < 0 && left_ns > 0) sum->early_byte_s += sim_seconds(left_ns) * (double)billed;
}

/* --- files --- */

int32_t lake_slot_new(struct lake_table *t)
{
    int32_t i = t->free;
    if (i != NO_FILE) {
        t->free = t->slots[i].next;
    } else {
        CHECK(t->slots_n < COMPACT_FILES_MAX, "table %s has %d files", t->config->name, t->slots_n);
        LAKE_ROOM(t->lake, t->slots, t->slots_n, t->slots_capacity);
        i = t->slots_n++;
        t->slots[i].uses = 0;
    }
    const uint32_t uses = t->slots[i].uses + 1;
    t->slots[i] = (struct slot){
        .uses = uses, .prev = NO_FILE, .next = NO_FILE, .part_prev = NO_FILE, .part_next = NO_FILE, .part = -1};
    return i;
}

void lake_slot_free(struct lake_table *t, int32_t slot)
{
    t->slots[slot].live = false;
    t->slots[slot].uses++;
    t->slots[slot].next = t->free;
    t->free = slot;
}

void lake_add(struct lake_table *t, int32_t slot)
{
    struct slot *s = &t->slots[slot];
    struct part *part = &t->parts[s->part];
    CHECK(!s->live, "a file of %s is added twice", t->config->name);
    s->live = true;
    s->file.created = s->file.class_since = lake_now(t);
    s->file.snapshot = t->snapshot;
    s->file.partition = part->key;
    s->file.date = part->date;
    s->file.hour = part->hour;
    s->file.bucket = part->bucket;
    s->prev = t->last;
    *(t->last == NO_FILE ? &t->first : &t->slots[t->last].next) = slot;
    t->last = slot;
    s->part_prev = part->last;
    *(part->last == NO_FILE ? &part->first : &t->slots[part->last].part_next) = slot;
    part->last = slot;
    t->counts.partitions += part->files_n++ == 0;
    lake_mark_dirty(t, s->part);
    lake_hold_file(t, &s->file, +1);
    t->counts.files++;
    t->counts.bytes += s->file.bytes;
    t->counts.rows += s->file.rows;
    if (t->counts.files > t->counts.peak_files) t->counts.peak_files = t->counts.files;
}

void lake_take(struct lake_table *t, int32_t slot)
{
    struct slot *s = &t->slots[slot];
    struct part *part = &t->parts[s->part];
    CHECK(s->live, "a file of %s is removed twice", t->config->name);
    s->live = false;
    *(s->prev == NO_FILE ? &t->first : &t->slots[s->prev].next) = s->next;
    *(s->next == NO_FILE ? &t->last : &t->slots[s->next].prev) = s->prev;
    *(s->part_prev == NO_FILE ? &part->first : &t->slots[s->part_prev].part_next) = s->part_next;
    *(s->part_next == NO_FILE ? &part->last : &t->slots[s->part_next].part_prev) = s->part_prev;
    t->counts.partitions -= --part->files_n == 0;
    t->counts.files--;
    t->counts.bytes -= s->file.bytes;
    t->counts.rows -= s->file.rows;
    lake_mark_dirty(t, s->part);
}

void lake_piece(struct lake *lake, struct pieces *pieces, const struct piece *piece)
{
    LAKE_ROOM(lake, pieces->all, pieces->n, pieces->capacity);
    pieces->all[pieces->n++] = *piece;
}

/* A share of n in whole numbers; what rounding keeps back is owed to the next. */
static int64_t whole_share(int64_t n, double share, double *owed, int64_t most)
{
    const double wanted = (double)n * share + *owed;
    int64_t whole = wanted > 0 ? (int64_t)wanted : 0;
    if (whole > most) whole = most;
    *owed = wanted - (double)whole;
    return whole;
}

void lake_pend(struct lake_table *source, const struct piece *piece)
{
    const struct lake_options *options = &source->lake->options;
    for (int i = 0; i < source->lake->tables_n; i++) {
        struct lake_table *t = &source->lake->tables[i];
        if (t->config->from != source->index) continue;
        struct piece taken = *piece;
        taken.rows_read = piece->rows;
        if (options->share && t->config->streams_n > 0) {
            const double share = options->share(options->context, i, piece->from, piece->to);
            CHECK(share >= 0 && share <= 1, "table %s takes %g of %s", t->config->name, share, source->config->name);
            taken.rows = whole_share(piece->rows, share, &t->rows_owed, piece->rows);
            taken.duplicates = whole_share(piece->duplicates, share, &t->copies_owed,
                                           taken.rows < piece->duplicates ? taken.rows : piece->duplicates);
        }
        lake_piece(t->lake, &t->pending, &taken);
        t->counts.rows_landed += taken.rows;
        t->counts.rows_pending += taken.rows;
    }
}

/* --- a file of a raw table --- */

static void landed(struct kernel *kernel, void *context, int64_t argument)
{
    (void)kernel;
    struct lake_table *t = context;
    const int32_t slot = (int32_t)argument;
    struct slot *s = &t->slots[slot];
    const struct lake_file *file = &s->file;
    t->snapshot++;
    t->counts.commits++;
    t->counts.rows_pending -= file->rows;
    t->counts.files_landed++;
    t->counts.bytes_landed += file->bytes;
    /* Until now min and max are what it was produced between. */
    const struct piece piece = {.rows = file->rows,
                                .duplicates = s->duplicates,
                                .bytes = file->bytes,
                                .from = file->min_event,
                                .to = file->max_event};
    lake_pend(t, &piece);
    const sim_time *late = t->records.lateness_ns;
    sim_time least = late ? late[0] : 0, most = least;
    for (int i = 1; late && i < LAKE_LATENESS_POINTS; i++) {
        if (late[i] < least) least = late[i];
        if (late[i] > most) most = late[i];
    }
    s->file.min_event -= most;
    s->file.max_event -= least;
    /* A group does not sort: its file goes where its last record belongs. */
    s->part = lake_part_at(t, s->file.max_event, 0);
    t->parts[s->part].last_commit = lake_now(t);
    lake_add(t, slot);
}

void lake_file_landed(struct lake *lake, int table, sim_time now, int64_t bytes, int64_t rows, int64_t duplicates,
                      sim_time from, sim_time to)
{
    CHECK(table >= 0 && table < lake->tables_n && lake->tables[table].config->from < 0, "a file lands in table %d",
          table);
    CHECK(rows >= 1 && bytes >= 0 && bytes <= COMPACT_BYTES_MAX && duplicates >= 0 && duplicates <= rows && from <= to &&
              to <= now,
          "a file of %lld rows, %lld of them copies, in %lld bytes, of %lld to %lld, lands at %lld", (long long)rows,
          (long long)duplicates, (long long)bytes, (long long)from, (long long)to, (long long)now);
    struct lake_table *t = &lake->tables[table];
    const int32_t slot = lake_slot_new(t);
    t->slots[slot].file = (struct lake_file){.bytes = bytes, .rows = rows, .min_event = from, .max_event = to, .max_key = 1};
    t->slots[slot].duplicates = duplicates;
    t->counts.rows_landed += rows;
    t->counts.rows_copied += duplicates;
    t->counts.rows_pending += rows;
    kernel_at(&lake->kernel, now, LAKE_ENDS, landed, t, slot);
}

/* --- the lake --- */

struct lake *lake_new(const struct scenario *scenario, const struct calibration *calibration,
                      const struct lake_options *options, struct arena *arena)
{
    struct lake *lake = ARENA_NEW(arena, struct lake, 1);
    lake->scenario = scenario;
    lake->calibration = calibration;
    lake->options = *options;
    lake->arena = arena;
    lake->tables_n = scenario->tables_n;
    lake->tables = ARENA_NEW(arena, struct lake_table, (size_t)scenario->tables_n);
    kernel_init(&lake->kernel, arena, 64);
    objectstore_init(&lake->store, &calibration->latency, scenario->tables_n > 0 ? scenario->tables_n : 1, options->seed,
                     "lake/objectstore", arena);
    rng_init(&lake->others, arena, options->seed, "lake/others");
    bool tiers = false;
    for (int i = 0; i < scenario->tables_n; i++)
        tiers = tiers || scenario->tables[i].tiers_n > 0;
    const char *missing = scenario->prices ? objectstore_terms_load(scenario->prices, &lake->terms) : "a price book";
    CHECK(!missing || !tiers, "tiers without %s", missing);
    for (int i = 0; i < scenario->tables_n; i++) {
        struct lake_table *t = &lake->tables[i];
        *t = (struct lake_table){.lake = lake, .config = &scenario->tables[i], .index = i};
        t->records = options->tables[i].rungs ? options->tables[i] : options->records;
        CHECK(t->records.rungs && t->records.row_bytes > 0, "table %s without sizes", t->config->name);
        t->first = t->last = t->free = t->replaced_first = t->replaced_last = NO_FILE;
    }
    for (int i = 0; i < scenario->tables_n; i++) {
        lake_jobs_init(&lake->tables[i]);
        lake_age_init(&lake->tables[i]);
    }
    return lake;
}

static void check_rows(const struct lake_table *t)
{
    const struct lake_counts *c = &t->counts;
    CHECK(c->rows_landed == c->rows + c->rows_duplicate + c->rows_deleted + c->rows_pending,
          "table %s: %lld rows landed, but %lld are held + %lld copies + %lld deleted + %lld pending", t->config->name,
          (long long)c->rows_landed, (long long)c->rows, (long long)c->rows_duplicate, (long long)c->rows_deleted,
          (long long)c->rows_pending);
}

void lake_advance(struct lake *lake, sim_time until)
{
    kernel_run_until(&lake->kernel, until);
    for (int i = 0; i < lake->tables_n; i++)
        check_rows(&lake->tables[i]);
}

const struct lake_file *lake_first(const struct lake *lake, int table)
{
    const struct lake_table *t = &lake->tables[table];
    return t->first == NO_FILE ? NULL : &t->slots[t->first].file;
}

const struct lake_file *lake_next(const struct lake *lake, int table, const struct lake_file *file)
{
    const struct lake_table *t = &lake->tables[table];
    const int32_t next = ((const struct slot *)(const void *)file)->next;
    return next == NO_FILE ? NULL : &t->slots[next].file;
}

const struct lake_file *lake_last(const struct lake *lake, int table)
{
    const struct lake_table *t = &lake->tables[table];
    return t->last == NO_FILE ? NULL : &t->slots[t->last].file;
}

const struct lake_file *lake_previous(const struct lake *lake, int table, const struct lake_file *file)
{
    const struct lake_table *t = &lake->tables[table];
    const int32_t previous = ((const struct slot *)(const void *)file)->prev;
    return previous == NO_FILE ? NULL : &t->slots[previous].file;
}

int64_t lake_snapshot(const struct lake *lake, int table)
{
    return lake->tables[table].snapshot;
}

struct lake_counts lake_counts(const struct lake *lake, int table)
{
    return lake->tables[table].counts;
}

struct lake_held lake_held(const struct lake *lake, int table, enum object_class class)
{
    lake_hold(&lake->tables[table], class);
    return lake->tables[table].held[class].sum;
}

struct lake_counts lake_counts_since(struct lake_counts c, const struct lake_counts *before)
{
#define SINCE(field) c.field -= before->field
    SINCE(files);
    SINCE(bytes);
    SINCE(rows);
    SINCE(partitions);
    SINCE(rows_landed);
    SINCE(rows_copied);
    SINCE(rows_duplicate);
    SINCE(rows_deleted);
    SINCE(rows_pending);
    SINCE(files_landed);
    SINCE(bytes_landed);
    SINCE(commits);
    SINCE(conflicts);
    SINCE(commits_failed);
    SINCE(etl_runs);
    SINCE(etl_cpu_s);
    SINCE(etl_s);
    SINCE(compactions);
    SINCE(compactions_skipped);
    SINCE(compactions_failed);
    SINCE(plans);
    SINCE(files_planned);
    SINCE(groups);
    SINCE(files_rewritten);
    SINCE(bytes_rewritten);
    SINCE(files_written);
    SINCE(bytes_written);
    SINCE(compaction_cpu_s);
    SINCE(vacuums);
    SINCE(vacuum_lists);
    SINCE(files_vacuumed);
    SINCE(vacuum_s);
    SINCE(compaction_s);
    SINCE(files_expired);
    SINCE(bytes_expired);
#undef SINCE
    return c;
}

struct lake_reading lake_reading(const struct lake *lake, int table)
{
    struct lake_reading r = {.at = kernel_now(&lake->kernel), .counts = lake_counts(lake, table)};
    for (int i = 0; i < OBJECT_CLASSES; i++)
        r.held[i] = lake_held(lake, table, (enum object_class)i);
    return r;
}

struct lake_reading lake_settled(const struct lake *lake, int table)
{
    const struct lake_table *t = &lake->tables[table];
    return t->config->from >= 0 || t->config->compaction.strategy ? t->settled : lake_reading(lake, table);
}

double lake_usd(const struct lake *lake, int table, const struct objectstore_terms *terms)
{
    double usd = 0;
    for (int i = 0; i < OBJECT_CLASSES; i++) {
        const struct lake_held h = lake_held(lake, table, (enum object_class)i);
        const struct object_terms *t = &terms->classes[i];
        usd += (h.billed_byte_s + h.early_byte_s) * t->storage_usd_per_byte_s +
               h.standard_byte_s * terms->classes[OBJECT_STANDARD].storage_usd_per_byte_s +
               (double)h.put_requests * t->put_usd +
               (double)h.get_requests * (t->get_usd + t->retrieval_request_usd) +
               (double)h.retrieved_bytes * t->retrieval_usd_per_byte + (double)h.transitions * t->transition_usd;
    }
    return usd;
}

void lake_store(struct lake *lake, double slow, sim_time down_until)
{
    lake->store.slow = slow;
    lake->store.down_until = down_until;
}

void lake_stop_compaction(struct lake *lake, int table, bool stopped)
{
    CHECK(table >= 0 && table < lake->tables_n, "table %d of %d", table, lake->tables_n);
    lake->tables[table].compaction_stopped = stopped;
}

void lake_contend(struct lake *lake, int table, double share)
{
    CHECK(table >= 0 && table < lake->tables_n, "table %d of %d", table, lake->tables_n);
    lake->tables[table].contended = share;
}
