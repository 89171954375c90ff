#!/bin/sh
# Runs benchmarks: sh tests/bench/run.sh [NAME...]; without names all of them. Each is a file bench_NAME.sh here. Prints one
# JSON object a line, and at the end a table for people.
set -eu
bench=$(cd "$(dirname "$0")" && pwd)

names() {
    for file in "$bench"/bench_*.sh; do
        name=${file##*/bench_}
        echo "${name%.sh}"
    done
}

# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(names)
for name; do
    [ -f "$bench/bench_$name.sh" ] || {
        echo "bench: $name is er niet; wel: $(names | tr '\n' ' ')" >&2
        exit 2
    }
done

# Who shares the cores is measured too: then neither the rates nor the ratio mean much.
if [ -r /proc/loadavg ] && awk '{ exit !($1 > 0.7) }' /proc/loadavg; then
    echo "bench: deze machine is bezig (belasting $(cut -d' ' -f1 /proc/loadavg)); de uitkomsten zeggen dan weinig" >&2
fi
results=$(mktemp)
trap 'rm -f "$results" "$results.one"' EXIT
trap 'exit 1' INT TERM
status=0
for name; do
    sh "$bench/bench_$name.sh" >"$results.one" || {
        echo "bench: $name is niet gelukt" >&2
        status=1
    }
    cat "$results.one"
    cat "$results.one" >>"$results"
done

awk '
    function field(name,    rest) {
        if (!match($0, "\"" name "\":(\"[^\"]*\"|[0-9.]+)")) return ""
        rest = substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3)
        gsub(/"/, "", rest)
        return rest
    }
    function spread(low, high) { return low == "" ? "" : sprintf("%d-%d", low, high) }
    NR == 1 { printf "\n%-16s %12s %-17s %-16s %-12s %12s %-17s %7s\n", "meting", "waarde", "(spreiding)", "eenheid", "maatstaf", "waarde", "(spreiding)", "ratio" }
    {
        printf "%-16s %12s %-17s %-16s %-12s %12s %-17s %7s\n", field("bench"), field("value"),
            spread(field("min"), field("max")), field("unit"), field("peer"), field("peer_value"),
            spread(field("peer_min"), field("peer_max")), field("ratio")
    }' "$results"
exit "$status"
