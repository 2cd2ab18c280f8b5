# measurement FILE FACTOR PROCESSES SEED [NAME]: a measurement of four benchmarks and a reference, whose processes scatter by 2 %;
# NAME's take FACTOR times as long.
measurement() {
    awk -v factor="$2" -v n="$3" -v s="$4" -v slow="${5:-event.decode.avro}" 'BEGIN {
        split("partition.murmur2 event.decode.avro window.add crc32c reference/loop", names, " ")
        split("6 50 25 0.4 10", ns, " ")
        printf "{\"context\": {\"cpu\": \"a processor\"},\n \"benchmarks\": ["
        for (i = 1; i <= 5; i++)
            for (r = 0; r < n; r++) {
                s = (s * 16807) % 2147483647
                x = ns[i] * (1 + 0.02 * s / 2147483647) * (names[i] == slow ? factor : 1)
                printf "%s\n  {\"name\": \"%s\", \"run_name\": \"%s\", \"run_type\": \"iteration\", \"process\": %d,", \
                    (i + r > 1 ? "," : ""), names[i], names[i], r
                printf " \"threads\": 1, \"iterations\": 1000, \"real_time\": %.5g,", x
                printf " \"cpu_time\": %.5g, \"time_unit\": \"ns\"}", x
            }
        print "\n ]}"
    }' >"$1"
}
