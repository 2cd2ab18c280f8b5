# Every figure and every coverage, as text and as JSON.
headroom validate analytic --quick --gate --json figures.json >table 2>messages
echo "exit $?"
tail -1 table
awk 'length($0) > 100 {print "too wide: " $0}' table
json_one validate suites/0/suite suites/0/passed suites/0/figures suites/0/figures/0 suites/0/figures/0/case \
    suites/0/figures/0/rule suites/0/coverage suites/0/coverage/0 suites/0/coverage/0/runs <figures.json
cat messages
