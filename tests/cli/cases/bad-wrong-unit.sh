headroom check scenarios/bad/wrong-unit.json
