/* Record batches of Kafka's own client library, and ours as it read them: both as it tells. The vectors are
 * tests/interop/interop.sh's; other files of their form may be named as arguments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "batch_text.h"
#include "file.h"

static const char *const vectors[] = {"tests/paths/vectors/record_batches_kafka.txt",
                                      "tests/paths/vectors/record_batches_ours.txt"};
static const char *const *files = vectors;
static int files_n = 2;

enum { RECORDS_MAX = 6000 };
struct kept {
    struct record_batch_record records[RECORDS_MAX];
    int32_t n;
};

static void keep(void *context, const struct record_batch_record *r)
{
    struct kept *kept = context;
    assert_true(kept->n < RECORDS_MAX);
    kept->records[kept->n++] = *r;
}

/* The batch encoded anew from what it held: uncompressed the same bytes, else the same records. */
static void encoded_anew(struct record_batch_codec *codec, const char *name, const unsigned char *bytes, size_t n,
                         struct arena *arena)
{
    static struct kept kept;
    struct record_batch_header header;
    struct record_batch_codec *writes = record_batch_codec_new();
    kept.n = 0;
    assert_int_equal(record_batch_decode(codec, bytes, n, &header, keep, &kept), RECORD_BATCH_OK);
    const size_t capacity = record_batch_bound(record_batch_raw_bytes(kept.records, kept.n));
    unsigned char *again = ARENA_NEW(arena, unsigned char, capacity);
    const size_t again_n = record_batch_encode(writes, &header, 3, kept.records, kept.n, again, capacity);
    /* With the broker's time in the header, the producer's may still be in the records, unseen. */
    if (header.compression == RECORD_BATCH_NONE && !header.log_append_time) {
        assert_int_equal(again_n, n);
        assert_memory_equal(again, bytes, n);
    } else {
        struct batch_text first = {NULL, 0, 0}, second = {NULL, 0, 0};
        assert_int_equal(batch_text_of(&first, codec, name, bytes, n), RECORD_BATCH_OK);
        assert_int_equal(batch_text_of(&second, codec, name, again, again_n), RECORD_BATCH_OK);
        assert_string_equal(strchr(first.text, '\n'), strchr(second.text, '\n')); /* all but the bytes */
        free(first.text);
        free(second.text);
    }
    record_batch_codec_free(writes);
}

static void same_text(const char *path)
{
    struct arena *arena = arena_new(0);
    char error[FILE_ERROR_SIZE], *text;
    size_t n;
    if (file_read(path, 1 << 24, arena, &text, &n, error, sizeof error) != FILE_OK) fail_msg("%s", error);
    struct record_batch_codec *codec = record_batch_codec_new();
    struct batch_text found = {NULL, 0, 0};
    int batches = 0, compressed = 0, with_headers = 0, control = 0;
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
        char name[64];
        int codec_id, is_control, at;
        with_headers += strncmp(line, "record ", 7) == 0 && strstr(line, "7472616365") != NULL; /* "trace" */
        if (sscanf(line, "batch %63s %*d %*d %*d %*d %*d %*d %d %*d %d %*d %*d %n", name, &is_control, &codec_id, &at) != 3)
            continue;
        size_t bytes_n;
        const unsigned char *bytes = batch_text_bytes(line + at, &bytes_n, arena);
        assert_int_equal(batch_text_of(&found, codec, name, bytes, bytes_n), RECORD_BATCH_OK);
        encoded_anew(codec, name, bytes, bytes_n, arena);
        batches++;
        compressed += codec_id == RECORD_BATCH_ZSTD;
        control += is_control;
    }
    assert_true(batches >= 15 && compressed >= 8 && compressed < batches && with_headers >= 2 && control >= 2);
    if (strcmp(found.text, text) != 0) {
        size_t at = 0;
        while (found.text[at] == text[at]) at++;
        fail_msg("%s: at byte %zu \"%.60s\" is \"%.60s\"", path, at, text + at, found.text + at);
    }
    free(found.text);
    record_batch_codec_free(codec);
    arena_free(arena);
}

static void as_kafka_reads(void **state)
{
    (void)state;
    for (int i = 0; i < files_n; i++) same_text(files[i]);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_kafka_reads)};
    if (argc > 1) {
        files = (const char *const *)argv + 1;
        files_n = argc - 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
