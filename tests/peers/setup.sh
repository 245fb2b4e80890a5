#!/usr/bin/env bash
# Makes the Python environment build/peers (or $KALON_PEERS_DIR) of what requirements.txt names; again: only what changed.
# Exit codes: 0 all there, 1 something is wrong, 2 usage, 4 the package registry cannot be reached (the tests that need it are skipped).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# = 0 ] || { sed -n 2,3p "$0" >&2; exit 2; }
top=$(cd "$here/../.." && pwd)
peers=${KALON_PEERS_DIR:-$top/build/peers}
wanted="$(sha256sum <"$here/requirements.txt") $(/usr/bin/python3 --version)"
is_done() { [ -x "$peers/bin/python" ] && [ "$(cat "$peers/made-of" 2>/dev/null)" = "$wanted" ]; }
is_done && exit 0

mkdir -p "$peers"
exec 9>"$peers/.lock"
flock 9
is_done && exit 0
rm -f "$peers/made-of" # what is half made is not used
says=$(mktemp)
trap 'rm -f "$says"' EXIT
[ -x "$peers/bin/pip" ] || /usr/bin/python3 -m venv "$peers" >"$says" 2>&1 ||
  { cat "$says" >&2; echo "peers: the environment cannot be made; assets/setup.sh test installs python3-venv" >&2; exit 1; }
echo "Installing what tests compare with into ${peers#"$top"/} ..."
if ! LC_ALL=C.UTF-8 "$peers/bin/python" -m pip --disable-pip-version-check --no-input --no-color install --quiet --retries 1 --timeout 15 \
  --no-deps --no-build-isolation --requirement "$here/requirements.txt" >"$says" 2>&1; then
  if grep -qE 'No matching distribution|Could not find a version|[Cc]onnection|Max retries|timed out|Timeout|ProxyError|SSLError|HTTP error|Temporary failure|Name or service' "$says"; then
    echo "peers: the package registry cannot be reached, or does not have a version of tests/peers/requirements.txt; tests that need it are skipped" >&2
    exit 4
  fi
  cat "$says" >&2
  exit 1
fi
echo "$wanted" >"$peers/made-of"
