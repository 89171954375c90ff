#!/bin/sh
# Lints descriptions by the Dutch API Design Rules; no error may be left. Without FILE it only installs the linter.
#   sh tests/conformance/lint.sh [FILE...]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
stamp=$here/node_modules/.installed-lock
command -v npm >/dev/null || { echo 'lint: installeer nodejs en npm' >&2; exit 1; }
cmp -s "$here/package-lock.json" "$stamp" || {
  npm ci --prefix "$here" >&2
  cp "$here/package-lock.json" "$stamp"
}
for file in "$@"; do
  "$here/node_modules/.bin/spectral" lint -r "$here/api-design-rules-linter.yaml" --fail-severity error "$file"
done
