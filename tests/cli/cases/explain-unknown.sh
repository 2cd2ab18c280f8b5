for name in lingr.ms frshness.ctr.p99 brokr_down rn c6i.lage parition.murmur2 aws.ebs.gp3.storag groups.ctr.config.akcs zzzzzzzz ''; do
    headroom explain "$name"; echo "exit $?"
done
