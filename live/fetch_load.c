/* fetch_load.c: fetch requests of a load; see load.h.
 *
 * Sessions as in KIP-227: the first request has epoch 0 and names all partitions, and is answered with the session's id; each
 * further one has the next epoch and names those whose offset has moved.
 */
#include "load_parts.h"

#include "arena.h"
#include "check.h"
#include "cluster.h"

#include <stdio.h>

enum { HEAD_BYTES = 512, PARTITION_BYTES = 28, ANSWER_BYTES_MAX = 64 * 1024 * 1024 };
enum { LENGTH_AT = 8, LAST_DELTA_AT = 23, BATCH_PREFIX = 12 };

void fetch_set_up(struct load_run *run)
{
    const struct load *load = &run->load;
    CHECK(load->partition_bytes >= 1 && load->partitions + load->idle_partitions <= LOAD_PARTITIONS_MAX, "a load of %d partitions",
          load->partitions + load->idle_partitions);
    run->out_room = HEAD_BYTES + (size_t)(load->partitions + load->idle_partitions) * PARTITION_BYTES;
    for (int i = 0; i < load->connections; i++)
        run->connections[i].out = arena_alloc(run->arena, run->out_room, 1);
}

bool fetch_connect(struct load_run *run, struct load_connection *c, int number, char *error, size_t error_n)
{
    int64_t ends[LOAD_PARTITIONS_MAX] = {0};
    int led;
    if (run->load.tail && !live_ends(c->socket, run->topics.main, run->topics.main_partitions, ends, &led, error, error_n))
        return false;
    for (int i = 0; i < run->load.partitions; i++) {
        c->partition[i] = (number * run->load.partitions + i) % run->topics.main_partitions;
        c->offset[i] = ends[c->partition[i]];
        c->moved[i] = true;
    }
    return true;
}

static void put_partition(const struct load_run *run, struct wire_writer *w, int32_t partition, int64_t offset)
{
    wire_put32(w, partition);
    wire_put32(w, -1); /* the leader's epoch: any */
    wire_put64(w, offset);
    wire_put64(w, -1);
    wire_put32(w, run->load.partition_bytes);
}

void fetch_request(struct load_run *run, struct load_connection *c)
{
    const struct load *load = &run->load;
    const bool whole = c->session_epoch == 0;
    struct wire_writer w = {.bytes = c->out, .capacity = run->out_room};
    wire_begin(&w, WIRE_FETCH, ++c->correlation);
    wire_put32(&w, -1); /* a consumer */
    wire_put32(&w, load->max_wait_ms);
    wire_put32(&w, load->min_bytes);
    wire_put32(&w, ANSWER_BYTES_MAX);
    wire_put8(&w, 0); /* read uncommitted */
    wire_put32(&w, c->session_id);
    wire_put32(&w, c->session_epoch);
    int moved = 0;
    for (int i = 0; i < load->partitions; i++)
        moved += c->moved[i];
    wire_put32(&w, (moved > 0) + (whole && load->idle_partitions > 0));
    if (moved > 0) {
        wire_put_string(&w, run->topics.main);
        wire_put32(&w, moved);
    }
    for (int i = 0; i < load->partitions; i++) {
        if (c->moved[i]) put_partition(run, &w, c->partition[i], c->offset[i]);
        c->moved[i] = false;
    }
    if (whole && load->idle_partitions > 0) {
        wire_put_string(&w, run->topics.idle);
        wire_put32(&w, load->idle_partitions);
        for (int i = 0; i < load->idle_partitions; i++)
            put_partition(run, &w, i, 0);
    }
    wire_put32(&w, 0); /* none is forgotten */
    wire_put_string(&w, "");
    wire_end(&w);
    CHECK(!w.bad, "a fetch of %d partitions does not fit", load->partitions);
    c->out_n = w.n;
    c->out_sent = 0;
}

/* The offset behind the last whole batch of `records`; *batches is how many are whole. */
static int64_t behind(const uint8_t *records, size_t n, int64_t offset, int *batches)
{
    for (size_t at = 0; n - at >= RECORD_BATCH_HEADER_BYTES;) {
        const int64_t size = (int64_t)wire_at32(records + at + LENGTH_AT) + BATCH_PREFIX;
        if (size < RECORD_BATCH_HEADER_BYTES || (uint64_t)size > n - at) break;
        offset = wire_at64(records + at) + wire_at32(records + at + LAST_DELTA_AT) + 1;
        at += (size_t)size;
        ++*batches;
    }
    return offset;
}

static int slot_of(const struct load_run *run, const struct load_connection *c, int32_t partition)
{
    const int slot = (partition - c->partition[0] + run->topics.main_partitions) % run->topics.main_partitions;
    return slot < run->load.partitions && c->partition[slot] == partition ? slot : -1;
}

bool fetch_answer(struct load_run *run, struct load_connection *c, struct wire_reader *r, char *error, size_t error_n)
{
    char topic[64], number[32];
    int with_data = 0, batches = 0;
    wire_get32(r); /* throttled */
    const int16_t code = wire_get16(r);
    const int32_t session = wire_get32(r);
    if (code != 0) {
        snprintf(error, error_n, "a fetch was refused: %s", wire_error_name(code, number));
        return false;
    }
    for (int32_t topics = wire_get_count(r, 6); topics > 0; topics--) {
        wire_get_string(r, topic, sizeof topic);
        for (int32_t n = wire_get_count(r, 42); n > 0; n--) {
            const int32_t partition = wire_get32(r);
            const int16_t its_code = wire_get16(r);
            const int64_t end = wire_get64(r);
            wire_get64(r); /* last stable */
            const int64_t start = wire_get64(r);
            for (int32_t aborted = wire_get_count(r, 16); aborted > 0; aborted--)
                wire_get_bytes(r, 16);
            wire_get32(r); /* preferred replica */
            const int32_t size = wire_get32(r);
            const uint8_t *records = size > 0 ? wire_get_bytes(r, (size_t)size) : NULL;
            if (its_code != 0) {
                snprintf(error, error_n, "a fetch of partition %d was refused: %s", (int)partition, wire_error_name(its_code, number));
                return false;
            }
            if (records == NULL) continue;
            const int slot = slot_of(run, c, partition);
            if (slot < 0) continue;
            c->moved[slot] = true;
            c->offset[slot] = behind(records, (size_t)size, c->offset[slot], &batches);
            if (!run->load.tail && c->offset[slot] >= end) c->offset[slot] = start;
            run->counts.bytes += size;
            with_data++;
        }
    }
    if (r->bad) {
        snprintf(error, error_n, "the answer to a fetch cannot be read");
        return false;
    }
    if (c->session_epoch == 0) {
        if (session == 0) {
            snprintf(error, error_n, "the broker gives no fetch session (max.incremental.fetch.session.cache.slots)");
            return false;
        }
        c->session_id = session;
    }
    c->session_epoch = c->session_epoch == INT32_MAX ? 1 : c->session_epoch + 1;
    run->counts.requests++;
    run->counts.batches += with_data;
    run->counts.records += batches;
    run->counts.idle_partitions += run->load.idle_partitions;
    return true;
}
