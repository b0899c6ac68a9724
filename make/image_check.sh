#!/usr/bin/env bash
# Build the image and run GOALS in it, without a network, as another user and on a
# read-only root. Then run the same goals here, and compare the results byte by byte.
#   ACCEL=cpu|cuda12   cuda12: build it, and check that gpu-check reports a missing GPU
#   GOALS="figures paper verify test"   goals to run inside
#   ARCHIVES=FOLDER    more run archives     STUDY=NAME   only these studies
# Without a Docker daemon, the base is a bare Debian that make/image_base.sh makes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export IMAGE=${IMAGE:-scaling} ACCEL=${ACCEL:-cpu}
GOALS=${GOALS:-figures paper verify test}
# shellcheck source=make/engine.sh
. make/engine.sh
export ENGINE
if [ "$ENGINE" = podman ] && [ -z "${BASE_IMAGE:-}" ]; then
    export BASE_IMAGE=localhost/scaling-base:bookworm${DEBIAN_SNAPSHOT:+-$DEBIAN_SNAPSHOT}
    make/image_base.sh "$BASE_IMAGE"
fi
tag=$IMAGE:$ACCEL

begin() {
    echo "image-check: $1"
    begun=$SECONDS
}
end() { echo "image-check: $1 ($((SECONDS - begun)) s)"; }

begin "building $tag"
make/image.sh build
end "built"
# Limits in bytes, for hosts with little disk space or a slow network.
declare -A most=([cpu]=2000000000 [cuda12]=7500000000)
bytes=$(size "$tag")
if [ -z "${EXTRAS:-}" ] && [ "$bytes" -gt "${most[$ACCEL]}" ]; then
    echo "image-check: failed: $tag has $bytes bytes, more than the limit of ${most[$ACCEL]}" >&2
    exit 1
fi
echo "image-check: $tag has $((bytes / 1000000)) MB"

options=(--network=none)
user=$(contain id -u 2>/dev/null)
if [[ ! $user =~ ^[1-9][0-9]*$ ]]; then
    echo "image-check: failed: without --user the container runs as user '$user'" >&2
    exit 1
fi

offline=(--network=none --user 1234:1234 --read-only --tmpfs /tmp:exec)
if [ "$ACCEL" != cpu ]; then
    options=("${offline[@]}")
    said=$(contain make gpu-check 2>&1) && code=0 || code=$?
    echo "$said"
    if [ "$code" = 2 ] && [[ $said == *"Error 3"* && $said == *"no NVIDIA GPU"* ]]; then
        echo "image-check: passed: gpu-check reports the missing GPU"
        exit 0
    fi
    echo "image-check: failed: gpu-check exited with $code and did not report a missing GPU" >&2
    exit 1
fi

folder=$PWD/build/image_check
rm -rf "$folder"
mkdir -p "$folder/here" "$folder/out/data/zip"
git ls-files -z | tar --null -cf - -T - | tar -xf - -C "$folder/here"
if [ -n "${ARCHIVES:-}" ]; then
    cp "$ARCHIVES"/*.zip "$folder/here/data/zip"
    cp "$ARCHIVES"/*.zip "$folder/out/data/zip"
fi
chmod -R a+rwX "$folder/out"
study=${STUDY:+STUDY=$STUDY}

failed=()
options=("${offline[@]}" -v "$folder/out:/out")
built=" "
for goal in $GOALS; do
    begin "make $goal, inside"
    # shellcheck disable=SC2086 # no argument at all if STUDY is not given
    if contain make -j2 "$goal" $study; then
        end "make $goal passed"
    else
        failed+=("$goal")
        end "make $goal FAILED"
    fi
    case $goal in figures | paper) built+="$goal " ;; esac
done

sums() { # print the hashes of figures, tables and paper
    (
        cd "$1" && shopt -s nullglob
        files=(figures/* paper/generated/* paper/main.p[d]f)
        if [ "${#files[@]}" -gt 0 ]; then LC_ALL=C sha256sum "${files[@]}"; fi
    )
}
if [ "$built" != " " ]; then
    begin "make$built, here"
    # shellcheck disable=SC2086
    env -u MAKEFLAGS -u MAKELEVEL -u PYTHONPATH make -C "$folder/here" -j2 \
        PYTHON="$(realpath -s "$(command -v "${PYTHON:-.venv/bin/python}")")" $built $study
    end "made"
    sums "$folder/here" >"$folder/here.sums"
    sums "$folder/out" >"$folder/out.sums"
    if [ -s "$folder/here.sums" ] &&
        diff "$folder/here.sums" "$folder/out.sums" >"$folder/differ"; then
        echo "image-check: $(wc -l <"$folder/out.sums") files, the same bytes here and inside"
    else
        failed+=("same bytes")
        sed -n 's/^< [0-9a-f]*/  here:  /p; s/^> [0-9a-f]*/  inside:/p' \
            "$folder/differ" >&2
        options=("${offline[@]}")
        for where in "" contain; do
            # shellcheck disable=SC2016
            $where bash -c 'echo "  ${0:-here}: $(pdflatex --version | head -n 1)"' \
                "${where:+inside}" >&2 || true
        done
    fi
fi

if [ "${#failed[@]}" -gt 0 ]; then
    echo "image-check: failed: ${failed[*]}" >&2
    exit 1
fi
echo "image-check: passed: $GOALS"
