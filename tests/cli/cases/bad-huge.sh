# One byte over 16 MiB.
head -c 16777217 /dev/zero | tr '\0' ' ' >huge.json
headroom check huge.json
