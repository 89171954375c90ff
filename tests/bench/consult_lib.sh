# What the benchmarks with consults share, behind lib.sh: the sample region, and an honest partner's load on one node.
#
# Knobs: BENCH_REGION_PORT (21443), BENCH_CONNECTIONS (8), BENCH_STREAMS (64), BENCH_PEOPLE (200).

# shellcheck shell=sh disable=SC2034,SC2154 # what the benchmarks use, and what lib.sh sets
region=$root/tests/region/region.sh
REGION_PORT=${BENCH_REGION_PORT:-21443}
export REGION_PORT
connections=${BENCH_CONNECTIONS:-8}
streams=${BENCH_STREAMS:-64}
consult_url=https://schuldhulp.localhost:$((REGION_PORT + 400))/v1/raadplegingen

region_up=
region_start() {
    [ -f "$region" ] || die "$region ontbreekt"
    region_up=1
    chmod 711 "$work" # as root the nodes run as nobody
    pin "$server_core" sh "$region" start "$work/region" >"$work/region.log" 2>&1 || {
        cat "$work/region.log" >&2
        die "de voorbeeldregio start niet"
    }
}

region_stop() {
    [ -z "$region_up" ] || sh "$region" stop "$work/region" >/dev/null 2>&1 || true
}

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
    pin "$client_core" "$load" --url "$consult_url" \
        --ca "$work/region/pki/ca.pem" --cert "$work/region/pki/gebiedsteam.pem" --key "$work/region/pki/gebiedsteam.key" \
        --bodies "$work/bodies" --length 1536 --connections "$connections" --streams "$streams" \
        --seconds "$seconds" --warmup 1
}
