headroom rnu scenarios/small.json
echo "exit $?"
headroom sweep scenarios/small.json
echo "exit $?"
headroom --seed 3 run scenarios/small.json
