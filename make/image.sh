#!/usr/bin/env bash
# Build the image, or write it to archives: ACCEL=cpu make/image.sh build|archive
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
IMAGE=${IMAGE:-scaling}
# shellcheck source=make/engine.sh
. make/engine.sh

tag=$IMAGE:$ACCEL
arguments=(--build-arg "ACCEL=$ACCEL" --build-arg "EXTRAS=${EXTRAS:-}")
if [ -n "${BASE_IMAGE:-}" ]; then
    arguments+=(--build-arg "BASE_IMAGE=$BASE_IMAGE")
fi
if [ -n "${DEBIAN_SNAPSHOT:-}" ]; then # refuse a wrong one before anything is built
    make/image_sources.sh "${DEBIAN_ARCHIVE:-}" "$DEBIAN_SNAPSHOT" >/dev/null
fi
for name in DEBIAN_SNAPSHOT DEBIAN_ARCHIVE; do
    if [ -n "${!name:-}" ]; then arguments+=(--build-arg "$name=${!name}"); fi
done
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
if [ -n "$(git status --porcelain 2>/dev/null)" ]; then revision+=+changes; fi

build "$tag" "${arguments[@]}" --build-arg "REVISION=$revision"
echo "Image:     $tag"
[ "$1" = archive ] || exit 0

# The stage that needs a Debian mirror is archived as well. With it and the wheels of
# `make wheelhouse`, a changed project builds without any network.
build "$IMAGE:system" "${arguments[@]}" --target system
folder=build/image
mkdir -p "$folder"
save "$tag" "$folder/${IMAGE##*/}-$ACCEL.oci.tar"
save "$IMAGE:system" "$folder/${IMAGE##*/}-system.oci.tar"
(cd "$folder" && LC_ALL=C sha256sum ./*.oci.tar >SHA256SUMS.part &&
    mv SHA256SUMS.part SHA256SUMS && cat SHA256SUMS)
for archive in "$folder"/*.oci.tar; do
    digest=$(tar -xOf "$archive" index.json | grep -o 'sha256:[0-9a-f]\{64\}' | head -n 1)
    echo "Archive:   $archive ($(du -h "$archive" | cut -f 1)), manifest $digest"
done
