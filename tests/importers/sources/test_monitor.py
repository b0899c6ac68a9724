"""Monitor files as SB3 writes them."""

from pathlib import Path

import numpy as np
import pytest
from planted_logs import write_monitor_file

from value_scaling.importers.options import Rules
from value_scaling.importers.sources.monitor import read_monitor
from value_scaling.records import ScalingError


def write(path: Path, *episodes: tuple[int, float]) -> None:
    lengths, returns = np.array(episodes).T
    write_monitor_file(path, "Pendulum-v1", lengths, returns)


def test_episodes_end_at_the_sum_of_their_lengths(tmp_path: Path) -> None:
    write(tmp_path / "a" / "monitor.csv", (200, -1.5), (180, -1.25), (200, -1.0))
    (run,) = read_monitor(str(tmp_path), Rules())
    assert run.steps.tolist() == [200, 380, 580]
    assert run.values.tolist() == [-1.5, -1.25, -1]
    assert run.kind == "episodes"
    assert run.name == f"{tmp_path.name}/a"
    assert run.labels["env_id"] == "Pendulum-v1"


def test_environments_stepped_together_are_one_run(tmp_path: Path) -> None:
    """Step s of one of two environments is step 2s of the run."""
    write(tmp_path / "0.monitor.csv", (100, 1), (100, 3))
    write(tmp_path / "1.monitor.csv", (150, 2), (60, 4))
    (run,) = read_monitor(str(tmp_path), Rules())
    assert run.steps.tolist() == [200, 300, 400, 420]
    assert run.values.tolist() == [1, 2, 3, 4]
    assert run.notes == ("2 environments stepped together",)


def test_named_files_are_runs_of_their_own(tmp_path: Path) -> None:
    write(tmp_path / "seed1.monitor.csv", (100, 1))
    write(tmp_path / "seed2.monitor.csv", (100, 2))
    names = [run.name for run in read_monitor(str(tmp_path), Rules())]
    assert names == [f"{tmp_path.name}/seed1", f"{tmp_path.name}/seed2"]


def test_settings_beside_the_file(tmp_path: Path) -> None:
    write(tmp_path / "monitor.csv", (100, 1))
    (tmp_path / "config.json").write_text('{"agent": {"lr": 0.001}, "seed": 3}')
    (run,) = read_monitor(str(tmp_path), Rules())
    assert run.labels == {
        "agent.lr": 0.001,
        "seed": 3,
        "t_start": 1700000000.25,
        "env_id": "Pendulum-v1",
    }


@pytest.mark.parametrize("text", ["no", "[" * 10**5, " " * 2**21 + "{}"])
def test_settings_that_cannot_be_read_are_refused(tmp_path: Path, text: str) -> None:
    """Nothing is left out silently, not even a file that is too large."""
    write(tmp_path / "monitor.csv", (100, 1))
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ScalingError, match="expected a JSON file of settings"):
        [*read_monitor(str(tmp_path), Rules())]


def test_a_continued_file_does_not_say_where_it_went_on(tmp_path: Path) -> None:
    """As Monitor(override_existing=False) writes it: no header, times start again."""
    path = tmp_path / "monitor.csv"
    write(path, (200, 1), (200, 2))
    with path.open("a") as file:
        file.write("3.0,200,0.5\n4.0,200,1.0\n")
    with pytest.raises(ScalingError, match="times that start again after episode 2"):
        [*read_monitor(str(tmp_path), Rules())]
    (run,) = read_monitor(str(tmp_path), Rules(resumed="continue"))
    assert run.steps.tolist() == [200, 400, 600, 800]


@pytest.mark.parametrize(
    "text",
    ["", "r,l,t\n1,2,3\n", "#{}\nr,l\n1,2\n", "#[1]\nr,l,t\n", "#{}\nr,l,t\na,b,c\n"],
)
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "monitor.csv").write_text(text)
    with pytest.raises(ScalingError, match="expected a Monitor file of SB3"):
        [*read_monitor(str(tmp_path), Rules())]
