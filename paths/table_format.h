/* table_format.h: what table_file.c and table_reader.c share of the format; not for others. */
#ifndef HEADROOM_PATHS_TABLE_FORMAT_H
#define HEADROOM_PATHS_TABLE_FORMAT_H

#include "table_file.h"

enum {
    TABLE_VERSION = 1,
    TABLE_FLAG_SORTED = 1,
    TABLE_FLAG_STORED = 2,
    TABLE_HEADER_BYTES = 8,
    TABLE_FOOTER_FIXED_BYTES = 20,
    TABLE_TRAILER_BYTES = 12,
    TABLE_LINE_FIXED_BYTES = 36, /* of a group in the footer, with both keys empty */
    TABLE_COLUMNS = 6,           /* key lengths, keys, times, ids, value lengths, values */
    TABLE_GROUP_HEADER_BYTES = 4 + 4 * TABLE_COLUMNS,
};

static const unsigned char table_magic[4] = {'H', 'R', 'T', 'F'};

struct table_buffer {
    unsigned char *bytes;
    size_t n, capacity;
};
/* Room for n bytes in all; what is in there stays. */
void table_buffer_reserve(struct table_buffer *buffer, size_t n);

/* As memcmp() of bytes, then the shorter first. */
int table_key_compare(const void *a, size_t a_n, const void *b, size_t b_n);

/* A footer that was checked: its CRC, its bounds, its sums. */
struct table_footer {
    struct table_stats stats;
    const unsigned char *lines; /* of the groups */
    size_t groups_end;          /* where the last group's bytes end */
};
enum table_status table_footer_read(const unsigned char *bytes, size_t n, struct table_footer *footer);

/* The 16 bytes at `at`, big-endian as events have them; false if the value is too short. */
static inline bool table_id_in_value(const void *value, size_t value_n, int32_t at, uint64_t id[2])
{
    if (at < 0 || value_n < 16 || (size_t)at > value_n - 16) return false;
    const unsigned char *p = (const unsigned char *)value + at;
    id[0] = id[1] = 0;
    for (int i = 0; i < 16; i++)
        id[i / 8] = id[i / 8] << 8 | p[i];
    return true;
}

#endif
