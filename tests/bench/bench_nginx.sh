#!/bin/sh
# The yardstick alone: how fast nginx gives 1,536 bytes over mutual TLS HTTP/2 on one core, for several numbers of
# connections and streams. A line's value is nginx's rate; its peer is the first combination.
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
. "$bench/lib.sh"
trap 'nginx_stop; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

make_pki "$work/nginx/pki"
nginx_start "$work/nginx"
first=
first_shape=
for shape in ${BENCH_SHAPES:-$(sized "1x1 1x32 1x128 4x8 4x32 8x16 8x64 16x32 32x16 64x32" "1x1")}; do
    connections=${shape%x*}
    streams=${shape#*x}
    : >"$work/rates"
    for round in $(sized "1 2 3" 1); do
        nginx_load "$connections" "$streams" >"$work/one" || die "ronde $round van $shape heeft fouten"
        number rps <"$work/one" >>"$work/rates"
    done
    rate=$(sort -n "$work/rates" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')
    first=${first:-$rate}
    first_shape=${first_shape:-$shape}
    awk -v shape="$shape" -v rate="$rate" -v first="$first" -v first_shape="$first_shape" 'BEGIN {
        printf "{\"bench\":\"nginx %s\",\"value\":%.1f,\"unit\":\"verzoeken/s\",\"peer\":\"nginx %s\",\"peer_value\":%.1f,\"ratio\":%.3f}\n", shape, rate, first_shape, first, rate / first }'
done
