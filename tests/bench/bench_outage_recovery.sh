#!/bin/sh
# A partner comes back after an outage: how fast it gets all that waits for it. Debt help took steps in tasks of the area
# team, eight events each, while that was down; then it is started, and the clock runs until the last event is confirmed:
# both logs and both stores durable, one task's events strictly in order. Yardstick: the same number of bodies of that size,
# over the same TLS and HTTP/2, 64 at a time, to an nginx that answers at once and keeps nothing; in both, who sends has one
# core and who answers the other. Also what the queue costs in memory: the most that the sender held while it sent, files
# that it maps apart, for the queue and for a tenth of it (memory_ratio: 1 were it the same; the caches of the database fill
# up to their bounds, and no further).
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
. "$bench/lib.sh"

trap 'region_stop; nginx_stop; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

tasks=${BENCH_TASKS:-$(sized 12500 40)}
texts=5 # with acceptance, start and completion: eight events
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

# queue TASKS: so many tasks are given and arrive, then the area team is down while debt help works on them
queue() {
    outage give "$work/region" "$1" >"$work/names"
    outage drained "$(ops 0)" "$most" >/dev/null
    sh "$region" stop-one "$work/region" gebiedsteam
    outage step "$work/region" "$texts" <"$work/names"
}

# recover: seconds to the first confirmation and to the last, events, the sender's most memory, and the microseconds of
# processor of sender and receiver
recover() {
    region_again schuldhulp "$client_core" # so that its most is that of sending, not of the desk's work
    queued=$((8 * $(wc -l <"$work/names")))
    outage counted "$(ops 4)" "$queued"
    rested "$(pid_of schuldhulp)"
    SENDER_PID=$(pid_of schuldhulp)
    export SENDER_PID
    sent=$(cpu_us "$SENDER_PID")
    pin "$server_core" sh "$region" start-one "$work/region" gebiedsteam
    QUEUED=$queued outage drained "$(ops 4)" "$most" >"$work/drained"
    echo "$(cat "$work/drained") $(($(cpu_us "$SENDER_PID") - sent)) $(cpu_us "$(pid_of gebiedsteam)")"
}

make_pki "$work/nginx/pki"
nginx_start "$work/nginx" "location = /sink { client_max_body_size 1m; return 200 '$(printf '%512s' '')'; }"
region_start
for who in 'gebiedsteam g.jansen' 'schuldhulp c.visser'; do # known to both
    # shellcheck disable=SC2086
    echo '{"bsn":"999999011","achternaam":"Klant","gemeente":"9901","geboortedatum":"1980-02-29"}' |
        sh "$region" as "$work/region" $who subject add >"$work/person"
done
queue $((tasks / 10))
recover >"$work/tenth"
queue "$tasks"
recover >"$work/whole"
read -r first last events kb _ sent taken <"$work/whole"
read -r _ _ _ tenth_kb _ <"$work/tenth"
awk -v events="$events" -v first="$first" -v last="$last" 'BEGIN { printf "%.1f\n", events / (last > 0 ? last : 0.01) }' >"$work/ours"

awk 'BEGIN { for (i = 0; i < 64; i++) printf "{\"ontvangstbewijs\":\"%0432d\",\"gebeurtenis\":\"%0400d\"}\n", i, i }' >"$work/bodies"
pin "$client_core" "$load" --url "https://localhost:$nginx_port/sink" --ca "$nginx_dir/pki/ca.pem" \
    --cert "$nginx_dir/pki/client.pem" --key "$nginx_dir/pki/client.key" --bodies "$work/bodies" --length 512 \
    --connections 1 --streams 64 --seconds "$seconds" --warmup 1 >"$work/one" || die "antwoorden van nginx die niet deugen"
number rps <"$work/one" >"$work/theirs"

extra=$(awk -v events="$events" -v first="$first" -v last="$last" -v kb="$kb" -v tenth="$tenth_kb" -v sent="$sent" -v taken="$taken" \
    'BEGIN { printf ",\"events\":%d,\"first_s\":%.2f,\"last_s\":%.2f,\"sender_us\":%.0f,\"receiver_us\":%.0f,\"sender_kb\":%d,\"sender_kb_of_a_tenth\":%d,\"memory_ratio\":%.3f", events, first, last, sent / events, taken / events, kb, tenth, tenth / kb }')
report outage-recovery "gebeurtenissen/s" nginx "$extra"
