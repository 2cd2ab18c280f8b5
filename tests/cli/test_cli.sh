#!/bin/bash
# test_cli.sh [--update] [NAME...]: golden tests of the command line. tests/cli/update.sh writes the goldens anew.
#
# A case is cases/NAME.sh, run in an empty directory that holds a copy of scenarios/, with the program as `headroom`.
# It must give
#   cases/NAME.stdout   exactly this on stdout; no file: nothing
#   cases/NAME.stderr   this on stderr, where * in a line stands for anything; a line "..." for any lines; no file: nothing
#   cases/NAME.exit     this exit code; no file: 0
# HEADROOM=FILE tests another binary than the one at the root.
# Prints "ok NAME" or "not ok NAME" with the difference, and exits with 1 if any case failed.
set -u
update=
[ "${1:-}" = --update ] && { update=1; shift; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/bin"

# The cases see the program, the project's own data, and a helper that reads JSON with the program's own reader.
program=$(realpath "${HEADROOM:-$root/headroom}")
ln -s "$program" "$scratch/bin/headroom"
export HEADROOM_DATA=$root PATH=$scratch/bin:$PATH LC_ALL=C NO_COLOR=1
# shellcheck disable=SC2046
${CC:-cc} -std=c17 -D_POSIX_C_SOURCE=200809L -O1 -I"$root/base" "$here/json_one.c" \
    "$root"/base/{arena,check,diag,error,file,json}.c -lm -o "$scratch/bin/json_one" || exit 1

# glob_match GOLDEN FOUND: is the text of FOUND what the lines of GOLDEN describe?
glob_match() {
    local -a want got
    mapfile -t want <"$1"
    mapfile -t got <"$2"
    local w=0 g=0 resume_w=-1 resume_g=0
    while [ "$g" -lt "${#got[@]}" ]; do
        if [ "$w" -lt "${#want[@]}" ] && [ "${want[$w]}" = ... ]; then
            resume_w=$((++w)) resume_g=$g
        elif [ "$w" -lt "${#want[@]}" ] && line_match "${want[$w]}" "${got[$g]}"; then
            w=$((w + 1)) g=$((g + 1))
        elif [ "$resume_w" -ge 0 ]; then
            w=$resume_w g=$((++resume_g))
        else
            return 1
        fi
    done
    while [ "$w" -lt "${#want[@]}" ] && [ "${want[$w]}" = ... ]; do w=$((w + 1)); done
    [ "$w" -eq "${#want[@]}" ]
}

# Only * is special in a golden line: everything else, brackets and question marks too, stands for itself.
line_match() {
    local pattern
    pattern=$(printf '%s' "$1" | sed -e 's/[]\\?[]/\\&/g')
    # shellcheck disable=SC2053
    [[ $2 == $pattern ]]
}

# golden NAME FOUND: the golden file, or an empty one.
golden() {
    if [ -f "$1" ]; then echo "$1"; else echo /dev/null; fi
}

keep() { # keep FOUND GOLDEN: what was found becomes the golden; an empty one is no file
    if [ -s "$1" ]; then cp "$1" "$2"; else rm -f "$2"; fi
}

failed=0
run_case() {
    local script=$1 name=$2 wrong= code want_code
    mkdir "$scratch/case"
    cp -r "$here/scenarios" "$scratch/case/scenarios"
    (cd "$scratch/case" && exec bash "$script") >"$scratch/stdout" 2>"$scratch/stderr" </dev/null
    code=$?
    rm -rf "$scratch/case"
    local base=${script%.sh}
    want_code=$(cat "$(golden "$base.exit")")
    cmp -s "$(golden "$base.stdout")" "$scratch/stdout" || wrong="$wrong stdout"
    glob_match "$(golden "$base.stderr")" "$scratch/stderr" || wrong="$wrong stderr"
    [ "$code" -eq "${want_code:-0}" ] || wrong="$wrong exit"
    if [ -n "$wrong" ] && [ -n "$update" ]; then
        [[ $wrong != *stdout* ]] || keep "$scratch/stdout" "$base.stdout"
        [[ $wrong != *stderr* ]] || keep "$scratch/stderr" "$base.stderr"
        rm -f "$base.exit"
        [ "$code" -eq 0 ] || echo "$code" >"$base.exit"
        echo "updated $name:$wrong"
    elif [ -n "$wrong" ]; then
        failed=$((failed + 1))
        echo "not ok $name:$wrong"
        [[ $wrong != *stdout* ]] || diff -u "$(golden "$base.stdout")" "$scratch/stdout" | sed 's/^/    /'
        [[ $wrong != *stderr* ]] || diff -u "$(golden "$base.stderr")" "$scratch/stderr" | sed 's/^/    /'
        [[ $wrong != *exit* ]] || echo "    exit code $code, not ${want_code:-0}"
    else
        echo "ok $name"
    fi
}

# The runner must be able to fail: four cases whose outcome differs from their golden in one thing each.
canary() {
    local part
    mkdir "$scratch/canary"
    for part in stdout stderr exit; do
        printf 'echo out; echo err one >&2; exit 5\n' >"$scratch/canary/$part.sh"
        echo out >"$scratch/canary/$part.stdout"
        echo 'err *' >"$scratch/canary/$part.stderr"
        echo 5 >"$scratch/canary/$part.exit"
    done
    cp "$scratch/canary/exit.sh" "$scratch/canary/right.sh"
    for part in stdout stderr exit; do cp "$scratch/canary/exit.$part" "$scratch/canary/right.$part"; done
    echo 'out ' >"$scratch/canary/stdout.stdout"
    echo 'err ?ne' >"$scratch/canary/stderr.stderr"
    echo 4 >"$scratch/canary/exit.exit"
    local expected="ok right / not ok exit: exit / not ok stderr: stderr / not ok stdout: stdout / "
    local seen
    seen=$(update='' failed=0
        for part in right exit stderr stdout; do run_case "$scratch/canary/$part.sh" "$part"; done |
            grep -E '^(not )?ok' | tr '\n' '/' | sed 's,/, / ,g')
    if [ "$seen" = "$expected" ]; then
        echo "ok runner-notices-every-difference"
    else
        failed=$((failed + 1))
        echo "not ok runner-notices-every-difference: $seen"
    fi
}

[ -x "$program" ] || { echo "not ok program: there is no $program; run make first"; exit 1; }
canary
for script in "$here"/cases/*.sh; do
    name=$(basename "$script" .sh)
    [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
    run_case "$script" "$name"
done
[ "$failed" -eq 0 ]
