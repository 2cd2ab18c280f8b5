# From its record alone a run's outputs come again, into another directory, byte for byte; with and without host.
headroom run scenarios/small.json --out first --quiet || exit
headroom report first/result.json --out second --quiet || exit
diff -r first second && echo "same files"
headroom report first >again
cmp <(sed '/^FILES/,$d' first/verdict.txt) again && echo "same verdict"
headroom report first --json - | cmp - first/result.json && echo "same record"
headroom report - --csv - <first/result.json | cmp - first/series.csv && echo "same series"
headroom run scenarios/small.json --out third --quiet --no-host
headroom report third --out fourth --quiet && diff -r third fourth && echo "same without host"
headroom report first --no-host --json - | cmp - third/result.json && echo "host left out"
# What the report reads is the record: another one gives another report.
sed 's/Does the click/Will the click/' first/result.json >other.json
headroom report other.json --out fifth --quiet
cmp -s first/report.md fifth/report.md || grep -o 'Will the click' fifth/report.md fifth/verdict.txt
# With a lake too, and its figure.
headroom run scenarios/small.json --out lake --quiet --set 'lake.tables=[{"name": "raw_ad_events"}, {"name": "curated",
    "from": "raw_ad_events", "every": "40s", "partition_by": ["date"], "compaction": {"target": "64 MiB", "every": "70s"}}]' || exit
headroom report lake --out lake-again --quiet && diff -r lake lake-again && echo "same with a lake"
ls lake/figures/lag.dat lake/figures/outputs.dat lake/figures/lake.dat
grep -c '"files_rewritten.curated": .*[1-9]' lake/result.json
