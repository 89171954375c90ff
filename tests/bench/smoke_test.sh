#!/bin/sh
# Every benchmark still works: runs each bench_*.sh here in its smallest form (BENCH_SMOKE=1) and looks whether it prints
# lines of JSON with all six members. What the figures are is not judged.
#   sh smoke_test.sh BUILD_DIRECTORY
set -eu
BENCH_BUILD=$1
BENCH_SMOKE=1
export BENCH_BUILD BENCH_SMOKE
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
cat >"$work/check.py" <<'PY'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
assert lines, "geen regel"
for line in lines:
    for name in ("bench", "unit", "peer"):
        assert isinstance(line[name], str) and line[name], name
    for name in ("value", "peer_value", "ratio"):
        assert type(line[name]) in (int, float) and line[name] >= 0, name
PY
failures=0
for file in "$bench"/bench_*.sh; do
    begin=$(date +%s)
    if sh "$file" >"$work/out" 2>"$work/err" && python3 "$work/check.py" "$work/out" 2>>"$work/err"; then
        echo "${file##*/}: in orde, $(($(date +%s) - begin)) s"
    else
        failures=$((failures + 1))
        echo "MIS: ${file##*/}"
        cat "$work/out" "$work/err"
    fi
done
[ "$failures" -eq 0 ]
