#!/bin/sh
# One decision on the sample covenant and on one of 400 parties and 2,000 rules, against looking it up in the document;
# with its instructions, where valgrind is installed (0: not counted).
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
. "$bench/lib.sh"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
counted=$(sized 20000 2000)

# instructions COVENANT: of one decision, as callgrind counts them
instructions() {
    if ! command -v valgrind >/dev/null; then
        echo 0
        return
    fi
    valgrind --tool=callgrind --toggle-collect=policy_may_answer --callgrind-out-file="$work/callgrind" \
        "$build/tests/bench_decision" "$1" --count "$counted" >"$work/valgrind" 2>&1 || die "$(tail -3 "$work/valgrind")"
    awk -v times="$counted" '$1 == "summary:" || $1 == "totals:" { sum = $2 } END { printf "%.0f\n", sum / times }' \
        "$work/callgrind"
}

"$people" --covenant 35 --local 11 --rules 1957 <"$root/tests/region/convenant.json" >"$work/large.json"
for covenant in "$root/tests/region/convenant.json" "$work/large.json"; do
    each=$(instructions "$covenant")
    pin "$server_core" "$build/tests/bench_decision" "$covenant" "$each"
done
