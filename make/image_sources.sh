#!/bin/sh
# Print lines for apt's sources.list that give Debian's packages at a past time:
#   make/image_sources.sh ADDRESS_OF_THE_ARCHIVE 20260918T000000Z
set -eu

if [ -z "$1" ]; then
    echo "image: DEBIAN_SNAPSHOT is set and DEBIAN_ARCHIVE is not; set it to the address of" >&2
    echo "Debian's snapshot archive, which Debian's site names, or of a mirror of it" >&2
    exit 2
fi

case $2 in
    [0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]Z) ;;
    *)
        echo "image: DEBIAN_SNAPSHOT is '$2'; it is a time such as 20260918T000000Z" >&2
        exit 2
        ;;
esac
# The signature of an old package list has expired, so its date is not checked.
for suite in "debian/$2/ bookworm" "debian/$2/ bookworm-updates" \
    "debian-security/$2/ bookworm-security"; do
    echo "deb [check-valid-until=no] $1/$suite main"
done
