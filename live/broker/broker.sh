#!/bin/bash
# broker.sh: one Apache Kafka broker (KRaft) on loopback, or two or three, from the jars that Maven Central publishes.
#
#   broker.sh fetch           get the jars, check each against jars.sha256
#   broker.sh up [N]          fetch, format, start N brokers (1 to 3; default 1); prints "PID ADDRESS", a line each
#   broker.sh list            the same lines of those that run
#   broker.sh measure PROGRAM start one, have `PROGRAM calibrate kafka` measure it, stop it; the profile is kafka-broker.json in
#                             HEADROOM_BROKER_DIR. What follows PROGRAM goes to it too (--quick)
#   broker.sh down            stop them; their logs stay, their data goes
#
# HEADROOM_BROKER_DIR  where jars, data and logs are; default build/broker
# HEADROOM_BROKER_HEAP the heap of each; default 1g
# Errors: a line on stderr saying what is missing, and 1.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=${HEADROOM_BROKER_DIR:-$here/../../build/broker}
heap=${HEADROOM_BROKER_HEAP:-1g}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
jars=$dir/jars

die() {
    echo "broker.sh: $*" >&2
    exit 1
}

need_java() {
    command -v java >/dev/null || die "there is no java; Kafka needs Java 17 or later: apt-get install openjdk-17-jre-headless"
    local version
    version=$(java -version 2>&1 | sed -nE '1s/.*"([0-9]+).*/\1/p')
    [ "${version:-0}" -ge 17 ] || die "java is version ${version:-unknown}; Kafka needs 17 or later: apt-get install openjdk-17-jre-headless"
}

checked() {
    [ -d "$jars" ] && (cd "$jars" && sha256sum --quiet --strict -c "$here/jars.sha256") >/dev/null 2>&1
}

fetch() {
    checked && return
    command -v mvn >/dev/null || die "there is no mvn, which fetches Kafka's jars: apt-get install maven"
    need_java
    echo "fetching Kafka's jars from Maven Central into $jars" >&2
    rm -rf "$jars"
    mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$jars" -DincludeScope=runtime >"$dir/fetch.log" 2>&1 ||
        die "Maven could not fetch the jars (is Maven Central within reach?); it said: $(grep -m1 ERROR "$dir/fetch.log" || tail -1 "$dir/fetch.log")"
    (cd "$jars" && sha256sum --quiet --strict -c "$here/jars.sha256") >&2 || die "a jar is not the one that was pinned"
    local jar # nothing on the class path that was not pinned
    for jar in "$jars"/*; do
        grep -qF "  ${jar##*/}" "$here/jars.sha256" || die "$jar is not in jars.sha256"
    done
}

# Ports that nothing listens on at present, all different.
free_ports() {
    local n=$1 port ports=()
    while [ ${#ports[@]} -lt "$n" ]; do
        port=$((20000 + RANDOM % 10000))
        [[ " ${ports[*]-} " == *" $port "* ]] && continue
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue
        ports+=("$port")
    done
    echo "${ports[@]}"
}

# Of node N, with its own port and the controller's. The first node is the controller too.
write_properties() {
    local node=$1 port=$2 controller=$3
    local roles=broker listeners="PLAINTEXT://127.0.0.1:$port"
    if [ "$node" -eq 1 ]; then
        roles=broker,controller
        listeners+=",CONTROLLER://127.0.0.1:$controller"
    fi
    # What is not here is Kafka's default; segments are small so that retention can keep the disk small.
    cat >"$dir/node-$node/server.properties" <<END
process.roles=$roles
node.id=$node
controller.quorum.voters=1@127.0.0.1:$controller
controller.listener.names=CONTROLLER
listeners=$listeners
advertised.listeners=PLAINTEXT://127.0.0.1:$port
log.dirs=$dir/node-$node/data
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
auto.create.topics.enable=false
log.segment.bytes=67108864
log.retention.bytes=134217728
log.retention.check.interval.ms=10000
log.segment.delete.delay.ms=1000
END
}

# With the collector's settings of Kafka's own kafka-run-class.sh. The process that is started is the broker itself.
start() {
    local node=$1
    (cd "$dir/node-$node" && exec setsid java -server "-Xms$heap" "-Xmx$heap" -XX:+UseG1GC -XX:MaxGCPauseMillis=20 \
        -XX:InitiatingHeapOccupancyPercent=35 -XX:+ExplicitGCInvokesConcurrent -Djava.awt.headless=true \
        -Dlog4j2.configurationFile="$here/log4j2.xml" -cp "$jars/*" kafka.Kafka server.properties \
        </dev/null >"$dir/node-$node/broker.log" 2>&1) &
    echo $! >"$dir/node-$node/pid"
}

# Only a process that still runs from its own folder is a broker of ours.
running() {
    local node=$1 pid
    [ -f "$dir/node-$node/pid" ] || return 1
    pid=$(cat "$dir/node-$node/pid")
    [ "$(readlink "/proc/$pid/cwd" 2>/dev/null)" = "$dir/node-$node" ] && tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q kafka.Kafka
}

address() {
    sed -n 's/^advertised.listeners=PLAINTEXT:\/\///p' "$dir/node-$1/server.properties"
}

wait_up() {
    local node=$1 where i
    where=$(address "$node")
    for i in $(seq 1 240); do
        running "$node" || die "broker $node ended; it said: $(tail -3 "$dir/node-$node/broker.log")"
        (exec 3<>"/dev/tcp/${where/:/\/}") 2>/dev/null && return
        sleep 0.25
    done
    die "broker $node does not listen on $where after a minute; see $dir/node-$node/broker.log"
}

up() {
    local n=$1 node ports id
    [[ $n =~ ^[1-3]$ ]] || die "\"$n\" brokers: 1 to 3 can be started"
    need_java
    fetch
    for node in 1 2 3; do
        running "$node" && die "broker $node runs already; broker.sh down stops it"
    done
    ports=($(free_ports $((n + 1))))
    id=$(java -cp "$jars/*" kafka.tools.StorageTool random-uuid)
    for node in $(seq 1 "$n"); do
        rm -rf "$dir/node-$node"
        mkdir -p "$dir/node-$node"
        write_properties "$node" "${ports[$node]}" "${ports[0]}"
        java -Dlog4j2.configurationFile="$here/log4j2.xml" -cp "$jars/*" kafka.tools.StorageTool format -t "$id" -c "$dir/node-$node/server.properties" \
            >"$dir/node-$node/format.log" 2>&1 || die "the storage could not be formatted; it said: $(tail -1 "$dir/node-$node/format.log")"
    done
    for node in $(seq 1 "$n"); do start "$node"; done
    for node in $(seq 1 "$n"); do wait_up "$node"; done
    list
}

list() {
    local node
    for node in 1 2 3; do
        if running "$node"; then echo "$(cat "$dir/node-$node/pid") $(address "$node")"; fi
    done
}

# SIGTERM is Kafka's clean shutdown; followers first, the controller last.
down() {
    local node pid i
    for node in 3 2 1; do
        running "$node" || continue
        pid=$(cat "$dir/node-$node/pid")
        kill -TERM "$pid"
        for i in $(seq 1 120); do
            running "$node" || break
            sleep 0.25
        done
        if running "$node"; then
            echo "broker.sh: broker $node did not stop within 30 s and was killed" >&2
            kill -KILL "$pid"
        fi
        rm -rf "$dir/node-$node/data" "$dir/node-$node/pid"
    done
}

measure() {
    local program=$1 where
    shift
    [ -x "$program" ] || die "there is no program $program; make builds it"
    trap down EXIT
    where=$(up 1)
    "$program" calibrate kafka "${where#* }" --pid "${where% *}" --calibration "$dir/kafka-broker.json" "$@"
    echo "written: $dir/kafka-broker.json; use it with \`run --calibration\`"
}

case ${1-} in
fetch) fetch ;;
up) up "${2-1}" ;;
list) list ;;
measure) shift && measure "$@" ;;
down) down ;;
*) die "usage: broker.sh fetch | up [N] | list | measure PROGRAM | down" ;;
esac
