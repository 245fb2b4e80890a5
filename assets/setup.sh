#!/usr/bin/env bash
# Installs sections of assets/debian-packages.txt with apt, if anything of them is missing.
#   assets/setup.sh run build [test]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || { sed -n 2,3p "$0" >&2; exit 2; }

for section in "$@"; do
  grep -qxF "[$section]" "$here/debian-packages.txt" ||
    { echo "setup: debian-packages.txt has no section $section; it has $(sed -n 's/^\[\(.*\)\]$/\1/p' "$here/debian-packages.txt" | paste -sd ' ')" >&2; exit 2; }
done
wanted=$(for section in "$@"; do
  awk -v section="[$section]" '/^\[/ { inside = ($0 == section); next } inside && !/^#/ && NF { print $1 }' "$here/debian-packages.txt"
done | sort -u)
missing=$(comm -23 <(echo "$wanted") <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 2>/dev/null | awk '$1 == "ii" { print $2 }' | sort -u))
[ -n "$missing" ] || exit 0

echo "Installing $(echo "$missing" | wc -l) packages of Debian ($*) ..."
[ "$(id -u)" = 0 ] && as_root= || as_root=sudo
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -q
# shellcheck disable=SC2086 # one word for each package
$as_root apt-get install -y -q --no-install-recommends $missing
