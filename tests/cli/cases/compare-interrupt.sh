# Stopped during the second design: the first is whole, the third was never run, and all of it is marked partial.
echo '{"name": "long", "extends": "small.json", "run": {"duration": "24h", "resolution": "request"}}' >scenarios/long.json
headroom compare scenarios/small.json scenarios/long.json scenarios/missed.json --set faults=[] --out o >table 2>messages &
pid=$!
until grep -q 'headroom: long' messages; do sleep 0.1; done
sleep 1
kill -INT $pid
wait $pid
code=$?
json_one partial partial_why designs/0/replications designs/1/replications designs/2/answer designs/2/replications <o/compare.json
json_one run/partial <o/small/result.json
json_one run/partial <o/long/result.json
ls o
grep -c 'interrupted; what was finished is in o, marked partial' messages
exit $code
