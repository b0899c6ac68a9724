#!/usr/bin/env bash
# Run a command that calls pip during the image build: make/image_pip.sh COMMAND...
# If there are wheels in /opt/wheels, pip uses only these. Otherwise, build secrets say how
# to reach the package index.
set -euo pipefail

secrets=/run/secrets
if compgen -G "/opt/wheels/*.whl" >/dev/null; then
    export PIP_NO_INDEX=1 PIP_FIND_LINKS=/opt/wheels
else
    if [ -s "$secrets/ca" ]; then export PIP_CERT=$secrets/ca; fi
    if [ -s "$secrets/pipconf" ]; then export PIP_CONFIG_FILE=$secrets/pipconf; fi
fi
exec "$@"
