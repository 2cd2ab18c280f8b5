/* test_load.c: a made-up broker in a thread looks at every request of a load: batches whole and checked, sequences without a gap, sessions in
 * order; and counts agree with what it saw. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "arena.h"
#include "cluster.h"
#include "load.h"
#include "record_batch.h"
#include "wire.h"

enum { PARTITIONS = 8, BUFFER = 1 << 20, CONNECTIONS = 2, LOG_BATCHES = 5, RECORDS_EACH = 3 };

struct fake {
    int listener, stop[2];
    char address[64];
    pthread_t thread;
    int16_t answer_with; /* an error code for every batch */
    struct record_batch_codec *codec;
    uint8_t log[4096]; /* LOG_BATCHES batches, the same of every partition */
    size_t log_n, batch_n;
    int64_t producers;
    int64_t next_sequence[16][PARTITIONS]; /* by producer id */
    int64_t requests, batches, records, fetches;
    double bytes;
    int32_t epoch[64]; /* of the session, by socket */
    const char *wrong; /* the first thing that was not as it should be */
};

static void wrong(struct fake *f, const char *what)
{
    if (f->wrong == NULL) f->wrong = what;
}

static void on_produce(struct fake *f, struct wire_reader *r, struct wire_writer *w)
{
    char text[64];
    wire_get_string(r, text, sizeof text);
    if (wire_get16(r) != -1) wrong(f, "acks");
    wire_get32(r);
    if (wire_get32(r) != 1) wrong(f, "topics");
    wire_get_string(r, text, sizeof text);
    const int32_t n = wire_get_count(r, 8);
    wire_put32(w, 1);
    wire_put_string(w, text);
    wire_put32(w, n);
    for (int32_t i = 0; i < n; i++) {
        const int32_t partition = wire_get32(r), size = wire_get32(r);
        const uint8_t *bytes = wire_get_bytes(r, (size_t)size);
        struct record_batch_header h;
        if (r->bad || partition < 0 || partition >= PARTITIONS ||
            record_batch_decode(f->codec, bytes, (size_t)size, &h, NULL, NULL) != RECORD_BATCH_OK || h.producer_id < 0 ||
            h.producer_id >= 16) {
            wrong(f, "a batch");
            return;
        }
        int64_t *next = &f->next_sequence[h.producer_id][partition];
        if (h.base_sequence != *next) wrong(f, "a sequence");
        *next += h.records_n;
        f->batches++;
        f->records += h.records_n;
        f->bytes += size;
        wire_put32(w, partition);
        wire_put16(w, f->answer_with);
        for (int k = 0; k < 3; k++)
            wire_put64(w, 0);
    }
    wire_put32(w, 0);
    f->requests++;
}

static void on_fetch(struct fake *f, struct wire_reader *r, struct wire_writer *w, int s)
{
    char text[64];
    for (int i = 0; i < 4; i++)
        wire_get32(r);
    wire_get8(r);
    const int32_t session = wire_get32(r), epoch = wire_get32(r);
    if (epoch != f->epoch[s]++ || (session == 0) != (epoch == 0)) wrong(f, "a session's epoch");
    if (wire_get_count(r, 6) != (epoch == 0 ? 2 : 1)) wrong(f, "topics of a fetch");
    wire_get_string(r, text, sizeof text);
    const int32_t n = wire_get_count(r, 28);
    wire_put32(w, 0);
    wire_put16(w, 0);
    wire_put32(w, 77);
    wire_put32(w, 1);
    wire_put_string(w, text);
    wire_put32(w, n);
    for (int32_t i = 0; i < n; i++) {
        wire_put32(w, wire_get32(r));
        wire_get32(r);
        const int64_t offset = wire_get64(r);
        wire_get64(r);
        wire_get32(r);
        if (offset % RECORDS_EACH != 0 || offset < 0 || offset >= LOG_BATCHES * RECORDS_EACH) wrong(f, "an offset");
        wire_put16(w, 0);
        wire_put64(w, LOG_BATCHES * RECORDS_EACH);
        wire_put64(w, 0);
        wire_put64(w, 0);
        wire_put32(w, -1);
        wire_put32(w, -1);
        /* Two batches and the beginning of a third, as brokers cut them. */
        const size_t from = (size_t)offset / RECORDS_EACH * f->batch_n;
        const size_t size = f->log_n - from < 2 * f->batch_n + 10 ? f->log_n - from : 2 * f->batch_n + 10;
        wire_put32(w, (int32_t)size);
        wire_put_bytes(w, f->log + from, size);
        f->bytes += (double)size;
        f->batches++;
    }
    f->fetches++;
}

static bool answer_one(struct fake *f, int s, uint8_t *in, uint8_t *out)
{
    char text[64];
    if (recv(s, in, 4, MSG_WAITALL) != 4) return false;
    const int32_t size = wire_at32(in);
    if (size > BUFFER || recv(s, in, (size_t)size, MSG_WAITALL) != size) return false;
    struct wire_reader r = {.bytes = in, .n = (size_t)size};
    struct wire_writer w = {.bytes = out, .capacity = BUFFER};
    const int16_t api = wire_get16(&r);
    wire_get16(&r);
    wire_put32(&w, 0);
    wire_put32(&w, wire_get32(&r));
    wire_get_string(&r, text, sizeof text);
    if (api == WIRE_INIT_PRODUCER_ID) {
        wire_put32(&w, 0);
        wire_put16(&w, 0);
        wire_put64(&w, f->producers++);
        wire_put16(&w, 0);
    } else if (api == WIRE_PRODUCE) {
        on_produce(f, &r, &w);
    } else if (api == WIRE_FETCH) {
        on_fetch(f, &r, &w, s);
    } else {
        wrong(f, "an api");
    }
    wire_end(&w);
    return send(s, out, w.n, MSG_NOSIGNAL) == (ssize_t)w.n;
}

static void *serve(void *context)
{
    struct fake *f = context;
    uint8_t *in = malloc(BUFFER), *out = malloc(BUFFER);
    struct pollfd polled[2 + CONNECTIONS] = {{.fd = f->listener, .events = POLLIN}, {.fd = f->stop[0], .events = POLLIN}};
    nfds_t n = 2;
    while (poll(polled, n, -1) > 0 && !polled[1].revents) {
        if (polled[0].revents && n < 2 + CONNECTIONS) {
            const int s = accept(f->listener, NULL, NULL);
            if (s >= 0 && s < 64) polled[n++] = (struct pollfd){.fd = s, .events = POLLIN};
        }
        for (nfds_t i = 2; i < n; i++)
            if (polled[i].revents && !answer_one(f, polled[i].fd, in, out)) polled[i].fd = -polled[i].fd;
    }
    for (nfds_t i = 2; i < n; i++)
        close(polled[i].fd < 0 ? -polled[i].fd : polled[i].fd);
    free(in);
    free(out);
    return NULL;
}

static int start(void **state)
{
    struct fake *f = calloc(1, sizeof *f);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof address;
    struct record_batch_record records[RECORDS_EACH];
    f->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(f->listener, (struct sockaddr *)&address, n), 0);
    assert_int_equal(listen(f->listener, 16), 0);
    assert_int_equal(getsockname(f->listener, (struct sockaddr *)&address, &n), 0);
    snprintf(f->address, sizeof f->address, "127.0.0.1:%d", ntohs(address.sin_port));
    f->codec = record_batch_codec_new();
    for (int i = 0; i < RECORDS_EACH; i++)
        records[i] = (struct record_batch_record){.value = "event", .value_n = 5};
    for (int i = 0; i < LOG_BATCHES; i++) {
        const struct record_batch_header h = {.base_offset = i * RECORDS_EACH, .producer_id = -1, .base_sequence = -1};
        f->batch_n = record_batch_encode(f->codec, &h, 1, records, RECORDS_EACH, f->log + f->log_n, sizeof f->log - f->log_n);
        f->log_n += f->batch_n;
    }
    assert_int_equal(pipe(f->stop), 0);
    assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);
    *state = f;
    return 0;
}

/* The broker has seen all that it will see. */
static void end(struct fake *f)
{
    if (f->stop[1] < 0) return;
    close(f->stop[1]);
    f->stop[1] = -1;
    pthread_join(f->thread, NULL);
}

static int stop(void **state)
{
    struct fake *f = *state;
    end(f);
    close(f->stop[0]);
    close(f->listener);
    record_batch_codec_free(f->codec);
    free(f);
    return 0;
}

static const struct load_topics topics = {"headroom-test", PARTITIONS, "headroom-idle"};

static void produced_is_as_stated(void **state)
{
    struct fake *f = *state;
    for (int zstd = 0; zstd < 2; zstd++) {
        struct arena *arena = arena_new(0);
        char error[LIVE_ERROR_SIZE] = "";
        const struct load load = {.kind = LOAD_PRODUCE,
                                  .connections = 1, /* each turn its own, within what the broker takes */
                                  .partitions = 3,
                                  .acks = -1,
                                  .records = 7,
                                  .record_bytes = zstd ? 300 : 20,
                                  .compression = zstd ? RECORD_BATCH_ZSTD : RECORD_BATCH_NONE};
        struct load_run *run = load_open(&load, f->address, &topics, 1, arena, error, sizeof error);
        if (run == NULL) fail_msg("%s", error);
        if (!load_drive(&run, 1, 20, 100, NULL, error, sizeof error)) fail_msg("%s", error);
        const struct load_counts n = load_counts(run);
        assert_true(n.requests >= 100 && n.requests < 110);
        assert_true(n.batches == 3 * n.requests && n.records == 7 * n.batches);
        assert_true(zstd ? n.raw_bytes > n.bytes : n.raw_bytes == 0);
        assert_true(n.bytes > n.records * 20);
        load_close(run);
        arena_free(arena);
    }
    end(f);
    if (f->wrong) fail_msg("%s was wrong", f->wrong);
    /* Requests in flight at the end are answered unseen, at most five a load. */
    assert_true(f->requests >= 200 && f->requests <= 220);
    assert_true(f->batches == 3 * f->requests && f->records == 7 * f->batches);
}

static void fetches_follow_the_log_and_begin_again(void **state)
{
    struct fake *f = *state;
    struct arena *arena = arena_new(0);
    char error[LIVE_ERROR_SIZE] = "";
    const struct load load = {.kind = LOAD_FETCH,
                              .connections = CONNECTIONS,
                              .requests_per_s = 2000,
                              .partitions = 2,
                              .partition_bytes = 500,
                              .idle_partitions = 4,
                              .min_bytes = 1};
    struct load_run *run = load_open(&load, f->address, &topics, 1, arena, error, sizeof error);
    if (run == NULL) fail_msg("%s", error);
    if (!load_drive(&run, 1, 20, 50, NULL, error, sizeof error)) fail_msg("%s", error);
    const struct load_counts n = load_counts(run);
    load_close(run);
    arena_free(arena);
    end(f);
    if (f->wrong) fail_msg("%s was wrong", f->wrong);
    assert_true(n.requests >= 50 && f->fetches >= (int64_t)n.requests);
    assert_true(n.batches == 2 * n.requests && n.idle_partitions == 4 * n.requests);
    /* Offsets 0, 6, 12 and again: 2, 2 and 1 whole batches. */
    assert_true(n.records > 1.5 * n.batches && n.records < 2 * n.batches);
}

static void a_refused_batch_is_told(void **state)
{
    struct fake *f = *state;
    struct arena *arena = arena_new(0);
    char error[LIVE_ERROR_SIZE] = "";
    const struct load load = {.kind = LOAD_PRODUCE, .connections = 1, .partitions = 1, .acks = -1, .records = 1, .record_bytes = 10};
    f->answer_with = 19;
    struct load_run *run = load_open(&load, f->address, &topics, 1, arena, error, sizeof error);
    assert_non_null(run);
    assert_false(load_drive(&run, 1, 20, 1, NULL, error, sizeof error));
    assert_non_null(strstr(error, "NOT_ENOUGH_REPLICAS"));
    load_close(run);
    arena_free(arena);
}

static void addresses_are_checked(void **state)
{
    (void)state;
    char error[LIVE_ERROR_SIZE] = "";
    assert_int_equal(live_connect("nowhere", error, sizeof error), -1);
    assert_non_null(strstr(error, "host:port"));
    assert_int_equal(live_connect(":9092", error, sizeof error), -1);
    assert_int_equal(live_connect("127.0.0.1:", error, sizeof error), -1);
    assert_int_equal(live_connect("127.0.0.1:1", error, sizeof error), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(produced_is_as_stated, start, stop),
        cmocka_unit_test_setup_teardown(fetches_follow_the_log_and_begin_again, start, stop),
        cmocka_unit_test_setup_teardown(a_refused_batch_is_told, start, stop),
        cmocka_unit_test(addresses_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
