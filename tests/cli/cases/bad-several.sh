headroom check scenarios/bad/several.json
