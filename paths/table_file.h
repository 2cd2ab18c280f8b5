/* table_file.h: a file of a table, as bytes: records in row groups, compressed, with statistics and
 * checksums.
 *
 * Small enough to check whole, and shaped like what lakes hold (Parquet, ORC): data first, then a footer that
 * says where everything is, so that a file is written in one pass and pruned without being read.
 *
 *   header   "HRTF" | version 1 | flags 1: bit 0 sorted, bit 1 stored | id_at 2
 *   groups   one zstd frame each, or stored as they are; decompressed:
 *              records 4 | bytes of each column 6 x 4 | key lengths | keys | times | ids | value lengths |
 *              values                                          lengths are varints, times zigzag differences
 *   footer   records 8 | raw bytes 8 | groups 4 |
 *            a group: compressed 4 | raw 4 | records 4 | crc 4 | min time 8 | max time 8 |
 *                     min key length 2, bytes | max key length 2, bytes
 *   trailer  footer bytes 4 | crc of header and footer 4 | "HRTF"
 *
 * Integers are little-endian. CRCs are CRC-32C. A file is either sorted, by table_record_compare(), or in
 * arrival order. A record's id (what makes a copy a copy) is a column of its own, or stands at a fixed place
 * in every value, as it does in an Avro event, or there is none; then it reads as 0, 0.
 *
 * Units: bytes; times in milliseconds. Ranges: the enum below. Errors: reading returns what is wrong; nothing
 * is trusted before its CRC was checked, and after it no length either, nor the order, nor any statistic.
 * Writing what does not fit is a CHECK. Ownership: writers and readers hold memory and zstd's contexts: free
 * them; finished files go to the arena given. One thread at a time. Cost: tens of nanoseconds a record, and
 * zstd's a byte; measured by bench.
 */
#ifndef HEADROOM_PATHS_TABLE_FILE_H
#define HEADROOM_PATHS_TABLE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum {
    TABLE_KEY_BYTES_MAX = 65535,
    TABLE_VALUE_BYTES_MAX = 16 * 1024 * 1024,
    TABLE_GROUP_RAW_BYTES_MAX = 64 * 1024 * 1024, /* a row group closes before it would exceed this */
    TABLE_GROUP_RECORDS_MAX = 1 << 20,
    TABLE_GROUPS_MAX = 1 << 16,
    TABLE_ID_NONE = 0xfffe,   /* id_at: records have no id */
    TABLE_ID_COLUMN = 0xffff, /* id_at: a column of its own */
    TABLE_ID_AT_MAX = 0xfff0,
    TABLE_ID_AT_AVRO_EVENT = 6, /* the event_id of event_encode(EVENT_AVRO): frame 5, kind 1 */
};

enum table_status {
    TABLE_OK,
    TABLE_END,       /* no more records: every byte that was to be read was, and was right */
    TABLE_TRUNCATED, /* too short, or its lengths do not add up to its size */
    TABLE_BAD_MAGIC, /* not such a file, or a version not known */
    TABLE_BAD_CRC,
    TABLE_BAD_CODEC,  /* the compressed bytes are damaged */
    TABLE_BAD_RECORD, /* a length, count or statistic that contradicts the rest */
    TABLE_NOT_SORTED, /* says it is sorted, and is not */
    TABLE_TOO_BIG,
};
const char *table_status_name(enum table_status status);

struct table_record {
    const void *key;
    const void *value;
    uint32_t key_n;   /* 0 .. TABLE_KEY_BYTES_MAX */
    uint32_t value_n; /* 0 .. TABLE_VALUE_BYTES_MAX */
    int64_t time_ms;
    uint64_t id[2]; /* 0, 0: none */
};

/* By key (bytes, a prefix before what it begins), time, id, then value: total, so that files that hold the
 * same records hold them in the same order. */
int table_record_compare(const struct table_record *a, const struct table_record *b);
/* Returns how many comparisons it took: the same on every machine. */
uint64_t table_records_sort(struct table_record *records, size_t n);

struct table_bytes {
    const unsigned char *bytes;
    size_t n;
};

struct table_stats {
    int64_t records;
    int64_t raw_bytes;  /* of the groups, decompressed */
    int64_t size_bytes; /* of the whole file */
    int32_t groups_n;
    bool sorted;
    bool stored; /* not compressed */
    int32_t id_at;
    int64_t min_time_ms, max_time_ms;    /* 0 in a file without records */
    struct table_bytes min_key, max_key; /* point into the file */
};

struct table_file {
    const unsigned char *bytes;
    size_t n;
    struct table_stats stats;
};

/* Operations done so far. */
struct table_counts {
    uint64_t files;
    uint64_t groups;
    uint64_t records;
    uint64_t raw_bytes; /* given to zstd to compress, or got from it by decompressing; none if stored */
    uint64_t compressed_bytes; /* the other side of it */
    uint64_t crc_bytes;
};

/* Writing. */
struct table_writer_options {
    int level;           /* zstd's, 1 .. 22; 0: row groups are stored as they are */
    int64_t group_bytes; /* raw bytes of a row group, which holds no more, or one record; 1 .. the maximum */
    int64_t file_bytes;  /* no file larger than this, but for one of a single record; 0: no limit */
    int32_t id_at;       /* TABLE_ID_COLUMN, TABLE_ID_NONE, or the place in the value */
    bool sorted;         /* records come in order (CHECKed); false: in whatever order they arrived */
    struct arena *arena; /* for the finished files */
    void (*finished)(void *context, const struct table_file *file);
    void *context;
};

struct table_writer;
struct table_writer *table_writer_new(void);
void table_writer_free(struct table_writer *writer); /* NULL is allowed */

/* begin, then any number of add, then end: which gives the last file, and an empty one if there was no record
 * at all. A file is given to `finished` as soon as it is whole. With a limit on a file's size, row groups
 * are at most an eighth of it before compression, and one that does not fit is halved. */
void table_writer_begin(struct table_writer *writer, const struct table_writer_options *options);
/* Copies the record. An id in the value must be there. */
void table_writer_add(struct table_writer *writer, const struct table_record *record);
void table_writer_end(struct table_writer *writer);
const struct table_counts *table_writer_counts(const struct table_writer *writer);

/* One file of these records, sorted or as they are by options->sorted; finished and file_bytes are ignored.
 */
struct table_file table_file_write(struct table_writer *writer, const struct table_writer_options *options,
                                   const struct table_record *records, size_t n);

/* Reading. */
struct table_reader;
struct table_reader *table_reader_new(void);
void table_reader_free(struct table_reader *reader); /* NULL is allowed */

/* Checks header, footer and the sizes of all groups. The file's bytes must live as long as the reader reads
 * them. stats may be NULL; it has the footer's word, which reading to the end proves. */
enum table_status table_reader_open(struct table_reader *reader, const void *data, size_t n,
                                    struct table_stats *stats);

/* What a reader wants: records of [min_key, max_key] and [min_time_ms, max_time_ms], all included; a key's
 * bytes NULL: no bound. */
struct table_range {
    struct table_bytes min_key, max_key;
    int64_t min_time_ms, max_time_ms;
};
/* Behind table_reader_open(): row groups whose statistics say that they hold nothing of the range are passed
 * over; the others come whole. The keys' bytes must live as long. Returns how many groups are left. */
int32_t table_reader_select(struct table_reader *reader, const struct table_range *range);

/* The next record, in TABLE_OK; it is valid until the next call on this reader that returns a record of
 * another row group, so until the second call from now at the earliest. TABLE_END, or what is wrong:
 * then that again. */
enum table_status table_reader_next(struct table_reader *reader, struct table_record *record);
const struct table_counts *table_reader_counts(const struct table_reader *reader);

#endif
