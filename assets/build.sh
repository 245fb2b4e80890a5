#!/usr/bin/env bash
# Configures a preset and builds targets of it.
#   assets/build.sh PRESET [TARGET...]
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:?"usage: assets/build.sh PRESET [TARGET...]"}; shift
[ -f "build/$preset/build.ninja" ] || cmake --preset "$preset" >"${TMPDIR:-/tmp}/kalon-configure.$$" 2>&1 ||
  { cat "${TMPDIR:-/tmp}/kalon-configure.$$" >&2; rm -f "${TMPDIR:-/tmp}/kalon-configure.$$"; exit 1; }
rm -f "${TMPDIR:-/tmp}/kalon-configure.$$"
if [ $# -gt 0 ]; then cmake --build --preset "$preset" --target "$@"; else cmake --build --preset "$preset"; fi
