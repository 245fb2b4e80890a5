#!/usr/bin/env bash
# Shows what Kalon does: sorts the pictures of a folder so that neighbours look alike.
#   host/demo.sh [FOLDER]     without FOLDER: the photographs of Debian's wallpaper packages
# Installs what is missing, builds, indexes, and ends by naming the folder of numbered links and its contact sheet.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
case "${1:-}" in -h | --help) sed -n 2,4p "$0"; exit 0 ;; esac
if [ $# -gt 0 ] && [ ! -d "$1" ]; then echo "demo: $1 is not a folder" >&2; exit 2; fi

if [ $# -gt 0 ]; then
  folders=("$(cd "$1" && pwd)")
else
  folders=(/usr/share/backgrounds /usr/share/wallpapers)
fi

"$top/assets/setup.sh" run build
"$top/assets/build.sh" release kalon_cli kalon_all_plugins
kalon=$top/build/release/bin/kalon

result=${KALON_DEMO_DIR:-$top/build/demo}
mkdir -p "$result"
library=$result/library
status=0
"$kalon" --library "$library" index "${folders[@]}" || status=$?
# Some pictures may be broken (3); the others are sorted all the same.
[ "$status" = 0 ] || [ "$status" = 3 ] || exit "$status"

# The folder of the run before is taken back, not overwritten.
sorted=$result/sorted
while [ -e "$sorted" ]; do
  "$kalon" --library "$library" undo || { echo "demo: $sorted holds files that are not its own; move them away" >&2; exit 1; }
done
"$kalon" --library "$library" sort "${folders[@]}" --to "$sorted"
