#!/bin/sh
# Consults per second on the peer listener of one node (policy and durable log included), against nginx serving a static
# file of the answer's size: same mutual TLS HTTP/2, same generator, one server core, interleaved. UWV is asked: what it
# tells needs no consent, so that whom it knows gets a full answer; the benchmark looks whether that is so.
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
. "$bench/lib.sh"

trap 'region_stop; nginx_stop; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

make_pki "$work/nginx/pki"
nginx_start "$work/nginx"
region_start
: >"$work/ours"
: >"$work/theirs"
pair=1
while [ "$pair" -le "$pairs" ]; do
    region_bodies "$work/bodies" "${BENCH_PEOPLE:-200}" uwv # each pair anew: a receipt is good for ten minutes
    consult_load $((REGION_PORT + 300)) "$work/region" "$work/bodies" >"$work/one" || die "paar $pair: antwoorden van het knooppunt die niet deugen"
    number rps <"$work/one" >>"$work/ours"
    sh "$region" as "$work/region" uwv privacy audit list --aantal 50 --json >"$work/log"
    grep -q '"verstrekt"' "$work/log" || die "geen enkele vraag kreeg iets te horen: dit meet de verkeerde antwoorden"
    nginx_load "$connections" "$streams" >"$work/one" || die "paar $pair: antwoorden van nginx die niet deugen"
    number rps <"$work/one" >>"$work/theirs"
    pair=$((pair + 1))
done
report consult "raadplegingen/s" nginx
