#!/bin/sh
# Runs the model of signals and tasks: with a fresh seed for MODEL_SECONDS (20), then with each seed that ever failed, then
# shorter with each fault that can be built in, which must be found. The last line is `stage-counts PASSED FAILED`.
#   run.sh [MODEL]
# Environment: MODEL_SECONDS, MODEL_SEED in place of a fresh one.
set -u
here=$(cd "$(dirname "$0")" && pwd)
model=${1:-$here/../../build/release/tests/cooperation-model}
seed=${MODEL_SEED:-$(od -An -N6 -tu8 /dev/urandom | tr -d ' ')}
passed=0
failed=0
kept=$(mktemp)
trap 'rm -f "$kept"' EXIT

counted() { # COMMAND...
  if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

counted "$model" --seed "$seed" --seconds "${MODEL_SECONDS:-20}" --shrink "$kept"
[ ! -s "$kept" ] || cat "$kept"
while read -r one nodes _; do # seeds.txt: SEED NODES STEPS WHY
  case $one in ''|'#'*) continue ;; esac
  counted "$model" --seed "$one" --nodes "$nodes"
done <"$here/seeds.txt"
counted sh "$here/break.sh" "$model" "$seed"
echo "stage-counts $passed $failed"
[ "$failed" = 0 ]
