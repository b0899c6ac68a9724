"""SBX's side of a row, in the environment of `make peers`."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agreement.curves import load
from agreement.rows import Plan
from agreement.train import train_sbx
from value_scaling.records import ScalingError


@pytest.fixture(scope="module")
def python(root: Path) -> str:
    """The Python that has SBX; a skip with its reason where there is none."""
    path = Path(os.environ.get("PEERS_PYTHON", root / ".venv.peers" / "bin" / "python"))
    if not path.exists():
        pytest.skip(f"no SBX: {path} is missing (`make peers`, or set PEERS_PYTHON)")
    return str(path)


@pytest.mark.long
@pytest.mark.parametrize(
    "name",
    [
        "sac_pendulum",
        "td3_pendulum",
        "dqn_cartpole",
        "dqn_cartpole_double",
        "sac_hopper_temperature",
    ],
)
def test_seeds_are_trained_once_and_kept(
    name: str, python: str, plan: Plan, tmp_path: Path
) -> None:
    (row,) = (each for each in plan.rows if each.name == name)
    row = replace(row, steps=800, log_start=600, log_every=100)
    path = tmp_path / "curves" / "row.csv"
    train_sbx(row, 1, tmp_path / "build", python, path)
    first = load(path, row.task)
    assert first is not None
    assert first.steps.tolist() == [600, 700, 800]
    assert np.isfinite(first.returns).all()
    train_sbx(row, 2, tmp_path / "build", python, path)
    second = load(path, row.task)
    assert second is not None
    assert second.returns.shape == (3, 2)
    assert second.returns[:, 0].tolist() == first.returns[:, 0].tolist()
    assert second.returns[:, 0].tolist() != second.returns[:, 1].tolist()


def test_a_python_without_sbx_is_reported(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(ScalingError, match="SBX's side"):
        train_sbx(plan.rows[0], 1, tmp_path, sys.executable, tmp_path / "a.csv")
    assert not (tmp_path / "a.csv").exists()
