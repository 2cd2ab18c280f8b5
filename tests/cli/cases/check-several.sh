# The good ones are told too, and one bad file is enough for exit 2.
headroom check scenarios/small.json scenarios/bad/replication.json scenarios/small.json
