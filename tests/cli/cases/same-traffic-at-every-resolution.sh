for resolution in sampled request record; do
    headroom run scenarios/small.json --replications 1 --duration 2m --set faults=[] --resolution $resolution --no-host \
        --json - 2>/dev/null >$resolution
    json_one inputs/resolution --conserved <$resolution
    json_one delivery/produced <$resolution >$resolution.produced
done
[ -s record.produced ] && cmp sampled.produced request.produced && cmp sampled.produced record.produced && echo "the same produced"
