#!/bin/sh
# One test whether somebody is in a lookup set of a million entries, against bsearch in the same entries.
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
. "$bench/lib.sh"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
pin "$server_core" "$build/tests/bench_lookup_set" membership "$(sized 11 1)" "$(sized 1000000 5000)"
