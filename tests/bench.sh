#!/usr/bin/env bash
# Builds and runs the benchmarks; prints one table: what, measured, peer, ratio, target.
#   tests/bench.sh [NAME...] [--json]      names: decode index order library; default: all
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
"$top/assets/setup.sh" run build test
"$top/assets/build.sh" bench
exec /usr/bin/python3 "$top/tests/bench/run.py" --build "$top/build/bench" "$@"
