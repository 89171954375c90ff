# Years of log for the benchmarks that read one; sourced behind lib.sh. A year made once is used by every benchmark of a run:
# they are kept in BENCH_STORES, else in $work, which the benchmark itself removes.
years=${BENCH_STORES:-$work/stores}
year_seed=2026
mkdir -p "$years"

# year_of RECORDS: the folder of a node that has that year; what a run that died left behind is made anew
year_of() {
    folder=$years/jaar-$1
    if [ ! -f "$folder/geplant.jsonl" ]; then
        rm -rf "$folder"
        mkdir -m 700 "$folder"
        "$build/tests/region-year" --seed "$year_seed" --records "$1" --into "$folder" --truth "$folder/geplant.jsonl" >&2
    fi
    echo "$folder"
}
