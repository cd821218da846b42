#!/usr/bin/env bash
# What a scan takes of memory, on inputs that would show whatever grows with them: a text, a line and a table of
# 1 GiB, and 100,000 small files of which three in ten have hits.
#
#   benches/memory.sh [INPUT...]     INPUT: text, line, table, files; all by default
#
# Prints a table, and exits with 1 where the peak lies above the bound. Needs GNU time and 4 GiB below $TMPDIR.
# The build is a quick one; set the CARGO_PROFILE_* variables below for another.
set -euo pipefail
cd "$(dirname "$0")/.."

bound_mib=64
threads=2
# The binary and the bench that generates are built alike, so that what both need is built once.
export CARGO_PROFILE_RELEASE_LTO=${CARGO_PROFILE_RELEASE_LTO:-off}
export CARGO_PROFILE_RELEASE_CODEGEN_UNITS=${CARGO_PROFILE_RELEASE_CODEGEN_UNITS:-16}
export CARGO_PROFILE_RELEASE_DEBUG=${CARGO_PROFILE_RELEASE_DEBUG:-line-tables-only}
export CARGO_PROFILE_RELEASE_STRIP=${CARGO_PROFILE_RELEASE_STRIP:-none}
export CARGO_PROFILE_BENCH_LTO=$CARGO_PROFILE_RELEASE_LTO
export CARGO_PROFILE_BENCH_CODEGEN_UNITS=$CARGO_PROFILE_RELEASE_CODEGEN_UNITS
export CARGO_PROFILE_BENCH_DEBUG=$CARGO_PROFILE_RELEASE_DEBUG
export CARGO_PROFILE_BENCH_STRIP=$CARGO_PROFILE_RELEASE_STRIP

gnu_time=/usr/bin/time
if ! "$gnu_time" --version >/dev/null 2>&1; then
    echo "memory.sh: GNU time is missing; install the package \`time\`" >&2
    exit 2
fi
if [ $# -eq 0 ]; then
    set -- text line table files
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cargo build --release --quiet
binary=$(cargo metadata --no-deps --format-version 1 |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/release/datakarta

failed=0
printf '| input | files | bytes | seconds | CPU seconds | peak RSS MiB | findings |\n|---|---|---|---|---|---|---|\n'
for input in "$@"; do
    case $input in
        text | line) path=$folder/$input.txt ;;
        table) path=$folder/table.csv ;;
        files) path=$folder/files && mkdir "$path" ;;
        *) echo "memory.sh: no input \`$input\`; choose text, line, table or files" >&2 && exit 2 ;;
    esac
    cargo bench --quiet --bench scan -- --generate "$input" "$path" >&2
    "$gnu_time" -f '%M %e %U %S' -o "$folder/time" \
        "$binary" scan "$path" --threads "$threads" -o "$folder/out.json" -q
    python3 - "$input" "$folder/out.json" "$folder/time" "$bound_mib" <<'PYTHON' || failed=1
import json, sys

name, inventory, timed, bound = sys.argv[1:]
with open(inventory) as file:
    found = json.load(file)
with open(timed) as file:
    peak, wall, user, system = map(float, file.read().split()[-4:])
coverage = found["coverage"]
findings = sum(category["findings"] for category in found["categories"])
mib = peak / 1024
print(
    f"| {name} | {coverage['files']['read']} | {coverage['bytes']['read']} | {wall:.1f} | {user + system:.1f} "
    f"| {mib:.1f} | {findings} |",
    flush=True,
)
sys.exit(mib > int(bound))
PYTHON
    rm -rf "$path" "$folder/out.json"
done
exit "$failed"
