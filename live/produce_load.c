/* produce_load.c: produce requests of a load; see load.h.
 *
 * A request is laid out once: all its batches are the same bytes. What differs from request to request is written in place: the
 * correlation, partitions, and of each batch the producer's id and sequence, after which its CRC is that of the new bytes.
 */
#include "load_parts.h"

#include "arena.h"
#include "check.h"
#include "cluster.h"
#include "crc32c.h"
#include "event.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { CRC_AT = 17, CHECKED_AT = 21, PRODUCER_ID_AT = 43, PRODUCER_EPOCH_AT = 51, SEQUENCE_AT = 53 };
enum { HEAD_BYTES = 512, CAMPAIGNS = 1000000, PRODUCE_TIMEOUT_MS = 30000, ZSTD_LEVEL = 3 };

static uint64_t draw(void *rng)
{
    return philox_next_u64(&((struct rng *)rng)->philox);
}

/* One batch of events, made now: brokers refuse what is dated far from their clock. */
static uint8_t *make_batch(struct load_run *run)
{
    const struct load *load = &run->load;
    const size_t n = (size_t)load->records;
    struct rng rng;
    rng_init(&rng, NULL, 1, "live/events");
    struct record_batch_record *records = ARENA_NEW(run->arena, struct record_batch_record, n);
    const bool events = load->record_bytes >= EVENT_SIZE_BYTES_MIN;
    struct event_generator *generator =
        events ? event_generator_new(run->arena, EVENT_AVRO, load->record_bytes) : NULL;
    const int64_t now_ms = (int64_t)time(NULL) * 1000;
    uint8_t *event_bytes = events ? arena_alloc(run->arena, EVENT_BYTES_MAX, 1) : NULL;
    for (size_t i = 0; i < n; i++) {
        size_t size = (size_t)load->record_bytes;
        uint8_t *value;
        if (events) {
            struct event event;
            event_generate(generator, EVENT_IMPRESSION, (int64_t)event_rank(draw(&rng), CAMPAIGNS), now_ms, draw, &rng, &event);
            size = event_encode(&event, EVENT_AVRO, event_bytes, EVENT_BYTES_MAX);
            value = arena_alloc(run->arena, size, 1);
            memcpy(value, event_bytes, size);
        } else {
            value = arena_alloc(run->arena, size + 1, 1);
            for (size_t k = 0; k < size; k++)
                value[k] = (uint8_t)draw(&rng);
        }
        records[i] = (struct record_batch_record){.timestamp_ms = now_ms, .value = value, .value_n = size};
    }
    const size_t raw = record_batch_raw_bytes(records, load->records);
    const size_t capacity = record_batch_bound(raw);
    uint8_t *bytes = arena_alloc(run->arena, capacity, 1);
    struct record_batch_codec *codec = record_batch_codec_new();
    const struct record_batch_header header = {
        .partition_leader_epoch = -1, .producer_id = -1, .producer_epoch = -1, .base_sequence = -1, .compression = load->compression};
    run->batch_bytes = record_batch_encode(codec, &header, ZSTD_LEVEL, records, load->records, bytes, capacity);
    run->batch_raw_bytes = load->compression == RECORD_BATCH_NONE ? 0 : raw;
    record_batch_codec_free(codec);
    return bytes;
}

void produce_set_up(struct load_run *run)
{
    const struct load *load = &run->load;
    CHECK(load->records >= 1 && load->record_bytes >= 0 && (load->acks == 1 || load->acks == -1), "a load of %d records", load->records);
    const uint8_t *batch = make_batch(run);
    run->out_room = HEAD_BYTES + (size_t)load->partitions * (run->batch_bytes + 8);
    for (int i = 0; i < load->connections; i++) {
        struct load_connection *c = &run->connections[i];
        struct wire_writer w = {.bytes = arena_alloc(run->arena, run->out_room, 1), .capacity = run->out_room};
        c->out = w.bytes;
        wire_begin(&w, WIRE_PRODUCE, 0);
        wire_put_string(&w, NULL); /* no transaction */
        wire_put16(&w, load->acks);
        wire_put32(&w, PRODUCE_TIMEOUT_MS);
        wire_put32(&w, 1);
        wire_put_string(&w, run->topics.main);
        wire_put32(&w, load->partitions);
        for (int p = 0; p < load->partitions; p++) {
            c->index_at[p] = w.n;
            wire_put32(&w, 0);
            wire_put32(&w, (int32_t)run->batch_bytes);
            c->batch_at[p] = w.n;
            wire_put_bytes(&w, batch, run->batch_bytes);
        }
        wire_end(&w);
        CHECK(!w.bad, "a request of %zu bytes does not fit", w.n);
        c->out_n = c->out_sent = w.n;
        /* Connections begin at different partitions, so that they do not go round in step. */
        c->first_partition = i * load->partitions % run->topics.main_partitions;
    }
}

bool produce_connect(struct load_run *run, struct load_connection *c, char *error, size_t error_n)
{
    (void)run;
    return live_producer_id(c->socket, &c->producer_id, &c->producer_epoch, error, error_n);
}

void produce_request(struct load_run *run, struct load_connection *c)
{
    wire_set32(c->out + WIRE_CORRELATION_AT, ++c->correlation);
    for (int i = 0; i < run->load.partitions; i++) {
        const int partition = (c->first_partition + i) % run->topics.main_partitions;
        uint8_t *batch = c->out + c->batch_at[i];
        wire_set32(c->out + c->index_at[i], partition);
        wire_set64(batch + PRODUCER_ID_AT, c->producer_id);
        batch[PRODUCER_EPOCH_AT] = (uint8_t)((uint16_t)c->producer_epoch >> 8);
        batch[PRODUCER_EPOCH_AT + 1] = (uint8_t)c->producer_epoch;
        wire_set32(batch + SEQUENCE_AT, c->sequence[partition]);
        wire_set32(batch + CRC_AT, (int32_t)crc32c(0, batch + CHECKED_AT, run->batch_bytes - CHECKED_AT));
        /* Sequences go round at 2^31 (KIP-98). */
        const int64_t next = (int64_t)c->sequence[partition] + run->load.records;
        c->sequence[partition] = (int32_t)(next > INT32_MAX ? next - INT32_MAX - 1 : next);
    }
    c->first_partition = (c->first_partition + run->load.partitions) % run->topics.main_partitions;
    c->out_sent = 0;
}

bool produce_answer(struct load_run *run, struct wire_reader *r, char *error, size_t error_n)
{
    char topic[64], number[32];
    int answered = 0;
    for (int32_t topics = wire_get_count(r, 6); topics > 0; topics--) {
        wire_get_string(r, topic, sizeof topic);
        for (int32_t n = wire_get_count(r, 30); n > 0; n--) {
            const int32_t partition = wire_get32(r);
            const int16_t code = wire_get16(r);
            wire_get_bytes(r, 24); /* offset, time, log start */
            if (code != 0) {
                snprintf(error, error_n, "a batch for partition %d was refused: %s", (int)partition, wire_error_name(code, number));
                return false;
            }
            answered++;
        }
    }
    if (r->bad || answered != run->load.partitions) {
        snprintf(error, error_n, "an answer about %d of %d batches", answered, run->load.partitions);
        return false;
    }
    run->counts.requests++;
    run->counts.batches += answered;
    run->counts.records += (double)answered * run->load.records;
    run->counts.bytes += (double)answered * (double)run->batch_bytes;
    run->counts.raw_bytes += (double)answered * (double)run->batch_raw_bytes;
    return true;
}
