#!/bin/sh
# watch: the watch over a year of log, against opening the same records alone, and what it finds of what was planted: see the
# head of bench_watch.c.
#   YEAR_RECORDS (5000000): of the year; some 4 GB in TMPDIR or BENCH_STORES. BENCH_DAY (200000): records that go in turn
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
. "$bench/lib.sh"
. "$bench/years.sh"
records=${YEAR_RECORDS:-$(sized 5000000 20000)}
"$build/tests/bench_watch" "$(year_of "$records")" "$year_seed" "$records" "${BENCH_DAY:-$(sized 200000 4000)}"
