"""The connection to a Ray cluster."""

import os
import socket
from typing import Any

from value_scaling.records import ScalingError

SECONDS = 10.0
"""Seconds in which a cluster must answer."""


def connect(address: str | None) -> Any:
    """Connect to a Ray cluster, unless this process already is; return Ray.

    Args:
        address: address of the cluster; None for $RAY_ADDRESS, or a cluster of this
            host alone.

    Raises:
        ScalingError: Ray is missing, or the cluster does not answer.
    """
    try:
        import ray
    except ImportError as error:
        raise ScalingError(
            "executor ray",
            found="that Ray is not installed",
            expected="the package ray",
            fix="make setup EXTRAS=1 (an image: --build-arg EXTRAS=1), or leave out "
            "--executor ray",
        ) from error
    if not ray.is_initialized():
        stated = address or os.environ.get("RAY_ADDRESS", "")
        try:
            _check(stated)
            ray.init(address=address, log_to_driver=False, configure_logging=False)
        except (OSError, ValueError) as error:
            raise ScalingError(
                f"executor ray, {stated or 'a cluster of this host'}",
                found=f"no cluster ({error})",
                expected="the address of a Ray cluster that runs",
                fix="correct --ray-address or $RAY_ADDRESS, or start a cluster with "
                "`ray start --head`",
            ) from error
    return ray


def _check(address: str) -> None:
    """Raise OSError or ValueError if nothing answers at host:port.

    Ray itself tries for six minutes.
    """
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if colon:
        # IPv6 addresses have brackets.
        socket.create_connection((host.strip("[]"), int(port)), SECONDS).close()
