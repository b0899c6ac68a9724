"""A W&B project through a local stand-in of its public API, without a server.

The stand-in has the methods of `wandb.Api` that are used. The real service was not
tested.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from value_scaling.importers.logged import Logged
from value_scaling.importers.options import Rules
from value_scaling.importers.sources.wandb import read_wandb
from value_scaling.importers.sources.wandb_online import read_online
from value_scaling.records import ScalingError

TAG = "eval/mean_reward"


@dataclass
class Artifact:
    rows: list[dict[str, Any]]
    type: str = "wandb-history"

    def download(self, root: str) -> str:
        for part, rows in enumerate([self.rows[::2], self.rows[1::2]]):
            pd.DataFrame(rows).to_parquet(Path(root) / f"{part}.parquet")
        return root


@dataclass
class Run:
    id: str
    rows: list[dict[str, Any]]
    config: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    sweep: str = ""
    state: str = "finished"
    artifacts: list[Artifact] = field(default_factory=list)
    counted: bool = True
    scans: int = 0

    @property
    def name(self) -> str:
        return f"run {self.id}"

    @property
    def summary(self) -> dict[str, Any]:
        return {key: value for row in self.rows for key, value in row.items()}

    @property
    def lastHistoryStep(self) -> int:
        return len(self.rows) - 1

    @property
    def history_keys(self) -> dict[str, Any] | None:
        number = sum(TAG in row for row in self.rows)
        counts = [{"type": "number", "count": number}]
        return {"keys": {TAG: {"typeCounts": counts}}} if self.counted else None

    def logged_artifacts(self) -> list[Artifact]:
        return self.artifacts

    def scan_history(self, *, page_size: int) -> Iterator[dict[str, Any]]:
        self.scans += 1
        yield from self.rows

    def history(self, *_: Any, **__: Any) -> None:
        raise AssertionError("the sampled history")


class Api:
    def __init__(self, *runs: Run) -> None:
        self._runs = runs

    def runs(self, path: str, filters: dict[str, Any]) -> Iterator[Run]:
        assert path == "me/project"
        for run in self._runs:
            tags = filters.get("tags", {"$in": run.tags})["$in"]
            if filters.get("sweep", run.sweep) == run.sweep and (
                not tags or {*tags} & {*run.tags}
            ):
                yield run


ROWS = [{"_step": n, "global_step": 10 * n, TAG: n / 4} for n in range(1, 6)]
MORE = [*ROWS, {"_step": 6, "loss": 1.0}]


def read(*runs: Run, **rules: Any) -> list[Logged]:
    return [*read_online("me/project", Rules(**rules), open_api=lambda: Api(*runs))]


def test_a_scan_has_every_value() -> None:
    config = {"agent": {"lr": 3e-4}, "env": "Ant-v4"}
    (run,) = read(Run("a", MORE, config))
    assert run.steps.tolist() == [10, 20, 30, 40, 50]
    assert run.values.tolist() == [0.25, 0.5, 0.75, 1, 1.25]
    assert run.labels == {"agent.lr": 3e-4, "env": "Ant-v4"}
    assert (run.state, run.where) == ("finished", "run a (a)")
    assert run.notes == ("history from a scan of every row, complete",)


def test_the_artifact_comes_first() -> None:
    there = Run("a", MORE, artifacts=[Artifact([]), Artifact(MORE)])
    (run,) = read(there)
    assert sorted(run.steps) == [10, 20, 30, 40, 50]
    assert there.scans == 0
    assert run.notes == ("history from its Parquet artifact, complete",)


def test_an_artifact_that_is_behind_is_not_used() -> None:
    there = Run("a", MORE, artifacts=[Artifact(MORE[:3])])
    (run,) = read(there)
    assert len(run.values) == 5
    assert there.scans == 1


def test_an_incomplete_history_is_refused() -> None:
    rows = [*ROWS, {"_step": 7, TAG: 9.0}]  # without the step that the others have
    with pytest.raises(
        ScalingError, match=r"found 5 values .* expected 6, as the server"
    ):
        read(Run("a", rows))


def test_a_count_that_is_not_known_is_said() -> None:
    (run,) = read(Run("a", ROWS, counted=False))
    assert run.notes == (
        "history from a scan of every row, whose count the server does not know",
    )


def test_the_own_step() -> None:
    rows = [{"_step": n, TAG: float(n)} for n in range(3)]
    (run,) = read(Run("a", rows))
    assert run.steps.tolist() == [0, 1, 2]
    assert run.notes[1] == "W&B's own step is used as the environment step"


def test_filters() -> None:
    runs = [
        Run("a", ROWS, tags=("x",), sweep="s1"),
        Run("b", ROWS, tags=("y",), sweep="s1"),
        Run("c", ROWS, tags=("x",), sweep="s2"),
    ]
    assert [run.name for run in read(*runs, tags=("x",))] == ["run a", "run c"]
    assert [run.name for run in read(*runs, tags=("x",), sweep="s2")] == ["run c"]


def test_a_second_import_goes_on(tmp_path: Path) -> None:
    """The server fails at the second run; the first is not read again."""

    class Failing(Run):
        def scan_history(self, *_: Any, **__: Any) -> Iterator[dict[str, Any]]:
            raise ConnectionError("502 Bad Gateway")

    first = Run("a", ROWS)
    with pytest.raises(ScalingError, match=r"502 Bad Gateway.*are not read twice"):
        read(first, Failing("b", ROWS), history_cache=str(tmp_path / "cache"))
    found = read(first, Run("b", ROWS), history_cache=str(tmp_path / "cache"))
    assert first.scans == 1
    assert found[0].values.tolist() == found[1].values.tolist()
    assert found[0].notes[0] == "history complete, read by an earlier import"


def test_a_run_that_goes_on_is_read_again(tmp_path: Path) -> None:
    running = Run("a", ROWS[:2], state="running")
    read(running, history_cache=str(tmp_path))
    longer = Run("a", ROWS)
    assert len(read(longer, history_cache=str(tmp_path))[0].values) == 5


def test_runs_without_the_return() -> None:
    other = Run("b", [{"_step": 0, "loss": 1.0}])
    assert [len(run.values) for run in read(Run("a", ROWS), other)] == [5, 0]
    with pytest.raises(ScalingError, match="found _step, loss; expected a return"):
        read(other)


def test_an_unknown_project() -> None:
    class Empty(Api):
        def runs(self, path: str, filters: dict[str, Any]) -> Iterator[Run]:
            raise ValueError("Could not find project me/project")

    with pytest.raises(ScalingError, match=r"Could not find project.*wandb login"):
        [*read_online("me/project", Rules(), open_api=Empty)]


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "wandb", None)
    with pytest.raises(ScalingError, match="install the extras"):
        [*read_wandb("me/project", Rules())]


@pytest.mark.parametrize("source", ["nowhere", "a/b/c", "/no/such/folder"])
def test_neither_folder_nor_project(source: str) -> None:
    with pytest.raises(ScalingError, match="or ENTITY/PROJECT"):
        [*read_wandb(source, Rules())]


def test_filters_are_of_projects(tmp_path: Path) -> None:
    with pytest.raises(ScalingError, match="leave them out"):
        [*read_wandb(str(tmp_path), Rules(tags=("x",)))]
