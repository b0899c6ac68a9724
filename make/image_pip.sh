#!/usr/bin/env bash
# Run a command that calls pip while the image is built: make/image_pip.sh COMMAND...
# Wheels in /opt/wheels are taken, and nothing else then; else build secrets say how the
# package index is reached.
set -euo pipefail

secrets=/run/secrets
if compgen -G "/opt/wheels/*.whl" >/dev/null; then
    export PIP_NO_INDEX=1 PIP_FIND_LINKS=/opt/wheels
else
    if [ -s "$secrets/ca" ]; then export PIP_CERT=$secrets/ca; fi
    if [ -s "$secrets/pipconf" ]; then export PIP_CONFIG_FILE=$secrets/pipconf; fi
fi
exec "$@"
