#!/bin/sh
# RFC 9113 and RFC 7541, section by section, on a real node. Arguments and environment as tests/e2e/run.sh.
set -eu
E2E_SUITE=$(cd "$(dirname "$0")" && pwd)
export E2E_SUITE
exec sh "$E2E_SUITE/../e2e/run.sh" "$@"
