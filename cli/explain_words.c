/* explain_words.c: see explain_words.h. */
#include "explain_words.h"

#include <stddef.h>
#include <string.h>

static const struct explain_word metrics[] = {
    {"freshness.<output>.<statistic>", "seconds",
     "how fresh an output is: per record, from the event's own time to the first moment a reader of the "
     "output could "
     "see it",
     "/freshness/<output>/<statistic>"},
    {"staleness.<output>.<statistic>", "seconds",
     "how stale an output is: at a moment, the age of the newest event up to which it is complete; what a "
     "dashboard's "
     "viewer suffers, and what cost of delay is charged on",
     "/staleness/<output>/<statistic>"},
    {"latency.produce.<statistic>", "seconds",
     "from a record's intended send time to its acknowledgement, the producer's waits included",
     "/latency/produce/<statistic>"},
    {"latency.end_to_end.<group>.<statistic>", "seconds",
     "from a record's intended send time to the group's having processed it",
     "/latency/end_to_end.<group>/<statistic>"},
    {"query.<query>.<statistic>", "seconds",
     "how long queries of a class take, from arrival to end: waiting in line, planning, reading files and scanning them",
     "/query/<query>/<statistic>"},
    {"delivery.<group>.<count>", "records",
     "what became of the records for that group; for every group produced = rejected + delivered + lost + "
     "in_flight, to "
     "the record",
     "/delivery/groups/<group>/<count>"},
    {"delivery.produced", "records", "records that the workload made", "/delivery/produced"},
    {"delivery.rejected", "records",
     "records that a producer gave up before any broker acknowledged them: a full buffer, or a delivery that "
     "timed out",
     "/delivery/rejected"},
    {"lag.<group>.peak", "records", "the most records that were in the log and not yet read by the group",
     "/faults/<n>/peak_lag_records, and the series lag.<group>"},
    {"lag.<group>.clear", "seconds",
     "from a fault's beginning until every partition is read again and nothing has been in the log for more than 3 s unread; of several "
     "faults the longest",
     "/faults/<n>/clear_lag_s"},
    {"lag.<group>.seconds", "seconds",
     "for how long the oldest record that the group had not processed had been in the log, at its worst; what a producer held back counts in "
     "latency and freshness",
     "/groups/<group>/peak_lag_s"},
    {"lag.<group>.end", "records", "the group's lag when the run ended", "/groups/<group>/end_lag_records"},
    {"lag.<group>.skew", "a plain number",
     "when the group's lag was at its peak: the lag of the partition with the most over the mean of all partitions; 1 is even",
     "/groups/<group>/peak_lag_skew"},
    {"rebalance.<group>.count", "a plain number", "rebalances of the group that came to their end", "/groups/<group>/rebalances"},
    {"rebalance.<group>.seconds", "seconds", "how long its rebalances took, each from its cause to the last member's assignment, added up",
     "/groups/<group>/rebalancing_s"},
    {"rebalance.<group>.longest", "seconds", "how long the longest of them took", "/groups/<group>/rebalance_longest_s"},
    {"rebalance.<group>.stopped", "partition-seconds",
     "for how long partitions were read by nobody, for a rebalance or because their consumer was gone, added up over partitions",
     "/groups/<group>/partition_seconds_stopped"},
    {"instances.<group>.mean", "a plain number", "instances of the group, from when they begin to start up, in the mean over the run: what is billed",
     "/groups/<group>/instances_mean"},
    {"instances.<group>.peak", "a plain number", "the most instances that its autoscaling asked for", "/groups/<group>/instances_peak"},
    {"availability.produce", "a share", "the share of produced records that were accepted",
     "/availability/produce"},
    {"headroom.load_factor", "a plain number",
     "how many times this load the design carries before its busiest resource is full, by extrapolation from "
     "the run",
     "/headroom/load_factor"},
    {"utilization.<resource>.peak", "a share", "how busy a resource is at its busiest",
     "/utilization/<resource>/peak"},
    {"utilization.<resource>.mean", "a share", "how busy a resource is over the run",
     "/utilization/<resource>/mean"},
    {"cost.month", "US dollars", "the month's bill: every line a quantity times a price of the price book",
     "/cost/month_usd"},
    {"cost.delay", "US dollars",
     "what it costs a month that the decision's output is staler than decision.stale_after: the share of steady time in "
     "which it is, times a month's 43,800 minutes, times decision.cost_of_delay; faults have invoices of their own",
     "/delay/month_usd"},
};

static const struct explain_word faults[] = {
    {"disk_full", NULL,
     "something takes a share of a broker's volume; if that and its logs fill it, the broker stops, and starts again when it is over",
     NULL},
    {"sink_slow", NULL,
     "the store that a group writes to takes so many times as long: threads wait for it, stop fetching, and lag grows", NULL},
    {"sink_down", NULL,
     "the store that a group writes to takes nothing until it is over: threads hold what they have processed and try again", NULL},
    {"broker_down", NULL,
     "a broker stops: its leaders move once the controller has noticed, its followers leave the in-sync "
     "replicas, and "
     "after `for` it starts again, recovers its log and catches up",
     NULL},
    {"zone_down", NULL,
     "a zone is gone: its brokers die, consumers' instances there too, and producers' instances there lose what they hold, which is "
     "rejected; new traffic goes to the other instances. After `for` all of it starts again",
     NULL},
    {"zone_cut", NULL,
     "nothing passes between a zone and the others for as long as `for` says. The controller, which is in another one, fences the zone's "
     "brokers when their sessions are over, and others lead; but in the zone nobody hears of it: producers there go on with those brokers, "
     "which acknowledge acks=1 and will lose it, and acks=all waits, times out and is sent again. Consumers there are out of their groups when "
     "their sessions are over",
     NULL},
    {"broker_slow", NULL,
     "a broker's cores, disk or network card take `factor` times as long for the same work, for as long as `for` says",
     NULL},
    {"rolling_restart", NULL,
     "every broker in turn is shut down in order, its leaders first, and started again after `for`; the next one goes "
     "`pause` after all replicas are in sync",
     NULL},
    {"controller_down", NULL,
     "the active controller is lost: until a standby takes over, after controller.quorum.fetch.timeout.ms, or without a majority until "
     "`for` is over, no death is noticed, no broker registers or shuts down in order, and no in-sync set changes. With ZooKeeper another "
     "broker takes over after zookeeper.session.timeout.ms, and reads every partition's metadata first",
     NULL},
    {"traffic_spike", NULL,
     "`factor` times as many records come, of one stream and those that follow it or of all, for as long as `for` says; it may rise and "
     "fall over `ramp`",
     NULL},
    {"hot_key", NULL,
     "one key takes a share of a stream's records, or of every keyed stream's, for as long as `for` says: the partitioner sends them to one "
     "partition, whose leader and consumer have to bear it, and windows count them for that key",
     NULL},
    {"late_flood", NULL,
     "a share of a stream's records, or of all, comes later than ever by `late`, as from clients that were offline: windows drop what is later "
     "than their watermark and allowed_lateness (dropped_late), or give out their panes anew; files carry them, stale as they are",
     NULL},
    {"query_storm", NULL, "`factor` times as many queries come, of one class or of all, for as long as `for` says", NULL},
    {"object_store_slow", NULL,
     "requests to the object store take `factor` times as long: writers' files, ETL, compaction and queries wait for them", NULL},
    {"object_store_down", NULL,
     "the object store answers every request with 503: writers, ETL, compaction and queries try again, backing off, until it is over",
     NULL},
    {"region_lost", NULL,
     "the region is gone with all that is in it, what groups made of the records included. After `for`, the time of the fail-over, the "
     "other region goes on from what cluster.mirror.behind ago was in the logs: what came after and was acknowledged is lost, and what was "
     "not is sent again",
     NULL},
    {"catalog_conflict", NULL,
     "somebody else commits to a table too, and a share of the commits of its ETL and compaction conflict for as long as `for` says: each "
     "begins again after a back-off of 100 ms, doubled each time, and gives up after 4 (commit.retry.num-retries)",
     NULL},
    {"registry_down", NULL,
     "the schema registry answers nobody: who runs goes on with the schemas that it has cached, but consumers and producers of Avro records "
     "that are started meanwhile wait until it is back",
     NULL},
    {"schema_bad", NULL,
     "a producer's new version sends a share of an Avro stream's records with a schema that the registry's compatibility check refuses: "
     "they are rejected (schema) for as long as `for` says. `checked` false: there is no registry, or the subject's compatibility is NONE; "
     "they are sent, and every group loses those that it cannot decode: to its dead-letter queue, or skipped, as groups[].undecodable says; "
     "it is detected when a group meets the first. Its invoice has what it costs to send them once more, refused or put aside, at the "
     "month's bill per event; writing to the dead-letter queue is not modelled",
     NULL},
    {"compaction_stopped", NULL, "no compaction of the table begins until it is over: its small files stay", NULL},
    {"producer_redeploy", NULL,
     "every instance of the producers in turn gets no more traffic, sends what it holds, and is back after `for`; the next one goes "
     "after `pause`. Instances that are left take the traffic",
     NULL},
    {"poison", NULL,
     "records that kill whoever reads them: the consumer that takes one up dies, is started again after `for`, and whoever has the partition "
     "then reads from the last commit and dies too, until `tries` have and the record goes to a dead-letter queue (dead_letter)",
     NULL},
    {"rebalance_storm", NULL,
     "an instance of a group dies or leaves, is back after `down`, and goes again after `pause`, until it is over: each time the group "
     "rebalances, and what was not committed is read again. Or, with `per_record`, records take so long that members are put out for "
     "not polling, join again when they are done, and are put out again",
     NULL},
    {"spot_taken", NULL,
     "an instance of a group runs on spare capacity and is taken back: the notice comes at the beginning, it is gone `notice` later, in "
     "order if `clean`, and another one is in its place after `for`, its start-up time",
     NULL},
    {"producer_spot_taken", NULL,
     "the same of an instance of producers: if `clean` it sends what it holds before it is gone; if not, that is rejected", NULL},
    {"group_paused", NULL,
     "a group's consumers pause: they stay members and poll, but are given no records; after `for` they resume, and drain the "
     "backlog at the rate they can. Nothing is read twice",
     NULL},
    {"partitions_added", NULL,
     "a topic gets more partitions: keys move to others by the partitioner's hash, producers and groups learn of it as "
     "their metadata age, and records may overtake earlier ones of their key (reordered)",
     NULL},
    {"brokers_added", NULL,
     "brokers join the cluster, empty, and replicas move to them until every broker has as many and leads as many, zones kept apart: a few "
     "at a time, under a throttle or as fast as disks and networks allow, the old ones read from their leaders' disks. It ends with the "
     "reassignment, if the throttle lets it end; the bill is that of the brokers there are then",
     NULL},
    {"restart_group", NULL,
     "all instances of a group stop, as in a redeployment, and start again after `for`; the group rebalances "
     "and reads "
     "on from its last commit or checkpoint",
     NULL},
    {"consumer_crash", NULL,
     "one instance of a group dies without leaving: the group notices by its session timeout, its partitions "
     "move, and "
     "after `for` it comes back",
     NULL},
};

static const struct explain_word parts[] = {
    {"mean", NULL, "the mean", NULL},
    {"p50", NULL, "the median: half are below", NULL},
    {"p75", NULL, "three quarters are below", NULL},
    {"p95", NULL, "95 % are below", NULL},
    {"p99", NULL, "99 % are below", NULL},
    {"p99.9", NULL, "99.9 % are below; null where a run is too short to know it", NULL},
    {"p99.99", NULL, "99.99 % are below; null where a run is too short to know it", NULL},
    {"max", NULL, "the largest", NULL},
    {"lost", NULL, "acknowledged and then gone, or never to be read; lost_by says why: retention deleted it, offset_reset passed it "
     "over, compacted away before they "
     "were read (Kafka calls that no loss), shed by a group too far behind, dead_letter put aside, undecodable skipped, leader_lost, at_most_once, sent_unacknowledged", NULL},
    {"duplicated", NULL, "delivered more than once, or sent again by a client (workload[].duplicates), and so twice in what the group makes; "
     "stands beside the sum", NULL},
    {"deduplicated", NULL, "delivered, then removed by a group with does.dedup, for their ids were there within its horizon; stands beside the "
     "sum. What a crash makes a group read again is not among them: its ids are as old as its offsets", NULL},
    {"looked_up", NULL, "in a record's paths.dedup: ids followed that were looked up in the real structure; removed: those that were there; "
     "sample_error: the standard error of the share of copies that is removed; ids_max: ids held at most, scaled up, memory_bytes_max "
     "and checkpoint_bytes_max: in tables, and in a checkpoint", NULL},
    {"state_bytes", NULL, "in a record's paths.window: what the windows' operators held at the checkpoint that held most, scaled up from the keys "
     "that are followed; not told of tumbling and hopping windows without aggregates that only their ends trigger", NULL},
    {"dropped_late", NULL, "delivered, then refused by a window as too late", NULL},
    {"reordered", NULL, "delivered after a later record of the same key: of batches sent again without idempotence, all that later "
     "batches of their partition overtook", NULL},
    {"in_flight", NULL, "produced, and neither delivered nor lost when the run ended", NULL},
    {"delivered", NULL, "processed by the group, each record counted once", NULL},
    {"rejected_by", NULL, "why records were rejected: buffer_full, delivery_timeout, retries, dropped, spill_full, collector_busy, "
     "producer_gone, schema", NULL},
    {"buffer_full", NULL, "rejected: found no room in buffer.memory for max.block.ms", NULL},
    {"delivery_timeout", NULL, "rejected: not acknowledged within delivery.timeout.ms of coming into the buffer", NULL},
    {"dead_letter", NULL, "lost to a group: put aside in a dead-letter queue, as nobody could process or decode it", NULL},
    {"undecodable", NULL, "lost to a group that skips what it cannot decode", NULL},
    {"dropped", NULL, "rejected at once: there was no room in buffer.memory, and on_overload is drop", NULL},
    {"spill_full", NULL, "rejected: the spill of a producer's instance was full, or its disk too slow", NULL},
    {"collector_busy", NULL, "rejected with 503: as many requests as may wait at a collector did", NULL},
    {"schema", NULL, "rejected: the schema registry refused the schema of a producer's new version", NULL},
    {"requests_failed", NULL, "produce requests that failed, by Kafka's error; NETWORK_EXCEPTION: their connection broke", NULL},
    {"requests_retried", NULL, "of the produce requests that failed, those whose records were sent again", NULL},
    {"spilled", NULL, "records that went to a producer's disk for want of buffer.memory, and from there to the log", NULL},
    {"transactions_timed_out", NULL, "transactions of producers that run, and that their coordinator aborted: they had been open for "
     "transaction.timeout.ms when it looked", NULL},
    {"transaction_commit_s", NULL, "from the beginning of a transaction's commit until its producer may send again, in the mean", NULL},
    {"transaction_paused_share", NULL, "the share of their time that transactional producers spend committing, and send nothing: what one "
     "that sends all it can loses of its throughput", NULL},
    {"cleaned_bytes", NULL, "in a record's storage, of a compacted topic: what brokers' log cleaners read in the run, all replicas; "
     "written_bytes: what they wrote of it; cleanings: how often; dirty_ratio_max: the largest share of a log that had not been "
     "compacted when it was looked at (min.cleanable.dirty.ratio); kept_error: half of the 95 % interval of how many records stay, "
     "by the sample of keys, relative; tombstones: how many the cleaned parts hold when the run ends, one replica each", NULL},
    {"copied_bytes", NULL, "in a record's storage, of a tiered topic: what brokers copied to the object store in the run, as `objects` "
     "segments; read_bytes: what consumers read from there; reads_late: reads that a fetch did not wait for "
     "(remote.fetch.max.wait.ms), and that were made again", NULL},
    {"bias_p50", NULL,
     "in a record's error.resolution: by how much run.resolution is known to change a median, relative to the next finer one; "
     "0 at `record`, the reference. It is the largest difference of produce, end-to-end and freshness in the case of "
     "`headroom validate resolution` whose busiest stage is the least busy of those that are not less busy than this run's "
     "(resolution_case); null outside of what was measured. Half of its 95 % interval stands beside it; at `sampled`, "
     "request_bias_p50 is that of request against record",
     NULL},
    {"bias_p99", NULL, "as bias_p50, of the 99th percentile", NULL},
    {"bias_p99.9", NULL, "as bias_p50, of the 99.9th percentile", NULL},
};

static const struct explain_word *find(const struct explain_word *words, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i].name, name) == 0) return &words[i];
    return NULL;
}

const struct explain_word *explain_metric(const char *pattern)
{
    return find(metrics, sizeof(metrics) / sizeof(metrics[0]), pattern);
}

const struct explain_word *explain_fault(const char *kind)
{
    return find(faults, sizeof(faults) / sizeof(faults[0]), kind);
}

const struct explain_word *explain_part(int index)
{
    return index >= 0 && (size_t)index < sizeof(parts) / sizeof(parts[0]) ? &parts[index] : NULL;
}
