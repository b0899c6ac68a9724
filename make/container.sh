#!/usr/bin/env bash
# The image's entry point: a tree to work in, then the command in it.
# A checkout mounted at /work is used in place. Else the image's own files are copied to
# /tmp, since the image may be read-only and the user anyone; what is made then goes to
# /out where that is mounted, so that the same command goes on there another time.
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
    # Scripts run from the image: /tmp may be mounted noexec.
    rm -rf "$tree/make"
    ln -s "$source/make" "$tree/make"
    if [ -d /out ]; then
        if [ ! -w /out ]; then
            cat >&2 <<MESSAGE
container: user $(id -u):$(id -g) cannot write to what is mounted at /out.
  mkdir -p out && docker run --rm --user "\$(id -u):\$(id -g)" -v "\$PWD/out:/out" ...
MESSAGE
            exit 2
        fi
        for folder in $made; do
            mkdir -p "/out/$folder" "$tree/$folder"
            # What is in /out may be another user's: files are replaced, not changed.
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
