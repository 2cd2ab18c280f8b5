headroom check scenarios/bad/empty.json
