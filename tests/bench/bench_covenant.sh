#!/bin/sh
# Reading and compiling a covenant of the country's 340 municipalities, against its JSON alone; twice: three parties in
# each, and eleven, which is about all that a covenant may have.
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
. "$bench/lib.sh"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
for local in 3 11; do
    "$people" --covenant 340 --local "$local" <"$root/tests/region/convenant.json" >"$work/covenant.json"
    pin "$server_core" "$build/tests/bench_covenant" "$work/covenant.json" 00000099000000001000
done
