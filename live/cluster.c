/* cluster.c: see cluster.h. */
#include "cluster.h"

#include "check.h"
#include "error.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_SIZE = 256 * 1024, ANSWER_S = 60, TOPIC_TIMEOUT_MS = 30000, TURNS = 300, TURN_MS = 100 };


int live_connect(const char *address, char *error, size_t error_n)
{
    const char *colon = strrchr(address, ':');
    char host[LIVE_HOST_SIZE];
    if (colon == NULL || colon == address || colon[1] == '\0' || (size_t)(colon - address) >= sizeof host) {
        error_say(error, error_n, "\"%s\" is no broker's address; one is host:port, as 127.0.0.1:9092", address);
        return -1;
    }
    snprintf(host, sizeof host, "%.*s", (int)(colon - address), address);
    struct addrinfo *found = NULL;
    const int status =
        getaddrinfo(host, colon + 1, &(struct addrinfo){.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, &found);
    if (status != 0) {
        error_say(error, error_n, "%s: %s", address, gai_strerror(status));
        return -1;
    }
    int s = -1;
    for (const struct addrinfo *a = found; a != NULL && s < 0; a = a->ai_next) {
        s = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (s < 0 || connect(s, a->ai_addr, a->ai_addrlen) == 0) continue;
        const int cause = errno;
        close(s);
        s = -1;
        errno = cause;
    }
    if (s < 0) error_say(error, error_n, "%s: %s", address, strerror(errno));
    freeaddrinfo(found);
    if (s < 0) return -1;
    const int on = 1;
    const struct timeval limit = {.tv_sec = ANSWER_S};
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    return s;
}

void live_close(int socket)
{
    if (socket >= 0) close(socket);
}

static bool receive(int s, uint8_t *bytes, size_t n, char *error, size_t error_n)
{
    for (size_t got = 0; got < n;) {
        const ssize_t more = recv(s, bytes + got, n - got, 0);
        if (more == 0) return error_say(error, error_n, "the broker closed the connection");
        if (more < 0 && errno != EINTR) return error_say(error, error_n, "no answer from the broker: %s", strerror(errno));
        if (more > 0) got += (size_t)more;
    }
    return true;
}

bool live_ask(int s, const struct wire_writer *request, uint8_t *buffer, size_t buffer_n, struct wire_reader *answer,
              char *error, size_t error_n)
{
    CHECK(!request->bad, "a request does not fit its buffer");
    for (size_t sent = 0; sent < request->n;) {
        const ssize_t more = send(s, request->bytes + sent, request->n - sent, MSG_NOSIGNAL);
        if (more < 0 && errno != EINTR) return error_say(error, error_n, "the broker takes nothing: %s", strerror(errno));
        if (more > 0) sent += (size_t)more;
    }
    uint8_t head[WIRE_RESPONSE_HEAD];
    if (!receive(s, head, sizeof head, error, error_n)) return false;
    const int32_t size = wire_at32(head);
    if (size < 4 || (size_t)size - 4 > buffer_n)
        return error_say(error, error_n, "an answer of %d bytes: is this a Kafka broker?", (int)size);
    if (!receive(s, buffer, (size_t)size - 4, error, error_n)) return false;
    if (wire_at32(head + 4) != wire_at32(request->bytes + WIRE_CORRELATION_AT))
        return error_say(error, error_n, "an answer to another request: is this a Kafka broker?");
    *answer = (struct wire_reader){.bytes = buffer, .n = (size_t)size - 4};
    return true;
}

/* Metadata of one topic, or (NULL) of none: brokers, then the topic's error. */
struct metadata {
    struct live_broker brokers[LIVE_BROKERS_MAX];
    int brokers_n;
    int16_t topic_error;
};

static bool metadata(int s, const char *topic, struct metadata *m, char *error, size_t error_n)
{
    static _Thread_local uint8_t out[1024], in[BUFFER_SIZE];
    struct wire_writer w = {.bytes = out, .capacity = sizeof out};
    struct wire_reader r;
    char text[LIVE_HOST_SIZE];
    *m = (struct metadata){.topic_error = 0};
    wire_begin(&w, WIRE_METADATA, 1);
    wire_put32(&w, topic == NULL ? 0 : 1);
    if (topic != NULL) wire_put_string(&w, topic);
    wire_end(&w);
    if (!live_ask(s, &w, in, sizeof in, &r, error, error_n)) return false;
    for (int32_t i = wire_get_count(&r, 12), all = i; i > 0; i--) {
        struct live_broker *b = &m->brokers[m->brokers_n];
        const int32_t node = wire_get32(&r);
        wire_get_string(&r, text, sizeof text);
        const int32_t port = wire_get32(&r);
        char rack[LIVE_HOST_SIZE];
        wire_get_string(&r, rack, sizeof rack);
        if (all - i >= LIVE_BROKERS_MAX) continue;
        b->node = node;
        snprintf(b->address, sizeof b->address, "%s:%d", text, (int)port);
        m->brokers_n++;
    }
    wire_get32(&r); /* the controller */
    if (wire_get_count(&r, 9) > 0) m->topic_error = wire_get16(&r); /* its name and partitions follow */
    return !r.bad || error_say(error, error_n, "the broker's metadata cannot be read: is this a Kafka broker?");
}

bool live_brokers(int s, struct live_broker *brokers, int *n, char *error, size_t error_n)
{
    struct metadata m;
    if (!metadata(s, NULL, &m, error, error_n)) return false;
    memcpy(brokers, m.brokers, sizeof m.brokers);
    *n = m.brokers_n;
    return m.brokers_n > 0 || error_say(error, error_n, "the broker knows of no brokers");
}

bool live_topic_exists(int s, const char *name, bool *exists, char *error, size_t error_n)
{
    struct metadata m;
    if (!metadata(s, name, &m, error, error_n)) return false;
    *exists = m.topic_error == 0;
    return true;
}

static void put_config(struct wire_writer *w, const char *name, int64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)value);
    wire_put_string(w, name);
    wire_put_string(w, text);
}

/* The error code of the only topic of an answer: create's has a message behind it. */
static bool topic_answer(struct wire_reader *r, const char *what, const char *name, bool message, char *error, size_t error_n)
{
    char text[LIVE_HOST_SIZE], why[LIVE_HOST_SIZE] = "", number[32];
    wire_get32(r); /* throttled */
    const int32_t n = wire_get_count(r, 4);
    wire_get_string(r, text, sizeof text);
    const int16_t code = wire_get16(r);
    if (message) wire_get_string(r, why, sizeof why);
    if (r->bad || n != 1) return error_say(error, error_n, "the broker's answer about topic %s cannot be read", name);
    if (code == 0) return true;
    return error_say(error, error_n, "topic %s could not be %s: %s%s%s", name, what, wire_error_name(code, number),
                why[0] ? ": " : "", why);
}

static void pause_turn(void)
{
    nanosleep(&(struct timespec){.tv_nsec = TURN_MS * 1000000L}, NULL);
}

bool live_ends(int s, const char *topic, int partitions, int64_t *ends, int *led, char *error, size_t error_n)
{
    static _Thread_local uint8_t out[BUFFER_SIZE], in[BUFFER_SIZE];
    struct wire_writer w = {.bytes = out, .capacity = sizeof out};
    struct wire_reader r;
    char text[LIVE_HOST_SIZE];
    wire_begin(&w, WIRE_LIST_OFFSETS, 1);
    wire_put32(&w, -1); /* a consumer */
    wire_put32(&w, 1);
    wire_put_string(&w, topic);
    wire_put32(&w, partitions);
    for (int32_t p = 0; p < partitions; p++) {
        wire_put32(&w, p);
        wire_put64(&w, -1); /* the end */
    }
    wire_end(&w);
    if (!live_ask(s, &w, in, sizeof in, &r, error, error_n)) return false;
    *led = 0;
    for (int32_t topics = wire_get_count(&r, 6); topics > 0; topics--) {
        wire_get_string(&r, text, sizeof text);
        for (int32_t n = wire_get_count(&r, 22); n > 0; n--) {
            const int32_t p = wire_get32(&r);
            *led += wire_get16(&r) == 0;
            wire_get64(&r); /* a time */
            const int64_t end = wire_get64(&r);
            if (p >= 0 && p < partitions) ends[p] = end;
        }
    }
    return !r.bad || error_say(error, error_n, "the broker's offsets cannot be read: is this a Kafka broker?");
}

bool live_topic_create(int s, const struct live_topic *topic, char *error, size_t error_n)
{
    static _Thread_local uint8_t out[BUFFER_SIZE], in[BUFFER_SIZE];
    struct wire_writer w = {.bytes = out, .capacity = sizeof out};
    struct wire_reader r;
    CHECK(strncmp(topic->name, LIVE_TOPIC_PREFIX, strlen(LIVE_TOPIC_PREFIX)) == 0, "topic %s is not ours", topic->name);
    CHECK(topic->partitions >= 1 && topic->partitions <= LIVE_PARTITIONS_MAX, "a topic of %d partitions", topic->partitions);
    int64_t ends[LIVE_PARTITIONS_MAX];
    wire_begin(&w, WIRE_CREATE_TOPICS, 1);
    wire_put32(&w, 1);
    wire_put_string(&w, topic->name);
    wire_put32(&w, -1); /* as assigned: */
    wire_put16(&w, -1);
    wire_put32(&w, topic->partitions);
    for (int32_t p = 0; p < topic->partitions; p++) {
        wire_put32(&w, p);
        wire_put32(&w, topic->replicas_n);
        for (int i = 0; i < topic->replicas_n; i++)
            wire_put32(&w, topic->replicas[i]);
    }
    wire_put32(&w, 3);
    put_config(&w, "retention.bytes", topic->retention_bytes);
    put_config(&w, "segment.bytes", topic->segment_bytes);
    put_config(&w, "retention.ms", -1);
    wire_put32(&w, TOPIC_TIMEOUT_MS);
    wire_put8(&w, 0);
    wire_end(&w);
    if (!live_ask(s, &w, in, sizeof in, &r, error, error_n)) return false;
    if (!topic_answer(&r, "made", topic->name, true, error, error_n)) return false;
    for (int turn = 0; turn < TURNS; turn++) {
        int led;
        if (!live_ends(s, topic->name, topic->partitions, ends, &led, error, error_n)) return false;
        if (led == topic->partitions) return true;
        pause_turn();
    }
    return error_say(error, error_n, "topic %s has partitions without a leader after %d s", topic->name, TURNS * TURN_MS / 1000);
}

bool live_topic_delete(int s, const char *name, char *error, size_t error_n)
{
    uint8_t out[1024], in[1024];
    struct wire_writer w = {.bytes = out, .capacity = sizeof out};
    struct wire_reader r;
    CHECK(strncmp(name, LIVE_TOPIC_PREFIX, strlen(LIVE_TOPIC_PREFIX)) == 0, "topic %s is not ours", name);
    wire_begin(&w, WIRE_DELETE_TOPICS, 1);
    wire_put32(&w, 1);
    wire_put_string(&w, name);
    wire_put32(&w, TOPIC_TIMEOUT_MS);
    wire_end(&w);
    if (!live_ask(s, &w, in, sizeof in, &r, error, error_n)) return false;
    if (!topic_answer(&r, "removed", name, false, error, error_n)) return false;
    for (int turn = 0; turn < TURNS; turn++) {
        bool there;
        if (!live_topic_exists(s, name, &there, error, error_n)) return false;
        if (!there) return true;
        pause_turn();
    }
    return error_say(error, error_n, "topic %s is still there after %d s", name, TURNS * TURN_MS / 1000);
}

bool live_producer_id(int s, int64_t *id, int16_t *epoch, char *error, size_t error_n)
{
    uint8_t out[128], in[128];
    char number[32];
    for (int turn = 0; turn < TURNS; turn++) {
        struct wire_writer w = {.bytes = out, .capacity = sizeof out};
        struct wire_reader r;
        wire_begin(&w, WIRE_INIT_PRODUCER_ID, 1);
        wire_put_string(&w, NULL);
        wire_put32(&w, TOPIC_TIMEOUT_MS);
        wire_end(&w);
        if (!live_ask(s, &w, in, sizeof in, &r, error, error_n)) return false;
        wire_get32(&r); /* throttled */
        const int16_t code = wire_get16(&r);
        *id = wire_get64(&r);
        *epoch = wire_get16(&r);
        if (r.bad) return error_say(error, error_n, "the broker's answer with a producer id cannot be read");
        if (code == 0) return true;
        /* COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE: soon. */
        if (code != 14 && code != 15)
            return error_say(error, error_n, "no producer id: %s", wire_error_name(code, number));
        pause_turn();
    }
    return error_say(error, error_n, "no producer id after %d s", TURNS * TURN_MS / 1000);
}
