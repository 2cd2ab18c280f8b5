# The example by its own Makefile, in a run: it is recorded by name and content, and replaces all three paths.
cp -r "$HEADROOM_DATA/examples/plugin" example
make -s -C example HEADROOM="$HEADROOM_DATA"
headroom run "$HEADROOM_DATA/scenarios/ad-clickstream-small.json" --set faults=[] --duration 1m --replications 1 --quiet --plugin example/plugin.so \
    --set run.warmup=10s --set lake.tables.curated_ad_events.every=20s --set lake.tables.curated_ad_events.compaction.every=20s --json with.json
json_one inputs/plugins/0/name paths/partition/name paths/partition/calls paths/window/name paths/compact/name <with.json
[ "$(json_one inputs/plugins/0/sha256 <with.json)" = "inputs/plugins/0/sha256: $(sha256sum <example/plugin.so | cut -d' ' -f1)" ] &&
    echo "the hash is the file's"
# Threads change nothing, and the same run again is the same bytes.
for threads in 1 2; do
    headroom run scenarios/small.json --set faults=[] --duration 1m --replications 2 --quiet --no-host --threads $threads \
        --plugin example/plugin.so --json $threads.json
done
cmp 1.json 2.json && echo "the same bytes"
headroom run scenarios/small.json --plugin example/plugin.so --plugin example/plugin.so --quiet
echo "exit $?"
# A change is priced with the plugin in place.
. scenarios/measurements.sh
measurement old.json 1 12 7
measurement slower.json 40 12 11
headroom regress old.json slower.json scenarios/small.json --plugin example/plugin.so --set faults=[] --duration 2m --replications 2 --quiet --json p.json
json_one price/instances/0/of price/instances/0/to <p.json
headroom check scenarios/small.json --plugin example/plugin.so
# It replaces sessions too, which end as the program's own do; sliding windows are none of its kinds.
for own in session sliding; do
    [ $own = session ] && window='{"kind": "session", "gap": "5s"}' || window='{"kind": "sliding", "size": "500ms", "semantics": "kafka_streams"}'
    headroom run scenarios/small.json --set faults=[] --set run.warmup=2s --duration 10s --replications 1 --quiet --set "groups.ctr.does.window=$window" \
        --plugin example/plugin.so --json $own.json
    json_one paths/window/name <$own.json
done
# It is timed in the place of what it replaces: FNV-1a takes longer by the byte than murmur2 does.
headroom bench murmur2/bytes:64 --processes 9 --repetitions 3 --quick --quiet --json own.json
headroom bench murmur2/bytes:64 --processes 9 --repetitions 3 --quick --quiet --plugin example/plugin.so --json theirs.json
headroom regress own.json theirs.json --json - | json_one benchmarks/0/name benchmarks/0/change
headroom bench window.fire/keys:1000 --processes 1 --repetitions 1 --quick --quiet --plugin example/plugin.so; echo "exit $?"
headroom bench compact.plan/files:1000 --processes 2 --repetitions 1 --quick --quiet --plugin missing.so; echo "exit $?"
