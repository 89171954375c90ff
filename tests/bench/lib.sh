# What the benchmarks share; sourced, with $bench (this folder) and $work (a directory of one's own) set.
#
# Knobs: BENCH_BUILD (build directory), BENCH_PAIRS (5), BENCH_SECONDS (3), BENCH_CONNECTIONS, BENCH_STREAMS, REGION_PORT
# (the first of the 500 ports of a region). BENCH_SMOKE=1 asks for the smallest run that still goes all the way, to see
# that a benchmark works: one pair of one second, and whatever a benchmark says with `sized`.

# shellcheck disable=SC2034 # what the benchmarks use
root=$(cd "$bench/../.." && pwd)
build=${BENCH_BUILD:-$root/build/release}
load=$build/tests/bench-load
people=$build/tests/region-people
smoke=${BENCH_SMOKE:-}

# sized FULL SMALL: which of both this run takes
sized() {
    if [ -z "$smoke" ]; then echo "$1"; else echo "$2"; fi
}

pairs=${BENCH_PAIRS:-$(sized 5 1)}
seconds=${BENCH_SECONDS:-$(sized 3 1)}
server_core=0
client_core=1

die() {
    echo "bench: $*" >&2
    exit 1
}

[ -x "$load" ] || die "$load ontbreekt: cmake --preset release && cmake --build --preset release"

# pin CORE COMMAND...: on that core alone, so that server and load do not take each other's time
pin() {
    core=$1
    shift
    if taskset -c "$core" true 2>/dev/null; then # a container may have one core, or two of other numbers
        taskset -c "$core" "$@"
    else
        "$@"
    fi
}

# Servers never run as root.
as_nobody=
[ "$(id -u)" -ne 0 ] || as_nobody="setpriv --reuid=nobody --regid=nogroup --clear-groups"

# The first of 500 ports that nobody uses, of a few tries below what the kernel hands out by itself
free_ports() {
    for try in 1 2 3 4 5 6 7 8 9 10; do
        first=$((10000 + ($(od -An -N2 -tu2 /dev/urandom) + try) % 200 * 50))
        in_use=$(awk '{ print $2 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null | sed -n 's/.*:\(....\)$/\1/p' | sort -u |
            while read -r port; do
                [ $((0x$port)) -lt "$first" ] || [ $((0x$port)) -ge $((first + 500)) ] || echo "$port"
            done)
        [ -n "$in_use" ] || break
    done
    echo "$first"
}

# The sample region, in $work/region; all of it on the server's core.
region=$root/tests/region/region.sh
KETENBRUG=$build/ketenbrug
REGION_PEOPLE=$people
REGION_PORT=${REGION_PORT:-$(free_ports)}
REGION_TICK_MS=${REGION_TICK_MS:-$(sized 3000 500)}
export KETENBRUG REGION_PEOPLE REGION_PORT REGION_TICK_MS
region_up=

region_start() {
    chmod 711 "$work" # nodes run as nobody
    region_up=1
    pin "$server_core" sh "$region" start "$work/region" >"$work/region.log" 2>&1 || {
        cat "$work/region.log" >&2
        die "de voorbeeldregio start niet"
    }
    for index in 0 3 4; do published $((REGION_PORT + ${REGION_STEP:-100} * index + 1)); done # area team, UWV, debt help
}

# published OPS_PORT: waits until all whom that node may tell of can be asked about
published() {
    for _ in $(seq 1800); do
        ! curl -s "http://127.0.0.1:$1/metrics" | grep -qx 'ketenbrug_koppeling_wachtend 0' || return 0
        sleep 0.1
    done
    die "poort $1: niet iedereen over wie verteld mag worden staat na drie minuten in een opzoekset"
}

region_stop() {
    [ -z "$region_up" ] || sh "$region" stop "$work/region" >/dev/null 2>&1 || true
}

# region_again ORGANISATION [CORE]: that node stopped and started, as if nothing was asked yet
region_again() {
    sh "$region" stop-one "$work/region" "$1"
    pin "${2:-$server_core}" sh "$region" start-one "$work/region" "$1"
}

# rested PID: waits until that process has caught up with what it did before (its log is indexed and watched in the
# background, with pauses): five seconds in a row in which it took less than a tenth of a core; at most five minutes
rested() {
    quiet=0
    for _ in $(seq 300); do
        used=$(cpu_us "$1")
        sleep 1
        quiet=$((quiet + 1))
        [ $(($(cpu_us "$1") - used)) -lt 100000 ] || quiet=0
        [ "$quiet" -lt 5 ] || return 0
    done
    echo "bench: proces $1 komt niet tot rust; zijn rekentijd telt ander werk mee" >&2
}

oin_of() { # ORGANISATION: as tests/region/region.sh has it
    sed -n "s/^ *$1) *index=[0-9]* oin=\([0-9]*\) .*/\1/p" "$region"
}

# questions REGION ORGANISATION: on standard input a person's number a line; on standard output a question about each to
# that organisation, of the area team, with the receipt that promises that it is in its log; good for RECEIPT_WITHIN_MS
# (node/base/limits.h). People are named by ask keys that are reckoned from the organisation's own keys.
questions() {
    "$build/tests/bench-ask-keys" "$1/$2/sleutels" "$(oin_of "$2")" "$(oin_of gebiedsteam)" hulpafstemming |
        awk -v room="$(printf '_%.0s' $(seq 424))" '{
        printf "{\"betrokkene\":{\"sleutel\":\"%s\",\"periode\":%d},\"doel\":\"hulpafstemming\",\"grondslag\":\"wmo-5.1.1\",\"rol\":\"generalist\",\"zaak\":\"%032x\",\"gebruiker\":\"%032x\",\"ontvangstbewijs\":\"%s\"}\n", $1, $2, NR, NR % 7, room
    }' | python3 "$root/tests/e2e/receipts.py" "$1/gebiedsteam/sleutels/controlepunten.key" gebiedsteam.localhost/logboek
}

# region_bodies FILE PEOPLE ORGANISATION: questions to that organisation about whom debt help and UWV know in the region, a
# different person each: so all whom it knows, and about as many others
region_bodies() {
    for organisation in schuldhulp uwv; do
        "$people" --seed "${REGION_SEED:-2026}" --organisation "$organisation" --people "$2"
    done | awk -F';' '$1 ~ /^[0-9]/ && !seen[$1]++ { print $1 }' | questions "$work/region" "$3" >"$1"
}

# consult_load PORT REGION BODIES [SECONDS]: one measurement of an area team that asks, the generator's JSON
connections=${BENCH_CONNECTIONS:-8}
streams=${BENCH_STREAMS:-64}
consult_load() {
    pin "$client_core" "$load" --url "https://127.0.0.1:$1/v1/raadplegingen" --ca "$2/pki/ca.pem" \
        --cert "$2/pki/gebiedsteam.pem" --key "$2/pki/gebiedsteam.key" --bodies "$3" --length 1536 \
        --connections "$connections" --streams "$streams" --seconds "${4:-$seconds}" --warmup 1
}

# region_pki DIR: for nginx, the very certificates and revocation list that debt help and who asks it have
region_pki() {
    mkdir -p "$1"
    pki=$work/region/pki
    cp "$pki/ca.pem" "$1/ca.pem"
    cp "$pki/schuldhulp.pem" "$1/server.pem"
    cp "$pki/schuldhulp.key" "$1/server.key"
    cp "$pki/gebiedsteam.pem" "$1/client.pem"
    cp "$pki/gebiedsteam.key" "$1/client.key"
    openssl crl -inform DER -in "$pki/ca/ca.crl" -out "$1/ca.crl"
}

# make_pki DIR: ca.pem, and server and client certificates for localhost, P-256, one day
make_pki() (
    mkdir -p "$1"
    cd "$1" || exit 1
    key="ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    # shellcheck disable=SC2086
    {
        openssl req -x509 -newkey $key -keyout ca.key -out ca.pem -days 1 -subj "/CN=bench CA" \
            -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
        for who in server client; do
            openssl req -newkey $key -keyout $who.key -out $who.csr -subj "/O=bench/CN=$who"
            printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=%sAuth\n' $who >$who.ext
            openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -extfile $who.ext -out $who.pem
        done
    } >openssl.log 2>&1 || { cat openssl.log >&2; exit 1; }
)

# nginx_start DIR [EXTRA]: serves a file of 1,536 bytes on a free port of loopback; sets nginx_port. DIR has pki/. EXTRA
# is more configuration for the server block.
nginx_start() {
    nginx_dir=$1
    nginx_port=0
    mkdir -p "$nginx_dir/www" "$nginx_dir/tmp"
    head -c 1536 /dev/zero | tr '\0' ' ' >"$nginx_dir/www/answer.json"
    if [ "$(id -u)" -eq 0 ]; then
        chown -R nobody:nogroup "$nginx_dir"
        chmod 711 "$work"
    fi
    for try in 1 2 3 4 5; do
        port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 10000))
        nginx_conf "$port" "${2:-}" >"$nginx_dir/nginx.conf"
        # shellcheck disable=SC2086
        if (cd / && pin "$server_core" $as_nobody nginx -e "$nginx_dir/error.log" -p "$nginx_dir" \
            -c "$nginx_dir/nginx.conf") 2>"$nginx_dir/start.log"; then
            nginx_port=$port
            return
        fi
    done
    cat "$nginx_dir/start.log" >&2
    die "nginx start niet ($try keer geprobeerd)"
}

nginx_conf() {
    cat <<EOF
worker_processes 1;
pid $nginx_dir/nginx.pid;
error_log $nginx_dir/error.log warn;
worker_rlimit_nofile 8192;
events { worker_connections 4096; }
http {
    access_log off;
    default_type application/json;
    open_file_cache max=1000 inactive=3600s;
    open_file_cache_valid 3600s;
    keepalive_requests 1000000000;
    keepalive_timeout 3600s;
    http2_max_concurrent_streams 128;
    client_body_temp_path $nginx_dir/tmp/body;
    proxy_temp_path $nginx_dir/tmp/proxy;
    fastcgi_temp_path $nginx_dir/tmp/fastcgi;
    uwsgi_temp_path $nginx_dir/tmp/uwsgi;
    scgi_temp_path $nginx_dir/tmp/scgi;
    server {
        listen 127.0.0.1:$1 ssl http2;
        ssl_protocols TLSv1.3;
        ssl_certificate $nginx_dir/pki/server.pem;
        ssl_certificate_key $nginx_dir/pki/server.key;
        ssl_client_certificate $nginx_dir/pki/ca.pem;
        ssl_verify_client on;
        root $nginx_dir/www;
        $2
    }
}
EOF
}

nginx_stop() {
    [ -n "${nginx_dir:-}" ] && [ -s "$nginx_dir/nginx.pid" ] || return 0
    kill "$(cat "$nginx_dir/nginx.pid")" 2>/dev/null || true
}

# The process that answers; the master has it a moment after it started itself.
nginx_worker() {
    for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        ! pgrep -P "$(cat "$nginx_dir/nginx.pid" 2>/dev/null || echo none)" 2>/dev/null || return 0
        sleep 0.1
    done
    die "nginx heeft geen werkproces ($try keer gekeken)"
}

# cpu_us PID: microseconds of processor that it used so far, all threads, in steps of a clock tick
cpu_us() {
    sed 's/.*) //' "/proc/$1/stat" | awk -v hz="$(getconf CLK_TCK)" '{ printf "%.0f\n", ($12 + $13) * 1e6 / hz }'
}

# nginx_load CONNECTIONS STREAMS: one measurement, the generator's JSON
nginx_load() {
    pin "$client_core" "$load" --url "https://localhost:$nginx_port/answer.json" --ca "$nginx_dir/pki/ca.pem" \
        --cert "$nginx_dir/pki/client.pem" --key "$nginx_dir/pki/client.key" --length 1536 \
        --connections "$1" --streams "$2" --seconds "$seconds" --warmup 1
}

# number NAME: that number of the JSON object on standard input
number() {
    sed -n "s/.*\"$1\":\\([0-9.]*\\).*/\\1/p"
}

# median FILE: of the values in it, one a line
median() {
    sort -n "$1" | awk '{ v[NR] = $1 } END { if (NR == 0) exit 1; print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

# report BENCH UNIT PEER [EXTRA]: from the values in $work/ours and $work/theirs, one a line, the JSON line of the result:
# medians, their ratio, and the spread of both. EXTRA is more members, with a comma before each. Where less is better
# (less=1), the ratio is the other way round, so that a higher one is always the better.
report() {
    for side in ours theirs; do
        middle=$(median "$work/$side") || die "geen metingen van $side"
        sort -n "$work/$side" | awk -v middle="$middle" 'NR == 1 { low = $1 } END { print middle, low, $1 }'
    done | tr '\n' ' ' | awk -v bench="$1" -v unit="$2" -v peer="$3" -v extra="${4:-}" -v less="${less:-0}" \
        -v pairs="$(wc -l <"$work/ours")" '{
        printf "{\"bench\":\"%s\",\"value\":%.1f,\"unit\":\"%s\",\"peer\":\"%s\",\"peer_value\":%.1f,\"ratio\":%.3f,", \
            bench, $1, unit, peer, $4, less ? $4 / $1 : $1 / $4
        printf "\"min\":%.1f,\"max\":%.1f,\"peer_min\":%.1f,\"peer_max\":%.1f,\"pairs\":%d%s}\n", $2, $3, $5, $6, pairs, extra }'
}
