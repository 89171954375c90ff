#!/bin/sh
# A region on one machine: organisations, each with its own node, configuration, keys, database and people.
#
#   region.sh start DIR          makes the region in DIR when it is not there, starts the nodes, waits until they answer
#   region.sh stop DIR           stops them (SIGTERM)
#   region.sh start-one DIR ORG | stop-one DIR ORG | kill-one DIR ORG
#   region.sh empty-one DIR ORG [FROM]  its keys and data for new ones, or for those in FROM; the node must be down
#   region.sh as DIR ORG USER ARG...   runs `ketenbrug ARG...` at that organisation, as that user ("-": no token)
#   region.sh settle DIR         waits until all nodes' lookup sets are with the others, as they stand now
#   region.sh crl DIR            hands the authority's revocation list to all nodes
#   region.sh sign DIR [ORG]     after the covenant in the folder of ORG (or of any) was changed: it becomes a new version,
#                                which all five sign; a node takes it over at its next start or SIGHUP
#
# Environment: KETENBRUG the program (build/release/ketenbrug), REGION_PEOPLE the data generator, REGION_PORT the first
# port (17443: organisation i listens on +100*i, operations +1, desk +2), REGION_SEED, REGION_COUNT people,
# REGION_COVENANT a covenant in place of the sample, with the organisations in it, REGION_ORGANISATIONS which of them
# start (the first five; of the others the covenant keeps no word: a party without a node is one that never answers),
# REGION_TICK_MS between two versions of a lookup set, REGION_VIA organisations whose partners connect to their port + 3:
# somebody listens there who passes on. Others (REGION_EPOCH_MS and the like) stand beside the key that they set.
# An organisation `cjg-1` is another one like `cjg`, which must be there too, and knows the same people; no two have one
# number. REGION_STEP ports are between two organisations (100; at least 3, and 4 with REGION_VIA).
# As root, everything runs as nobody: a node never needs more.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
program=${KETENBRUG:-$top/build/release/ketenbrug}
people=${REGION_PEOPLE:-$top/build/release/tests/region-people}
port=${REGION_PORT:-17443}
covenant=${REGION_COVENANT:-$here/convenant.json}
seed=${REGION_SEED:-2026}
count=${REGION_COUNT:-200}
every_organisation='gebiedsteam school cjg uwv schuldhulp leerplicht jeugdhulp opvang veilig-thuis gi ggz verhuurder'
organisations=${REGION_ORGANISATIONS:-gebiedsteam school cjg uwv schuldhulp}

fail() { echo "region: $*" >&2; exit 1; }

facts() { # ORG -> index, oin, name
  case $1 in
    gebiedsteam) index=0 oin=00000099000000001000 name='Gebiedsteam Noord' ;;
    school)      index=1 oin=00000099000000002000 name='Openbare Scholengroep De Linde' ;;
    cjg)         index=2 oin=00000099000000003000 name='CJG Zandland' ;;
    uwv)         index=3 oin=00000099000000004000 name='UWV Zandland' ;;
    schuldhulp)  index=4 oin=00000099000000005000 name='Schuldhulp Zandland' ;;
    leerplicht)  index=5 oin=00000099000000006000 name='Leerplicht Zandland' ;;
    jeugdhulp)   index=6 oin=00000099000000007000 name='Jeugdhulp De Wilg' ;;
    opvang)      index=7 oin=00000099000000008000 name='Opvang De Luwte' ;;
    veilig-thuis) index=8 oin=00000099000000009000 name='Veilig Thuis Zandland' ;;
    gi)          index=9 oin=00000099000000010000 name='Jeugdbescherming Zandland' ;;
    ggz)         index=10 oin=00000099000000011000 name='GGZ Zandland' ;;
    verhuurder)  index=11 oin=00000099000000012000 name='Woonstichting Zandland' ;;
    *-[0-9]*) facts "${1%-*}"; index=$((11 + ${1##*-})) oin=$(printf '000000990002%08d' "${1##*-}") name="$name ${1##*-}" ;;
    *) fail "onbekende organisatie: $1" ;;
  esac
  listen=$((port + index * ${REGION_STEP:-100}))
}

users_of() { # ORG -> name:role ...
  case $1 in
    gebiedsteam) echo 'g.jansen:generalist r.bakker:regisseur' ;;
    school)      echo 'z.smit:partnerprofessional l.meester:signaleerder' ;;
    schuldhulp)  echo 'c.visser:consulent p.kramer:partnerprofessional r.dijk:regisseur' ;;
    leerplicht)  echo 'l.prins:leerplichtambtenaar' ;;
    veilig-thuis) echo 'v.dekker:veilig-thuis' ;;
    gi)          echo 'b.hoekstra:jeugdbeschermer' ;;
    *)           echo 'p.mulder:partnerprofessional' ;;
  esac
  echo 'privacy:privacybeheerder fg:fg'
}

node_log() { echo "$dir/$1/knooppunt.log"; }

write_config() { # ORG
  facts "$1"
  cat >"$dir/$1/ketenbrug.ini" <<INI
[knooppunt]
map = gegevens
sleutels = sleutels
convenant = convenant.json
handtekeningen = ${REGION_SIGNATURES:-../handtekeningen}
[certificaten]
certificaat = ../pki/$1.pem
sleutel = ../pki/$1.key
ankers = ../pki/ca.pem
intrekkingen = intrekkingen
[ketenpartners]
luister = 127.0.0.1:$listen
verbinden_ms = ${REGION_CONNECT_MS:-3000}
antwoord_ms = ${REGION_ANSWER_MS:-10000}
convenanten_ms = ${REGION_EXCHANGE_MS:-60000}
[medewerkers]
luister = 127.0.0.1:$((listen + 2))
contactpunt = contactpunt
[beheer]
luister = 127.0.0.1:$((listen + 1))
[logboek]
controlepunt_ms = ${REGION_CHECKPOINT_MS:-5000}
[grenzen]
handdruk_ms = ${REGION_HANDSHAKE_MS:-5000}
kop_ms = ${REGION_HEADERS_MS:-10000}
inhoud_ms = ${REGION_BODY_MS:-30000}
afronden_ms = ${REGION_DRAIN_MS:-5000}
verbindingen_per_ketenpartner = ${REGION_PEER_CONNECTIONS:-64}
handdrukken_per_seconde = ${REGION_HANDSHAKES_PER_S:-50}
[koppeling]
tik_ms = ${REGION_TICK_MS:-400}
spoed_tik_ms = ${REGION_TICK_MS:-400}
${REGION_EPOCH_MS:+periode_ms = $REGION_EPOCH_MS}
${REGION_OVERLAP_MS:+overlap_ms = $REGION_OVERLAP_MS}
${REGION_REMOVAL_MS:+verwijderen_ms = $REGION_REMOVAL_MS}
${REGION_VALUES_MS:+waarden_ms = $REGION_VALUES_MS}
INI
}

# The covenant without the parties of the sample that have no node here, neither as party nor as witness.
write_covenant() { # FILE
  absent=
  for other in $every_organisation; do
    case " $organisations " in *" $other "*) ;; *) facts "$other"; absent="$absent $oin" ;; esac
  done
  awk -v absent="$absent" '
    BEGIN { count = split(absent, oins, " ") }
    function drop(line,  i) { # a party of a document written as the sample is: one line
      for (i = 1; i <= count; i++) if (index(line, "{\"oin\": \"" oins[i] "\", \"naam\"")) return 1
      return 0
    }
    drop($0) { next }
    /^  "getuigen": / { for (i = 1; i <= count; i++) { gsub(", \"" oins[i] "\"", ""); gsub("\"" oins[i] "\"(, )?", "") } }
    /^  \],?$/ { sub(/,$/, "", held) } # what was the last party may be gone
    NR > 1 { print held }
    { held = $0 }
    END { print held }' "$covenant" >"$1"
  for other in $organisations; do
    case $other in *-[0-9]*) ;; *) continue ;; esac
    kind=${other%-*}
    facts "$kind"
    like=$oin named=$name
    facts "$other"
    sed -i "/{\"oin\": \"$like\", \"naam\"/ { h; s/$like/$oin/; s/$named/$name/; s/$kind\.localhost/$other.localhost/g; s/}\$/},/; G; }" "$1"
  done
  # It names the ports of the standard region; another first port shifts them all.
  for other in $organisations; do
    facts "$other"
    case " ${REGION_VIA:-} " in *" $other "*) listen=$((listen + 3)) ;; esac
    sed -i "s#https://$other\.localhost:[0-9]*#https://$other.localhost:$listen#" "$1"
  done
}

make_organisation() { # ORG
  facts "$1"
  mkdir -p "$dir/$1/gegevens" "$dir/$1/bewijzen" "$dir/$1/intrekkingen"
  chmod 700 "$dir/$1" "$dir/$1/gegevens" "$dir/$1/bewijzen"
  cp "$dir/pki/convenant.json" "$dir/$1/convenant.json"
  write_config "$1"
  "$program" pki issue --map "$dir/pki/ca" --oin "$oin" --organisatie "$name" --host "$1.localhost" --host 127.0.0.1 \
    --crl-url http://crl.zandland.example/ca.crl --certificaat "$dir/pki/$1.pem" --sleutel "$dir/pki/$1.key" >/dev/null
  "$program" init --config "$dir/$1/ketenbrug.ini" >/dev/null
}

# Every covenant names the logs of all: what each node made for itself comes in the place of the sample's keys.
name_logs() {
  : >"$dir/pki/logboeken.sed"
  for org in $organisations; do
    facts "$org"
    keys=$("$program" audit keys --oorsprong "$org.localhost/logboek" --config "$dir/$org/ketenbrug.ini" --json)
    log=$(echo "$keys" | sed 's/.*"sleutel":"\([^"]*\)".*/\1/')
    witness=$(echo "$keys" | sed 's/.*"getuige":"\([^"]*\)".*/\1/')
    echo "/\"oin\": \"$oin\", \"naam\"/ { s|\"sleutel\": \"[^\"]*\"|\"sleutel\": \"$log\"|; s|\"getuige\": \"[^\"]*\"|\"getuige\": \"$witness\"|; }" \
      >>"$dir/pki/logboeken.sed"
  done
  for org in $organisations; do sed -i -f "$dir/pki/logboeken.sed" "$dir/$org/convenant.json"; done
}

# The signing key of an organisation is not on its node. What it signs goes to all nodes here, and into a folder of its own.
make_signers() {
  mkdir -p "$dir/ondertekenaars" "$dir/handtekeningen"
  for org in $organisations; do
    facts "$org"
    mkdir -p "$dir/$org/handtekeningen"
    "$program" pki issue --map "$dir/pki/ca" --oin "$oin" --organisatie "$name" --host "tekent.$org.example" \
      --certificaat "$dir/ondertekenaars/$org.pem" --sleutel "$dir/ondertekenaars/$org.key" >/dev/null
  done
}

sign_as() { # ORG DOCUMENT TYPE FILE
  "$program" covenant sign --document "$2" --type "$3" --sleutel "$dir/ondertekenaars/$1.key" \
    --certificaat "$dir/ondertekenaars/$1.pem" --uit "$4"
}

# The document without the version that it replaces.
bare() { # DOCUMENT
  sed 's/"voorganger": *"[^"]*", *//' "$1"
}

# One that was signed stays as it is, unless `again`; one with other content becomes a version after the last.
sign_one() { # DOCUMENT [again]
  made=$dir/ondertekenaars
  mark=$(cksum <"$1" | tr ' ' -)
  [ ! -f "$made/$mark" ] || [ -n "${2:-}" ] || return 0
  if [ -f "$made/laatste" ] && ! cmp -s "$1" "$made/laatste"; then
    bare "$1" >"$made/inhoud"
    if bare "$made/laatste" | cmp -s - "$made/inhoud"; then
      cat "$made/laatste" >"$1"
    else
      sed "1s/{/{\"voorganger\": \"$(cat "$made/vingerafdruk")\", /" "$made/inhoud" >"$1"
    fi
    mark=$(cksum <"$1" | tr ' ' -)
  fi
  cp "$1" "$made/laatste"
  if [ ! -f "$made/$mark" ]; then
    for signer in $organisations; do
      told=$(sign_as "$signer" "$1" accept "$dir/handtekeningen/$signer-$mark.json") || fail "$1 is niet te ondertekenen"
      cp "$dir/handtekeningen/$signer-$mark.json" "$dir/$signer/handtekeningen/"
    done
    echo "$told" | sed -n 's/^vingerafdruk  //p' >"$made/$mark"
  fi
  cp "$made/$mark" "$made/vingerafdruk"
}

sign_covenants() { # [ORG]
  for org in ${1:-$organisations}; do sign_one "$dir/$org/convenant.json" ${1:+again}; done
}

empty_organisation() { # ORG [FROM]
  ! is_running "$1" || fail "$1 draait nog"
  rm -rf "$dir/$1/sleutels" "$dir/$1/gegevens"
  if [ $# -gt 1 ]; then
    cp -a "$2/gegevens" "$2/sleutels" "$dir/$1"
  else
    mkdir -m 700 "$dir/$1/gegevens"
    "$program" init --config "$dir/$1/ketenbrug.ini" >/dev/null
  fi
  name_logs
  sign_covenants
}

hand_out_crl() {
  for org in $organisations; do
    cp "$dir/pki/ca/ca.crl" "$dir/$org/intrekkingen/.nieuw"
    mv "$dir/$org/intrekkingen/.nieuw" "$dir/$org/intrekkingen/ca.crl"
  done
}

make_region() {
  mkdir -p "$dir/pki"
  echo "$organisations" >"$dir/organisaties"
  cp "$program" "$dir/ketenbrug"
  program=$dir/ketenbrug
  "$program" pki ca --map "$dir/pki/ca" --naam 'Proefautoriteit Zandland' >/dev/null
  cp "$dir/pki/ca/ca.pem" "$dir/pki/ca.pem"
  write_covenant "$dir/pki/convenant.json"
  for org in $organisations; do make_organisation "$org"; done
  name_logs
  make_signers
  sign_covenants
  hand_out_crl
}

fill_organisation() { # ORG
  for pair in $(users_of "$1"); do
    (umask 077; run_as "$1" - user add --naam "${pair%%:*}" --rol "${pair#*:}" >"$dir/$1/bewijzen/${pair%%:*}" 2>/dev/null)
    version=$(run_as "$1" "${pair%%:*}" regulation show --json | sed 's/.*"versie":"\([^"]*\)".*/\1/')
    run_as "$1" "${pair%%:*}" regulation accept --versie "$version" >/dev/null
  done
  "$people" --seed "$seed" --people "$count" --organisation "${1%-[0-9]*}" | run_as "$1" - import --adapter csv - >/dev/null
  [ "$1" != schuldhulp ] || "$people" --story | head -n 2 | while read -r number _; do consent_of "$number"; done
  touch "$dir/$1/gevuld"
}

# The parents of the example family let debt help tell the area team.
consent_of() { # NUMBER
  printf '{"bsn":"%s","toestemming":{"soort":"avg-grond","uitkomst":"gegeven","door":"betrokkene","ontvangers":["gebiedsteam"],
"categorieen":["bestaan","contact","fase"],"doelen":["hulpafstemming"],"vanaf":"%s",
"bewijs":"formulier, ondertekend bij de intake","voorgelicht":true}}' "$1" "$(date -u +%Y-%m-%d)" |
    run_as schuldhulp c.visser consent add >/dev/null
}

run_as() { # ORG USER ARG...
  of=$1 user=$2
  shift 2
  if [ "$user" = - ]; then
    "$dir/ketenbrug" "$@" --config "$dir/$of/ketenbrug.ini"
  else
    "$dir/ketenbrug" "$@" --config "$dir/$of/ketenbrug.ini" --bewijs "$dir/$of/bewijzen/$user"
  fi
}

# The number in the file may be another process by now: after a restart of the machine, for instance.
is_running() { # ORG
  [ -f "$dir/$1/pid" ] && { tr '\0' '\n' <"/proc/$(cat "$dir/$1/pid")/cmdline"; } 2>/dev/null | grep -qxF "$dir/$1/ketenbrug.ini"
}

launch() { # ORG
  is_running "$1" && return 0
  : >"$(node_log "$1")"
  # REGION_WRAP runs the node under something else, such as taskset.
  # shellcheck disable=SC2086
  nohup ${REGION_WRAP:-} "$dir/ketenbrug" serve --config "$dir/$1/ketenbrug.ini" >/dev/null 2>>"$(node_log "$1")" </dev/null &
  echo $! >"$dir/$1/pid"
  # Until it has become the node: a moment long it is still this shell.
  until is_running "$1" || ! kill -0 $! 2>/dev/null; do sleep 0.01; done
}

await() { # ORG
  n=0
  until grep -q '"gebeurtenis":"gereed"' "$(node_log "$1")"; do
    # While one program takes the place of another (REGION_WRAP) the process has no words: it is there all the same.
    is_running "$1" || still_there "$(cat "$dir/$1/pid")" || { cat "$(node_log "$1")" >&2; fail "$1 start niet"; }
    n=$((n + 1))
    [ $n -lt 6000 ] || fail "$1 is na drie minuten niet gereed"
    sleep 0.03
  done
}

of_matching() { # ORG NAME: that number of the status
  run_as "$1" - status --json | sed -n "s/.*\"koppeling\":{[^}]*\"$2\":\([0-9]*\).*/\1/p"
}

# until_matching ORG NAME OPERATOR NUMBER
until_matching() {
  n=0
  until [ "$(of_matching "$1" "$2")" "$3" "$4" ]; do
    n=$((n + 1))
    [ $n -lt 1800 ] || fail "de opzoeksets van $1 zijn na drie minuten niet rond"
    sleep 0.1
  done
}

# What is registered is published first; what a round that begins then brings is all of that.
settle() {
  for org in $organisations; do until_matching "$org" wachtend -eq 0; done
  for org in $organisations; do until_matching "$org" rondesKlaar -gt "$(of_matching "$org" rondesBegonnen)"; done
}

# A process that was killed has let go of its lock and ports when it is gone, or waits to be reaped and its other threads
# are gone: the first one may be a zombie while they still hold all its files.
still_there() { # PID
  [ -d "/proc/$1" ] || return 1
  grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null || return 0
  set -- "/proc/$1/task/"*
  [ $# -gt 1 ]
}

halt() { # ORG SIGNAL
  is_running "$1" || return 0
  pid=$(cat "$dir/$1/pid")
  kill "-$2" "$pid" 2>/dev/null || true
  n=0
  while still_there "$pid"; do
    n=$((n + 1))
    [ $n -lt 3000 ] || fail "$1 stopt niet"
    sleep 0.03
  done
  rm -f "$dir/$1/pid"
}

[ $# -ge 2 ] || { sed -n '2,22s/^# \{0,1\}//p' "$0"; exit 2; }
verb=$1
dir=$2
shift 2

# As root: hand the folder to nobody and start over as him, with copies of what he cannot reach.
if [ "$(id -u)" = 0 ]; then
  # A link that somebody else left here would hand its target to nobody.
  [ ! -L "$dir" ] || fail "$dir is een koppeling"
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  if [ ! -d "$dir/.hulp" ]; then
    mkdir -p "$dir/.hulp"
    cp "$here/region.sh" "$dir/.hulp/"
    cp "$covenant" "$dir/.hulp/convenant.json"
    cp "$people" "$dir/.hulp/region-people"
    cp "$program" "$dir/.hulp/ketenbrug"
    [ "$(stat -c %u "$dir")" = 0 ] || fail "$dir is van een ander"
    chown -R nobody:nogroup "$dir"
  fi
  export KETENBRUG="$dir/.hulp/ketenbrug" REGION_PEOPLE="$dir/.hulp/region-people" REGION_COVENANT="$dir/.hulp/convenant.json"
  cd /
  exec setpriv --reuid=nobody --regid=nogroup --clear-groups -- sh "$dir/.hulp/region.sh" "$verb" "$dir" "$@"
fi

mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
[ -x "$dir/ketenbrug" ] && program=$dir/ketenbrug
[ -f "$dir/organisaties" ] && organisations=$(cat "$dir/organisaties")

case $verb in
  start)
    [ -x "$program" ] || fail "bouw eerst: $program is er niet"
    [ -d "$dir/pki" ] || make_region
    for org in $organisations; do launch "$org"; done
    for org in $organisations; do await "$org"; done
    for org in $organisations; do [ -f "$dir/$org/gevuld" ] || fill_organisation "$org"; done
    ;;
  stop) # all at once: each waits for the others' connections
    for org in $organisations; do is_running "$org" && kill -TERM "$(cat "$dir/$org/pid")" 2>/dev/null || true; done
    for org in $organisations; do halt "$org" TERM; done
    ;;
  start-one) launch "$1"; await "$1" ;;
  stop-one)  halt "$1" TERM ;;
  empty-one) empty_organisation "$@" ;;
  kill-one)  halt "$1" KILL ;;
  settle)    settle ;;
  crl)       hand_out_crl ;;
  sign)      sign_covenants "$@" ;;
  pki)       "$program" pki "$@" ;;
  as)        run_as "$@" ;;
  *)         fail "onbekende opdracht: $verb" ;;
esac
