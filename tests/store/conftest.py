"""A small study, and archives with given contents."""

import io
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from value_scaling.records import ArchiveRule, Environment, Study

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

Contents = dict[str, np.ndarray | bytes]


def npy(array: np.ndarray, *, allow_pickle: bool = False) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=allow_pickle)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def study() -> Study:
    return Study(
        name="tiny",
        title="Tiny",
        algorithm="SAC",
        environments=(
            Environment("Ant-v4", 1000, 1000, (128, 256), (1e-3,)),
            Environment("Walker2d-v4", 1000, 1000, (128,), (5e-4, 1e-3)),
        ),
        sweep_utds=(1.0, 2.0),
        archives={
            "sweep": ArchiveRule("tiny_sweep.zip", "returns"),
            "baseline": ArchiveRule("tiny_baseline.zip", "returns"),
        },
        sweep_levels=(100.0, 200.0),
        fitted_levels=(100.0, 200.0, 300.0),
        model_size=1e5,
        delta=1e9,
        baseline_utd=2.0,
        proposal_utds=(1.0,),
    )


@pytest.fixture(scope="session")
def curve() -> np.ndarray:
    """Four log points of two seeds."""
    steps = np.arange(1, 5) * 1000.0
    return np.column_stack([steps, steps / 10, steps / 20])


@pytest.fixture
def make_zip(tmp_path: Path) -> Callable[[Contents], Path]:
    def make(contents: Contents, *, deflate: bool = True) -> Path:
        path = tmp_path / "tiny_sweep.zip"
        kind = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
        with zipfile.ZipFile(path, "w", kind) as file:
            for name, content in contents.items():
                raw = content if isinstance(content, bytes) else npy(content)
                file.writestr(name, raw)
        return path

    return make


@pytest.fixture(scope="session")
def to_npy() -> Callable[..., bytes]:
    return npy
