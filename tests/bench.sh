#!/usr/bin/env bash
# Builds and runs the benchmarks; prints one table: what, measured, peer, ratio, target.
#   tests/bench.sh [NAME...] [--json]      names: see --help; default: all
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
"$top/assets/setup.sh" run weights build test bench
"$top/assets/models.sh" || [ $? = 4 ]
"$top/assets/build.sh" bench
exec /usr/bin/python3 "$top/tests/bench/run.py" --build "$top/build/bench" "$@"
