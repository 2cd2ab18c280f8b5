/* write_batches.c: record batches of ours as lines of text; see tests/paths/batch_text.h. */
#include "batch_text.h"

#include <limits.h>

enum { LARGE = 5000 };
static const int64_t time_ms = 1763800000000;

static void put(const char *name, struct record_batch_header header, const struct record_batch_record *records, int32_t n)
{
    struct record_batch_codec *codec = record_batch_codec_new();
    const size_t capacity = record_batch_bound(record_batch_raw_bytes(records, n));
    unsigned char *bytes = malloc(capacity);
    struct batch_text text = {NULL, 0, 0};
    char full[64];
    CHECK(bytes != NULL, "no memory for %zu bytes", capacity);
    const size_t size = record_batch_encode(codec, &header, 3, records, n, bytes, capacity);
    snprintf(full, sizeof full, "%s-%s", name, header.compression == RECORD_BATCH_ZSTD ? "zstd" : "none");
    CHECK(batch_text_of(&text, codec, full, bytes, size) == RECORD_BATCH_OK, "%s", full);
    fputs(text.text, stdout);
    free(text.text);
    free(bytes);
    record_batch_codec_free(codec);
}

#define TEXT(which, text) .which = (text), .which##_n = sizeof(text) - 1
#define AT(ms) .timestamp_ms = time_ms + (ms)

static void put_small(struct record_batch_header h)
{
    static const unsigned char zeros[300];
    const struct record_batch_record_header headers[] = {
        {TEXT(key, "trace"), TEXT(value, "00-4bf92f35")},
        {TEXT(key, "empty"), .value = ""},
        {TEXT(key, "null")},
        {.key = "", TEXT(value, "x")},
        {TEXT(key, "schl\xc3\xbcssel"), .value = zeros, .value_n = sizeof zeros},
    };
    const struct record_batch_record one[] = {{AT(0), TEXT(key, "key"), TEXT(value, "value")}};
    const struct record_batch_record nulls[] = {
        {AT(0)}, {AT(0), .key = "", .value = ""}, {AT(0), TEXT(key, "k")}, {AT(0), TEXT(value, "v")}};
    const struct record_batch_record times[] = {{AT(0), TEXT(value, "1")},
                                                {AT(-5000), TEXT(value, "2")},
                                                {AT(-1), TEXT(value, "3")},
                                                {AT(86400000LL * 400), TEXT(value, "4")},
                                                {.timestamp_ms = 0, TEXT(value, "5")}};
    const struct record_batch_record traced[] = {
        {AT(0), TEXT(key, "k"), TEXT(value, "v"), .headers = headers, .headers_n = 4},
        {AT(1), TEXT(key, "k"), TEXT(value, "v")},
        {AT(2), .headers = headers + 4, .headers_n = 1}};
    put("one", h, one, 1);
    put("nulls", h, nulls, 4);
    put("timestamps", h, times, 5);
    put("headers", h, traced, 3);
    h.base_offset = 9007199254740993;
    h.producer_id = 4711;
    h.producer_epoch = 3;
    h.base_sequence = 17;
    h.partition_leader_epoch = 42;
    h.transactional = true;
    put("transactional", h, traced, 3);
    h.transactional = false;
    h.producer_id = INT64_MAX;
    h.producer_epoch = INT16_MAX;
    h.base_sequence = INT32_MAX;
    put("idempotent", h, one, 1);
    h.log_append_time = true;
    put("log-append-time", h, times, 5);
}

int main(void)
{
    const struct record_batch_header none = {
        .partition_leader_epoch = -1, .producer_id = -1, .producer_epoch = -1, .base_sequence = -1};
    struct record_batch_header zstd = none;
    zstd.compression = RECORD_BATCH_ZSTD;
    put_small(none);
    put_small(zstd);

    static struct record_batch_record large[LARGE];
    static char keys[LARGE][16], values[LARGE][16];
    for (int i = 0; i < LARGE; i++) {
        const int key_n = snprintf(keys[i], sizeof keys[i], "key-%d", i % 13);
        const int value_n = snprintf(values[i], sizeof values[i], "value %d", i * 31 % 101);
        large[i] = (struct record_batch_record){
            AT(i % 7), .key = keys[i], .key_n = (size_t)key_n, .value = values[i], .value_n = (size_t)value_n};
    }
    put("large", zstd, large, LARGE);
    put("many", none, large, 300);
    static unsigned char field[1000000];
    const struct record_batch_record fields[] = {{AT(0), .key = field, .key_n = 100000, .value = field, .value_n = sizeof field}};
    put("large-fields", zstd, fields, 1);

    /* EndTransactionMarker: key version and type, value version and coordinator epoch. */
    struct record_batch_header marker = none;
    marker.transactional = marker.control = true;
    marker.producer_id = 4711;
    marker.producer_epoch = 2;
    const struct record_batch_record commit[] = {{AT(0), TEXT(key, "\0\0\0\1"), TEXT(value, "\0\0\0\0\0\10")}};
    const struct record_batch_record abort_it[] = {{AT(0), TEXT(key, "\0\0\0\0"), TEXT(value, "\0\0\0\0\0\10")}};
    put("commit-marker", marker, commit, 1);
    put("abort-marker", marker, abort_it, 1);
    return 0;
}
