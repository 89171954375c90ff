# Stages of run.sh: each is timed and counted, and what failed is told at the end, for who reads the end alone. Sourced,
# with $logs (a folder of one's own) and $only (a stage, or nothing) set.
passed=0
failed=0

# stage NAME FUNCTION: runs it; the end of its output is shown when it fails.
stage() {
  [ -z "$only" ] || [ "$only" = "$1" ] || [ "$1" = packages ] || return 0
  begin=$(date +%s)
  if "$2" >"$logs/$1" 2>&1; then result=ok; else
    result=FAILED
    failed=$((failed + 1))
    tail -n 60 "$logs/$1"
  fi
  count_tests "$logs/$1"
  printf '%-12s %-7s %4s s   %s\n' "$1" "$result" $(($(date +%s) - begin)) "$counted" | tee -a "$logs/.table"
  [ "$result" = ok ] || faults "$1" "$logs/$1" >>"$logs/.faults"
}

# Adds the tests that a stage's output counts: ctest's summaries, and the `stage-counts P F` lines of other runners.
count_tests() {
  counted=$(awk '
    match($0, /[0-9]+ tests failed out of [0-9]+/) { split(substr($0, RSTART), w, " "); bad += w[1]; good += w[6] - w[1] }
    $1 == "stage-counts" { good += $2; bad += $3 }
    END { printf "%d %d", good, bad }' "$1")
  passed=$((passed + ${counted% *}))
  failed=$((failed + ${counted#* }))
  if [ "$counted" = '0 0' ]; then counted=; else counted="${counted% *} passed, ${counted#* } failed"; fi
}

# faults NAME FILE: what failed in a stage's output: what ctest names at its end and the lines of which it says that they
# are wrong, what tests/e2e/suite.py tells of its own, findings of a fuzz target; when none of these, its last lines.
faults() {
  awk '
    /^The following tests FAILED:/ { listed = 1; next }
    listed && /^[ \t]+[0-9]+ - / { sub(/^[ \t]+/, ""); print "ctest " $0; next }
    listed { listed = 0 }
    /^gefaald/ { told = 1 }
    $1 == "stage-counts" { told = 0 }
    told || /^fuzz_[a-z_0-9]+: a finding/ || /\[ +(ERROR|LINE|FAILED) +\]|: (error|warning|fatal error): |Sanitizer: / { print substr($0, 1, 240) }
  ' "$2" >"$logs/.found"
  [ -s "$logs/.found" ] || tail -n 12 "$2" | cut -c1-240 >"$logs/.found"
  echo "==== $1:"
  head -n 150 "$logs/.found"
}

# What failed, the seconds of all, and the count.
finish() {
  [ ! -s "$logs/.faults" ] || { printf '\n---- what failed ----\n' && cat "$logs/.faults"; }
  [ ! -s "$logs/.table" ] || { printf '\n---- stages ----\n' && cat "$logs/.table"; }
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ] && [ "$passed" != 0 ]
}
