#!/bin/sh
# End-to-end tests: real nodes on loopback, an independent HTTP/2 implementation (python3-h2) as the other side.
#   sh tests/e2e/run.sh              all tests; the last line is `stage-counts PASSED FAILED`
#   sh tests/e2e/run.sh PATTERN...   only tests whose name contains one of these
# Files run side by side, each with nodes of its own; what one printed comes when it ends.
# Environment: E2E_JOBS how many at a time (the processors there are, 4 at most), REGION_PORT the first of 1,300 ports for
# each of them (27443, beside a region of quickstart), KETENBRUG the program, E2E_SUITE another folder with test_*.py,
# E2E_BOUND_S how many seconds a file may take (1800).
# As root the nodes run as nobody; as another user, as that user.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
REGION_PORT=${REGION_PORT:-27443}
KETENBRUG=${KETENBRUG:-$top/build/release/ketenbrug}
REGION_PEOPLE=${REGION_PEOPLE:-$top/build/release/tests/region-people}
export REGION_PORT KETENBRUG REGION_PEOPLE
for program in "$KETENBRUG" "$REGION_PEOPLE"; do
  [ -x "$program" ] || { echo "e2e: bouw eerst: $program is er niet" >&2; exit 1; }
done

# Debian's own Python has Debian's python3-h2; another one that comes first in PATH need not.
python=
for candidate in python3 /usr/bin/python3; do
  if "$candidate" -c 'import h2, jsonschema' 2>/dev/null; then python=$candidate; break; fi
done
[ -n "$python" ] || { echo 'e2e: installeer python3, python3-h2 en python3-jsonschema' >&2; exit 1; }

E2E_DIR=$(mktemp -d /tmp/kb-e2e.XXXXXX)
export E2E_DIR
chmod 755 "$E2E_DIR"
# Whatever happened to the tests: nothing of them stays behind.
finish() {
  for place in "$E2E_DIR"/[0-9]*; do
    [ ! -d "$place" ] || sh "$here/clean.sh" "$place"
  done
  rm -rf "$E2E_DIR"
}
trap finish EXIT
trap 'exit 130' INT TERM
cd "${E2E_SUITE:-$here}"
PYTHONDONTWRITEBYTECODE=1 "$python" "$here/suite.py" "$@"
