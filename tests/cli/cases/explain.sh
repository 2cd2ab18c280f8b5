ask() { echo "\$ explain $*"; headroom explain "$@" | sed "s,$HEADROOM_DATA,.,"; }
ask linger.ms
ask groups.ctr.config.fetch.min.bytes
ask 'faults[0].broker'
ask workload[].rate
ask name
ask exactly_once
ask freshness.ctr.p99
ask lag
ask lost
ask consumer_crash
ask run
ask partition.murmur2
ask m7g.large
ask aws.s3.gir
ask when
ask brokers.down
ask group.id
