/* load.c: the loop that sends requests when they are due and counts answers; see load.h. One thread, sockets that do not block. */
#define _GNU_SOURCE /* ppoll */
#include "load_parts.h"

#include "arena.h"
#include "check.h"
#include "cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { IN_BYTES_FIRST = 1 << 16, FRAME_BYTES_MAX = 128 * 1024 * 1024, WAIT_NS_MAX = 100000000 };
/* A load that has fallen behind does not make up for more than this. */
static const int64_t BEHIND_NS_MAX = 100000000;

static int64_t now_ns(void)
{
    struct timespec t;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &t) == 0, "no clock");
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t next_distance_ns(struct load_run *run)
{
    if (run->load.requests_per_s <= 0) return 0;
    return (int64_t)rng_exponential(&run->arrivals, 1e9 * run->load.connections / run->load.requests_per_s);
}

struct load_run *load_open(const struct load *load, const char *address, const struct load_topics *topics, uint64_t seed,
                           struct arena *arena, char *error, size_t error_n)
{
    struct load_run *run = ARENA_NEW(arena, struct load_run, 1);
    run->load = *load;
    run->topics = *topics;
    run->arena = arena;
    rng_init(&run->arrivals, NULL, seed, "live/arrivals");
    if (load->kind == LOAD_IDLE) {
        run->load.connections = 0;
        return run;
    }
    CHECK(load->connections >= 1 && load->connections <= LOAD_CONNECTIONS_MAX && load->partitions >= 1 &&
              load->partitions <= topics->main_partitions && topics->main_partitions <= LOAD_PARTITIONS_MAX,
          "a load of %d connections and %d partitions", load->connections, load->partitions);
    run->connections = ARENA_NEW(arena, struct load_connection, (size_t)load->connections);
    for (int i = 0; i < load->connections; i++)
        run->connections[i].socket = -1;
    if (load->kind == LOAD_PRODUCE)
        produce_set_up(run);
    else
        fetch_set_up(run);
    for (int i = 0; i < load->connections; i++) {
        struct load_connection *c = &run->connections[i];
        c->in_room = IN_BYTES_FIRST;
        c->in = arena_alloc(arena, c->in_room, 1);
        c->socket = live_connect(address, error, error_n);
        if (c->socket < 0 || !(load->kind == LOAD_PRODUCE ? produce_connect(run, c, error, error_n)
                                                          : fetch_connect(run, c, i, error, error_n))) {
            load_close(run);
            return NULL;
        }
        fcntl(c->socket, F_SETFL, fcntl(c->socket, F_GETFL) | O_NONBLOCK);
        c->due_ns = now_ns() + next_distance_ns(run);
    }
    return run;
}

void load_close(struct load_run *run)
{
    for (int i = 0; run != NULL && i < run->load.connections; i++)
        live_close(run->connections[i].socket);
}

struct load_counts load_counts(const struct load_run *run)
{
    return run->counts;
}

static bool may_send(const struct load_run *run, const struct load_connection *c)
{
    return c->out_sent == c->out_n && c->in_flight < (run->load.kind == LOAD_PRODUCE ? LOAD_IN_FLIGHT_MAX : 1);
}

static bool send_some(struct load_connection *c, char *error, size_t error_n)
{
    while (c->out_sent < c->out_n) {
        const ssize_t n = send(c->socket, c->out + c->out_sent, c->out_n - c->out_sent, MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
        if (n < 0 && errno != EINTR) {
            snprintf(error, error_n, "the broker takes nothing: %s", strerror(errno));
            return false;
        }
        if (n > 0) c->out_sent += (size_t)n;
    }
    return true;
}

/* Sends what is due, as far as the requests in flight allow. */
static bool send_due(struct load_run *run, struct load_connection *c, int64_t now, char *error, size_t error_n)
{
    if (!send_some(c, error, error_n)) return false;
    while (c->due_ns <= now && may_send(run, c)) {
        if (run->load.kind == LOAD_PRODUCE)
            produce_request(run, c);
        else
            fetch_request(run, c);
        c->in_flight++;
        c->due_ns += next_distance_ns(run);
        if (c->due_ns < now - BEHIND_NS_MAX) c->due_ns = now;
        if (!send_some(c, error, error_n)) return false;
    }
    return true;
}

static bool take_answer(struct load_run *run, struct load_connection *c, size_t size, char *error, size_t error_n)
{
    struct wire_reader r = {.bytes = c->in + WIRE_RESPONSE_HEAD, .n = size - WIRE_RESPONSE_HEAD};
    if (c->in_flight == 0) {
        snprintf(error, error_n, "an answer that nobody asked for: is this a Kafka broker?");
        return false;
    }
    c->in_flight--;
    return run->load.kind == LOAD_PRODUCE ? produce_answer(run, &r, error, error_n) : fetch_answer(run, c, &r, error, error_n);
}

static bool receive_some(struct load_run *run, struct load_connection *c, char *error, size_t error_n)
{
    for (;;) {
        const ssize_t n = recv(c->socket, c->in + c->in_n, c->in_room - c->in_n, 0);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            snprintf(error, error_n, "the broker closed the connection%s%s", n < 0 ? ": " : "", n < 0 ? strerror(errno) : "");
            return false;
        }
        c->in_n += (size_t)n;
        while (c->in_n >= 4) {
            const int64_t size = (int64_t)wire_at32(c->in) + 4;
            if (size < WIRE_RESPONSE_HEAD || size > FRAME_BYTES_MAX) {
                snprintf(error, error_n, "an answer of %lld bytes: is this a Kafka broker?", (long long)size);
                return false;
            }
            if ((size_t)size > c->in_room) {
                c->in = arena_grow(run->arena, c->in, c->in_n, (size_t)size, 1);
                c->in_room = (size_t)size;
            }
            if (c->in_n < (size_t)size) break;
            if (!take_answer(run, c, (size_t)size, error, error_n)) return false;
            c->in_n -= (size_t)size;
            memmove(c->in, c->in + size, c->in_n);
        }
    }
}

bool load_drive(struct load_run *const *runs, int n, double seconds, double requests, const volatile int *stop, char *error,
                size_t error_n)
{
    enum { LOADS_MAX = 8 };
    CHECK(n >= 1 && n <= LOADS_MAX, "%d loads", n);
    struct pollfd polled[LOADS_MAX * LOAD_CONNECTIONS_MAX];
    const int64_t end = now_ns() + (int64_t)(seconds * 1e9);
    for (int64_t now = now_ns(); now < end && (stop == NULL || !*stop); now = now_ns()) {
        int64_t wake = now + WAIT_NS_MAX < end ? now + WAIT_NS_MAX : end;
        nfds_t polled_n = 0;
        for (int i = 0; i < n; i++)
            for (int k = 0; k < runs[i]->load.connections; k++) {
                struct load_connection *c = &runs[i]->connections[k];
                if (!send_due(runs[i], c, now, error, error_n)) return false;
                if (may_send(runs[i], c) && c->due_ns < wake) wake = c->due_ns;
                polled[polled_n++] = (struct pollfd){
                    .fd = c->socket, .events = (short)(POLLIN | (c->out_sent < c->out_n ? POLLOUT : 0))};
            }
        const int64_t wait = wake > now ? wake - now : 0;
        const struct timespec limit = {.tv_sec = wait / 1000000000, .tv_nsec = wait % 1000000000};
        if (ppoll(polled, polled_n, &limit, NULL) <= 0) continue;
        polled_n = 0;
        for (int i = 0; i < n; i++)
            for (int k = 0; k < runs[i]->load.connections; k++)
                if (polled[polled_n++].revents & (POLLIN | POLLERR | POLLHUP))
                    if (!receive_some(runs[i], &runs[i]->connections[k], error, error_n)) return false;
        if (requests > 0 && runs[0]->counts.requests >= requests) return true;
    }
    return true;
}
