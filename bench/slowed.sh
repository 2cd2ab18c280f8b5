#!/bin/bash
# slowed.sh [PAIRS] [FILTER]: does `headroom regress` keep quiet where nothing changed, and speak where something did?
#
# Measures the program as it is PAIRS times in pairs (default 20), the two of a pair one after the other, and a copy whose murmur2 takes about a
# tenth longer beside the program as it is. Prints a line a pair and the sums: alarms without a
# change, and alarms with one. FILTER (default: partition) is the part of bench's operations that is measured; "" is all of them.
# Exits with 1 if there was an alarm without a change, or none with one. Takes a minute a pair for all, some ten seconds
# for partition, longer on a busy host.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
pairs=${1:-20}
filter=${2-partition}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The copy: of every 32 keys one is hashed twice, which with the counting makes about a tenth.
mkdir "$work/slow"
(cd "$root" && tar cf - --exclude=build --exclude=.git --exclude=out .) | tar xf - -C "$work/slow"
cat >>"$work/slow/paths/partition_hash.c" <<'C'

uint32_t partition_murmur2_hash(const void *key, size_t len)
{
    static uint32_t turn, kept;
    if (++turn == 32) {
        turn = 0;
        kept ^= murmur2_once(key, len);
        __asm__ volatile("" : "+r"(kept));
    }
    return murmur2_once(key, len);
}
C
sed -i 's/^uint32_t partition_murmur2_hash(const void \*key, size_t len)$/static uint32_t murmur2_once(const void *key, size_t len)/; ' "$work/slow/paths/partition_hash.c"
# The first of the two definitions is what was there.
awk '/^static uint32_t murmur2_once/ && seen++ { sub("static uint32_t murmur2_once", "uint32_t partition_murmur2_hash") } { print }' \
    "$work/slow/paths/partition_hash.c" >"$work/hash.c"
mv "$work/hash.c" "$work/slow/paths/partition_hash.c"
cp "$root/headroom" "$work/same"
make -C "$work/slow" program >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
HEADROOM_DATA=$root
export HEADROOM_DATA

# measure PROGRAM NAME
measure() {
    "$1" bench ${filter:+"$filter"} --quiet --json "$work/$2.json"
}

# alarms OLD NEW: prints what was slower or faster, one a line.
alarms() {
    "$work/same" regress "$work/$1.json" "$work/$2.json" | awk '$NF == "slower" || $NF == "faster" { if (!/host /) print $1, $6, $NF }'
}

false_alarms=0
found=0
for i in $(seq "$pairs"); do
    measure "$work/same" old
    measure "$work/same" new
    measure "$work/slow/headroom" slow
    same=$(alarms old new)
    slow=$(alarms new slow)
    [ -z "$same" ] || false_alarms=$((false_alarms + 1))
    ! grep -q '^partition.murmur2 .*slower' <<<"$slow" || found=$((found + 1))
    echo "pair $i: unchanged: ${same:-alike}; slowed: $(tr '\n' ',' <<<"${slow:-alike}")" | sed 's/,$//'
done
echo "$false_alarms of $pairs pairs without a change raised an alarm; $found of $pairs with a slower murmur2 did"
[ "$false_alarms" -eq 0 ] && [ "$found" -eq "$pairs" ]
