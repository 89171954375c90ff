#!/bin/sh
# Reading and compiling a covenant, against cJSON alone making a tree of the same text: of 400 parties and 2,000 rules; of
# the country's 340 municipalities with three parties in each, and with eleven, which is about all that it may have.
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
. "$bench/lib.sh"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
{
    echo '--covenant 35 --local 11 --rules 1957'
    [ -n "$smoke" ] || printf '%s\n' '--covenant 340 --local 3' '--covenant 340 --local 11'
} | while read -r size; do
    # shellcheck disable=SC2086
    "$people" $size <"$root/tests/region/convenant.json" >"$work/covenant.json"
    pin "$server_core" "$build/tests/bench_covenant_compile" "$work/covenant.json" 00000099000000001000 "$(sized 11 1)"
done
