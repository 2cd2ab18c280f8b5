#!/bin/bash
# slowed.sh [PAIRS [PROCESSES [FILTER]]]: does `headroom regress` keep quiet where nothing changed, and speak where something did?
#
# A trial is what a team's CI does: two programs by turns, PROCESSES of each (default 9, the least that regress takes), then `regress`. PAIRS trials (default 20)
# of the program against a copy of itself, then one a slowed path, the slowed program against the program as it is: a path takes
# about a tenth longer in it, be it murmur2, the windows' fold of batches or the planner of compaction. Every trial has processes of
# its own, so trials are independent of each other. All paths are measured (`bench --quick`), or those that FILTER is a part of.
#
# Prints a line a trial and the sums, and keeps measurements in out/slowed/. Exits with 1 if there was an alarm without a change, or
# none for a path that was slowed. A process takes five seconds and a half where little else runs, 23 trials
# forty minutes; with the filter partition they take six.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
pairs=${1:-20}
processes=${2:-9}
filter=${3-}
out=$root/out/slowed
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tree" "$out"
cp "$root/headroom" "$work/same"
cp "$root/headroom" "$work/as-it-is"
(cd "$root" && tar cf - --exclude=build --exclude=.git --exclude=out .) | tar xf - -C "$work/tree"

# before FILE FUNCTION CODE: CODE at the head of the function, whose body begins with a brace on a line of its own.
before() {
    awk -v head="$2(" -v code="$3" '{ print } index($0, head) && /^[a-z]/ { inside = 1 } inside && $0 == "{" { print code; inside = 0; done = 1 }
        END { exit !done }' "$work/tree/$1" >"$work/source"
    cp "$work/source" "$work/tree/$1"
}

# slowed NAME: builds $work/NAME from the tree as it stands, then puts the tree's sources back.
slowed() {
    make -C "$work/tree" program >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
    cp "$work/tree/headroom" "$work/$1"
    cp "$root"/paths/*.c "$work/tree/paths/"
}

# Of every 32 keys one is hashed twice, which with the counting makes about a tenth.
sed -i 's/^uint32_t partition_murmur2_hash(const void \*key, size_t len)$/static uint32_t murmur2_once(const void *key, size_t len)/' \
    "$work/tree/paths/partition_hash.c"
awk '/^int32_t partition_murmur2\(/ {
        print "uint32_t partition_murmur2_hash(const void *key, size_t len)\n{\n    static uint32_t turn, kept;\n    if (++turn == 32) {"
        print "        turn = 0;\n        kept ^= murmur2_once(key, len);\n        __asm__ volatile(\"\" : \"+r\"(kept));\n    }"
        print "    return murmur2_once(key, len);\n}\n" }
    { print }' "$work/tree/paths/partition_hash.c" >"$work/source"
cp "$work/source" "$work/tree/paths/partition_hash.c"
slowed murmur2
# A multiplication a record that waits for the one before, of three cycles; two of them a file.
spin='for (size_t spin = 0, x = n; spin < n * TIMES; spin++) __asm__ volatile("imul %0, %0" : "+r"(x));'
before paths/window.c window_add_batch "${spin/TIMES/1}"
slowed fold
before paths/compact.c compact_plan "${spin/TIMES/2}"
slowed plan

# trial OLD NEW NAME [FILTER]: prints what was slower or faster, and by how much.
trial() {
    "$work/$2" bench ${4:+"$4"} --quick --quiet --processes "$processes" --against "$work/$1" --out "$out/$3"
    "$work/same" regress "$out/$3/old.json" "$out/$3/new.json" --quiet --json "$out/$3/regress.json"
    "$work/same" regress "$out/$3/old.json" "$out/$3/new.json" | awk '$NF == "slower" || $NF == "faster" { if (!/host /) printf "%s %s %s, ", $1, $6, $NF }' | sed 's/, $//'
}

# open_of NAME: how many of how many paths could hide a tenth in that trial.
open_of() {
    sed -n 's/.*"judged":\([0-9]*\),.*"open":\([0-9]*\),.*/\2 of \1 open/p' <(tr -d ' \n' <"$out/$1/regress.json")
}

false_alarms=0
for i in $(seq "$pairs"); do
    alarms=$(trial as-it-is same "pair-$i" "$filter")
    [ -z "$alarms" ] || false_alarms=$((false_alarms + 1))
    echo "pair $i, unchanged: ${alarms:-alike} ($(open_of "pair-$i"))"
done
found=0
for what in murmur2:partition.murmur2 fold:window.add_batch plan:compact.plan; do
    alarms=$(trial as-it-is "${what%%:*}" "${what%%:*}" "${filter:+${what#*:}}")
    ! grep -q "${what#*:}[^ ]* [^ ]* slower" <<<"$alarms" || found=$((found + 1))
    echo "${what#*:} slowed: ${alarms:-alike} ($(open_of "${what%%:*}"))"
done
echo "$false_alarms of $pairs pairs without a change raised an alarm; $found of 3 slowed paths did"
[ "$false_alarms" -eq 0 ] && [ "$found" -eq 3 ]
