headroom report nothing.json; echo "exit $?"
headroom report scenarios; echo "exit $?"
echo '{"record": 1' | headroom report -; echo "exit $?"
: | headroom report -; echo "exit $?"
headroom report scenarios/small.json 2>&1 >/dev/null | head -1; echo "exit ${PIPESTATUS[0]}"
headroom run scenarios/small.json --out o --quiet
headroom report o --json x --markdown x; echo "exit $?"
headroom report o --markdown no/such/x.md --scenario / --quiet; echo "exit $?"
sed 's/"delivered": [0-9]*/"delivered": 1/' o/result.json >wrong.json
headroom report wrong.json --out w 2>&1 >/dev/null | head -1 | sed 's/[0-9][0-9]*/N/g'; ls -d w 2>/dev/null
headroom report o --seed 1; echo "exit $?"
