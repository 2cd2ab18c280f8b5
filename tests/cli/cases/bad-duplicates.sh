headroom check scenarios/bad/duplicates.json
