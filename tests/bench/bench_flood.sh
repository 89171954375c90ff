#!/bin/sh
# Consults per second of an honest partner while another partner floods the same node, against the honest partner alone
# in the same run, in turn; for each way of flooding a line, and a last one with the worst ratio.
#
# The node has core 0 to itself. Honest and flooder share core 1, so the flooder is capped: at most FLOOD_PERCENT of that
# core and FLOOD_FRAMES frames a second, over FLOOD_LANES connections from an address of its own. FLOOD_WAYS names the
# ways (default all); BENCH_SECONDS (1) and BENCH_PAIRS (3) set the length: about five seconds a pair and way.
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
BENCH_SECONDS=${BENCH_SECONDS:-1}
. "$bench/lib.sh"
pairs=${BENCH_PAIRS:-$(sized 3 1)}
flood=$build/tests/bench-flood
percent=${FLOOD_PERCENT:-25}
frames=${FLOOD_FRAMES:-100000}
lanes=${FLOOD_LANES:-32}
node=$((REGION_PORT + 400))

flooder=
stop_flooder() {
    [ -z "$flooder" ] || { kill "$flooder" 2>/dev/null || true; wait "$flooder" 2>/dev/null || true; }
    flooder=
}
trap 'stop_flooder; region_stop; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# Longer than the honest run with its second of warming up; it ends when that has ended.
start_flooder() {
    pin "$client_core" "$flood" "$1" "https://127.0.0.1:$node/v1/raadplegingen" "$work/region/pki/ca.pem" "$work/region/pki/uwv.pem" \
        "$work/region/pki/uwv.key" "$work/bodies" 127.0.0.2 "$lanes" $((seconds + 4)) "$percent" "$frames" \
        >>"$work/flooder" 2>&1 &
    flooder=$!
}

# spent: the node's processor seconds until now, and the consults that it answered
spent() {
    curl -fsS "http://127.0.0.1:$((node + 1))/metrics" | awk '
        $1 == "process_cpu_seconds_total" { cpu = $2 }
        $1 == "ketenbrug_answers_total{listener=\"ketenpartners\",code=\"2xx\"}" { answers = $2 }
        END { print cpu, answers }'
}

# measure WHAT FILE: the honest rate, and beside it what a consult cost the node, the flood included
measure() {
    before=$(spent)
    consult_load "$node" "$work/region" "$work/bodies" >"$work/one" || die "$1: de eerlijke ketenpartner kreeg antwoorden die niet deugen"
    number rps <"$work/one" >>"$2"
    echo "$before $(spent)" | awk '{ print 1e6 * ($3 - $1) / ($4 - $2) }' >>"$2.cost"
}

middle() {
    sort -n "$1" | awk '{ v[NR] = $1 } END { printf "%.2f", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

# The flooder's own figures go to standard error, for who wants to know what it did.
[ -x "$flood" ] || die "$flood ontbreekt: cmake --preset release && cmake --build --preset release"
region_start
region_bodies "$work/bodies" "${BENCH_PEOPLE:-200}" schuldhulp
ways=${FLOOD_WAYS:-$("$flood" 2>&1 | awk '/^  [a-z]+ /{ print $1 }' | head -n "$(sized 100 2)")}
: >"$work/lines"
for way in $ways; do
    : >"$work/ours"
    : >"$work/theirs"
    rm -f "$work/ours.cost" "$work/theirs.cost"
    pair=1
    while [ "$pair" -le "$pairs" ]; do
        measure "alleen" "$work/theirs"
        start_flooder "$way"
        measure "$way" "$work/ours"
        stop_flooder
        pair=$((pair + 1))
    done
    report "flood-$way" "consults/s" alone |
        sed "s/}\$/,\"cpu_us\":$(middle "$work/ours.cost"),\"peer_cpu_us\":$(middle "$work/theirs.cost")}/" |
        tee -a "$work/lines"
done
cat "$work/flooder" >&2
sed 's/.*"ratio":\([0-9.]*\).*/\1 &/' "$work/lines" | sort -n | head -n 1 | sed 's/^[0-9.]* //; s/"bench":"flood-\([a-z]*\)"/"bench":"flood","worst":"\1"/'
