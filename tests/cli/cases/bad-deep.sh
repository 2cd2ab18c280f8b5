{ printf '{"name": '; printf '[%.0s' {1..200}; printf ']%.0s' {1..200}; printf '}'; } >deep.json
headroom check deep.json
