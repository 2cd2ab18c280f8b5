# The scenario in the README is one that works.
sed -n '/^```json$/,/^```$/p' "$HEADROOM_DATA/README.md" | grep -v '^```' | headroom check -
