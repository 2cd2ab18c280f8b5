# Without a name: everything there is. Each name of it can be asked for, and is found.
headroom explain >all
grep -v '^ ' all
for name in $(sed -n 's/^  \([^ ]*\) .*/\1/p' all); do
    headroom explain "$name" >one 2>&1 || echo "$name is not found"
    [ -s one ] || echo "$name says nothing"
done
awk 'length($0) > 100 {print "too wide: " $0}' all
