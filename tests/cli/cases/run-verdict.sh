# What a reviewer reads, down to the figures that may change with the models: those are cut out.
headroom run scenarios/small.json --out o >verdict 2>/dev/null
echo "exit $?"
grep -c . verdict | awk '{print ($1 <= 60 ? "one screen" : $1 " lines")}'
awk 'length($0) > 100 {print "too wide: " $0}' verdict
grep -oE 'Does the click-through rate stay fresh within a minute|freshness.ctr.p99 <= 60s|delivery.ctr.lost == 0|lost-broker' verdict | sort -u
cmp verdict o/verdict.txt | sed 's/.*/verdict.txt differs/'
