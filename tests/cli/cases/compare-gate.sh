# Any design that misses an objective fails the gate; a seed and replications hold for all.
headroom compare scenarios/small.json scenarios/missed.json --gate --duration 1m --set faults=[] --replications 1 --seed 9 \
    --set 'objectives=["freshness.ctr.p99 <= 1ms"]' --json - | json_one inputs/seed inputs/replications designs/1/verdict
echo "exit ${PIPESTATUS[0]}"
headroom compare scenarios/small.json scenarios/missed.json --gate --quiet --duration 1m --set faults=[] --replications 1 \
    --set 'objectives=["delivery.ctr.lost == 0", "staleness.ctr.p99.99 <= 1h"]'
echo "exit $?"
# The first's seed and the largest number of replications are everybody's.
headroom compare scenarios/missed.json scenarios/small.json --duration 30s --set faults=[] --json - --quiet |
    json_one inputs/seed inputs/replications designs/0/replications designs/1/replications
