# A run that would take long is stopped once it is under way; what it has is written and marked partial.
headroom run scenarios/small.json --duration 24h --set run.replications=9 --threads 1 --resolution request \
    --out o >verdict 2>messages &
pid=$!
until [ -s messages ]; do sleep 0.1; done
sleep 1
kill -INT $pid
wait $pid
code=$?
json_one run/partial --balanced <o/result.json
grep -c interrupted messages
exit $code
