# Source this file to use Docker if its daemon runs, otherwise buildah and podman:
#   build TAG ARGUMENT...      build the image from the Dockerfile in this folder
#   contain COMMAND...         run it in a container of $tag with the ${options[@]}
#   size TAG                   size of an image in bytes, with all its layers
#   save TAG FILE              write an image as an OCI archive
# ENGINE=docker or ENGINE=podman overrides the choice.

if [ -z "${ENGINE:-}" ]; then
    if docker info >/dev/null 2>&1; then
        ENGINE=docker
    elif command -v buildah >/dev/null && command -v podman >/dev/null; then
        ENGINE=podman
    else
        cat >&2 <<MESSAGE
image: found neither a running Docker daemon nor buildah with podman.
  Start Docker, or (Debian, Ubuntu):  sudo apt-get install buildah podman runc
MESSAGE
        exit 2
    fi
fi

secrets=()
if [ -s "${PIP_CERT:-}" ]; then secrets+=(--secret "id=ca,src=$PIP_CERT"); fi
if [ -s "${PIP_CONFIG_FILE:-}" ]; then
    secrets+=(--secret "id=pipconf,src=$PIP_CONFIG_FILE")
fi

build() {
    local tag=$1
    shift
    if [ "$ENGINE" = docker ]; then
        DOCKER_BUILDKIT=1 docker build -t "$tag" "${secrets[@]}" "$@" .
    else
        buildah bud --layers --isolation=chroot --network=host \
            -t "$tag" "${secrets[@]}" "$@" .
    fi
}

# Some virtual machines refuse podman's usual runtime and limits, but accept these.
plainer=(--runtime runc --cgroup-manager cgroupfs)
limits=(--ulimit nofile=1024:1024 --ulimit nproc=4096:4096)
podman_works=

contain() {
    if [ "$ENGINE" = docker ]; then
        docker run --rm "${options[@]}" "$tag" "$@"
        return
    fi
    if [ -z "$podman_works" ]; then
        podman_works=usual
        podman run --rm --network=none --entrypoint true "$tag" >/dev/null 2>&1 ||
            podman_works=plainer
    fi
    if [ "$podman_works" = usual ]; then
        podman run --rm "${options[@]}" "$tag" "$@"
    else
        podman "${plainer[@]}" run --rm "${limits[@]}" "${options[@]}" "$tag" "$@"
    fi
}

size() { "$ENGINE" image inspect --format '{{.Size}}' "$1"; }

save() {
    rm -f "$2.part"
    if [ "$ENGINE" = docker ]; then
        docker save -o "$2.part" "$1" # an OCI layout since Docker 25
    else
        buildah push --quiet "$1" "oci-archive:$2.part:$1"
    fi
    mv "$2.part" "$2"
}
