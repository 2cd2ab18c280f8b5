headroom check scenarios/bad/syntax.json
