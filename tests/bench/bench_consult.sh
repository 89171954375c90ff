#!/bin/sh
# Consults per second on the peer listener of one node (policy and durable log included), against nginx serving a static
# file of the answer's size: same mutual TLS HTTP/2, same generator, one server core, interleaved.
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
. "$bench/lib.sh"
. "$bench/consult_lib.sh"

trap 'region_stop; nginx_stop; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

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
