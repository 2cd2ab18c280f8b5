# The helper that the other cases trust must be able to say no.
echo '{"record": 1} {"record": 1}' | json_one record 2>/dev/null; echo "two documents: $?"
echo '{"delivery": {"produced": 10, "rejected": 1, "groups": {"a": {"delivered": 7, "lost": 1, "in_flight": 0}}}}' |
    json_one --conserved; echo "a record missing: $?"
echo '{"delivery": {"produced": 0, "rejected": 0, "groups": {"a": {"delivered": 0, "lost": 0, "in_flight": 0}}}}' |
    json_one --conserved; echo "nothing produced: $?"
echo '{"a": [1, null], "b": {"c/d": null}, "reasons": {"/a": "short"}}' | json_one --nulls; echo "no reason: $?"
