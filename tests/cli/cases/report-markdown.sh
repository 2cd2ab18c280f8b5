# The Markdown alone on stdout, or in a file; its sections, and sources only of what the run really read.
headroom run scenarios/small.json --out o --quiet
headroom report o --markdown - >alone.md
headroom report o --markdown file.md --quiet && cmp alone.md file.md && echo "same"
grep '^##* ' alone.md
grep -c '\.png' alone.md
grep -o '!\[[^]]*\](.*\.png)' o/report.md
diff <(grep -v '\.png' o/report.md) alone.md | grep -c '^>'
sed 's/"about": "/"about": "other /' "$HEADROOM_DATA/scenarios/prices/aws-us-east-1.json" >prices.json
headroom report o --prices prices.json --markdown - | grep -E '^### (Prices|Calibration)|^- the '
headroom run scenarios/small.json --prices prices.json --out p --quiet
headroom report p --markdown - | grep -E '^### (Prices|Calibration)|^- the '
grep -E '^### (Prices|Calibration)|^- the ' p/report.md
headroom report p --prices prices.json --out q --quiet && cmp p/report.md q/report.md && echo "same with the prices given"
