#!/bin/sh
# Runs every fuzz target for a number of seconds on its corpus; new inputs go to a folder that is thrown away.
#   sh tests/fuzz/run.sh [SECONDS]
# Build first: cmake --preset fuzz && cmake --build --preset fuzz
set -u
cd "$(dirname "$0")/../.."
seconds=${1:-30}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
good=0
bad=0
for source in tests/fuzz/fuzz_*.c; do
  target=$(basename "$source" .c)
  name=${target#fuzz_}
  mkdir -p "$work/$name"
  [ "$name" != session ] || python3 tests/fuzz/session_corpus.py "$work/$name" || exit 1
  if "build/fuzz/tests/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=16384 \
    -artifact_prefix="$work/" "$work/$name" "tests/fuzz/corpus/$name" >"$work/log" 2>&1; then
    good=$((good + 1))
    echo "$target: $(sed -n 's/^Done \([0-9]*\) runs.*/\1 runs/p' "$work/log")"
  else
    bad=$((bad + 1))
    echo "$target: a finding"
    tail -n 40 "$work/log"
    for found in "$work"/crash-* "$work"/timeout-* "$work"/oom-* "$work"/leak-*; do
      [ ! -f "$found" ] || od -An -tx1 "$found" | head -n 40
    done
  fi
done
echo "stage-counts $good $bad"
[ "$bad" = 0 ]
