#!/bin/sh
# Runs every fuzz target for a number of seconds on its corpus, as many side by side as there are processors; new inputs go
# to a folder that is thrown away.
#   sh tests/fuzz/run.sh [SECONDS]
# Build first: cmake --preset fuzz && cmake --build --preset fuzz
set -u
cd "$(dirname "$0")/../.."

# one TARGET SECONDS FOLDER: prints what came of it at once, and leaves its name there when it is good
one() {
  name=${1#fuzz_}
  work=$3/$name
  mkdir -p "$work/new"
  if [ "$name" = session ]; then python3 tests/fuzz/session_corpus.py "$work/new" || exit 1; fi
  if "build/fuzz/tests/$1" -max_total_time="$2" -timeout=60 -rss_limit_mb=1024 -max_len=16384 \
    -artifact_prefix="$work/" "$work/new" "tests/fuzz/corpus/$name" >"$work/log" 2>&1; then
    : >"$3/good.$name"
    echo "$1: $(sed -n 's/^Done \([0-9]*\) runs.*/\1 runs/p' "$work/log")"
  else
    {
      echo "$1: a finding"
      tail -n 40 "$work/log"
      for found in "$work"/crash-* "$work"/timeout-* "$work"/oom-* "$work"/leak-*; do
        [ ! -f "$found" ] || od -An -tx1 "$found" | head -n 40
      done
    } >"$work/said"
    cat "$work/said" # at once: others print too
  fi
}

if [ "${1:-}" = --one ]; then
  one "$2" "$3" "$4"
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for source in tests/fuzz/fuzz_*.c; do
  basename "$source" .c
done >"$work/targets"
xargs -P "$(nproc)" -I TARGET sh tests/fuzz/run.sh --one TARGET "${1:-30}" "$work" <"$work/targets"
good=$(find "$work" -maxdepth 1 -name 'good.*' | wc -l)
bad=$(($(wc -l <"$work/targets") - good))
echo "stage-counts $good $bad"
[ "$bad" = 0 ]
