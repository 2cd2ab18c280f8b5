headroom check scenarios/bad/counts.json
