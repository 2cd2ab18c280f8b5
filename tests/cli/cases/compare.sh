# One table: the same traffic, which differences are more than chance, and what it comes to. Figures that may change with
# the models are cut out.
decision='decision={"metric": "freshness.ctr.p99", "stale_after": "20s", "cost_of_delay": "$0.01/min"}'
headroom compare scenarios/small.json scenarios/slower.json --set "$decision" --out o --no-host >table 2>messages
echo "exit $?"
cat messages
head -4 table | cut -c1-30
awk 'length($0) > 100 {print "too wide: " $0}' table
grep -oE '^  (verdict|the decision.s output|produced|freshness p50|consumer groups|infrastructure|stale minutes|cost of delay|in sum) ' table
grep -E '^  (produced|consumer groups)' table | grep -oE '[^ ]+( \*)?  *[^ ]+ \.\. .*'
sed -n '/^IN WORDS/,/^NOTES/p' table | tr '\n' ' ' | tr -s ' ' | grep -oE 'Cheapest in (infrastructure|sum)|B \(slower\) costs least while|A \(small\) from there on'
ls o o/small o/slower
# Each design's record is that of a run.
headroom run scenarios/slower.json --set "$decision" --out r --no-host --quiet
cmp o/slower/result.json r/result.json && echo "the same record"
json_one compare inputs/seed inputs/replications partial designs/0/name designs/1/label break_even/0/cheapest \
    differences/0/values/delivery.produced/mean <o/compare.json
headroom compare scenarios/small.json scenarios/slower.json --set "$decision" --out p --json - --threads 1 2>/dev/null | cmp - o/compare.json
headroom compare scenarios/small.json scenarios/slower.json --set "$decision" --out p --markdown - --quiet | cmp - o/compare.md
# The same twice.
headroom compare scenarios/small.json scenarios/small.json --out q --duration 1m --set faults=[] 2>/dev/null | grep -A1 'IN WORDS'
ls q
