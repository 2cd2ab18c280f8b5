headroom check scenarios/bad/query.json
