#!/usr/bin/env bash
# Make a virtual environment from hashed lock files: make/setup.sh VENV LOCK...
# VENV is a link. The new environment is made in another folder, and the link is changed when
# it is complete. VENV/locks has the locks of the environment; if they equal the requested
# locks, nothing is done. PROJECT=folder also installs that project as editable.
set -euo pipefail

venv=$1
shift
here=$(unset CDPATH && cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

for lock in "$@"; do
    if ! grep -q '^[A-Za-z0-9].*==' "$lock" 2>/dev/null; then
        echo "setup: $lock names no package; it should be a lock file for pip." \
            "To restore it: git checkout $lock" >&2
        exit 2
    fi
done

whole() { # whether it was made from these locks and its Python still runs
    for lock in "$@"; do
        cmp -s "$lock" "$venv/locks/${lock##*/}" || return 1
    done
    "$venv/bin/python" -c '' 2>/dev/null
}

editable() { # install PROJECT, if given, into environment $1, once
    local made=$1/locks/pyproject.toml
    if [ -z "${PROJECT:-}" ] || cmp -s "$PROJECT/pyproject.toml" "$made"; then
        return 0
    fi
    "$1/bin/python" -m pip install --disable-pip-version-check --quiet \
        --no-deps --no-build-isolation --no-index -e "$PROJECT"
    cp "$PROJECT/pyproject.toml" "$made.part"
    mv "$made.part" "$made"
}

is_311() {
    "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1
}

python=
for candidate in ${BASE_PYTHON:-python3.11 python3 python}; do
    if is_311 "$candidate"; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    found=$("${BASE_PYTHON:-python3}" --version 2>&1 | tail -n 1 || true)
    cat >&2 <<MESSAGE
setup: Python 3.11 not found (${BASE_PYTHON:-python3} is: ${found:-not there}).
  Debian, Ubuntu:  apt-get install python3.11 python3.11-venv
  macOS:           brew install python@3.11
  conda:           conda env create -f environment.yml && conda activate value-scaling
                   and then: make PYTHON=python ...
  elsewhere:       make BASE_PYTHON=/path/to/python3.11
MESSAGE
    exit 2
fi
if ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
    cat >&2 <<MESSAGE
setup: $("$python" --version) has no venv module to make an environment with.
  Debian, Ubuntu:  apt-get install python3.11-venv   (or python3-venv)
MESSAGE
    exit 2
fi

if [ -z "${SETUP_ALONE:-}" ] && [ -f "$here/alone.py" ]; then
    export SETUP_ALONE=1
    exec "$python" "$here/alone.py" "$venv.lock" "make setup" \
        bash "${BASH_SOURCE[0]}" "$venv" "$@"
fi
if whole "$@"; then
    editable "$venv"
    exit 0
fi

total=$(cat "$@" | grep -c '^[A-Za-z0-9].*==')
echo "setup: $venv from $("$python" --version) and $* (once)"
others() { # remove environments of earlier runs, except the one in use
    local used
    used=$(readlink "$venv" || true)
    for folder in "$venv".setup-*; do
        if [ -d "$folder" ] && [ "${folder##*/}" != "$used" ]; then rm -rf "$folder"; fi
    done
}
others
new=$(mktemp -d "$venv.setup-XXXXXX")
trap 'rm -rf "$new"' EXIT
"$python" -m venv "$new"
requirements=()
for lock in "$@"; do
    requirements+=(-r "$lock")
done
# pip resolves no dependency and builds nothing: it installs the packages of the lock with
# the right hashes, or fails. It also compiles the bytecode, which makes later starts faster.
if ! "$new/bin/python" -m pip install --disable-pip-version-check --no-input \
    --require-hashes --no-deps --only-binary=:all: "${requirements[@]}" \
    2>"$new/pip.log" |
    awk -v total="$total" -v terminal="$([ -t 1 ] && echo 1)" '
        /^(Collecting|Processing|Requirement already|Ignoring) / {
            seen++
            if (terminal) printf "\r  %d of %d packages", seen, total
            else if (seen == total) printf "  %d packages", total
            fflush() }
        /^Installing / {
            printf "\n  installing and compiling them\n"; fflush() }'; then
    echo >&2
    grep -v '^WARNING' "$new/pip.log" | tail -n 12 >&2
    echo "setup: not complete; nothing of it is used, and an earlier environment is" \
        "unchanged. With a network, or a package mirror in pip's configuration, run the same" \
        "command again." >&2
    exit 2
fi
mkdir "$new/locks"
cp "$@" "$new/locks"
editable "$new"
chmod 755 "$new"
ln -s "${new##*/}" "$new/link"
if [ -d "$venv" ] && [ ! -L "$venv" ]; then
    mv "$venv" "$venv.setup-before"
fi
"$python" -c 'import os, sys; os.replace(*sys.argv[1:])' "$new/link" "$venv"
trap - EXIT
others
