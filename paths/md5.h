/* md5.h: MD5 (RFC 1321), by which Kafka's log cleaner knows keys (SkimpyOffsetMap). It protects against nothing. Cost:
 * about 130 ns for up to 55 bytes, 2 ns a byte beyond.
 */
#ifndef HEADROOM_PATHS_MD5_H
#define HEADROOM_PATHS_MD5_H

#include <stddef.h>
#include <stdint.h>

enum { MD5_BYTES = 16 };

void md5(const void *bytes, size_t n, unsigned char digest[MD5_BYTES]);

#endif
