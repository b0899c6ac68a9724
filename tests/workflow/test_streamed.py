"""Large sweeps are read one setting at a time, and give the same records."""

import weakref
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planted_logs import frame, rounded
from planted_study import METRIC, make_runs, make_study

from value_scaling.importers.gather import gather
from value_scaling.importers.options import Rules
from value_scaling.importers.sources.tables import runs_of_frame
from value_scaling.records import Choices, Curves, Runs
from value_scaling.records.defaults.scale import propose
from value_scaling.records.runs import StreamedCurves
from value_scaling.store.archives.write import write_runs
from value_scaling.store.studies.proposed import study_text
from value_scaling.workflow import preprocess as module
from value_scaling.workflow.checks import find_faults
from value_scaling.workflow.data.collect import collect
from value_scaling.workflow.preprocess import preprocess
from value_scaling.workflow.regret import regrets

STUDY = make_study(environments=2)
MANIFEST = {"units": {"step": "1", METRIC: "1"}, "packages": {}, "commit": ""}


class Counted:
    """Streamed runs that count how many of their curves are in memory at once."""

    def __init__(self, runs: Runs, settings: int) -> None:
        self.most = 0
        self._alive: list[weakref.ref[Any]] = []
        own = runs.settings[:settings]

        def make(at: int) -> Curves:
            curve = replace(runs.curves[at], returns=runs.curves[at].returns.copy())
            self._alive = [each for each in self._alive if each() is not None]
            self._alive.append(weakref.ref(curve.returns))
            self.most = max(self.most, len(self._alive))
            return curve

        self.runs = replace(runs, curves=StreamedCurves(own, make))


def _preprocess(runs: Runs, _: Path) -> object:
    runs = collect(runs, STUDY)
    return preprocess(runs, STUDY, Choices(), replicates=8, seed=0)


def _regrets(runs: Runs, _: Path) -> object:
    return regrets(collect(runs, STUDY), STUDY, splits=2, draws=2, seed=0)


def _write(runs: Runs, folder: Path) -> object:
    write_runs(folder / "a.zip", {METRIC: runs}, manifest=MANIFEST)
    return (folder / "a.zip").read_bytes()


def _propose(runs: Runs, _: Path) -> object:
    return propose(runs.curves)


def _study_file(runs: Runs, _: Path) -> object:
    return study_text(runs, source="a test", stated={})


def _check(runs: Runs, _: Path) -> object:
    return find_faults(STUDY, {"sweep": runs}, {}, None, None)


@pytest.mark.parametrize(
    "use", [_preprocess, _regrets, _write, _propose, _study_file, _check]
)
def test_few_curves_are_in_memory(use: Any, tmp_path: Path) -> None:
    """However many settings a sweep has, one curve and the next are."""
    runs = make_runs(STUDY, "sweep", points=30)
    most = []
    for settings in (24, 96):
        counted = Counted(runs, settings)
        streamed = use(counted.runs, tmp_path)
        kept = use(replace(runs, curves=runs.curves[:settings]), tmp_path)
        np.testing.assert_equal(_plain(streamed), _plain(kept))
        most.append(counted.most)
    assert most[0] == most[1] <= 2


def _plain(record: Any) -> object:
    return vars(record) if hasattr(record, "settings") else repr(record)


def test_imported_curves_are_read_from_the_disk(tmp_path: Path) -> None:
    runs = rounded(make_runs(STUDY, "sweep", points=20, seeds=3))
    rules = Rules(config={"utd": "gradient_steps"})
    logs = runs_of_frame(frame(runs), rules, name="frame")
    found, report = gather(
        logs, rules, study="a", set_name="sweep", resumed="refuse", is_table=True
    )
    assert isinstance(found.curves, StreamedCurves)
    decisions = list(report.decisions)
    for _ in range(2):
        assert _equal(found.curves, runs.curves)
        kept = weakref.ref(found.curves[0])
        assert kept() is None
    assert report.decisions == decisions  # curves are made again, decisions are not


def _equal(left: Iterable[Curves], right: Iterable[Curves]) -> bool:
    return all(
        a.setting == b.setting and np.array_equal(a.returns, b.returns)
        for a, b in zip(left, right, strict=True)
    )


def test_replicates_are_fewer_where_they_would_not_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first replicates of each setting stay the same."""
    runs = collect(make_runs(STUDY, "sweep", points=30), STUDY)
    levels = len(STUDY.sweep_levels)
    all_ = preprocess(runs, STUDY, Choices(), replicates=8, seed=0)
    monkeypatch.setattr(module, "MOST_DRAWN", 5 * len(runs.curves) * levels)
    fewer = preprocess(runs, STUDY, Choices(), replicates=8, seed=0)
    assert fewer.replicates.shape[1] == 5
    np.testing.assert_array_equal(fewer.replicates, all_.replicates[:, :5])
    np.testing.assert_array_equal(fewer.steps, all_.steps)
    small = regrets(runs, STUDY, splits=4, draws=4, seed=0)
    assert (small.splits, small.draws) == (1, 1)
