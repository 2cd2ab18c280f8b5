/* SHA-256 against the vectors of FIPS 180-4's examples and NIST's CAVP (SHA256ShortMsg). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sha256.h"

#include <string.h>

static void published_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *message, *digest;
    } vectors[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmno"
         "pqrst"
         "nopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        char hex[SHA256_HEX_SIZE];
        sha256_of(vectors[i].message, strlen(vectors[i].message), hex);
        assert_string_equal(hex, vectors[i].digest);
    }
    static const uint8_t d3 = 0xd3;
    char hex[SHA256_HEX_SIZE];
    sha256_of(&d3, 1, hex);
    assert_string_equal(hex, "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1");
}

static void a_million_times_a(void **state)
{
    (void)state;
    struct sha256 hash;
    sha256_init(&hash);
    char block[977]; /* no divisor of a million, nor a multiple of 64 */
    memset(block, 'a', sizeof block);
    for (size_t left = 1000000; left > 0;) {
        size_t n = left < sizeof block ? left : sizeof block;
        sha256_update(&hash, block, n);
        left -= n;
    }
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX_SIZE];
    sha256_final(&hash, digest);
    sha256_hex(digest, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* However a message is cut into updates, its digest is the same; lengths around the block's are all tried. */
static void pieces_do_not_matter(void **state)
{
    (void)state;
    uint8_t message[200];
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)(i * 7 + 3);
    for (size_t n = 0; n <= sizeof message; n++) {
        char whole[SHA256_HEX_SIZE];
        sha256_of(message, n, whole);
        for (size_t piece = 1; piece <= 70; piece += 3) {
            struct sha256 hash;
            sha256_init(&hash);
            for (size_t at = 0; at < n; at += piece)
                sha256_update(&hash, message + at, n - at < piece ? n - at : piece);
            uint8_t digest[SHA256_BYTES];
            char hex[SHA256_HEX_SIZE];
            sha256_final(&hash, digest);
            sha256_hex(digest, hex);
            assert_string_equal(hex, whole);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors),
        cmocka_unit_test(a_million_times_a),
        cmocka_unit_test(pieces_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
