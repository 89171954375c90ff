#!/bin/sh
# Blind evaluation with proof, in batches of 8 and of 64, against libsodium's scalar multiplication alone; beside it what
# the asker does.
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
. "$bench/lib.sh"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
pin "$server_core" "$build/tests/bench_blind_evaluation" "$(sized 21 1)" "$(sized 2000 64)"
