#!/bin/sh
# One requester's set of a million people from their numbers, against one scalar multiplication for each; and one tick of a
# node with 1.2 million clients and 340 requesters by area, against making all sets anew.
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
. "$bench/lib.sh"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
pin "$server_core" "$build/tests/bench_lookup_set" build "$(sized 1 1)" "$(sized 1000000 1000)"
pin "$server_core" "$build/tests/bench_lookup_set" tick "$(sized 5 1)" "$(sized 1200000 20000)"
