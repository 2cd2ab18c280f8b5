# What cannot be calibrated is told, and no process that is no JVM gets a signal.
headroom calibrate kafak
echo $?
headroom calibrate kafka
echo $?
headroom calibrate kafka 127.0.0.1:1 --pid $$
echo $?
headroom calibrate host 127.0.0.1:1
echo $?
headroom calibrate kafka 127.0.0.1:1 --pid 1 --calibration nowhere/x.json
echo $?
headroom calibrate kafka 127.0.0.1:1 --pid 0
