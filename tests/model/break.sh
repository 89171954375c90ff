#!/bin/sh
# Each fault that can be built into the model must be found, within five minutes: a model that finds nothing proves nothing.
#   break.sh MODEL [SEED]   the last line is `stage-counts FOUND MISSED`
set -u
model=$1
seed=${2:-1}
found=0
missed=0
for fault in $("$model" --help 2>&1 | sed -n 's/^--break://p'); do
  begin=$(date +%s)
  if told=$("$model" --break "$fault" --seconds 300 --seed "$seed"); then
    missed=$((missed + 1))
    echo "$fault: not found"
  else
    found=$((found + 1))
    echo "$fault ($(($(date +%s) - begin)) s): $(echo "$told" | sed -n 's/^FAILED //p')"
  fi
done
echo "stage-counts $found $missed"
[ "$missed" = 0 ] && [ "$found" -ge 10 ]
