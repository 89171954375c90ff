#!/bin/sh
# idle-memory: resident memory that an idle connection costs, after its handshake and one request: (after - before) / N
# of the server's own pages (PSS), on one node's peer listener and in nginx, each freshly started and warmed up. Less is
# better: the ratio is nginx's bytes divided by ours, so 1 or more means that ours takes no more than nginx. Both readings
# are of a server that did nothing for BENCH_IDLE seconds: HTTP_REST_MS (node/base/limits.h) and a tick have passed then.
#   BENCH_CONNECTIONS (1000), BENCH_IDLE (3). All connections are one organisation's and open before the first request:
#   with more of them, their settings alone are more than HTTP_FRAMES_BURST lets one organisation send.
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
. "$bench/lib.sh"
connections=${BENCH_CONNECTIONS:-$(sized 1000 50)}
idle_seconds=${BENCH_IDLE:-3}
REGION_PEER_CONNECTIONS=$((connections + 100)) # all of them are the area team's
REGION_HANDSHAKES_PER_S=100000
export REGION_PEER_CONNECTIONS REGION_HANDSHAKES_PER_S
trap 'region_stop; nginx_stop; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# The generator has all of them open; so has the server, with some of its own.
ulimit -n $((connections + 200)) || die "er zijn $((connections + 200)) open bestanden nodig (ulimit -n)"

pss() { # PID: bytes, once it was idle for a while
    sleep "$idle_seconds"
    awk '/^Pss:/ { print $2 * 1024 }' "/proc/$1/smaps_rollup"
}

# ask PORT PATH CONNECTIONS OPTION...: one request on each
ask() {
    url=https://127.0.0.1:$1$2
    count=$3
    shift 3
    pin "$client_core" "$load" --url "$url" --ca "$work/nginx/pki/ca.pem" --cert "$work/nginx/pki/client.pem" \
        --key "$work/nginx/pki/client.key" --length 1536 --connections "$count" --streams 1 --requests "$count" "$@"
}

# idle SIDE PID PORT PATH OPTION...
idle() {
    side=$1
    pid=$2
    shift 2
    port=$1
    path=$2
    shift 2
    ask "$port" "$path" 16 "$@" >/dev/null || die "$side: opwarmen"
    before=$(pss "$pid")
    rm -f "$work/hold" "$work/open"
    mkfifo "$work/hold"
    ask "$port" "$path" "$connections" --hold 60 "$@" <"$work/hold" >"$work/open" &
    holder=$!
    exec 9>"$work/hold"
    until grep -qxs open "$work/open"; do
        kill -0 "$holder" 2>/dev/null || die "$side: de verbindingen komen niet tot stand"
        sleep 0.1
    done
    after=$(pss "$pid")
    exec 9>&-
    wait "$holder" || die "$side: antwoorden die niet deugen"
    echo $(((after - before) / connections)) >>"$work/$side"
}

region_start
region_bodies "$work/bodies" 200 schuldhulp
region_pki "$work/nginx/pki"
: >"$work/ours"
: >"$work/theirs"
pair=1
while [ "$pair" -le "$pairs" ]; do
    region_again schuldhulp
    idle ours "$(cat "$work/region/schuldhulp/pid")" $((REGION_PORT + 400)) /v1/raadplegingen --bodies "$work/bodies"
    nginx_start "$work/nginx" "ssl_crl $work/nginx/pki/ca.crl;"
    nginx=$(nginx_worker)
    idle theirs "$nginx" "$nginx_port" /answer.json
    nginx_stop
    pair=$((pair + 1))
done
less=1
report idle-memory "bytes/verbinding" nginx
