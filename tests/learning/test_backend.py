"""The layout of runs follows the device."""

from types import SimpleNamespace

import jax
import pytest

from value_scaling.learning import backend
from value_scaling.records import ScalingError


@pytest.fixture(autouse=True)
def no_wish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCALING_LAYOUT", raising=False)


@pytest.mark.parametrize(
    ("platform", "layout", "critic_layout"),
    [("cpu", "map", "separate"), ("gpu", "vmap", "batched")],
)
def test_the_device_decides(
    platform: str, layout: str, critic_layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jax, "default_backend", lambda: platform)
    one = SimpleNamespace(device_kind="NVIDIA H100")
    monkeypatch.setattr(jax, "devices", lambda: [one])
    assert backend.layout() == layout
    assert backend.critic_layout(layout) == critic_layout


def test_a_wish_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALING_LAYOUT", "vmap")
    assert backend.layout() == "vmap"
    monkeypatch.setenv("SCALING_LAYOUT", "pmap")
    with pytest.raises(ScalingError, match=r"SCALING_LAYOUT.*'pmap'.*map, vmap"):
        backend.layout()


def test_cuda_is_looked_for_without_jax(monkeypatch: pytest.MonkeyPatch) -> None:
    one = SimpleNamespace(metadata={"Name": "jax_cuda12_plugin"})
    monkeypatch.delenv("JAX_PLATFORMS", raising=False)
    monkeypatch.setattr(backend, "distributions", lambda: [one])
    assert backend.has_cuda()
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    assert not backend.has_cuda()
    monkeypatch.delenv("JAX_PLATFORMS")
    monkeypatch.setattr(backend, "distributions", lambda: [])
    assert not backend.has_cuda()
