/* The JSON reader on damaged documents: it never crashes, never accepts half a document, and agrees with
 * jansson, an independent reader, on what is JSON and what it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arena.h"
#include "diag.h"
#include "json.h"
#include "json_jansson.h"
#include "philox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char document[] =
    "{\"name\": \"ad-clickstream\", \"question\": \"Does CTR stay fresh? \\u00e9 \\ud83d\\ude00 é€😀\",\n"
    " \"run\": {\"start\": \"18:00\", \"seed\": 1, \"share\": -0.35e-2, \"flags\": [true, false, null]},\n"
    " \"keys\": {\"campaign\": {\"population\": 2000000, \"zipf\": 1.05}},\n"
    " \"topics\": [{\"name\": \"ad-events\", \"partitions\": 360}, [], {}, [[1, [2]], \"\\\\ \\\"\"]]\n"
    "}";

struct outcome {
    bool accepted; /* a tree and no mistakes */
    size_t mistakes;
    char *text; /* as jansson writes the tree; NULL if there is none */
};

static struct outcome outcome_of(const char *text, size_t n)
{
    /* An exact copy, so that reading past its end is seen by the sanitizers and by valgrind. */
    char *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, text, n);
    struct arena *arena = arena_new(0);
    struct diag *diag = diag_new();
    struct json_value *root = json_read("f", copy, n, arena, diag);
    struct outcome outcome = {.accepted = root && diag_count(diag) == 0, .mistakes = diag_count(diag)};
    if (root) {
        json_t *tree = json_to_jansson(root);
        outcome.text = json_dumps(tree, JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_COMPACT);
        json_decref(tree);
    }
    /* Printing must survive whatever is in the text, too. */
    char *printed = NULL;
    size_t printed_n = 0;
    FILE *out = open_memstream(&printed, &printed_n);
    diag_print(diag, out);
    fclose(out);
    for (size_t i = 0; i < printed_n; i++)
        assert_true((unsigned char)printed[i] >= 0x20 || printed[i] == '\n');
    free(printed);
    diag_free(diag);
    arena_free(arena);
    free(copy);
    return outcome;
}

static void every_strict_prefix_is_a_mistake(void **state)
{
    (void)state;
    size_t n = sizeof document - 1;
    for (size_t i = 0; i < n; i++) {
        struct outcome outcome = outcome_of(document, i);
        assert_false(outcome.accepted);
        assert_int_equal(outcome.mistakes, 1);
        free(outcome.text);
    }
    struct outcome whole = outcome_of(document, n);
    assert_true(whole.accepted);
    free(whole.text);
}

/* Jansson's verdict. It differs from ours by intent in few things, which the mutations below avoid or this
 * corrects: integers beyond 64 bits (an error there, a double here) and 1e6 (a real there). */
static char *jansson_text(const char *text, size_t n)
{
    json_error_t error;
    json_t *tree =
        json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &error);
    if (!tree) return NULL;
    char *written = json_dumps(tree, JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(tree);
    return written;
}

/* Our tree with integers as reals, to be compared with jansson's. */
static char *our_text(const char *text, size_t n, bool *accepted)
{
    struct outcome outcome = outcome_of(text, n);
    *accepted = outcome.accepted;
    if (!outcome.text) return NULL;
    json_t *tree = json_loads(outcome.text, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);
    free(outcome.text);
    assert_non_null(tree);
    char *written = json_dumps(tree, JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(tree);
    return written;
}

static size_t mutate(struct philox *random, char *text, size_t n, size_t room)
{
    static const char spice[] = "{}[]\",:\\ 0123456789.-+eEtfnu/'\n\t\x01\x7f\x80\xc3\xed\xf0\xff";
    uint64_t times = 1 + philox_below(random, 3);
    for (uint64_t i = 0; i < times && n > 0; i++) {
        size_t at = philox_below(random, n), to = philox_below(random, n);
        char c = spice[philox_below(random, sizeof spice - 1)];
        switch (philox_below(random, 6)) {
        case 0: /* another byte */
            text[at] = c;
            break;
        case 1: /* one byte more */
            if (n + 1 > room) break;
            memmove(text + at + 1, text + at, n - at);
            text[at] = c;
            n++;
            break;
        case 2: /* one byte less */
            memmove(text + at, text + at + 1, n - at - 1);
            n--;
            break;
        case 3: /* two bytes change places */
            c = text[at];
            text[at] = text[to];
            text[to] = c;
            break;
        case 4: { /* a piece is copied elsewhere */
            size_t length = philox_below(random, 20);
            if (length > n - at) length = n - at;
            if (length > n - to) length = n - to;
            memmove(text + to, text + at, length);
            break;
        }
        default: /* one bit */
            text[at] = (char)(text[at] ^ (1 << philox_below(random, 8)));
        }
    }
    return n;
}

static void mutations_agree_with_jansson(void **state)
{
    (void)state;
    struct philox random = philox_named(1, "test/json/mutations");
    int accepted_count = 0, refused_count = 0;
    enum { ROUNDS = 20000 };
    for (int round = 0; round < ROUNDS; round++) {
        char text[sizeof document + 16];
        memcpy(text, document, sizeof document);
        size_t n = mutate(&random, text, sizeof document - 1, sizeof text);
        bool accepted;
        char *ours = our_text(text, n, &accepted), *theirs = jansson_text(text, n);
        /* \u0000 is refused by both; 1e999 too. */
        if (accepted != (theirs != NULL)) {
            fail_msg("round %d: %s here, %s by jansson: %.*s", round, accepted ? "accepted" : "refused",
                     theirs ? "accepted" : "refused", (int)n, text);
        }
        if (accepted) assert_string_equal(ours, theirs);
        accepted_count += accepted;
        refused_count += !accepted;
        free(ours);
        free(theirs);
    }
    /* Both sides of the question were asked. */
    assert_true(accepted_count > ROUNDS / 50);
    assert_true(refused_count > ROUNDS / 2);
}

/* The canary: the comparison notices a reader that is wrong. Here "wrong" is a text that differs by one
 * digit. */
static void the_comparison_can_fail(void **state)
{
    (void)state;
    bool accepted;
    char *ours = our_text("{\"a\": 360}", 10, &accepted), *theirs = jansson_text("{\"a\": 361}", 10);
    assert_true(accepted);
    assert_string_not_equal(ours, theirs);
    free(ours);
    free(theirs);
    assert_null(jansson_text("{\"a\": 360", 9));
}

static void bytes_at_random(void **state)
{
    (void)state;
    static const char alphabet[] = "{}[]\",:\\u0a1-. etrufalsn\n\xc3\xa9";
    struct philox random = philox_named(1, "test/json/bytes");
    for (int round = 0; round < 20000; round++) {
        char text[40];
        size_t n = philox_below(&random, sizeof text);
        for (size_t i = 0; i < n; i++)
            text[i] = alphabet[philox_below(&random, sizeof alphabet - 1)];
        bool accepted;
        char *ours = our_text(text, n, &accepted), *theirs = jansson_text(text, n);
        if (accepted != (theirs != NULL)) fail_msg("round %d differs: %.*s", round, (int)n, text);
        free(ours);
        free(theirs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_strict_prefix_is_a_mistake),
        cmocka_unit_test(mutations_agree_with_jansson),
        cmocka_unit_test(the_comparison_can_fail),
        cmocka_unit_test(bytes_at_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
