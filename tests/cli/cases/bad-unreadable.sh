headroom check scenarios/nowhere.json scenarios
