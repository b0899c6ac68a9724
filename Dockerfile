# docker build -t scaling .                            for NVIDIA GPUs and CPUs
# docker build -t scaling --build-arg ACCEL=cpu .      for CPUs only, far smaller
# docker run --rm --user "$(id -u):$(id -g)" -v "$PWD/out:/out" scaling make figures
# How to run, keep and rebuild it: docs/container.md
#
# The stages that change least come first: Debian's packages, Python packages, code.

# Debian 12 of 18 September 2026. The digest covers all platforms, as recorded by the
# maintainers of Docker's official images: github.com/docker-library/repo-info, file
# repos/debian/remote/bookworm-20260918-slim.md
ARG BASE_IMAGE=debian:bookworm-20260918-slim@sha256:3783cc01769c7b2b1b83a5c5ad96c815348e28ed7da68e2e3687004faa906251
FROM ${BASE_IMAGE} AS system
# DEBIAN_SNAPSHOT=20260918T000000Z installs Debian's packages of that day from Debian's
# snapshot archive at the address DEBIAN_ARCHIVE. Without it, the newest packages of
# Debian 12 are installed.
ARG DEBIAN_SNAPSHOT=
ARG DEBIAN_ARCHIVE=
COPY make/image_sources.sh /opt/image_sources.sh
# If all packages are installed, as in an archived `system` image, nothing is fetched.
RUN set -eu; \
    packages="ca-certificates git latexmk make python3 python3-venv \
        texlive-fonts-recommended texlive-latex-base texlive-latex-recommended"; \
    dpkg --status $packages >/dev/null 2>&1 && exit 0; \
    export DEBIAN_FRONTEND=noninteractive; \
    if [ -n "$DEBIAN_SNAPSHOT" ]; then \
        rm -rf /etc/apt/sources.list /etc/apt/sources.list.d; \
        /opt/image_sources.sh "$DEBIAN_ARCHIVE" "$DEBIAN_SNAPSHOT" > /etc/apt/sources.list; \
    fi; \
    apt-get update; \
    apt-get install -y --no-install-recommends $packages; \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old \
        /var/log/apt /var/log/*.log; \
    git config --system safe.directory '*'

# Wheels come from code/wheels if `make wheelhouse` has put them there, otherwise from the
# package index. A certificate or a pip.conf is passed as a secret that no layer keeps:
# --secret id=ca,src=FILE --secret id=pipconf,src=FILE
FROM system AS packages
ENV PATH=/opt/venv/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /opt/locks
COPY make/setup.sh make/image_pip.sh code/locks/*.txt ./
RUN --mount=type=secret,id=ca --mount=type=secret,id=pipconf \
    --mount=type=bind,source=code/wheels,target=/opt/wheels \
    ./image_pip.sh ./setup.sh /opt/venv cpu.txt
ARG ACCEL=cuda12
ARG EXTRAS=
RUN --mount=type=secret,id=ca --mount=type=secret,id=pipconf \
    --mount=type=bind,source=code/wheels,target=/opt/wheels \
    set -eu; \
    case "$ACCEL" in \
        cpu) locks= ;; \
        cuda12) locks="cuda12.txt" ;; \
        *) echo "ACCEL is '$ACCEL'; it can be cuda12 or cpu" >&2; exit 2 ;; \
    esac; \
    for lock in $locks ${EXTRAS:+extras.txt}; do \
        ./image_pip.sh python -m pip install --no-input --require-hashes --no-deps \
            --only-binary=:all: -r "$lock"; \
    done

# The files of a fresh clone; `make smoke` needs git to list them.
FROM system AS source
WORKDIR /opt/scaling
COPY . .
RUN rm -rf code/wheels/*.whl && git init -q && git add --intent-to-add .

FROM packages
ENV PYTHON=python LANG=C.UTF-8 USER=scaling \
    HOME=/tmp/home IPYTHONDIR=/tmp/home/ipython MPLCONFIGDIR=/tmp/home/matplotlib \
    JUPYTER_RUNTIME_DIR=/tmp/home/jupyter XDG_CACHE_HOME=/tmp/home/cache \
    MUJOCO_GL=disabled \
    NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
RUN printf '#!/bin/sh\nexec python -m value_scaling "$@"\n' > /usr/local/bin/scaling; \
    chmod 755 /usr/local/bin/scaling
COPY --from=source /opt/scaling /opt/scaling
WORKDIR /work
# Any other --user also works; results are written to /out and /tmp.
USER 1000:1000
ENTRYPOINT ["/opt/scaling/make/container.sh"]
CMD ["make", "help"]
ARG ACCEL=cuda12
ARG REVISION=unknown
ENV VALUE_SCALING_COMMIT=${REVISION}
LABEL org.opencontainers.image.title="value-scaling" \
    org.opencontainers.image.description="Scaling laws of value-based deep RL: figures, tables and paper from run archives" \
    org.opencontainers.image.version="0.1.0" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.licenses="MIT" \
    value-scaling.accel="${ACCEL}"
