headroom check scenarios/small.json
headroom check --set cluster.brokers=5 --set topics.ad-events.partitions=12 --duration=10m scenarios/small.json
headroom check - <scenarios/small.json
headroom check --quiet scenarios/small.json
ls
