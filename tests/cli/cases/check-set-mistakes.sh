headroom check scenarios/small.json --set run.duratoin=1h --set topics.ad-event.partitions=3 --set cluster.brokers=lots
echo "exit $?"
headroom check scenarios/small.json --set topics.ad-events.replication=4
