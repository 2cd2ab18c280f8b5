headroom check scenarios/bad/trace.json
