headroom check scenarios/bad/duplicate-keys.json
