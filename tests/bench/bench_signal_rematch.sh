#!/bin/sh
# A new version of a partner's set against all live signals, beside a test of each of them in the same set.
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
. "$bench/lib.sh"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
pin "$server_core" "$build/tests/bench_signal_rematch" "$(sized 21 1)" "$(sized 100000 2000)" "$(sized 500000 5000)"
