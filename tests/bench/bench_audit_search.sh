#!/bin/sh
# audit-search: searching the log for one person at logs of growing size, against SQLite alone with the same leaves in a plain
# table: see the head of bench_audit_search.c. Flat is the last line: how many times as long the largest takes as the smallest.
#   YEAR_RECORDS (5000000): the largest log; some 4 GB, and 3 more for the table, in TMPDIR or BENCH_STORES
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
. "$bench/lib.sh"
. "$bench/years.sh"
largest=${YEAR_RECORDS:-$(sized 5000000 20000)}
export BENCH_SEARCHES="${BENCH_SEARCHES:-$(sized 400 20)}"

for records in 10000 100000 1000000; do
    [ "$records" -ge "$largest" ] || echo "$records"
done >"$work/sizes"
echo "$largest" >>"$work/sizes"
while read -r records; do
    "$build/tests/bench_audit_search" "$(year_of "$records")" "$year_seed" "$records" | tee -a "$work/lines"
done <"$work/sizes"

python3 - "$work/lines" <<'PY'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
ours, theirs = (lines[-1][name] / lines[0][name] for name in ("value", "peer_value"))
print(json.dumps({"bench": "audit-search-flat", "value": round(ours, 3), "unit": "keer zo lang", "peer": "sqlite",
                  "peer_value": round(theirs, 3), "ratio": round(theirs / ours, 3)}, separators=(",", ":")))
PY
