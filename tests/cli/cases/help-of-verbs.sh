for verb in run check bench help version; do
    headroom help $verb
    headroom $verb --help | cmp - <(headroom help $verb)
    echo "----"
done
headroom help chek
