headroom run scenarios/small.json --quiet --gate
echo "exit $?"
headroom run scenarios/missed.json --quiet
echo "exit $?"
headroom run scenarios/missed.json --quiet --gate
