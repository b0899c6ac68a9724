"""evaluations.npz as SB3's EvalCallback writes it."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from value_scaling.importers.options import Rules
from value_scaling.importers.sources.evaluations import read_evaluations
from value_scaling.records import ScalingError


def write(folder: Path, **arrays: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "evaluations.npz", **arrays)


def test_the_mean_of_the_episodes(tmp_path: Path) -> None:
    write(
        tmp_path / "a",
        timesteps=[500, 1000],
        results=[[1.0, 3.0], [4.0, 5.0]],
        ep_lengths=[[9, 9], [9, 9]],
        successes=[[True, False], [True, True]],
    )
    (run,) = read_evaluations(str(tmp_path), Rules())
    assert run.steps.tolist() == [500, 1000]
    assert run.values.tolist() == [2, 4.5]
    assert (run.kind, run.name) == ("points", f"{tmp_path.name}/a")
    (run,) = read_evaluations(str(tmp_path), Rules(metric="successes"))
    assert run.values.tolist() == [0.5, 1]


@pytest.mark.parametrize(
    "arrays",
    [
        {"timesteps": [1]},
        {"timesteps": [1], "results": [[1.0], [2.0]]},
        {"timesteps": [[1]], "results": [[1.0]]},
        {"timesteps": [1], "results": np.array([["a"]])},
        {"timesteps": [1], "results": np.array([None], dtype=object)},
    ],
)
def test_other_arrays_are_refused(tmp_path: Path, arrays: dict[str, Any]) -> None:
    write(tmp_path, **arrays)
    with pytest.raises(ScalingError, match=r"expected an evaluations\.npz of SB3"):
        [*read_evaluations(str(tmp_path), Rules())]


def test_an_array_that_promises_too_much_is_refused(tmp_path: Path) -> None:
    write(tmp_path, timesteps=[1], results=[[1.0]])
    path = tmp_path / "evaluations.npz"
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            larger = content.replace(
                b"(1, 1), }             ", b"(10000000000000, 1), }"
            )
            archive.writestr(name, larger)
    assert larger != content
    with pytest.raises(ScalingError, match=r"expected an evaluations\.npz of SB3"):
        [*read_evaluations(str(tmp_path), Rules())]


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 half"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "evaluations.npz").write_bytes(content)
    with pytest.raises(ScalingError, match=r"expected an evaluations\.npz of SB3"):
        [*read_evaluations(str(tmp_path), Rules())]
