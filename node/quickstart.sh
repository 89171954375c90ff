#!/bin/sh
# From nothing to the answer: installs what is missing, builds, starts a region of five real nodes with invented people,
# asks the question, and shows the answer and the log of both sides.
#   sh node/quickstart.sh          and stops the region again
#   sh node/quickstart.sh --keep   leaves it running
set -eu
cd "$(dirname "$0")/.."
. node/packages.sh

keep=
case ${1:-} in
  --keep) keep=1 ;;
  '') ;;
  *) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac

started=$(date +%s)
step() { printf '\n== %s (%s s)\n' "$1" $(($(date +%s) - started)); }
region=${KETENBRUG_REGION:-/tmp/ketenbrug-regio-$(id -u)}
at() { sh tests/region/region.sh as "$region" "$@"; }

step 'Pakketten'
# shellcheck disable=SC2086
install_packages $build_packages

step 'Bouwen'
log=$(mktemp)
if ! { cmake --preset release -DKETENBRUG_TESTS=OFF && cmake --build --preset release -t ketenbrug region-people; } >"$log" 2>&1; then
  tail -n 30 "$log" >&2
  rm -f "$log"
  exit 1
fi
rm -f "$log"

step 'Vijf knooppunten starten: gebiedsteam, school, CJG, UWV, schuldhulp'
# Only what is a region is thrown away.
if [ -L "$region" ] || { [ -n "$(ls -A "$region" 2>/dev/null)" ] && [ ! -d "$region/pki" ] && [ ! -d "$region/.hulp" ]; }; then
  echo "quickstart: $region is geen regio; ruim het op, of kies een andere map met KETENBRUG_REGION" >&2
  exit 1
fi
[ -z "$(ls -A "$region" 2>/dev/null)" ] || { sh tests/region/region.sh stop "$region" && rm -rf "$region"; }
[ -n "$keep" ] || trap 'sh tests/region/region.sh stop "$region"; rm -rf "$region"' EXIT
REGION_TICK_MS=2000 sh tests/region/region.sh start "$region"
sh tests/region/region.sh settle "$region" # what each may know of the others is there

step 'Het convenant dat alle vijf tekenden, ieder met een sleutel die niet op het knooppunt staat'
at gebiedsteam - covenant status

step 'De vraag'
cat <<'TEXT'
Een moeder meldt zich bij Gebiedsteam Noord. Generalist g.jansen vraagt, in zaak Z-2026-0012, wie er
betrokken is bij haar gezin: moeder, vader, zoon en dochter. Elke organisatie houdt haar eigen gegevens.

  ketenbrug consult --doel hulpafstemming --grondslag wmo-5.1.1 --zaak Z-2026-0012 \
      --reden 'gezin meldt zich met schulden en een thuiszitter' < gezin.txt

TEXT
build/release/tests/region-people --story |
  at gebiedsteam g.jansen consult --doel hulpafstemming --grondslag wmo-5.1.1 --zaak Z-2026-0012 \
    --reden 'gezin meldt zich met schulden en een thuiszitter'

step 'Het logboek van het gebiedsteam: wat gevraagd en ontvangen is, aan en van schuldhulp'
at gebiedsteam privacy audit list --aantal 60 | grep -E 'regel|Schuldhulp'
step 'Het logboek van schuldhulp: dezelfde raadpleging, van de andere kant'
at schuldhulp privacy audit list --aantal 60 | grep -E 'regel|Gebiedsteam'
printf '\n'
at gebiedsteam - audit verify
at schuldhulp - audit verify

if [ -n "$keep" ]; then
  cat <<TEXT

De regio draait in $region. Probeer verder:
  sh tests/region/region.sh as $region school z.smit consult --doel hulpafstemming --grondslag wpo-8 --zaak L-1 --reden 'zorg over een leerling'
  sh tests/region/region.sh as $region gebiedsteam privacy audit list
  sh tests/region/region.sh stop $region
TEXT
else
  cat <<'TEXT'

Probeer verder:
  sh node/quickstart.sh --keep                      laat de regio draaien
  build/release/ketenbrug --help                    alle opdrachten
  sh tests/run.sh                                   alle proeven
TEXT
fi
step 'Klaar'
