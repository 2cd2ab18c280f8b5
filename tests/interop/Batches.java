/* Batches.java: record batches by Kafka's own client library, as lines of text; see tests/paths/batch_text.h.
 *
 *     java Batches write         batches that the library wrote
 *     java Batches read < FILE   the batches of FILE as the library reads them
 */
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import java.util.zip.CRC32C;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.TimestampType;

public final class Batches {
    private static final int LISTED_BYTES = 8192;
    private static final long TIME = 1763800000000L;

    private static String hex(byte[] bytes) {
        if (bytes == null) return " -";
        if (bytes.length == 0) return " .";
        StringBuilder text = new StringBuilder(" ");
        for (byte b : bytes) text.append(String.format("%02x", b));
        return text.toString();
    }

    private static byte[] bytes(ByteBuffer buffer) {
        if (buffer == null) return null;
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private static byte[] bytes(String hex) {
        byte[] bytes = new byte[hex.length() / 2];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
        return bytes;
    }

    private static void print(String name, ByteBuffer buffer) {
        byte[] all = bytes(buffer);
        for (MutableRecordBatch batch : MemoryRecords.readableRecords(buffer).batches()) {
            batch.ensureValid();
            StringBuilder records = new StringBuilder();
            int n = 0;
            for (Record record : batch) {
                records.append("record ").append(record.offset()).append(' ').append(record.timestamp());
                records.append(hex(bytes(record.key()))).append(hex(bytes(record.value())));
                records.append(' ').append(record.headers().length);
                for (Header header : record.headers())
                    records.append(hex(header.key().getBytes(StandardCharsets.UTF_8))).append(hex(header.value()));
                records.append('\n');
                n++;
            }
            System.out.println("batch " + name + ' ' + batch.baseOffset() + ' ' + batch.partitionLeaderEpoch() + ' '
                + batch.producerId() + ' ' + batch.producerEpoch() + ' ' + batch.baseSequence() + ' '
                + (batch.isTransactional() ? 1 : 0) + ' ' + (batch.isControlBatch() ? 1 : 0) + ' '
                + (batch.timestampType() == TimestampType.LOG_APPEND_TIME ? 1 : 0) + ' ' + batch.compressionType().id + ' '
                + batch.maxTimestamp() + ' ' + n + hex(all));
            if (records.length() <= LISTED_BYTES) {
                System.out.print(records);
            } else {
                CRC32C crc = new CRC32C();
                crc.update(records.toString().getBytes(StandardCharsets.UTF_8));
                System.out.println(String.format("sum %08x", crc.getValue()));
            }
        }
    }

    private static final class Batch {
        final MemoryRecordsBuilder builder;

        Batch(Compression compression, TimestampType type, long offset, long producer, short epoch, int sequence,
              boolean transactional, int leaderEpoch) {
            builder = new MemoryRecordsBuilder(ByteBuffer.allocate(1 << 22), (byte) 2, compression, type, offset, TIME, producer,
                epoch, sequence, transactional, false, leaderEpoch, 1 << 22);
        }

        Batch add(long timestamp, byte[] key, byte[] value, Header... headers) {
            builder.append(timestamp, key, value, headers);
            return this;
        }

        void print(String name) {
            Batches.print(name, builder.build().buffer());
        }
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Batch plain(Compression compression) {
        return new Batch(compression, TimestampType.CREATE_TIME, 0, -1, (short) -1, -1, false, -1);
    }

    private static void write() {
        Compression zstd = Compression.zstd().build();
        Compression[] codecs = {Compression.NONE, zstd};
        for (Compression codec : codecs) {
            String with = codec == zstd ? "zstd" : "none";
            plain(codec).add(TIME, text("key"), text("value")).print("one-" + with);
            plain(codec).add(TIME, null, null).add(TIME, new byte[0], new byte[0]).add(TIME, text("k"), null)
                .add(TIME, null, text("v")).print("nulls-" + with);
            plain(codec).add(TIME, text("a"), text("1")).add(TIME - 5000, text("b"), text("2")).add(TIME - 1, text("c"), text("3"))
                .add(TIME + 86400000L * 400, text("d"), text("4")).add(0, text("e"), text("5")).print("timestamps-" + with);
            plain(codec).add(TIME, text("k"), text("v"), new RecordHeader("trace", text("00-4bf92f35")),
                new RecordHeader("empty", new byte[0]), new RecordHeader("null", (byte[]) null), new RecordHeader("", text("x")))
                .add(TIME, text("k"), text("v")).add(TIME, null, null, new RecordHeader("schl\u00fcssel", new byte[300]))
                .print("headers-" + with);
            new Batch(codec, TimestampType.CREATE_TIME, 9007199254740993L, 4711, (short) 3, 17, true, 42)
                .add(TIME, text("k"), text("v")).add(TIME, text("k2"), text("v2")).print("transactional-" + with);
            new Batch(codec, TimestampType.CREATE_TIME, 5, Long.MAX_VALUE, Short.MAX_VALUE, Integer.MAX_VALUE, false, 0)
                .add(TIME, text("k"), text("v")).print("idempotent-" + with);
            new Batch(codec, TimestampType.LOG_APPEND_TIME, 77, -1, (short) -1, -1, false, 1).add(TIME, text("k"), text("v"))
                .add(TIME, text("k"), text("v")).print("log-append-time-" + with);
        }
        Batch large = plain(zstd), field = plain(zstd), many = plain(Compression.NONE);
        for (int i = 0; i < 5000; i++) large.add(TIME + i % 7, text("key-" + i % 13), text("value " + i * 31 % 101));
        large.print("large-zstd");
        for (int i = 0; i < 300; i++) many.add(TIME + i, i % 5 == 0 ? null : text("k" + i), text("v" + i));
        many.print("many-none");
        field.add(TIME, new byte[100000], new byte[1000000]).print("large-fields-zstd");
        for (ControlRecordType type : new ControlRecordType[] {ControlRecordType.COMMIT, ControlRecordType.ABORT})
            print(type.name().toLowerCase() + "-marker", MemoryRecords.withEndTransactionMarker(12, TIME, 3, 4711, (short) 2,
                new EndTransactionMarker(type, 8)).buffer());
    }

    private static void read() {
        Scanner lines = new Scanner(System.in, StandardCharsets.UTF_8);
        lines.useDelimiter("\n");
        while (lines.hasNext()) {
            String line = lines.next();
            if (!line.startsWith("batch ")) continue;
            String[] words = line.split(" ");
            print(words[1], ByteBuffer.wrap(bytes(words[13])));
        }
    }

    public static void main(String[] args) {
        if (args.length == 1 && args[0].equals("write")) {
            write();
        } else if (args.length == 1 && args[0].equals("read")) {
            read();
        } else {
            System.err.println("usage: java Batches write|read");
            System.exit(2);
        }
    }
}
