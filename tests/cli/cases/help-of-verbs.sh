for verb in init run check compare bench calibrate report validate explain schema help version; do
    headroom help $verb
    headroom $verb --help | cmp - <(headroom help $verb)
    echo "----"
done
headroom help chek
