# Several processes are one measurement, by turns with another build; what is wrong is told before anything is timed.
headroom bench crc32c --processes 3 --repetitions 2 --quiet --json own.json
json_one context/processes benchmarks/5/process benchmarks/5/run_name <own.json
headroom bench crc32c --processes 2 --repetitions 1 --quiet --against "$(command -v headroom)" --out trial
echo "exit $?"
for side in old new; do json_one context/processes benchmarks/1/process <trial/$side.json; done
headroom regress trial/old.json trial/new.json; echo "exit $?"
headroom bench crc32c --against "$(command -v headroom)"; echo "exit $?"
headroom bench crc32c --against ./missing --out trial --json x.json; echo "exit $?"
headroom bench crc32c --processes 100 --repetitions 5; echo "exit $?"
headroom bench crc32c --processes 0; echo "exit $?"
headroom bench crc32c --against /bin/false --out failed; echo "exit $?"
headroom bench crc32c --against /bin/true --out failed; echo "exit $?"
[ -e failed ] || echo "nothing was written"
