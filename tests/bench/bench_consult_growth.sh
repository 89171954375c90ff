#!/bin/sh
# consult-growth: consults a second at a node that holds 1.5 million involvements, against the same node with 10,000, in
# turn in one run, each while neither still makes the search index of what was logged before. Questions are spread over all
# whom the node knows and as many whom it does not, so that no cache holds the answers.
#   BENCH_ROWS (1500000), BENCH_SMALL_ROWS (10000); BENCH_STORES a folder where stores made once are kept: making the
#   large one is an import of some minutes; BENCH_PAIRS (11 here), BENCH_QUESTIONS known and unknown each (200000)
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
. "$bench/lib.sh"
pairs=${BENCH_PAIRS:-$(sized 11 1)}
port=$REGION_PORT
large=${BENCH_ROWS:-$(sized 1500000 2000)}
small=${BENCH_SMALL_ROWS:-$(sized 10000 1000)}
questions=${BENCH_QUESTIONS:-200000}
stores=${BENCH_STORES:-$work/stores}
REGION_COUNT=10
export REGION_COUNT

stop_all() {
    for rows in "$large" "$small"; do
        [ ! -d "$work/region-$rows/pki" ] || sh "$region" stop "$work/region-$rows" >/dev/null 2>&1 || true
    done
    rm -rf "$work"
}
trap stop_all EXIT
trap 'exit 1' INT TERM
chmod 711 "$work"
mkdir -p "$stores"

# export_rows ROWS: what UWV exports; one in ten of the people is a client of it
export_rows() {
    "$people" --bench --organisation uwv --people "$(($1 * 12 + 1000))" 2>/dev/null | head -n "$(($1 + 1))"
}

port_of() { # ROWS: the first of that region
    if [ "$1" = "$large" ]; then echo "$port"; else echo $((port + 50)); fi
}

# at ROWS VERB...: region.sh for that node's region, its ports beside those of the other
at() (
    REGION_PORT=$(port_of "$1")
    export REGION_PORT
    rows=$1
    verb=$2
    shift 2
    pin "$server_core" sh "$region" "$verb" "$work/region-$rows" "$@"
)

# await_rest ROWS: until that node does next to nothing; the smallest run measures nothing, and does not wait
await_rest() {
    [ -z "$smoke" ] || return 0
    pid=$(cat "$work/region-$1/uwv/pid")
    for _ in $(seq 900); do
        before=$(cpu_us "$pid")
        sleep 1
        [ $(($(cpu_us "$pid") - before)) -ge 50000 ] || return 0
    done
    die "het knooppunt met $1 regels komt niet tot rust"
}

# make_store ROWS: an import into a node of its own, kept with its keys
make_store() {
    begin=$(date +%s)
    export_rows "$1" | at "$1" as uwv - import --adapter csv --bron bench --json - >"$work/one" || die "inlezen: $(cat "$work/one")"
    [ "$(number nieuw <"$work/one")" = "$1" ] || die "niet alle regels kwamen aan: $(cat "$work/one")"
    echo "bench: opslag van $1 regels gemaakt in $(($(date +%s) - begin)) s" >&2
    published "$(($(port_of "$1") + 301))"
    await_rest "$1"
    at "$1" stop-one uwv
    rm -rf "$stores/uwv-$1.half"
    mkdir "$stores/uwv-$1.half"
    cp -a "$work/region-$1/uwv/gegevens" "$work/region-$1/uwv/sleutels" "$stores/uwv-$1.half"
    mv "$stores/uwv-$1.half" "$stores/uwv-$1"
    at "$1" start-one uwv
}

start_node() { # ROWS
    at "$1" start >"$work/region.log" 2>&1 || { cat "$work/region.log" >&2; die "de regio start niet"; }
    for other in gebiedsteam school cjg schuldhulp; do at "$1" stop-one "$other"; done
    at "$1" stop-one uwv
    if [ -d "$stores/uwv-$1" ]; then
        at "$1" empty-one uwv "$stores/uwv-$1"
    else
        at "$1" empty-one uwv
    fi
    at "$1" start-one uwv
    [ -d "$stores/uwv-$1" ] || make_store "$1"
    published "$(($(port_of "$1") + 301))"
}

# asked_about ROWS: people in an order that has nothing to do with the store's
asked_about() {
    {
        export_rows "$1" | tail -n +2 | cut -d';' -f1 | sort -u | shuf -n "$questions"
        "$people" --seed 77 --bench --organisation uwv --people "$(($1 * 12 + 1000))" 2>/dev/null |
            tail -n +2 | cut -d';' -f1 | sort -u | shuf -n "$(($1 < questions ? $1 : questions))"
    } | shuf
}

ask() { # ROWS SECONDS
    questions "$work/region-$1" uwv <"$work/people-$1" >"$work/bodies-$1" # anew: a receipt is good for ten minutes
    await_rest "$large"
    await_rest "$small"
    consult_load $(($(port_of "$1") + 300)) "$work/region-$1" "$work/bodies-$1" "$2"
}

for rows in "$large" "$small"; do
    start_node "$rows"
    asked_about "$rows" >"$work/people-$rows"
done
# Once unmeasured: what a node serves all day is in memory.
: >"$work/ours"
: >"$work/theirs"
for rows in "$large" "$small"; do
    ask "$rows" "$(sized 15 1)" >"$work/one" || die "antwoorden die niet deugen: $(cat "$work/one")"
done
pair=1
while [ "$pair" -le "$pairs" ]; do
    ask "$large" "$seconds" >"$work/one" || die "paar $pair: antwoorden die niet deugen"
    number rps <"$work/one" >>"$work/ours"
    ask "$small" "$seconds" >"$work/one" || die "paar $pair: antwoorden die niet deugen"
    number rps <"$work/one" >>"$work/theirs"
    pair=$((pair + 1))
done
report consult-growth "raadplegingen/s" "$small regels"
