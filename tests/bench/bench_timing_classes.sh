#!/bin/sh
# Whether response times tell an unknown key, somebody withheld, shielded, never shared or no longer helped from each other:
# see timing_classes.c. In the same run, in turn, the same of a build that answers early for a key that is nobody's: what
# finds nothing there would find nothing here.
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
. "$bench/lib.sh"

trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

TMPDIR=$work
export TMPDIR
each=${BENCH_EACH:-$(sized 4000 200)}
run=1
runs=$(sized 3 1)
while [ "$run" -le "$runs" ]; do
    "$build/tests/bench-timing-classes" --each "$each" --seed "$run" || die "de meting is niet gelukt"
    "$build/tests/bench-timing-classes-early" --each "$each" --seed "$run" --name timing-classes-lek || die "de meting van het lek is niet gelukt"
    run=$((run + 1))
done
