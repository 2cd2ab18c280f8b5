# Too little memory ends the run with a finding and a partial record, not with a crash.
headroom run scenarios/small.json --max-memory "2 MiB" --quiet
code=$?
json_one run/partial <out/small/result.json
exit $code
