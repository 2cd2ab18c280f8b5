headroom run scenarios/small.json --quiet --gate
echo "exit $?"
headroom run scenarios/missed.json --quiet
echo "exit $?"
# What is not known to be missed passes, but is told.
headroom run scenarios/small.json --quiet --gate --set 'objectives=["staleness.ctr.p99.99 <= 60s", "cost.month <= $2k"]'
echo "exit $?"
headroom run scenarios/small.json --quiet --set 'objectives=["staleness.ctr.p99.99 <= 60s"]'
echo "exit $?"
headroom run scenarios/missed.json --quiet --gate
