headroom run scenarios/small.json --json - 2>/dev/null | json_one host
