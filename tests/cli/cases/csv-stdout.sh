headroom run scenarios/small.json --csv - 2>/dev/null >series.csv
head -1 series.csv | tr -d '\r' | tr ',' '\n'
