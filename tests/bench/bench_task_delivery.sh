#!/bin/sh
# Openings of tasks, confirmed a second: debt help was down while the area team gave so many, each of a person that is sealed
# to it; then it is started, and what counts is how fast they go from the first confirmation to the last: records, receipts
# and stores durable at both. How long the first takes is first_s: how a line wakes is what bench_outage_recovery.sh is about.
# Yardstick: the same number of bodies of that size, posted by libcurl over the same TLS and HTTP/2, 64 at a time, to an nginx
# that answers at once and keeps nothing. one_at_a_time is one handle of libcurl in a loop, raw_rps a load generator without
# libcurl; peer_us is the processor time of one post of libcurl's, as sender_us is of one opening. In all, who sends has one core and who answers the other; what the area team's node does in the background about
# having given the tasks is over before the clock runs.
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
. "$bench/lib.sh"

trap 'region_stop; nginx_stop; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

tasks=${BENCH_TASKS:-$(sized 20000 60)}
rounds=${BENCH_ROUNDS:-$(sized 2 1)} # a node takes TASKS_PARTNER_MAX of one partner at most
most=${BENCH_MOST_SECONDS:-1800}

# Debian's own Python has Debian's python3-h2; another one that comes first in PATH need not.
python=
for candidate in python3 /usr/bin/python3; do
    if "$candidate" -c 'import h2' 2>/dev/null; then python=$candidate; break; fi
done
[ -n "$python" ] || die 'installeer python3-h2'

outage() {
    "$python" "$bench/outage.py" "$@"
}

ops() { # ORGANISATION'S INDEX
    echo $((REGION_PORT + ${REGION_STEP:-100} * $1 + 1))
}

pid_of() { # ORGANISATION
    cat "$work/region/$1/pid"
}

# deliver: what outage.py drained prints, and the microseconds of processor of sender and receiver
deliver() {
    sh "$region" stop-one "$work/region" schuldhulp
    outage give "$work/region" "$tasks" >"$work/names"
    region_again gebiedsteam "$client_core"
    outage counted "$(ops 0)" "$tasks"
    rested "$(pid_of gebiedsteam)"
    SENDER_PID=$(pid_of gebiedsteam)
    export SENDER_PID
    sent=$(cpu_us "$SENDER_PID")
    pin "$server_core" sh "$region" start-one "$work/region" schuldhulp
    QUEUED=$tasks outage drained "$(ops 0)" "$most" >"$work/drained"
    echo "$(cat "$work/drained") $(($(cpu_us "$SENDER_PID") - sent)) $(cpu_us "$(pid_of schuldhulp)")"
}

curl_post() { # AT_ONCE
    pin "$client_core" "$build/tests/bench-curl-post" "https://localhost:$nginx_port/sink" "$nginx_dir/pki/ca.pem" \
        "$nginx_dir/pki/client.pem" "$nginx_dir/pki/client.key" "$work/bodies" 768 "$1" "$seconds" >"$work/one" ||
        die "antwoorden van nginx die niet deugen"
    number rps <"$work/one"
}

raw_post() {
    pin "$client_core" "$load" --url "https://localhost:$nginx_port/sink" --ca "$nginx_dir/pki/ca.pem" \
        --cert "$nginx_dir/pki/client.pem" --key "$nginx_dir/pki/client.key" --bodies "$work/bodies" --length 768 \
        --connections 1 --streams 64 --seconds "$seconds" --warmup 1 >"$work/one" || die "antwoorden van nginx die niet deugen"
    number rps <"$work/one"
}

awk 'BEGIN { for (i = 0; i < 64; i++) printf "{\"ontvangstbewijs\":\"%0432d\",\"opening\":\"%01000d\"}\n", i, i }' >"$work/bodies"
make_pki "$work/nginx/pki"
# mirror makes nginx read the whole body before it answers; libcurl takes an answer that overtakes it for an error
nginx_start "$work/nginx" "location = /sink { client_max_body_size 1m; alias $work/nginx/www/answer.json; mirror /void; error_page 405 =200 @answer; }
        location = /void { internal; return 204; }
        location @answer { return 200 '$(printf '%768s' '')'; }"
region_start
echo '{"bsn":"999999011","achternaam":"Klant","gemeente":"9901","geboortedatum":"1980-02-29"}' |
    sh "$region" as "$work/region" gebiedsteam g.jansen subject add >"$work/person"
for round in $(seq "$rounds"); do
    deliver >>"$work/delivered"
    curl_post 64 >>"$work/theirs"
    number processor_us <"$work/one" >>"$work/used"
    curl_post 1 >>"$work/loops"
    raw_post >>"$work/raws"
    echo "bench: ronde $round van $rounds: $(tail -n 1 "$work/delivered")" >&2
done
awk '{ print $5 }' "$work/delivered" >"$work/ours"

extra=$(awk -v loop="$(median "$work/loops")" -v raw="$(median "$work/raws")" -v used="$(median "$work/used")" '
    { n += $3; first += $1; last += $2; kb = $4 > kb ? $4 : kb; sent += $6; taken += $7 }
    END { printf ",\"openings\":%d,\"first_s\":%.2f,\"last_s\":%.2f,\"sender_us\":%.0f,\"receiver_us\":%.0f,\"sender_kb\":%d,\"peer_us\":%.1f,\"one_at_a_time\":%.1f,\"raw_rps\":%.1f", n, first / NR, last / NR, sent / n, taken / n, kb, used, loop, raw }' "$work/delivered")
report task-delivery "openingen/s" "libcurl naar nginx" "$extra"
