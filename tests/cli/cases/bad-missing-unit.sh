headroom check scenarios/bad/missing-unit.json
