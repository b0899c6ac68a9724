"""The GPUs of a host are found without JAX."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from value_scaling.sweep.host.gpus import gpus


class NVMLError(Exception):
    """Any error of NVIDIA's management library."""


class NotSupported(NVMLError):
    """A GPU that cannot be divided."""


class NotFound(NVMLError):
    """There is no slice at this place."""


def library(slices: dict[int, list[str | None] | None]) -> SimpleNamespace:
    """A stand-in for pynvml.

    Args:
        slices: by GPU, the identifier of each slice, with None for an empty place; None
            for a GPU that cannot be divided.
    """

    def most(gpu: int) -> int:
        own = slices[gpu]
        if own is None:
            raise NotSupported
        return len(own)

    def handle(gpu: int, number: int) -> str:
        found = (slices[gpu] or [])[number]
        if found is None:
            raise NotFound
        return found

    return SimpleNamespace(
        NVMLError=NVMLError,
        NVMLError_NotSupported=NotSupported,
        NVMLError_NotFound=NotFound,
        nvmlInit=lambda: None,
        nvmlDeviceGetCount=lambda: len(slices),
        nvmlDeviceGetHandleByIndex=lambda index: index,
        nvmlDeviceGetMaxMigDeviceCount=most,
        nvmlDeviceGetMigDeviceHandleByIndex=handle,
        nvmlDeviceGetUUID=lambda handle: handle,
    )


@pytest.mark.parametrize(
    ("visible", "wanted"),
    [
        ("0,2", ("0", "2")),
        ("GPU-aaaa", ("GPU-aaaa",)),
        ("", ()),
        ("-1", ()),
        ("1, 0,-1,2", ("1", "0")),
    ],
)
def test_a_list_in_the_environment_is_taken(visible: str, wanted: tuple) -> None:
    assert gpus({"CUDA_VISIBLE_DEVICES": visible}) == wanted


@pytest.mark.parametrize(
    ("slices", "wanted"),
    [
        ({0: [], 1: None}, ("0", "1")),
        ({0: ["MIG-1", None, "MIG-2"], 1: None}, ("MIG-1", "MIG-2", "1")),
        ({0: [None, None]}, ("0",)),
        ({}, ()),
    ],
)
def test_gpus_and_their_slices_are_listed(
    slices: dict, wanted: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", library(slices))
    assert gpus({}) == wanted


@pytest.mark.parametrize("installed", [False, True])
def test_without_the_library_the_devices_tell(
    installed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise NVMLError("libnvidia-ml.so.1 is not here")

    broken = library({0: None})
    broken.nvmlInit = missing
    monkeypatch.setitem(sys.modules, "pynvml", broken if installed else None)
    for name in ("nvidia10", "nvidia2", "nvidiactl", "nvidia-uvm", "null"):
        (tmp_path / name).touch()
    assert gpus({}, devices=tmp_path) == ("2", "10")
    (tmp_path / "empty").mkdir()
    assert gpus({}, devices=tmp_path / "empty") == ()


def test_the_stand_in_has_the_names_of_the_library() -> None:
    pynvml = pytest.importorskip("pynvml")
    assert all(hasattr(pynvml, name) for name in vars(library({})))
