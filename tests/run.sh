#!/bin/bash
# run.sh BUILD [SANITIZED] : run every built test program, as many at a time as there are processors (JOBS says otherwise), then
# those of the paths in SANITIZED, another build tree, and the command-line tests; print cmocka's totals. HEADROOM=FILE is the program that the
# command-line tests run. What a program that fails has printed is shown. The last line is "N passed, N failed".
set -u
build=$1
sanitized=${2:-}
export CMOCKA_MESSAGE_OUTPUT=STDOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
shopt -s nullglob

# run NAME COMMAND... : its output, and a line "NAME PASSED FAILED SECONDS", in files of its own.
run() {
    local name=$1 log="$work/${1//\//-}.log" start=$SECONDS status p f
    shift
    "$@" >"$log" 2>&1
    status=$?
    # cmocka's words, and those of the command-line tests; cmocka names each failure twice, but counts it once at the end.
    p=$(grep -cE '^(\[ +OK +\]|ok )' "$log")
    f=$(awk '/^ *[0-9]+ FAILED TEST\(S\)/ { n += $1 } /^not ok / { n++ } END { print n + 0 }' "$log")
    if [ $status -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
    if [ "$f" -gt 0 ]; then cat "$log"; fi
    echo "$name $p $f" >"$log.result"
    printf '%-44s %4d passed %3d failed %4ds\n' "$name" "$p" "$f" $((SECONDS - start))
}
export -f run
export work

# run_all BUILD LAYER PREFIX : the test programs of a build tree, of a layer or of all ('*'); PREFIX is put before their names.
run_all() {
    for program in "$1"/tests/$2/test_*; do
        # What was built from a test that is gone is no test.
        [ -x "$program" ] && [ -f "$program" ] && [ -f "tests/${program#"$1"/tests/}.c" ] || continue
        printf '%s\0' "${program#"$1"/tests/}"
    done | xargs -0 -r -P "${JOBS:-$(nproc)}" -I NAME bash -c 'run "$2$1" "$0/tests/$1"' "$1" NAME "$3"
}

run_all "$build" '*' ''
[ -z "$sanitized" ] || run_all "$sanitized" paths sanitized/
for script in tests/cli/test_*.sh; do
    run "${script#tests/}" bash "$script"
done

passed=0
failed=0
failures=()
for result in "$work"/*.result; do
    read -r name p f <"$result"
    passed=$((passed + p))
    failed=$((failed + f))
    if [ "$f" -gt 0 ]; then failures+=("$name"); fi
done
echo "total $SECONDS s"
for name in ${failures[@]+"${failures[@]}"}; do echo "failed: $name"; done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
