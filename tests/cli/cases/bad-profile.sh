headroom check scenarios/bad/profile.json
