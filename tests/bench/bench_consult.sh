#!/bin/sh
# Consults per second on the peer listener of one node (policy and durable log included), against nginx serving a static
# file of the answer's size: same mutual TLS HTTP/2, same generator, one server core, interleaved.
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
. "$bench/lib.sh"
region=$root/tests/region/region.sh
REGION_PORT=${BENCH_REGION_PORT:-21443}
export REGION_PORT
connections=${BENCH_CONNECTIONS:-8}
streams=${BENCH_STREAMS:-64}

region_up=
region_start() {
    region_up=1
    pin "$server_core" sh "$region" start "$work/region" >"$work/region.log" 2>&1 || {
        cat "$work/region.log" >&2
        die "de voorbeeldregio start niet"
    }
}

region_stop() {
    [ -z "$region_up" ] || sh "$region" stop "$work/region" >/dev/null 2>&1 || true
}

trap 'region_stop; nginx_stop; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# A different person each request: all whom debt help knows, and as many whom it does not.
consult_bodies() {
    for organisation in schuldhulp uwv; do
        "$people" --organisation "$organisation" --people "${BENCH_PEOPLE:-200}"
    done | awk -F';' -v room="$(printf '_%.0s' $(seq 424))" '$1 ~ /^[0-9]/ && !($1 in seen) {
        seen[$1] = 1
        printf "{\"betrokkene\":{\"bsn\":\"%s\"},\"doel\":\"hulpafstemming\",\"grondslag\":\"wmo-5.1.1\",\"rol\":\"generalist\",\"zaak\":\"%032x\",\"gebruiker\":\"%032x\",\"ontvangstbewijs\":\"%s\"}\n", $1, NR, NR % 7, room
    }' | python3 "$root/tests/e2e/receipts.py" "$work/region/gebiedsteam/sleutels/controlepunten.key" \
        gebiedsteam.localhost/logboek
}

consult_load() {
    pin "$client_core" "$load" --url https://schuldhulp.localhost:$((REGION_PORT + 400))/v1/raadplegingen \
        --ca "$work/region/pki/ca.pem" --cert "$work/region/pki/gebiedsteam.pem" --key "$work/region/pki/gebiedsteam.key" \
        --bodies "$work/bodies" --length 1536 --connections "$connections" --streams "$streams" \
        --seconds "$seconds" --warmup 1
}

[ -f "$region" ] || die "$region ontbreekt"
make_pki "$work/nginx/pki"
nginx_start "$work/nginx"
region_start
: >"$work/ours"
: >"$work/theirs"
pair=1
while [ "$pair" -le "$pairs" ]; do
    consult_bodies >"$work/bodies" # receipts are for now
    consult_load >"$work/one" || die "paar $pair: antwoorden van het knooppunt die niet deugen"
    number rps <"$work/one" >>"$work/ours"
    nginx_load "$connections" "$streams" >"$work/one" || die "paar $pair: antwoorden van nginx die niet deugen"
    number rps <"$work/one" >>"$work/theirs"
    pair=$((pair + 1))
done
report consult "raadplegingen/s" nginx
