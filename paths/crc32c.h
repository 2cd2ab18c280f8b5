/* crc32c.h: CRC-32C (Castagnoli), the checksum of Kafka's record batches (RFC 3720, appendix B.4).
 *
 * Pass 0 for the first piece and the result so far for each further one. Cost: about a tenth of a
 * nanosecond a byte with SSE 4.2, else half a nanosecond, by tables of 8 KiB that are compiled in.
 */
#ifndef HEADROOM_PATHS_CRC32C_H
#define HEADROOM_PATHS_CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32c(uint32_t crc, const void *data, size_t n);
/* The same, whatever the processor has. */
uint32_t crc32c_by_table(uint32_t crc, const void *data, size_t n);

#endif
