headroom help
headroom --help | cmp - <(headroom help)
