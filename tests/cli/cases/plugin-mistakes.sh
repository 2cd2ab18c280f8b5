# What is no plugin, or gives an answer that is out of range, is told, and there is no result.
cc=${CC:-cc}
make_wrong() { $cc -fPIC -shared -DWRONG="$1" -I"$HEADROOM_DATA/paths" -o "wrong$1.so" "$HEADROOM_DATA/tests/plugins/wrong.c"; }
echo 'int nothing;' >nothing.c && $cc -fPIC -shared -o nothing.so nothing.c
echo 'no object' >text.so
run() {
    headroom run "$@" --set faults=[] --duration 1m --replications 1 --quiet --out result
    echo "exit $?"
}
run scenarios/small.json --plugin missing.so --plugin text.so --plugin nothing.so
for i in 0 1 2 3 4 5 6 7 10; do
    make_wrong $i
    run scenarios/small.json --plugin wrong$i.so
done
for i in 8 9; do
    make_wrong $i
    run "$HEADROOM_DATA/scenarios/ad-clickstream-small.json" --set run.warmup=10s --set lake.tables.curated_ad_events.every=20s \
        --set lake.tables.curated_ad_events.compaction.every=20s --plugin wrong$i.so
done
headroom compare scenarios/small.json scenarios/slower.json --plugin wrong4.so --set faults=[] --duration 1m --quiet --out result
echo "exit $?"
[ -e result ] || echo "nothing was written"
headroom check scenarios/small.json --plugin wrong4.so
echo "exit $?"
headroom check scenarios/small.json --plugin wrong0.so --plugin missing.so
echo "exit $?"
# A wrong answer while a change is priced: no price.
. scenarios/measurements.sh
measurement old.json 1 12 7
measurement slower.json 2 12 11 partition.murmur2
headroom regress old.json slower.json scenarios/small.json --plugin wrong4.so --set faults=[] --duration 1m --replications 1 --quiet --json price.json
echo "exit $?"
headroom regress old.json slower.json --plugin wrong4.so
echo "exit $?"
[ -e price.json ] || echo "no price was written"
# Nor a measurement of one that answers wrong.
headroom bench partition.fnv1a --processes 2 --repetitions 1 --quick --quiet --plugin wrong4.so --json wrong.json
echo "exit $?"
headroom bench partition.fnv1a --processes 1 --repetitions 1 --quick --quiet --plugin wrong4.so --json wrong.json
echo "exit $?"
[ -e wrong.json ] || echo "nothing was written"
