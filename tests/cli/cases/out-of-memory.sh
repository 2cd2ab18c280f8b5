# Too little memory ends the run with a finding and a partial record, not with a crash, nor with a verdict of blanks.
headroom run scenarios/small.json --max-memory "2 MiB"
echo "exit $?"
json_one run/partial run/replications <out/small/result.json
headroom run scenarios/small.json --max-memory 1MiB --quiet --replications 1
code=$?
json_one run/partial <out/small/result.json
exit $code
