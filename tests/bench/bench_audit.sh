#!/bin/sh
# audit: what the tamper-evident log costs, each against the bare work: see the head of bench_audit.c.
#   BENCH_LEAVES (5000000): the log that proofs are made of; some 3 GB in TMPDIR
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
. "$bench/lib.sh"
export BENCH_PAIRS="$pairs" BENCH_LEAVES="${BENCH_LEAVES:-$(sized 5000000 20000)}" BENCH_SECONDS="${BENCH_SECONDS:-$(sized 2 1)}"
for what in append verify proof; do
    "$build/tests/bench_audit" "$what"
done
