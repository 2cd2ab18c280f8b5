headroom check scenarios/bad/unknown-broker.json
