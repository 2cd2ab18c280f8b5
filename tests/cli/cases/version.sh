headroom version
headroom --version | cmp - <(headroom version)
