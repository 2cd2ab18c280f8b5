headroom check scenarios/bad/out-of-range.json
