#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test. Arguments go to ctest: tests/run.sh -R unit/image
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
"$top/assets/setup.sh" run build test
"$top/assets/build.sh" release
cd "$top/build/release"
exec ctest --output-on-failure --parallel "$(nproc)" "$@"
