# Every mistake of every scenario, and nothing is run or written.
headroom compare scenarios/bad/wrong-unit.json scenarios/small.json scenarios/bad/unknown-field.json --set run.seed=x
echo "exit $?"
headroom compare scenarios/small.json
echo "exit $?"
headroom compare scenarios/small.json - </dev/null
echo "exit $?"
headroom compare scenarios/small.json scenarios/slower.json --prices none.json
echo "exit $?"
headroom compare 1 2 3 4 5 6
echo "exit $?"
ls
