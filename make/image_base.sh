#!/usr/bin/env bash
# Make a bare Debian 12 as an image for podman: make/image_base.sh TAG
# This is for hosts that reach a Debian mirror but no image registry. The mirror is the one
# that apt uses, or with DEBIAN_SNAPSHOT the archive at DEBIAN_ARCHIVE. If the image exists,
# nothing is done.
set -euo pipefail

tag=$1
podman image exists "$tag" && exit 0
if ! command -v mmdebstrap >/dev/null; then
    echo "image: mmdebstrap is missing: sudo apt-get install mmdebstrap" >&2
    exit 2
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sources=()
# shellcheck disable=SC1091
if [ -n "${DEBIAN_SNAPSHOT:-}" ]; then
    make/image_sources.sh "${DEBIAN_ARCHIVE:-}" "$DEBIAN_SNAPSHOT" \
        >"$folder/sources.list"
    sources=("$folder/sources.list")
elif (. /etc/os-release && [ "${VERSION_CODENAME:-}" = bookworm ]); then
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
        'Created-By: Packages' | sort -u >"$folder/sources.list"
    if [ -s "$folder/sources.list" ]; then sources=("$folder/sources.list"); fi
fi
slim=() # as in the published slim images: no manuals, but all licences
for path in doc info lintian locale man; do
    slim+=("--dpkgopt=path-exclude=/usr/share/$path/*")
done
slim+=("--dpkgopt=path-include=/usr/share/doc/*/copyright")
echo "image: making $tag, a bare Debian"
mmdebstrap --quiet --variant=minbase --include=ca-certificates "${slim[@]}" \
    bookworm "$folder/base.tar" "${sources[@]}"
podman import --quiet -c 'CMD ["bash"]' "$folder/base.tar" "$tag" >/dev/null
