/* md5.c: see md5.h. */
#include "md5.h"

#include <string.h>

/* floor(2^32 |sin(i + 1)|), RFC 1321. */
static const uint32_t sines[64] = {
    0xd76aa478u, 0xe8c7b756u, 0x242070dbu, 0xc1bdceeeu, 0xf57c0fafu, 0x4787c62au,
    0xa8304613u, 0xfd469501u, 0x698098d8u, 0x8b44f7afu, 0xffff5bb1u, 0x895cd7beu,
    0x6b901122u, 0xfd987193u, 0xa679438eu, 0x49b40821u, 0xf61e2562u, 0xc040b340u,
    0x265e5a51u, 0xe9b6c7aau, 0xd62f105du, 0x02441453u, 0xd8a1e681u, 0xe7d3fbc8u,
    0x21e1cde6u, 0xc33707d6u, 0xf4d50d87u, 0x455a14edu, 0xa9e3e905u, 0xfcefa3f8u,
    0x676f02d9u, 0x8d2a4c8au, 0xfffa3942u, 0x8771f681u, 0x6d9d6122u, 0xfde5380cu,
    0xa4beea44u, 0x4bdecfa9u, 0xf6bb4b60u, 0xbebfbc70u, 0x289b7ec6u, 0xeaa127fau,
    0xd4ef3085u, 0x04881d05u, 0xd9d4d039u, 0xe6db99e5u, 0x1fa27cf8u, 0xc4ac5665u,
    0xf4292244u, 0x432aff97u, 0xab9423a7u, 0xfc93a039u, 0x655b59c3u, 0x8f0ccc92u,
    0xffeff47du, 0x85845dd1u, 0x6fa87e4fu, 0xfe2ce6e0u, 0xa3014314u, 0x4e0811a1u,
    0xf7537e82u, 0xbd3af235u, 0x2ad7d2bbu, 0xeb86d391u,
};
static const unsigned char turns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

static uint32_t get_little_endian(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put_little_endian(unsigned char *p, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        p[i] = (unsigned char)(value >> 8 * i);
}

static void block(uint32_t state[4], const unsigned char *p)
{
    uint32_t words[16], a = state[0], b = state[1], c = state[2], d = state[3];
    for (int i = 0; i < 16; i++)
        words[i] = get_little_endian(p + 4 * i);
#define STEP(i, f, word, round)                                                                              \
    do {                                                                                                     \
        const uint32_t sum = a + (f) + sines[i] + words[word];                                               \
        const int turn = turns[round][(i) & 3];                                                              \
        a = d, d = c, c = b;                                                                                 \
        b += sum << turn | sum >> (32 - turn);                                                               \
    } while (0)
    for (int i = 0; i < 16; i++)
        STEP(i, (b & c) | (~b & d), i, 0);
    for (int i = 16; i < 32; i++)
        STEP(i, (d & b) | (~d & c), (5 * i + 1) & 15, 1);
    for (int i = 32; i < 48; i++)
        STEP(i, b ^ c ^ d, (3 * i + 5) & 15, 2);
    for (int i = 48; i < 64; i++)
        STEP(i, c ^ (b | ~d), (7 * i) & 15, 3);
#undef STEP
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

void md5(const void *bytes, size_t n, unsigned char digest[MD5_BYTES])
{
    uint32_t state[4] = {0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u};
    const unsigned char *p = bytes;
    size_t left = n;
    for (; left >= 64; left -= 64, p += 64)
        block(state, p);
    unsigned char tail[128] = {0};
    if (left > 0) memcpy(tail, p, left);
    tail[left] = 0x80;
    const size_t tail_n = left < 56 ? 64 : 128;
    put_little_endian(tail + tail_n - 8, (uint64_t)n << 3, 8);
    for (size_t i = 0; i < tail_n; i += 64)
        block(state, tail + i);
    for (int i = 0; i < 4; i++)
        put_little_endian(digest + 4 * i, state[i], 4);
}
