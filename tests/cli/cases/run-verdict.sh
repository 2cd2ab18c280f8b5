# What a reviewer reads, down to the figures that may change with the models: those are cut out. The file says the same as
# the screen, but for where the other files are.
headroom run scenarios/small.json --out o >verdict 2>/dev/null
echo "exit $?"
grep -c . verdict | awk '{print ($1 <= 60 ? "one screen" : $1 " lines")}'
awk 'length($0) > 100 {print "too wide: " $0}' verdict
grep -oE 'Does the click-through rate stay fresh within a minute|freshness.ctr.p99 <= 60s|delivery.ctr.lost == 0|lost-broker' verdict | sort -u
cmp <(sed '/^FILES/,$d' verdict) <(sed '/^FILES/,$d' o/verdict.txt) | sed 's/.*/verdict.txt differs/'
grep -o '^FILES  *in o: result.json' verdict
grep -o '^FILES  *beside this one: result.json' o/verdict.txt
