headroom check scenarios/bad/replication.json
