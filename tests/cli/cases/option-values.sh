headroom run scenarios/small.json --seed -1 --seed 1.5 --replications 0 --threads many --duration 10 \
    --resolution smapled --max-memory 12 --max-memory "1 KiB" --set run.duration --out= --json - --csv - --threads
code=$?
ls
exit $code
