headroom run scenarios/small.json --json - --no-host >record.json 2>messages
echo "exit $?"
json_one record tool/name scenario/name inputs/seed inputs/replications inputs/resolution run/replications \
    delivery/groups faults/0/id --conserved --nulls <record.json
for part in verdict answer objectives load latency freshness staleness query delivery availability utilization bottleneck \
    headroom paths storage cost error series lag_by_partition; do json_one $part <record.json >/dev/null || echo "no $part"; done
json_one host <record.json
