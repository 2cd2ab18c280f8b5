#!/bin/bash
# run.sh BUILD : run every built test program and the command-line tests; print cmocka's totals.
# HEADROOM=FILE is the program that the command-line tests run. The last line is "N passed, N failed".
set -u
build=$1
passed=0
failed=0
failures=()
export CMOCKA_MESSAGE_OUTPUT=STDOUT
log=$(mktemp)
trap 'rm -f "$log"' EXIT
shopt -s nullglob
for program in "$build"/tests/*/test_*; do
    # What was built from a test that is gone is no test.
    [ -x "$program" ] && [ -f "$program" ] && [ -f "tests/${program#"$build"/tests/}.c" ] || continue
    start=$SECONDS
    "$program" >"$log" 2>&1
    status=$?
    p=$(grep -cE '^\[ +OK +\]' "$log")
    # Each failure is named twice, but counted once at the end.
    f=$(awk '/^ *[0-9]+ FAILED TEST\(S\)/ { n += $1 } END { print n + 0 }' "$log")
    if [ $status -ne 0 ]; then
        [ "$f" -gt 0 ] || f=1
        failures+=("${program#"$build"/}")
        cat "$log"
    fi
    passed=$((passed + p))
    failed=$((failed + f))
    printf '%-44s %4d passed %3d failed %4ds\n' "${program#"$build"/tests/}" "$p" "$f" $((SECONDS - start))
done
for script in tests/cli/test_*.sh; do
    start=$SECONDS
    bash "$script" >"$log" 2>&1
    status=$?
    p=$(grep -c '^ok ' "$log")
    f=$(grep -c '^not ok ' "$log")
    if [ $status -ne 0 ] || [ "$f" -gt 0 ]; then
        [ "$f" -gt 0 ] || f=1
        failures+=("$script")
        cat "$log"
    fi
    passed=$((passed + p))
    failed=$((failed + f))
    printf '%-44s %4d passed %3d failed %4ds\n' "${script#tests/}" "$p" "$f" $((SECONDS - start))
done
echo "total $SECONDS s"
for name in ${failures[@]+"${failures[@]}"}; do echo "failed: $name"; done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
