# Queries stand in the verdict, the report, the bill and the record, and the record does not depend on threads.
headroom run scenarios/queries.json --threads 2 --out o --no-host --json two.json >verdict 2>/dev/null
echo "exit $?"
headroom run scenarios/queries.json --threads 1 --quiet --out p --no-host --json one.json 2>/dev/null
cmp one.json two.json && echo same
grep -oE '^  met +query.dashboard.p50 <= 10s|^  met +utilization.engine.presto.slots.mean <= 100%' verdict | tr -s ' '
grep -oE '^  query (dashboard|ad-hoc)|^QUERIES +dashboard: [0-9]+ of curated_ad_events on presto|engine.presto.slots: ' verdict | tr -s ' '
grep -oE 'engine presto, (workers +2,920|coordinator +730) instance-hour' verdict | tr -s ' '
grep -oE '^## Queries|^\| `(dashboard|ad-hoc)` \| `[a-z_]+` \| `presto`' o/report.md
headroom report o/result.json --out q --quiet && cmp o/report.md q/report.md && cmp o/verdict.txt q/verdict.txt && echo rebuilt
