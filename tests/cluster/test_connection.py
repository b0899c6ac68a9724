"""Without Ray, or without a cluster, the message says what to do."""

import sys
from types import SimpleNamespace

import pytest

from value_scaling.cluster.connection import connect
from value_scaling.records import ScalingError


def test_missing_ray_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ScalingError, match="make setup EXTRAS=1"):
        connect(None)


@pytest.mark.parametrize("option", ["127.0.0.1:1", "ray://127.0.0.1:1", None])
def test_a_missing_cluster_is_reported(
    option: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ray is not asked, since it would try for minutes."""
    ray = SimpleNamespace(is_initialized=lambda: False)
    monkeypatch.setitem(sys.modules, "ray", ray)
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:2")
    with pytest.raises(ScalingError, match="Connection refused") as found:
        connect(option)
    assert (option or "127.0.0.1:2") in str(found.value)
    assert "correct --ray-address" in str(found.value)
