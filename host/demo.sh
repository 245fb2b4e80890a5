#!/usr/bin/env bash
# Shows what Kalon does: the pictures of a folder in visual order, in groups, what is there twice, what does not belong.
#   host/demo.sh [FOLDER]     without FOLDER: the photographs of Debian's wallpaper packages
# Installs what is missing, fetches the trained model, builds, indexes, and ends by naming a folder of numbered links and one
# HTML page to open. Without the package registry it says so and goes on with the model that needs no weights.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
case "${1:-}" in -h | --help) sed -n 2,5p "$0"; exit 0 ;; esac
if [ $# -gt 0 ] && [ ! -d "$1" ]; then echo "demo: $1 is not a folder" >&2; exit 2; fi

if [ $# -gt 0 ]; then
  folders=("$(cd "$1" && pwd)")
else
  folders=(/usr/share/backgrounds /usr/share/wallpapers)
fi

"$top/assets/setup.sh" run weights build
"$top/assets/models.sh" || [ $? = 4 ]
"$top/assets/build.sh" release kalon_cli kalon_viewer kalon_all_plugins

result=${KALON_DEMO_DIR:-$top/build/demo}
mkdir -p "$result"
kalon() { "$top/build/release/bin/kalon" --library "$result/library" "$@"; }
status=0
kalon index "${folders[@]}" || status=$?
# Some pictures may be broken (3); the others are shown all the same.
[ "$status" = 0 ] || [ "$status" = 3 ] || exit "$status"

# The folder of the run before is taken back, not overwritten.
sorted=$result/sorted
while [ -e "$sorted" ]; do
  kalon undo || { echo "demo: $sorted holds files that are not its own; move them away" >&2; exit 1; }
done
echo
echo "-- kalon sort: each picture beside its like"
kalon sort "${folders[@]}" --to "$sorted"
echo
echo "-- kalon duplicates: what is there twice"
kalon duplicates "${folders[@]}" | tail -n 12
echo
echo "-- kalon outliers: what is least like the rest"
kalon outliers "${folders[@]}" --limit 5
echo
echo "-- kalon report: all of it on one page"
kalon report "${folders[@]}" --to "$result/page.html" --overwrite
if [ -n "${DISPLAY:-}" ]; then
  echo
  echo "See them: $top/build/release/bin/kalon --library $result/library view"
fi
