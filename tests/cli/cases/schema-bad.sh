# What a registry refused has a price: the records once more, at the month's bill an event. Without a cost of delay there is no total.
fault='faults=[{"id": "roll", "kind": "schema_bad", "at": "20s", "for": "20s", "share": "50%"}]'
run() { headroom run scenarios/small.json --duration 1m --replications 2 --set 'objectives=[]' --set "$fault" --json - --quiet "$@"; }
replay() {
    json_one faults/0/rejected "faults/0/invoice/$1/quantity" cost/per_million_events_usd "faults/0/invoice/$1/usd" delivery/rejected_by/schema |
        awk '{v[NR] = $NF}
             END {print "counted:", (v[1] > 0 && (v[1] - v[2] * 1e6) ^ 2 < 1e-6 && v[5] == 2 * v[1]), "priced:", (v[4] > 0 && (v[4] / v[2] / v[3] - 1) ^ 2 < 1e-12)}'
}
run >plain
json_one faults/0/invoice/0/item faults/0/invoice_usd <plain
replay 0 <plain
run --set 'decision={"metric": "freshness.ctr.p99", "stale_after": "20s", "cost_of_delay": "$0.01/min"}' >delay
json_one faults/0/invoice/0/item faults/0/invoice/1/item <delay
replay 1 <delay
json_one faults/0/invoice/0/usd faults/0/invoice/1/usd faults/0/invoice_usd <delay | awk '{v[NR] = $NF} END {print "in all:", ((v[1] + v[2] - v[3]) ^ 2 < 1e-12)}'
# Where nobody checks, groups put aside what they cannot decode, and that is sent once more.
fault='faults=[{"id": "roll", "kind": "schema_bad", "checked": false, "at": "20s", "for": "20s", "share": "50%"}]'
run --set 'groups.raw.undecodable=skip' >unchecked
json_one faults/0/rejected delivery/groups/ctr/lost_by/dead_letter delivery/groups/raw/lost_by/undecodable faults/0/invoice/0/quantity faults/0/lost <unchecked |
    awk '{v[NR] = $NF}
         END {print "rejected:", v[1], "put aside:", (v[2] > 0 && (v[2] - 2e6 * v[4]) ^ 2 < 1e-6), "and skipped:", ((v[2] + v[3] - 2 * v[5]) ^ 2 < 1e-6)}'
fault='faults=[{"id": "roll", "kind": "schema_bad", "at": "20s", "for": "20s", "share": "50%"}]'
# Of streams without a schema nothing is refused.
headroom run scenarios/small.json --quiet --set "$fault" --set 'workload[0].event.serialization=json' --set 'workload[1].event.serialization=json'
