#!/usr/bin/env bash
# Entry point of the image: prepare a working tree, then run the command in it.
# A checkout mounted at /work is used in place. Otherwise, the image's own files are copied
# to /tmp, because the image may be read-only and the user may be anyone. Results then go to
# /out if it is mounted, so that the same command can continue another time.
set -euo pipefail

source=/opt/scaling
tree=/tmp/scaling
made="build figures paper data/derived data/partial data/runs data/studies data/zip fresh"

mkdir -p "$HOME"
if [ -f Makefile ] && [ -d code/value_scaling ]; then
    tree=$PWD
elif [ ! -e "$tree/.whole" ]; then
    rm -rf "$tree"
    mkdir -p "$tree"
    cp -R --preserve=mode,timestamps "$source/." "$tree"
    # Scripts run from the image, because /tmp may be mounted noexec.
    rm -rf "$tree/make"
    ln -s "$source/make" "$tree/make"
    if [ -d /out ]; then
        if [ ! -w /out ]; then
            cat >&2 <<MESSAGE
container: user $(id -u):$(id -g) cannot write to the folder mounted at /out. Run:
  mkdir -p out && docker run --rm --user "\$(id -u):\$(id -g)" -v "\$PWD/out:/out" ...
MESSAGE
            exit 2
        fi
        for folder in $made; do
            mkdir -p "/out/$folder" "$tree/$folder"
            # Files in /out may belong to another user, so they are replaced, not changed.
            (cd "$tree/$folder" && find . -mindepth 1 -maxdepth 1 -print0 |
                tar --null --format=posix -cf - -T -) |
                tar -C "/out/$folder" --no-overwrite-dir --no-same-owner -xf -
            rm -rf "${tree:?}/$folder"
            ln -s "/out/$folder" "$tree/$folder"
        done
    elif [ "${1:-}" != make ] || [ "${2:-help}" != help ]; then
        echo "container: results are lost with the container; -v \"\$PWD/out:/out\"" \
            "keeps them" >&2
    fi
    touch "$tree/.whole"
fi
cd "$tree"
export PYTHONPATH="$tree/code"
exec "$@"
