#!/bin/sh
# household-consult: a consult about a household of four at the desk of an area team with fifty partners, of whom three each
# know one of the four, against the same about the same people where one partner can be asked, who knows the three: the
# time until the answer is there, each the median of many, in turn in one run. Cold: nobody's values are here, so each
# partner evaluates a batch; warm: they are. All fifty are real nodes, on this one machine: cold, its cores do the work of
# fifty at once, so that figure is the machine's rather than the design's.
# The purposes differ: `hulpafstemming` reaches all partners, `opdracht` debt help alone.
#   BENCH_PARTNERS (50), BENCH_PAIRS households (5), BENCH_WARM consults of each in a pair (20)
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
. "$bench/lib.sh"
partners=${BENCH_PARTNERS:-$(sized 50 5)}
warm=${BENCH_WARM:-$(sized 20 2)}
REGION_STEP=3 REGION_COUNT=10 REGION_CHECKPOINT_MS=60000 REGION_EXCHANGE_MS=3600000
organisations='gebiedsteam school cjg uwv schuldhulp'
for number in $(seq 1 $((partners - 4))); do
    set -- school cjg uwv
    shift $((number % 3))
    organisations="$organisations $1-$number"
done
REGION_ORGANISATIONS=$organisations
export REGION_STEP REGION_COUNT REGION_CHECKPOINT_MS REGION_EXCHANGE_MS REGION_ORGANISATIONS

trap 'region_stop; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

at() { # ORGANISATION USER ARGUMENT...
    sh "$region" as "$work/region" "$@" >/dev/null || die "$1: $3 $4 mislukt"
}

# rows ORGANISATION LIFE-DOMAIN WHO: an export of the people on lines WHO (a condition of awk) of $work/people
rows() {
    awk -F';' -v OFS=';' -v org="$1" -v domain="$2" 'NR == 1 || '"$3"' { if (NR > 1) { $6 = domain; $19 = "gewoon"; $23 = org "-" NR } print }' "$work/people"
}

# Households of four, none of them known to anybody yet, of the municipality where all of them work.
make_people() {
    "$people" --seed "${REGION_SEED:-2026}" --people $((4000 + 400 * (pairs + 1))) --organisation uwv |
        awk -F';' -v OFS=';' -v most=$((4 * (pairs + 1))) '
            NR == 1 { print; next }
            { split($23, key, "-"); if (key[2] > 100 && !seen[$1]++ && count < most) { count++; $5 = "9901"; $11 = ""; $20 = $21 = $22 = ""; print } }' \
            >"$work/people"
    [ "$(wc -l <"$work/people")" -eq $((4 * (pairs + 1) + 1)) ] || die "te weinig mensen"
}

# The first of a household is known at the school, the second at CJG, the third at UWV; debt help knows all three, and
# they agreed to what the area team and debt help do together.
register() {
    rows school onderwijs-en-opvoeding 'NR % 4 == 2' >"$work/rows"
    at school - import --adapter csv --bron bench - <"$work/rows"
    rows cjg huiselijke-relaties 'NR % 4 == 3' >"$work/rows"
    at cjg - import --adapter csv --bron bench - <"$work/rows"
    rows uwv werk-en-dagbesteding 'NR % 4 == 0' >"$work/rows"
    at uwv - import --adapter csv --bron bench - <"$work/rows"
    rows schuldhulp financien 'NR % 4 != 1' >"$work/rows"
    at schuldhulp - import --adapter csv --bron bench - <"$work/rows"
    tail -n +2 "$work/rows" | cut -d';' -f1 | while read -r number; do
        printf '{"bsn":"%s","toestemming":{"soort":"instemming","uitkomst":"gegeven","door":"betrokkene","ontvangers":["gebiedsteam"],
"categorieen":["bestaan","contact","status"],"doelen":["opdracht"],"vanaf":"%s",
"bewijs":"formulier, ondertekend bij de start","voorgelicht":true}}' "$number" "$(date -u +%Y-%m-%d)" >"$work/consent"
        at schuldhulp c.visser consent add <"$work/consent"
    done
}

# all_published: at every node there is nobody left who is in no set yet
all_published() {
    for index in 0 1 2 3 4 $(seq 12 $((partners + 7))); do published $((REGION_PORT + REGION_STEP * index + 1)); done
}

# rounds MORE: until the area team ended so many rounds over its partners' sets
rounds() {
    for _ in $(seq 1800); do
        [ "$(metric klaar)" -lt "$1" ] || return 0
        sleep 0.1
    done
    die "de opzoeksets van alle ketenpartners zijn er na drie minuten niet"
}

metric() { # begonnen or klaar
    curl -s "http://127.0.0.1:$((REGION_PORT + 1))/metrics" | sed -n "s/^ketenbrug_opzoekrondes_$1_total //p"
}

# slow_ticks: the nodes stopped and started with the usual time between two versions of a set, the one that asks last, so
# that it finds all others
slow_ticks() {
    sh "$region" stop "$work/region"
    for org in $organisations; do sed -i "s/tik_ms = .*/tik_ms = 900000/" "$work/region/$org/ketenbrug.ini"; done
    for org in ${organisations#* } gebiedsteam; do
        sh "$region" start-one "$work/region" "$org" || die "$org start niet opnieuw"
    done
}

# body HOUSEHOLD PURPOSE
body() {
    tail -n +$((4 * $1 + 2)) "$work/people" | head -n 4 | awk -F';' -v purpose="$2" -v case="Z-$1" '
        { people = people (NR > 1 ? "," : "") "{\"bsn\":\"" $1 "\"}" }
        END { printf "{\"doel\":\"%s\",\"grondslag\":\"wmo-5.1.1\",\"zaak\":\"%s\",\"reden\":\"hulp in dit gezin op elkaar afstemmen\",\"betrokkenen\":[%s]}", purpose, case, people }'
}

# consult HOUSEHOLD PURPOSE PARTNERS: its time in milliseconds; looks at the answer too
consult() {
    body "$1" "$2" >"$work/body"
    curl -sS --http2 --cacert "$work/region/pki/ca.pem" -H "@$work/header" -H 'content-type: application/json' \
        --data-binary "@$work/body" -o "$work/answer" -w '%{http_code} %{time_total} %{time_pretransfer}\n' \
        "https://127.0.0.1:$((REGION_PORT + 2))/v1/raadplegingen" >"$work/time"
    python3 - "$work/answer" "$3" <<'PY' >&2 || die "een antwoord dat niet deugt: $(cat "$work/time")"
import collections, json, sys
answer = json.load(open(sys.argv[1]))
outcomes = collections.Counter(k["uitkomst"] for one in answer["betrokkenen"] for k in one["ketenpartners"])
wanted = {"betrokken": 3, "geen-betrokkenheid-gedeeld": 4 * int(sys.argv[2]) - 3}
if dict(outcomes) != wanted:
    sys.exit(f"{dict(outcomes)} in plaats van {wanted}")
PY
    awk '$1 == 200 || $1 == 201 { printf "%.3f\n", ($2 - $3) * 1000 }' "$work/time"
}

region_start
make_people
register
all_published
rounds $(($(metric begonnen) + 1))
slow_ticks
all_published
rounds 1
printf 'Authorization: Bearer %s\n' "$(cat "$work/region/gebiedsteam/bewijzen/g.jansen")" >"$work/header"
consult 0 hulpafstemming "$partners" >/dev/null # connections
consult 0 opdracht 1 >/dev/null
for kind in cold warm; do : >"$work/$kind-ours" && : >"$work/$kind-theirs"; done
pair=1
while [ "$pair" -le "$pairs" ]; do
    consult "$pair" hulpafstemming "$partners" >>"$work/cold-ours"
    consult "$pair" opdracht 1 >>"$work/cold-theirs"
    for _ in $(seq "$warm"); do
        consult "$pair" hulpafstemming "$partners" >>"$work/warm-ours"
        consult "$pair" opdracht 1 >>"$work/warm-theirs"
    done
    pair=$((pair + 1))
done
for kind in cold warm; do
    cp "$work/$kind-ours" "$work/ours"
    cp "$work/$kind-theirs" "$work/theirs"
    less=1 report "household-consult-$kind" "ms ($partners partners)" "1 partner" ",\"partners\":$partners"
done
