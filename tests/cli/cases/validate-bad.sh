headroom validate analitic
echo "exit $?"
headroom validate everything --json nowhere/figures.json
echo "exit $?"
headroom validate analytic analytic
echo "exit $?"
headroom run scenarios/small.json --quick
echo "exit $?"
