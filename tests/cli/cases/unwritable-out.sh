# Found before the run: nothing is simulated (the line that announces a run is not there), nothing is left behind.
: >file
headroom run scenarios/small.json --out file/results --json nowhere/record.json --csv scenarios
code=$?
ls
exit $code
