# What is slower is named, what is not is not, and the gate fails for the one alone.
. scenarios/measurements.sh
measurement old.json 1 12 7
measurement same.json 1 12 13
measurement slower.json 1.1 12 11
measurement faster.json 0.8 12 12
measurement host.json 1.2 12 12 reference/loop
headroom regress old.json same.json --gate; echo "exit $?"
headroom regress old.json slower.json --gate; echo "exit $?"
headroom regress old.json slower.json --gate --threshold 15% --quiet; echo "exit $?"
headroom regress old.json faster.json --gate; echo "exit $?"
headroom regress old.json host.json --gate; echo "exit $?"
headroom regress old.json slower.json --json - | json_one verdict slower judged observations_needed benchmarks/1/name benchmarks/1/change price
# Directories: all of their files' processes.
mkdir before after
for i in 1 2 3; do measurement before/$i.json 1 3 "$i"; measurement after/$i.json 1.1 3 "$((i + 50))"; done
headroom regress before after --gate --json - | json_one verdict old/files old/processes benchmarks/1/old_n benchmarks/1/change
# Google Benchmark's own: no processes, other units, aggregates behind, a benchmark that was skipped.
for i in old new; do
    awk -v f="$([ $i = new ] && echo 1.5 || echo 1)" 'BEGIN {
        print "{\"context\": {\"host_name\": \"h\", \"num_cpus\": 2, \"mhz_per_cpu\": 2600, \"caches\": [], \"load_avg\": [1.5]}, \"benchmarks\": ["
        for (r = 0; r < 9; r++)
            printf "{\"name\": \"BM_x/64\", \"run_name\": \"BM_x/64\", \"run_type\": \"iteration\", \"repetitions\": 9, \"repetition_index\": %d, \"iterations\": 10, \"real_time\": 9.0, \"cpu_time\": %.3f, \"time_unit\": \"us\"},\n", r, f * (2 + r / 100)
        print "{\"name\": \"BM_x/64_mean\", \"run_name\": \"BM_x/64\", \"run_type\": \"aggregate\", \"aggregate_name\": \"mean\", \"iterations\": 9, \"real_time\": 9.0, \"cpu_time\": 99.0, \"time_unit\": \"us\"},"
        print "{\"name\": \"BM_y\", \"run_name\": \"BM_y\", \"run_type\": \"iteration\", \"error_occurred\": true, \"error_message\": \"no\"}]}"
    }' >google-$i.json
done
headroom regress google-old.json google-new.json
