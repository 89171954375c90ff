#!/bin/sh
# Openings of tasks, confirmed a second: debt help was down while the area team gave so many, each of a person that is sealed
# to it; then it is started, and the clock runs until the last is confirmed: records, receipts and stores durable at both.
# Yardstick: the same number of bodies of that size, over the same TLS and HTTP/2, 64 at a time, to an nginx that answers at
# once and keeps nothing. In both, who sends has one core and who answers the other; and what the area team's node does
# in the background about having given the tasks is over before the clock runs.
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
. "$bench/lib.sh"

trap 'region_stop; nginx_stop; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

tasks=${BENCH_TASKS:-$(sized 20000 60)}
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

make_pki "$work/nginx/pki"
nginx_start "$work/nginx" "location = /sink { client_max_body_size 1m; return 200 '$(printf '%768s' '')'; }"
region_start
echo '{"bsn":"999999011","achternaam":"Klant","gemeente":"9901","geboortedatum":"1980-02-29"}' |
    sh "$region" as "$work/region" gebiedsteam g.jansen subject add >"$work/person"
sh "$region" stop-one "$work/region" schuldhulp
outage give "$work/region" "$tasks" >"$work/names"
region_again gebiedsteam "$client_core"
outage counted "$(ops 0)" "$tasks"
rested "$(pid_of gebiedsteam)"
SENDER_PID=$(pid_of gebiedsteam)
export SENDER_PID
sent=$(cpu_us "$SENDER_PID")
pin "$server_core" sh "$region" start-one "$work/region" schuldhulp
QUEUED=$(wc -l <"$work/names") outage drained "$(ops 0)" "$most" >"$work/drained"
read -r first last openings kb <"$work/drained"
sent=$(($(cpu_us "$SENDER_PID") - sent))
taken=$(cpu_us "$(pid_of schuldhulp)")
awk -v n="$openings" -v last="$last" 'BEGIN { printf "%.1f\n", n / (last > 0 ? last : 0.01) }' >"$work/ours"

awk 'BEGIN { for (i = 0; i < 64; i++) printf "{\"ontvangstbewijs\":\"%0432d\",\"opening\":\"%01000d\"}\n", i, i }' >"$work/bodies"
pin "$client_core" "$load" --url "https://localhost:$nginx_port/sink" --ca "$nginx_dir/pki/ca.pem" \
    --cert "$nginx_dir/pki/client.pem" --key "$nginx_dir/pki/client.key" --bodies "$work/bodies" --length 768 \
    --connections 1 --streams 64 --seconds "$seconds" --warmup 1 >"$work/one" || die "antwoorden van nginx die niet deugen"
number rps <"$work/one" >"$work/theirs"

extra=$(awk -v n="$openings" -v first="$first" -v last="$last" -v kb="$kb" -v sent="$sent" -v taken="$taken" \
    'BEGIN { printf ",\"openings\":%d,\"first_s\":%.2f,\"last_s\":%.2f,\"sender_us\":%.0f,\"receiver_us\":%.0f,\"sender_kb\":%d", n, first, last, sent / n, taken / n, kb }')
report task_delivery "openingen/s" nginx "$extra"
