#!/bin/sh
# Installs what the tests need, builds with both compilers and under the sanitizers, checks format and lint, and runs
# every test. Prints the seconds of each stage and, last, what failed and a line that counts: "N passed, M failed".
#   sh tests/run.sh            all
#   sh tests/run.sh --only S   one stage: packages build lint unit model sanitizers conformance e2e fuzz
set -u
cd "$(dirname "$0")/.."
. node/packages.sh

test_packages='clang nginx-light clang-tidy clang-format cppcheck libcmocka-dev libclang-rt-14-dev openssl curl python3 python3-h2 python3-hpack python3-jsonschema python3-prometheus-client faketime sqlite3 jose procps iproute2 ca-certificates'
# Another Node.js than Debian's brings its own npm, which Debian's package does not go with.
command -v npm >/dev/null || test_packages="$test_packages nodejs npm"
only=
[ "${1:-}" != --only ] || only=${2:?stage}
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
jobs=$(nproc)
. tests/stages.sh

packages() {
  # shellcheck disable=SC2086
  install_packages $build_packages $test_packages && sh tests/conformance/lint.sh # with no file: installs the linter
}

build() { # release (gcc), debug (clang): warnings are errors
  for preset in release debug; do
    cmake --preset $preset -DKETENBRUG_TESTS=ON && cmake --build --preset $preset || return 1
  done
}

lint() {
  status=0
  sources=$(git ls-files '*.c' '*.h')
  # shellcheck disable=SC2086
  clang-format --dry-run --Werror $sources || status=1
  git ls-files 'node/*.c' 'policy/*.c' 'certs/*.c' 'adapters/*.c' |
    xargs -P "$jobs" -n 1 clang-tidy -p build/debug --quiet || status=1
  cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr -j "$jobs" -I. -Inode --enable=warning,portability \
    --suppress=missingIncludeSystem node policy certs adapters || status=1
  for script in $(git ls-files '*.sh') .ci/run; do sh -n "$script" || status=1; done
  return $status
}

unit() {
  ctest --test-dir build/release --output-on-failure -j "$jobs"
}

model() { # signals and tasks in a simulated region: a fresh seed, those that once failed, and each built-in fault found
  sh tests/model/run.sh
}

sanitizers() { # the whole suite under ASan+UBSan, what has threads under TSan
  cmake --preset asan -DKETENBRUG_TESTS=ON >/dev/null && cmake --build --preset asan || return 1
  cmake --preset tsan -DKETENBRUG_TESTS=ON >/dev/null && cmake --build --preset tsan --target threaded_tests || return 1
  status=0
  # uniform_leak_*: whether api_test_uniform finds a leak that is built in; the rest of their code is its own.
  ctest --test-dir build/asan --output-on-failure -j "$jobs" -E '^uniform_leak_' || status=1
  ctest --test-dir build/tsan --output-on-failure -j "$jobs" -L 'store|http|peer|integration' || status=1
  return $status
}

conformance() { # RFC 9113 and 7541, section by section
  sh tests/conformance/run.sh
}

e2e() {
  sh tests/e2e/run.sh
}

fuzz() { # a smoke run of each target on its corpus; longer with FUZZ_SECONDS
  cmake --preset fuzz >/dev/null && cmake --build --preset fuzz || return 1
  sh tests/fuzz/run.sh "${FUZZ_SECONDS:-8}"
}

stage packages packages
stage build build
stage lint lint
stage unit unit
stage model model
stage sanitizers sanitizers
stage conformance conformance
stage e2e e2e
stage fuzz fuzz

finish
