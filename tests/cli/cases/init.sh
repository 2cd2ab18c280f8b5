# Every family that is listed is written, checks well and runs where nothing else is.
mkdir empty && cd empty
headroom init
for family in $(headroom init | sed -n 's/^\([a-z][^ ]*\)  .*/\1/p'); do
    headroom init "$family" --out "$family.json" && headroom check "$family.json"
    headroom init "$family" | cmp - "$family.json"
    headroom run "$family.json" --duration 3m --set run.warmup=0s --set 'faults=[]' --set 'objectives=[]' --replications 1 --out "$family" --quiet
    echo "exit $?"
done
echo mine >small.json
headroom init small --out small.json; echo "exit $?"
cat small.json
headroom init smal; echo "exit $?"
headroom init --out x; echo "exit $?"
headroom init small --out no/such/file; echo "exit $?"
ls
