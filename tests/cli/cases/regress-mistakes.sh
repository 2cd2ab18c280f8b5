# Too few processes are refused, with how many it takes; every mistake of both measurements is told.
. scenarios/measurements.sh
measurement old.json 1 12 7
measurement few.json 1 3 7
echo '{"context": {}, "benchmarks": [{"name": "a", "run_type": "aggregate", "cpu_time": 1, "time_unit": "ns"}]}' >aggregates.json
echo '{"benchmarks": [{"name": "a", "cpu_time": 0, "time_unit": "ns"}, {"name": "a", "cpu_time": 1, "time_unit": "h"}]}' >wrong.json
echo '{"benchmarks": [{"name": "b", "cpu_time": 1, "time_unit": "ns"}]}' >other.json
echo '{"benchmarks": [{"name": "crc32c", "cpu_time": 1, "time_unit": "ns"}]}' >unsaid.json
echo '{"benchmarks": [{"name": "crc32c", "cpu_time": 1, "time_unit": "ns", "process": -1}]}' >negative.json
mkdir empty
headroom regress old.json few.json; echo "exit $?"
headroom regress aggregates.json wrong.json; echo "exit $?"
headroom regress old.json other.json; echo "exit $?"
headroom regress old.json unsaid.json; echo "exit $?"
headroom regress old.json negative.json; echo "exit $?"
headroom regress missing.json empty; echo "exit $?"
headroom regress old.json old.json --threshold 0%; echo "exit $?"
headroom regress old.json old.json --seed 3; echo "exit $?"
headroom regress old.json old.json nosuch.json; echo "exit $?"
headroom regress old.json; echo "exit $?"
