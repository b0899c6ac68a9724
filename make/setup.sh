#!/usr/bin/env bash
# Build a virtual environment from hashed lock files: make/setup.sh VENV LOCK...
# VENV/.locked is written last: an environment without it is half-built and is
# removed and built again.
set -euo pipefail

venv=$1
shift

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

total=$(cat "$@" | grep -c '^[A-Za-z0-9].*==')
echo "setup: $venv from $("$python" --version) and $* (once; about a minute)"
rm -rf "$venv"
"$python" -m venv "$venv"
requirements=()
for lock in "$@"; do
    requirements+=(-r "$lock")
done
# No dependency is resolved here and nothing is built: what the lock names, with
# the hashes it gives, or an error. pip compiles the bytecode, which makes every
# later start faster.
if ! "$venv/bin/python" -m pip install --disable-pip-version-check --no-input \
    --require-hashes --no-deps --only-binary=:all: "${requirements[@]}" \
    2>"$venv/pip.log" |
    awk -v total="$total" -v terminal="$([ -t 1 ] && echo 1)" '
        /^(Collecting|Processing|Requirement already|Ignoring) / {
            seen++
            if (terminal) printf "\r  %d of %d packages", seen, total
            else if (seen == total) printf "  %d packages", total
            fflush() }
        /^Installing / {
            printf "\n  installing and compiling them\n"; fflush() }'; then
    echo >&2
    grep -v '^WARNING' "$venv/pip.log" | tail -n 12 >&2
    echo "setup: not complete; nothing of it is used. With a network, or a package" \
        "mirror in pip's configuration, the same command tries again." >&2
    exit 2
fi
cat "$@" > "$venv/.locked.part"
mv "$venv/.locked.part" "$venv/.locked"
