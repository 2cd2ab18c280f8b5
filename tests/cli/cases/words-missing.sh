headroom run
echo "exit $?"
headroom check
echo "exit $?"
headroom run scenarios/small.json scenarios/small.json
