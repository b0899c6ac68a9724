"""Frames of planted runs, and the bundled study in a folder of its own."""

import contextlib
import io
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from value_scaling.__main__ import main
from value_scaling.workflow.pipeline import STAGES

sys.path.insert(0, str(Path(__file__).parents[1]))

from planted_study import frame_of, make_runs, make_study

POINTS = 40


@pytest.fixture(scope="session")
def planted() -> Callable[[str], pd.DataFrame]:
    """Return the frame of a set of planted runs of two environments."""
    study = make_study(environments=2)
    return lambda set_name: frame_of(make_runs(study, set_name, points=POINTS))


@pytest.fixture(scope="session")
def bundled(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Return a function that makes a checkout of the bundled study without records."""

    def new() -> Path:
        folder = tmp_path_factory.mktemp("classic")
        (folder / "data" / "zip").mkdir(parents=True)
        for path in (root / "data" / "zip").glob("classic_*"):
            shutil.copyfile(path, folder / "data" / "zip" / path.name)
        shutil.copytree(root / "data" / "expected", folder / "data" / "expected")
        return folder

    return new


@pytest.fixture(scope="session")
def classic(bundled: Callable[[], Path]) -> Path:
    """A checkout with the bundled study, for fits with all replicates."""
    return bundled()


@pytest.fixture(scope="module")
def twenty_draws() -> Iterator[None]:
    """Twenty bootstrap samples, for a whole file of tests."""
    with pytest.MonkeyPatch.context() as patch:
        for stage in STAGES:
            for name in stage.options.keys() & {"replicates", "splits", "draws"}:
                patch.setitem(stage.options, name, 20)
        yield


@pytest.fixture(scope="session")
def command_line(classic: Path) -> Callable[..., str]:
    """Return what a command prints for the bundled study."""

    def run(*words: str, root: Path = classic) -> str:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            assert main(["--root", str(root), *words]) == 0
        return out.getvalue()

    return run


@pytest.fixture(scope="session")
def as_fitted(command_line: Callable[..., str]) -> str:
    """What `scaling fit classic --json` prints; it also saves every record."""
    return command_line("fit", "classic", "--json")
