"""Without Ray, or without a cluster, the message says what to do."""

import sys

import pytest

from value_scaling.cluster.connection import connect
from value_scaling.records import ScalingError


def test_missing_ray_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ScalingError, match="make setup EXTRAS=1"):
        connect(None)


def test_a_missing_cluster_is_reported() -> None:
    pytest.importorskip("ray", reason="Ray is not in the environment")
    with pytest.raises(ScalingError, match="correct --ray-address"):
        connect("127.0.0.1:1")
