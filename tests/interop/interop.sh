#!/bin/bash
# interop.sh [--update]: record batches of ours read by Kafka's own client library, and the library's by ours.
#
# Kafka's jars come from Maven Central by live/broker/broker.sh, each checked against its hash; Java 17 or later (a JDK)
# runs them. --update writes the vectors in tests/paths/vectors/, with which `make test` checks both directions without
# the library. BUILD is the directory of the libraries; default build/gcc.
# Errors: a line on stderr saying what differs, and 1.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${BUILD:-$root/build/gcc}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$root/live/broker/broker.sh" fetch
jars=${HEADROOM_BROKER_DIR:-$root/build/broker}/jars
kafka() { java -cp "$jars/*" "$here/Batches.java" "$@" 2>"$scratch/java.err" || { cat "$scratch/java.err" >&2; exit 1; }; }

${CC:-cc} -std=c17 -D_POSIX_C_SOURCE=200809L -O1 -I"$root/paths" -I"$root/base" -I"$root/tests/paths" "$here/write_batches.c" \
    "$build/libpaths.a" "$build/libbase.a" -lzstd -lm -o "$scratch/write_batches"
"$scratch/write_batches" >"$scratch/ours.txt"
kafka read <"$scratch/ours.txt" >"$scratch/ours_as_kafka_reads.txt"
diff "$scratch/ours.txt" "$scratch/ours_as_kafka_reads.txt" | cut -c1-200 >&2
cmp -s "$scratch/ours.txt" "$scratch/ours_as_kafka_reads.txt" || { echo "interop.sh: Kafka reads our batches otherwise" >&2; exit 1; }

kafka write >"$scratch/kafka.txt"
"$build/tests/paths/test_batch_interop" "$scratch/kafka.txt" "$scratch/ours_as_kafka_reads.txt"
if [ "${1-}" = --update ]; then
    cp "$scratch/kafka.txt" "$root/tests/paths/vectors/record_batches_kafka.txt"
    cp "$scratch/ours_as_kafka_reads.txt" "$root/tests/paths/vectors/record_batches_ours.txt"
fi
echo "$(grep -c '^batch' "$scratch/ours.txt") batches of ours read by Kafka's client, $(grep -c '^batch' "$scratch/kafka.txt") of its by ours: all as written"
