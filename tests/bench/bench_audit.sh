#!/bin/sh
# audit: what the tamper-evident log costs, each against the bare work: see the head of bench_audit.c.
#   BENCH_LEAVES (5000000): the log that proofs are made of; some 3 GB in TMPDIR
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
. "$bench/lib.sh"
for what in append verify proof; do
    "$build/tests/bench_audit" "$what"
done
