headroom check scenarios/bad/instance.json
