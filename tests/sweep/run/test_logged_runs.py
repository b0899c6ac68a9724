"""Runs that were trained, logged to a service and imported again are the same runs."""

import zipfile
from pathlib import Path

import pytest

from value_scaling.__main__ import main
from value_scaling.store.folders import Folders

PACKAGES = {"wandb": "wandb", "tensorboard": "tensorboardX"}


def members(path: Path) -> dict[str, bytes]:
    """Return the bytes of every array of returns, by its name without the study."""
    with zipfile.ZipFile(path) as archive:
        return {
            name.split("/", 1)[1]: archive.read(name)
            for name in archive.namelist()
            if "episode.return" in name and name.endswith(".npy")
        }


@pytest.mark.filterwarnings("ignore")  # of the packages of the services
@pytest.mark.parametrize("kind", PACKAGES)
def test_trained_logged_and_imported(
    kind: str, tiny: Folders, another: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(PACKAGES[kind], reason=f"{PACKAGES[kind]} is not installed")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    words = ["train", "tiny", "--set", "sweep", "--executor", "one", "--log", kind]
    assert main(["--root", str(tiny.root), *words]) == 0
    words = ["import", "tiny", str(tiny.build / "logs"), "--from", kind]
    assert main(["--root", str(another.root), *words]) == 0
    trained = members(tiny.archives / "tiny_sweep.zip")
    assert trained
    assert members(another.archives / "tiny_sweep.zip") == trained
