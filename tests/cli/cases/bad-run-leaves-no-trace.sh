headroom run scenarios/bad/several.json --json record.json --csv series.csv --out results
code=$?
ls
exit $code
