"""Folders that tests read from, and a skip with its reason if they are missing."""

import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

ROOT = Path(__file__).parents[1]
# As in the Makefile: the font list of another checkout gives different figures.
os.environ.setdefault("MPLCONFIGDIR", str(ROOT / "build" / "matplotlib"))


def _folder(variable: str, default: str) -> Path:
    folder = Path(os.environ.get(variable, ROOT.parent / "shared" / default))
    if not folder.is_dir() or not any(folder.iterdir()):
        pytest.skip(f"nothing in {folder} (name another folder in {variable})")
    return folder


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


class CopyTracked(Protocol):
    """Copies the tracked files, as they are in the working tree, into a folder."""

    def __call__(self, folder: Path, *, archives: bool = True) -> None: ...


@pytest.fixture(scope="session")
def copy_tracked(root: Path) -> CopyTracked:
    """Return a function that copies the tracked files, with or without archives."""

    def copy(folder: Path, *, archives: bool = True) -> None:
        command = ["git", "ls-files", "-z"]
        listed = subprocess.run(
            command, cwd=root, capture_output=True, text=True, check=True
        )
        for name in filter(None, listed.stdout.split("\0")):
            if (root / name).is_file() and (archives or not name.endswith(".zip")):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / name, folder / name)

    return copy


@pytest.fixture(scope="session")
def published() -> Path:
    """The authors' run archives, which are fetched and not part of the repository."""
    return _folder("PUBLISHED_ARCHIVES", "published")


@pytest.fixture(scope="session")
def reference() -> Path:
    """Values that the authors' code computes from their archives."""
    return _folder("REFERENCE_VALUES", "reference")


@pytest.fixture(scope="session")
def thirdparty() -> Path:
    """Tables of public runs by others, which are fetched like the archives."""
    return _folder("THIRDPARTY_RUNS", "thirdparty")


@pytest.fixture(scope="session")
def followup() -> Path:
    """Archives of the follow-up paper, which are fetched like the archives."""
    return _folder("FOLLOWUP_ARCHIVES", "followup")


@pytest.fixture
def few_replicates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty bootstrap samples, for tests of anything but numbers."""
    from value_scaling.workflow.pipeline import STAGES

    few = {"replicates": 40, "splits": 4, "draws": 4}
    for stage in STAGES:
        for name in stage.options.keys() & few:
            monkeypatch.setitem(stage.options, name, few[name])


@pytest.fixture(scope="module", autouse=True)
def compiled_programs_are_dropped() -> Iterator[None]:
    """Drop compiled programs after each file of tests.

    They are memory maps, whose number is limited in each process. The complete suite
    has too many of them, and XLA then aborts.
    """
    yield
    if jax := sys.modules.get("jax"):
        jax.clear_caches()
        gc.collect()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that have slow tests, and keep the order within a file.

    Otherwise, one core may run such a file at the end while the others wait.
    """
    marked = {
        item.path
        for item in items
        if item.get_closest_marker("slow") or item.get_closest_marker("long")
    }
    items.sort(key=lambda item: item.path not in marked)
