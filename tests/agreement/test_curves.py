"""Curves are read as they were written, and logged as the trainer logs them."""

from pathlib import Path

import numpy as np
import pytest

from agreement.curves import Side, load, save, window_means
from value_scaling.learning.training.host_group import Episodes
from value_scaling.records import ScalingError


def test_curves_come_back(tmp_path: Path) -> None:
    side = Side(np.array([200.0, 400.0]), np.array([[-1234.5678, 2.0], [0.25, 1e-9]]))
    save(tmp_path / "a.csv", "Task-v1", side)
    lines = (tmp_path / "a.csv").read_text().splitlines()
    assert lines[:2] == ["task,seed,step,return", "Task-v1,0,200,-1234.57"]
    found = load(tmp_path / "a.csv", "Task-v1")
    assert found is not None
    assert found.steps.tolist() == [200, 400]
    assert found.returns == pytest.approx(side.returns, rel=1e-5)


def test_a_file_that_is_not_there_is_no_side(tmp_path: Path) -> None:
    assert load(tmp_path / "a.csv", "Task-v1") is None


def test_steps_that_a_seed_lacks_are_left_out(tmp_path: Path) -> None:
    rows = ["task,seed,step,return", "T,3,100,1", "T,3,200,2", "T,5,200,4"]
    (tmp_path / "a.csv").write_text("\n".join(rows))
    found = load(tmp_path / "a.csv", "T")
    assert found is not None
    assert (found.steps.tolist(), found.returns.tolist()) == ([200], [[2, 4]])


@pytest.mark.parametrize(
    "text",
    [
        "task,seed,step\nT,0,1\n",
        "task,seed,step,return\nOther,0,1,1\n",
        "task,seed,step,return\nT,0,1,1\nT,1,2,1\n",
        "task,seed,step,return\nT,0,1,1\nT,0,1,2\n",
    ],
    ids=["column", "task", "no shared step", "twice"],
)
def test_a_wrong_table_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(ScalingError, match=r"a\.csv"):
        load(tmp_path / "a.csv", "T")


def test_windows_are_those_of_our_trainer() -> None:
    rng = np.random.default_rng(0)
    lengths = rng.integers(3, 40, 30)
    ends, returns = np.cumsum(lengths), rng.normal(size=30)
    log_steps = np.arange(50, ends[-1], 10)
    episodes = Episodes.begin(1, logged=True)
    expected, rewards = [], dict(zip(ends.tolist(), returns, strict=True))
    for step in range(1, int(log_steps[-1]) + 1):
        ended = np.array([step in rewards])
        episodes.add(np.array([rewards.get(step, 0.0)]), ended)
        if step in log_steps:
            count = episodes.window_count
            mean = episodes.window_sum / np.maximum(count, 1)
            row = np.where(count > 0, mean, episodes.last_return)
            if step == log_steps[0]:  # our first window begins at step 0 as well
                assert count[0] == (ends <= step).sum()
            expected.append(float(row[0]))
            episodes.window_sum[:], episodes.window_count[:] = 0.0, 0
    assert window_means(ends, returns, log_steps) == pytest.approx(expected)


def test_there_is_no_return_before_the_first_episode_ends() -> None:
    found = window_means(np.array([150]), np.array([7.0]), np.array([100, 200, 300]))
    assert np.isnan(found[0])
    assert found[1:].tolist() == [7.0, 7.0]
