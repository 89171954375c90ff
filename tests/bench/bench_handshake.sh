#!/bin/sh
# handshake: full mutual TLS 1.3 handshakes - a new connection, the client's certificate verified against anchor and
# revocation list, nothing resumed, HTTP/2 greeted, closed - on one node's peer listener and on nginx with the very same
# certificates and list. The figure is handshakes per second of processor that the server itself used (its core would be
# full at that rate), because the generator works about as hard as the server; "rate" and "peer_rate" are what the wall
# clock saw.
#   BENCH_WORKERS handshakes at the same time (8)
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
. "$bench/lib.sh"
REGION_COUNT=10
REGION_HANDSHAKES_PER_S=100000 # what it costs is the question, not what one address is given
export REGION_COUNT REGION_HANDSHAKES_PER_S
trap 'region_stop; nginx_stop; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# shake PORT PID SIDE: one measurement; its figures are added to that side's
shake() {
    before=$(cpu_us "$2")
    pin "$client_core" "$load" --url "https://127.0.0.1:$1/" --ca "$work/nginx/pki/ca.pem" \
        --cert "$work/nginx/pki/client.pem" --key "$work/nginx/pki/client.key" \
        --fresh "${BENCH_WORKERS:-8}" --seconds "$seconds" >"$work/one" || die "$3: handdrukken die niet deugen: $(cat "$work/one")"
    after=$(cpu_us "$2")
    number rate <"$work/one" >>"$work/$3.rate"
    number handshakes <"$work/one" | awk -v us=$((after - before)) '{ print $1 * 1e6 / us }' >>"$work/$3"
}

region_start
region_pki "$work/nginx/pki"
nginx_start "$work/nginx" "ssl_crl $work/nginx/pki/ca.crl; ssl_session_tickets off; ssl_session_cache off;"
node=$(cat "$work/region/schuldhulp/pid")
nginx=$(nginx_worker)
: >"$work/ours"
: >"$work/theirs"
pair=1
while [ "$pair" -le "$pairs" ]; do
    shake $((REGION_PORT + 400)) "$node" ours
    shake "$nginx_port" "$nginx" theirs
    pair=$((pair + 1))
done
report handshake "handdrukken/cpu-s" nginx ",\"rate\":$(median "$work/ours.rate"),\"peer_rate\":$(median "$work/theirs.rate")"
