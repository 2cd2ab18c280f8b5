# --prices says which instance types there are, for check and for run, and not only what they cost.
headroom check scenarios/small.json --prices scenarios/prices.json
echo "exit $?"
headroom run scenarios/small.json --prices scenarios/prices.json
echo "exit $?"
headroom check scenarios/small.json --prices scenarios/prices.json --set groups.ctr.instance=c6i.tiny --set groups.raw.instance=c6i.tiny
echo "exit $?"
# A book that cannot be read is told once, however many scenarios wait for it, and beside a scenario's own mistakes.
headroom check scenarios/small.json scenarios/missed.json --prices scenarios/nowhere.json
echo "exit $?"
headroom run scenarios/small.json --prices scenarios/nowhere.json --set run.duration=4
