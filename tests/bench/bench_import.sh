#!/bin/sh
# import: rows a second of `ketenbrug import` of a seeded CSV into a serving node, from the first byte read to the last
# answer, against SQLite alone inserting what came of it: same tables, indexes, bytes, order, batches and durability.
#   BENCH_ROWS people (1000000): about one in ten has an involvement with UWV, so this is some 100,000 rows
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
. "$bench/lib.sh"
REGION_COUNT=10
export REGION_COUNT
raw=$build/tests/bench_import_raw
node=$work/region/uwv
trap 'region_stop; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
region_start
"$people" --bench --organisation uwv --people "${BENCH_ROWS:-$(sized 1000000 5000)}" >"$work/people.csv"
rows=$(($(wc -l <"$work/people.csv") - 1))
: >"$work/ours"
: >"$work/theirs"
pair=1
while [ "$pair" -le "$pairs" ]; do
    sh "$region" stop-one "$work/region" uwv
    sh "$region" empty-one "$work/region" uwv
    sh "$region" start-one "$work/region" uwv
    begin=$(date +%s.%N)
    sh "$region" as "$work/region" uwv - import --adapter csv --bron bench --json - <"$work/people.csv" >"$work/one" ||
        die "paar $pair: $(cat "$work/one")"
    end=$(date +%s.%N)
    [ "$(number nieuw <"$work/one")" = "$rows" ] || die "paar $pair: niet alle regels kwamen aan: $(cat "$work/one")"
    echo "$rows $begin $end" | awk '{ print $1 / ($3 - $2) }' >>"$work/ours"
    sh "$region" stop-one "$work/region" uwv
    rm -f "$work"/raw.db*
    "$raw" "$node/gegevens/knooppunt.db" "$work/raw.db" >>"$work/theirs"
    pair=$((pair + 1))
done
report import "regels/s" sqlite
