#!/bin/sh
# Tests region-people: sh people_test.sh PROGRAM. The eleven-test is done again here, in awk, by its definition.
set -eu
people=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failures=0

fail() {
    echo "MIS: $*" >&2
    failures=$((failures + 1))
}

# expect WHAT EXPECTED ACTUAL
expect() {
    [ "$2" = "$3" ] || fail "$1: verwacht '$2', gekregen '$3'"
}

# refuses WHAT ARGUMENTS...: status 2, a message, no output
refuses() {
    what=$1
    shift
    status=0
    "$people" "$@" >"$dir/out" 2>"$dir/err" || status=$?
    expect "$what: status" 2 "$status"
    [ ! -s "$dir/out" ] || fail "$what: er kwam uitvoer"
    grep -q '^region-people: ' "$dir/err" || fail "$what: geen melding"
}

organisations="gebiedsteam school cjg uwv schuldhulp"

# export DIR ARGUMENTS...: a file for each organisation
export_all() {
    to=$1
    shift
    mkdir -p "$to"
    for o in $organisations; do
        "$people" --organisation "$o" "$@" >"$to/$o.csv"
    done
}

export_all "$dir/a" --seed 7 --people 200
export_all "$dir/b" --seed 7 --people 200
export_all "$dir/other" --seed 8 --people 200
export_all "$dir/more" --seed 7 --people 300

for o in $organisations; do
    cmp -s "$dir/a/$o.csv" "$dir/b/$o.csv" || fail "$o: dezelfde seed geeft iets anders"
    cmp -s "$dir/a/$o.csv" "$dir/other/$o.csv" && fail "$o: een andere seed geeft hetzelfde"
    # More people: the first are the same.
    head -n "$(wc -l <"$dir/a/$o.csv")" "$dir/more/$o.csv" | cmp -s - "$dir/a/$o.csv" || fail "$o: meer mensen verandert de eerste"
    rows=$(($(wc -l <"$dir/a/$o.csv") - 1))
    [ "$rows" -ge 10 ] && [ "$rows" -le 120 ] || fail "$o: $rows rijen bij 200 mensen"
done

# check_rows FILE ORGANISATION LOW HIGH: every row by its form
check_rows() {
    awk -F';' -v o="$2" -v low="$3" -v high="$4" '
        function bad(what) { printf "regel %d: %s\n", NR, what; exit 1 }
        function date(text) { return text ~ /^[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]$/ && text <= "2026-10-01" }
        NR == 1 {
            if ($0 != "bsn;voornamen;achternaam;geboortedatum;gemeente;leefgebied;dienst;fase;status;sinds;tot;" \
                "laatste_contact;contactpersoon;telefoon;email;vervanger;vervanger_telefoon;vervanger_email;" \
                "gevoeligheid;huishouden;huishouden_bron;huishouden_datum;bronsleutel") bad("kop")
            next
        }
        {
            if (NF != 23) bad("velden")
            if ($1 !~ /^[0-9]+$/ || length($1) != 9 || $1 < low || $1 > high) bad("nummer buiten bereik")
            sum = -substr($1, 9, 1)
            for (i = 1; i <= 8; i++) sum += (10 - i) * substr($1, i, 1)
            if (sum % 11 != 0) bad("elfproef")
            if ($2 == "" || $3 == "") bad("naam")
            if (!date($4) || !date($10) || !date($12) || !date($22) || ($11 != "" && !date($11))) bad("datum")
            if ($10 <= $4 || $12 < $10 || ($11 != "" && $11 < $12)) bad("volgorde van datums")
            if (($11 == "") != ($9 == "actief")) bad("status")
            if ($5 !~ /^990[123]$/) bad("gemeente")
            if ($14 !~ /^088-555[01][0-9][0-9][0-9]$/ || $17 !~ /^088-555[01][0-9][0-9][0-9]$/) bad("telefoon")
            if ($15 !~ "^[a-z.]+@" o "[.]example$" || $18 !~ "^[a-z.]+@" o "[.]example$") bad("e-mail")
            if ($15 == $18) bad("vervangt zichzelf")
            if ($19 !~ /^(gewoon|gevoelig|afgeschermd)$/) bad("gevoeligheid")
            if ($20 !~ /^H[0-9][0-9][0-9][0-9]+$/ || $21 == "") bad("huishouden")
            if ($23 in seen) bad("bronsleutel dubbel")
            seen[$23] = 1
            age = 2026 - substr($4, 1, 4) - (substr($4, 6) > "10-01")
            if (o == "school" && ($6 != "onderwijs-en-opvoeding" || age < 4 || age > 17)) bad("school")
            if (o == "cjg" && $6 !~ /^(huiselijke-relaties|dagelijks-leven)$/) bad("cjg")
            if (o == "uwv" && ($6 != "werk-en-dagbesteding" || age < 18 || age > 66)) bad("uwv")
            if (o == "schuldhulp" && ($6 != "financien" || age < 18)) bad("schuldhulp")
            if (o == "gebiedsteam" && $6 !~ /^(maatschappelijke-participatie|dagelijks-leven)$/) bad("gebiedsteam")
        }' "$1" || fail "$1"
}

for o in $organisations; do
    check_rows "$dir/a/$o.csv" "$o" 999000000 999999999
    check_rows "$dir/other/$o.csv" "$o" 999000000 999999999
done

# Organisations that a region starts only when it is asked to: fewer clients, so of more people.
for o in leerplicht jeugdhulp opvang veilig-thuis gi ggz verhuurder; do
    mkdir -p "$dir/many"
    "$people" --organisation "$o" --seed 7 --people 2000 >"$dir/many/$o.csv"
    check_rows "$dir/many/$o.csv" "$o" 999000000 999999999
    [ "$(wc -l <"$dir/many/$o.csv")" -ge 6 ] || fail "$o: te weinig rijen"
done
if tail -n +2 "$dir/many/opvang.csv" | cut -d';' -f19 | grep -qv '^afgeschermd$'; then fail "opvang: niet afgeschermd"; fi

# One person has one number and one household everywhere, and one number is one person.
same_everywhere() {
    tail -q -n +2 "$1"/*.csv | awk -F';' '
        { split($23, key, "-"); who = $1 ";" $2 ";" $3 ";" $4 ";" $5 ";" $20 }
        key[2] in by_key && by_key[key[2]] != who { print "sleutel " key[2]; exit 1 }
        $1 in by_number && by_number[$1] != key[2] { print "nummer van " key[2]; exit 1 }
        { by_key[key[2]] = who; by_number[$1] = key[2] }' || fail "$1: niet overal dezelfde mensen"
}
same_everywhere "$dir/a"

# All numbers there are, counted by their definition; with all of them used, still no repetition.
most=$(awk 'BEGIN {
    for (n = 999000000; n <= 999999999; n++) {
        rest = int(n / 10); sum = -(n % 10)
        for (weight = 2; weight <= 9; weight++) { sum += weight * (rest % 10); rest = int(rest / 10) }
        count += sum % 11 == 0
    }
    print count
}')
export_all "$dir/most" --seed 7 --people "$most"
same_everywhere "$dir/most"
for o in $organisations; do
    check_rows "$dir/most/$o.csv" "$o" 999000000 999999999
done
refuses "meer mensen dan nummers" --organisation uwv --people $((most + 1))

# The wide range: only on request, and never inside the narrow one but for the story.
"$people" --organisation uwv --people $((most + 1000)) --bench >"$dir/wide.csv"
check_rows "$dir/wide.csv" uwv 100000000 998999999
expect "dubbele nummers in het wijde bereik" "" "$(tail -n +2 "$dir/wide.csv" | awk -F';' '{ split($23, k, "-"); print $1 ";" k[2] }' | sort -u | cut -d';' -f1 | uniq -d)"

# The story, whatever the seed.
"$people" --story >"$dir/story"
"$people" --story --seed 99 | cmp -s - "$dir/story" || fail "het voorbeeldgezin hangt van de seed af"
expect "namen van het gezin" "Samira Verhoeven-Test,Daan Verhoeven-Test,Milan Verhoeven-Test,Noor Verhoeven-Test," \
    "$(sed 's/^.*# //' "$dir/story" | tr '\n' ',')"
known() { # DIR BSN: organisation:birth date:life domain:service:status:household, for each row
    for o in $organisations; do
        awk -F';' -v o="$o" -v bsn="$2" '$1 == bsn { print o ":" $4 ":" $6 ":" $7 ":" $9 ":" $20 }' "$1/$o.csv"
    done | tr '\n' ' '
}
number() { sed -n "$1p" "$dir/story" | cut -f1; }
for run in a other most; do
    expect "Samira ($run)" "schuldhulp:1985-03-14:financien:budgetbeheer:actief:H0001 " "$(known "$dir/$run" "$(number 1)")"
    expect "Daan ($run)" "schuldhulp:1983-07-02:financien:schuldregeling:actief:H0001 " "$(known "$dir/$run" "$(number 2)")"
    expect "Milan ($run)" "school:2012-09-30:onderwijs-en-opvoeding:extra ondersteuning:actief:H0001 school:2012-09-30:onderwijs-en-opvoeding:zorgadviesteam:actief:H0001 " "$(known "$dir/$run" "$(number 3)")"
    expect "Noor ($run)" "" "$(known "$dir/$run" "$(number 4)")"
    expect "afgeschermd ($run)" "schuldhulp;H0002" "$(grep -l ';afgeschermd;' "$dir/$run"/*.csv | sed 's|.*/||;s|[.]csv||');$(cat "$dir/$run"/*.csv | grep ';afgeschermd;' | cut -d';' -f20)"
    expect "nummer van de afgeschermde ($run)" "$("$people" --shielded | cut -f1)" "$(cat "$dir/$run"/*.csv | grep ';afgeschermd;' | cut -d';' -f1)"
done

# Households of one to six, some with several clients.
sizes=$(tail -q -n +2 "$dir/most"/*.csv | cut -d';' -f1,20 | sort -u | cut -d';' -f2 | sort | uniq -c | awk '{ if ($1 > m) m = $1 } END { print m }')
[ "$sizes" -ge 3 ] && [ "$sizes" -le 6 ] || fail "grootste huishouden: $sizes"

refuses "onbekende organisatie" --organisation politie
refuses "geen organisatie" --people 10
refuses "te weinig mensen" --organisation uwv --people 4
refuses "geen getal" --organisation uwv --people 10x
refuses "negatief getal" --organisation uwv --people -5
refuses "getal te groot" --organisation uwv --people 9999999999999999999
refuses "optie zonder waarde" --organisation
refuses "onbekende optie" --organisatie uwv
refuses "geen datum" --organisation uwv --day 2026-02-30
refuses "datum voor het verhaal" --organisation uwv --day 2025-12-31
refuses "te veel, ook met bench" --organisation uwv --bench --people 80000001

# A covenant of the whole country; whether it is one, the nodes of tests/e2e/test_large.py say.
sample=$(dirname "$0")/convenant.json
"$people" --covenant 340 --local 3 <"$sample" >"$dir/country.json" || fail "een convenant van 340 gemeenten"
"$people" --covenant 340 --local 3 <"$sample" | cmp -s - "$dir/country.json" || fail "hetzelfde convenant is anders"
expect "partijen in het land" $((12 + 340 * 3 + 27 + 3)) "$(grep -c '"oin":' "$dir/country.json")"
expect "gemeenten in het land" 343 "$(grep -o '"werkgebied": \[[^]]*' "$dir/country.json" | grep -o '"[0-9]\{4\}"' | sort -u | wc -l | tr -d ' ')"
expect "dubbele OIN's of adressen" "" "$(grep -o '"oin": "[0-9]*"\|"https:[^"]*"' "$dir/country.json" | sort | uniq -d)"
expect "regels binnen de regio" "$(grep -c '"werkgebied": true\|"eigenRegio": true' "$sample")" "$(grep -c '"eigenRegio": true' "$dir/country.json")"
if "$people" --covenant 3 </dev/null >"$dir/out" 2>"$dir/err"; then fail "geen voorbeeldconvenant: geaccepteerd"; fi
"$people" --covenant 35 --local 11 --rules 1900 <"$sample" >"$dir/large.json" || fail "een convenant met 1900 regels"
expect "regels erbij" $(($(grep -c '"id":' "$sample") + 1900)) "$(grep -c '"id":' "$dir/large.json")"
refuses "te veel regels" --covenant 1 --rules 4001
refuses "te veel gemeenten" --covenant 1000
refuses "nul gemeenten" --covenant 0

# A full disk is an error, not half a file with status 0.
if [ -w /dev/full ]; then
    status=0
    "$people" --organisation uwv >/dev/full 2>"$dir/err" || status=$?
    expect "volle schijf: status" 1 "$status"
fi

[ "$failures" -eq 0 ] && echo "in orde"
