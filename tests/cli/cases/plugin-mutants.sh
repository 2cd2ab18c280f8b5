# Paths that do not do their work are seen in the figures of the flagship's small sibling: which, and how.
cc=${CC:-cc}
for mutant in zero silent idle; do
    $cc -fPIC -shared -DMUTANT=$mutant -I"$HEADROOM_DATA/paths" -o $mutant.so "$HEADROOM_DATA/tests/plugins/mutant.c"
done
run() {
    headroom run "$HEADROOM_DATA/scenarios/ad-clickstream-small.json" --set faults=[] --duration 4m --set run.warmup=30s --replications 1 --no-host --quiet \
        --set lake.tables.curated_ad_events.every=1m --set lake.tables.curated_ad_events.compaction.every=1m "$@"
}
run --json real.json
for mutant in zero silent idle; do run --plugin $mutant.so --json $mutant.json; done
figure() { json_one "$2" <"$1.json" | sed 's/.*: //'; }
# compare NAME FIGURE RELATION FACTOR: is the mutant's figure above or below the factor times the real one's?
compare() {
    awk -v name="$1 $2 $3 $4 times the real one's" -v real="$(figure real "$2")" -v mutant="$(figure "$1" "$2")" -v sign="$3" -v factor="$4" \
        'BEGIN { good = sign == ">" ? mutant > factor * real : mutant < factor * real; print (good ? "" : "not: ") name (good ? "" : " (" mutant ", " real ")") }'
}
# Every key on one of 12 partitions: its share, its broker, and what load the cluster can take.
figure zero paths/partition/skew_max_over_mean
compare zero paths/partition/skew_max_over_mean '>' 4
compare zero utilization/broker.network/peak '>' 1.5
compare zero headroom/load_factor '<' 0.7
compare zero freshness/raw_ad_events/p50 '<' 0.8
# No pane: nothing is ever visible, fresh or complete, though every record was folded and delivered.
for f in paths/window/panes freshness/ctr/count freshness/ctr/p99 staleness/ctr/count verdict; do echo "silent $f: $(figure silent $f)"; done
compare silent paths/window/folded '>' 0.99
compare silent delivery/groups/ctr/delivered '>' 0.99
# No plan: small files stay, queries open them all, and are slower.
for f in paths/compact/files_in paths/compact/files_out; do echo "idle $f: $(figure idle $f)"; done
compare idle tables/curated_ad_events/files '>' 4
compare idle query/dashboard/p50 '>' 1.01
compare idle cost/month_usd '>' 1
# Nor of sessions: what should have been given makes the output ever staler.
sessions() { run --set 'groups.ctr.does.window={"kind": "session", "gap": "5s", "out_of_orderness": "5s"}' "$@"; }
sessions --json real.json
sessions --plugin silent.so --json silent.json
for f in paths/window/panes freshness/ctr/count; do echo "silent sessions $f: $(figure silent $f)"; done
compare silent staleness/ctr/p50 '>' 5
