headroom check scenarios/bad/unknown-field.json
