# With a scenario: what differs is priced under the same traffic, what does not differ is not simulated.
. scenarios/measurements.sh
measurement old.json 1 12 7
measurement slower.json 40 12 11
measurement other.json 40 12 11 reference/loop
headroom regress old.json other.json scenarios/small.json | tail -n 1
headroom regress old.json slower.json scenarios/small.json --set faults=[] --duration 2m --replications 2 --json p.json --quiet --gate
echo "exit $?"
json_one price/instances/0/of price/instances/0/from price/instances/0/to price/sentence <p.json
headroom regress old.json slower.json scenarios/small.json --set faults=[] --duration 2m --replications 2 2>/dev/null | grep -E '^(PRICE|  [ABC] )'
