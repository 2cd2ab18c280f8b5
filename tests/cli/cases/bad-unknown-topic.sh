headroom check scenarios/bad/unknown-topic.json
