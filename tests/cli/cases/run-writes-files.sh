headroom run scenarios/small.json --quiet --csv series-too.csv --json record-too.json
ls out/small | grep -v figures
[ -s series-too.csv ] && cmp out/small/series.csv series-too.csv && cmp out/small/result.json record-too.json && echo same
