headroom check scenarios/small.json --gate --threads 2
echo "exit $?"
headroom version --seed 1 now
