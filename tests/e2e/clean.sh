#!/bin/sh
# Takes away a folder in which tests ran: no node stays behind there, and no file system (test_fault_disk.py mounts small
# ones).
#   clean.sh FOLDER
set -u
here=$(cd "$(dirname "$0")" && pwd)
for region in "$1"/*/pki; do
  [ ! -d "$region" ] || sh "$here/../region/region.sh" stop "${region%/pki}" || echo "clean: ${region%/pki} is niet gestopt" >&2
done
awk -v under="$1/" 'index($2, under) == 1 { print $2 }' /proc/mounts | while read -r mounted; do
  umount "$mounted"
done
rm -rf "$1"
