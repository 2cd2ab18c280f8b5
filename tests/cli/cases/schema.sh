# The file that ships is what the verb prints. If this fails: ./headroom schema >scenarios/scenario.schema.json
headroom schema | cmp - "$HEADROOM_DATA/scenarios/scenario.schema.json" && echo "in step"
headroom schema | json_one
