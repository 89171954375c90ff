#!/bin/sh
# Tests bench-load: sh load_test.sh BUILD_DIRECTORY. Needs nginx; without it the part that talks to a server is skipped
# (status 77).
set -eu
BENCH_BUILD=$1
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
. "$bench/lib.sh"
trap 'nginx_stop; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
failures=0

fail() {
    echo "MIS: $*" >&2
    failures=$((failures + 1))
}

# run STATUS TEXT ARGUMENTS...: exit status, and TEXT somewhere in what it printed
run() {
    expected=$1
    text=$2
    shift 2
    status=0
    "$load" "$@" >"$work/out" 2>"$work/err" || status=$?
    [ "$status" -eq "$expected" ] || fail "status $status, niet $expected: $* ($(head -n 1 "$work/err"))"
    grep -qF -- "$text" "$work/out" "$work/err" || fail "geen '$text': $* ($(head -n 1 "$work/err"))"
}

# is NAME VALUE: in the last result
is() {
    actual=$(number "$1" <"$work/out")
    [ "$actual" = "$2" ] || fail "$1 is $actual, niet $2"
}

make_pki "$work/nginx/pki"
pki=$work/nginx/pki

# Only this machine.
for host in example.nl 10.0.0.1 192.0.2.1 0.0.0.0 128.0.0.1 localhost.nl xlocalhost .localhost 127.1 '[::]' '[2001:db8::1]' \
    '[::ffff:10.0.0.1]' localhost@example.nl 'example.nl#localhost'; do
    run 2 "alleen adressen van deze machine" --url "https://$host:1/" --ca "$pki/ca.pem"
done
for host in example.nl 10.0.0.1; do
    "$build/tests/bench-flood" pings "https://$host:1/" "$pki/ca.pem" "$pki/client.pem" "$pki/client.key" /dev/null 127.0.0.2 1 1 1 1 \
        2>"$work/err" && fail "bench-flood gaat naar $host"
    grep -q "alleen adressen van deze machine" "$work/err" || fail "bench-flood: $(head -n 1 "$work/err")"
done
run 2 "begint met https" --url "http://localhost:1/" --ca "$pki/ca.pem"
for url in https:// https:///x 'https://[::1' https://localhost:0/ https://localhost:65536/ https://localhost:1x/ \
    https://localhost:/ https://localhost:-1/; do
    run 2 "--url" --url "$url" --ca "$pki/ca.pem"
done
run 2 "geen verbinding" --url https://127.0.0.1:1/ --ca "$pki/ca.pem"
run 2 "geen leesbare CA" --url https://localhost:1/ --ca "$work/geen"
run 2 "geen leesbaar certificaat" --url https://localhost:1/ --ca "$pki/ca.pem" --cert "$work/geen" --key "$pki/client.key"
run 2 "geen leesbare sleutel" --url https://localhost:1/ --ca "$pki/ca.pem" --cert "$pki/client.pem" --key "$pki/server.key"
run 2 "hoort samen" --url https://localhost:1/ --ca "$pki/ca.pem" --cert "$pki/client.pem"
run 2 "ontbreekt" --ca "$pki/ca.pem"
run 2 "ontbreekt" --url https://localhost:1/
run 2 "deze optie is er niet" --uri https://localhost:1/
run 2 "hierna hoort een waarde" --url
run 2 "van 1 tot en met 4096" --connections 4097
run 2 "van 1 tot en met 4096" --connections 0
run 2 "van 1 tot en met 256" --streams 257
run 2 "van 1 tot en met 3600" --seconds 3601
run 2 "van 0 tot en met 3600" --warmup -1
run 2 "van 1 tot en met 1000000000" --requests 1e3
: >"$work/empty"
printf '{}\n\n{}\n' >"$work/gap"
head -c 70000 /dev/zero | tr '\0' x >"$work/long"
for file in empty gap long geen; do
    run 2 "$work/$file" --url https://localhost:1/ --ca "$pki/ca.pem" --bodies "$work/$file"
done

if ! command -v nginx >/dev/null; then
    echo "nginx ontbreekt: alleen de weigeringen zijn beproefd"
    [ "$failures" -eq 0 ] && exit 77
    exit 1
fi

nginx_start "$work/nginx" 'access_log '"$work/nginx/access.log"' ;
        location /wrong { return 403 "nee"; }
        location /post { return 200 "1234567890"; }'
url=https://localhost:$nginx_port
# at STATUS TEXT PATH ARGUMENTS...: with everything that a good request needs
at() {
    expected=$1
    text=$2
    path=$3
    shift 3
    run "$expected" "$text" --url "$url$path" --ca "$pki/ca.pem" --cert "$pki/client.pem" --key "$pki/client.key" "$@"
}

# A fixed number is exactly that number, at the server too.
at 0 '"errors":0' /answer.json --requests 1000 --connections 3 --streams 7 --length 1536
is requests 1000
is bytes_in 1536000
nginx_logged() { # the log is written before the answer's last byte is acknowledged, but not before it is sent
    for try in $(seq 600); do
        [ "$(grep -c "$1" "$work/nginx/access.log")" -lt "$2" ] || break
        sleep 0.1
    done
    count=$(grep -c "$1" "$work/nginx/access.log" || true)
    [ "$count" -eq "$2" ] || fail "nginx telde $count maal $1, niet $2 (na $try keer kijken)"
}
nginx_logged 'GET /answer.json HTTP/2.0" 200 1536' 1000

# Timed: about as long as asked, on a busy machine too, and the rate is what it says.
at 0 '"errors":0' /answer.json --seconds 2 --warmup 0 --min-length 1000
awk -v s="$(number seconds <"$work/out")" -v n="$(number requests <"$work/out")" -v r="$(number rps <"$work/out")" \
    'BEGIN { exit !(s >= 1.9 && s < 30 && n > 100 && r > 0.99 * n / s && r < 1.01 * n / s) }' || fail "tijd: $(cat "$work/out")"
awk -v a="$(number p50_ms <"$work/out")" -v b="$(number p90_ms <"$work/out")" -v c="$(number p99_ms <"$work/out")" \
    'BEGIN { exit !(a > 0 && a <= b && b <= c) }' || fail "percentielen: $(cat "$work/out")"

# Bodies go out whole and in turn.
printf 'x%.0s' 1 2 3 4 5 >"$work/bodies"
printf '\n' >>"$work/bodies"
head -c 40000 /dev/zero | tr '\0' y >>"$work/bodies"
at 0 '"errors":0' /post --requests 101 --bodies "$work/bodies" --length 10 --connections 1
nginx_logged 'POST /post HTTP/2.0" 200 10' 101

# Answers that are not as expected are errors, not requests.
at 1 "andere status 50 (laatste 403)" /wrong --requests 50
is requests 0
is errors 50
at 1 "andere status 50 (laatste 404)" /nergens --requests 50
at 1 "andere lengte 50" /answer.json --requests 50 --length 1535
at 1 "andere lengte 50" /answer.json --requests 50 --min-length 1537
at 2 "opwarmen" /wrong --seconds 1 --warmup 1
run 1 "andere status 10 (laatste 400)" --url "$url/answer.json" --ca "$pki/ca.pem" --requests 10
make_pki "$work/other"
run 2 "TLS mislukt" --url "$url/answer.json" --ca "$work/other/ca.pem" --cert "$pki/client.pem" --key "$pki/client.key"
run 2 "TLS mislukt (hostname mismatch)" --url "https://other.localhost:$nginx_port/" --ca "$pki/ca.pem"
run 0 '"errors":0' --url "https://127.0.0.1:$nginx_port/answer.json" --ca "$pki/ca.pem" --cert "$pki/client.pem" \
    --key "$pki/client.key" --requests 10

# A server that goes away ends the run, and what it did not answer is an error.
served=$(wc -l <"$work/nginx/access.log")
(
    for try in $(seq 300); do
        [ "$(wc -l <"$work/nginx/access.log")" -le "$served" ] || break
        sleep 0.1
    done
    nginx_stop
) &
at 1 "geen antwoord" /answer.json --requests 1000000000 --seconds 30
wait

[ "$failures" -eq 0 ] && echo "in orde"
