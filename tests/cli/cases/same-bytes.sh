# The same inputs give the same bytes, whatever the threads; another seed gives others.
run() { headroom run scenarios/small.json --replications 2 --no-host --json - "$@" 2>/dev/null; }
run --threads 1 >one
run --threads 2 >two
run --threads 1 >again
run --seed 2 >other
[ -s one ] && cmp one two && cmp one again && echo "same bytes"
[ -s other ] && { cmp -s one other || echo "another seed differs"; }
for i in one two again other; do json_one --conserved <$i; done
