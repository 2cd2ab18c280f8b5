# Every mistake is told, and nothing runs.
headroom run scenarios/small.json --sed 4 --replication=2 --unheard-of --gate=yes --quiet
code=$?
ls
exit $code
