"""The table of stages: each row is complete, and a new stage needs only a row."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, get_type_hints

import pytest
from planted_study import make_runs, write_archive, write_checkout

from value_scaling.commands.build import graph, study_stages
from value_scaling.commands.stages.running import StageRun
from value_scaling.records import SETS, ScalingError
from value_scaling.records.stage import Given, Incomplete, Stage, by_command
from value_scaling.store.project import Project
from value_scaling.workflow.pipeline import CROSSINGS, STAGES

NAMES = [stage.name for stage in STAGES]


@pytest.mark.parametrize("stage", STAGES, ids=NAMES)
def test_the_function_makes_the_record(stage: Stage[Any]) -> None:
    module, _, _ = stage.function.partition(":")
    assert module.startswith("value_scaling.workflow.")
    hints = get_type_hints(resolve_name(stage.function))
    assert hints.pop("return") is stage.record
    assert hints.pop("given") is Given
    assert hints.keys() == stage.options.keys()


@pytest.mark.parametrize("stage", STAGES, ids=NAMES)
def test_a_stage_comes_after_those_that_it_reads(stage: Stage[Any]) -> None:
    before = STAGES[: STAGES.index(stage)]
    assert set(stage.records) <= set(before)
    assert {*stage.archives, *stage.any_of} <= set(SETS)


def test_names_and_arguments_are_unique() -> None:
    assert len(set(NAMES)) == len(NAMES)
    for stages in by_command(STAGES).values():
        arguments = [stage.argument for stage in stages if stage.argument]
        assert len(arguments) in (0, len(stages))
        assert len({*arguments}) == len(arguments)


def test_asking_for_staleness_loads_no_calculation() -> None:
    script = (
        "import sys, value_scaling.store.project, value_scaling.workflow.pipeline\n"
        "print('scipy' in sys.modules, 'value_scaling.workflow.budget' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False False\n"


@dataclass(frozen=True)
class Count:
    """A record of a stage that is not in the pipeline."""

    settings: int


def make(given: Given, *, twice: bool) -> Count:
    """Count the settings of the sweep."""
    return Count(len(given.record(CROSSINGS["sweep"]).settings) * (1 + twice))


def in_part(given: Given) -> Count:
    """Make a part of a record."""
    error = ScalingError("x", found="a", expected="b", fix="c")
    raise Incomplete([error], Count(3))


def row(function: str, **more: Any) -> Stage[Count]:
    return Stage(
        name="count",
        record=Count,
        function=f"{__name__}:{function}",
        command="count",
        help="how many settings there are",
        records=(CROSSINGS["sweep"],),
        any_of=("sweep",),
        **more,
    )


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StageRun:
    write_checkout(tmp_path, sets=("sweep",), points=40)
    monkeypatch.setitem(CROSSINGS["sweep"].options, "replicates", 4)
    project = Project.at(tmp_path)
    found = StageRun(project, project.study("planted"))
    assert found.run(CROSSINGS["sweep"]) == []
    return found


@pytest.mark.parametrize("file", ["", "count.json"])
def test_a_row_is_all_that_a_new_stage_needs(run: StageRun, file: str) -> None:
    stage = row("make", options={"twice": True}, file=file)
    assert run.run(stage) == []
    project, study = run.project, run.study
    assert project.load(study, stage) == Count(2 * 3 * 4 * 4 * 3)
    assert project.load(study, stage, "published") == project.load(study, stage)
    write_archive(project.folders.root, make_runs(study, "sweep", points=41))
    with pytest.raises(ScalingError, match="stale"):
        project.load(study, stage)


def test_make_gets_its_rule_from_the_row(
    run: StageRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = row("make", options={"twice": False}, file="count.json")
    monkeypatch.setattr(study_stages, "STAGES", (*STAGES, stage))
    rule = graph.graph(run.project)["stages"]["planted.count"]
    assert rule["command"] == ["-m", "value_scaling", "count", "planted"]
    assert rule["outputs"] == ["data/derived/planted/count.json"]
    assert "data/derived/planted/default/sweep.npz" in rule["inputs"]


def test_what_is_incomplete_is_not_saved(run: StageRun) -> None:
    stage = row("in_part")
    (error, _) = run.run(stage)
    assert str(error) == "x: found a; expected b. What to do: c"
    assert run.record(stage) == Count(3)
    assert not run.project.path(run.study, stage).exists()
    after = Stage(
        name="after",
        record=Count,
        function=f"{__name__}:make",
        command="after",
        help="",
        records=(stage,),
        any_of=("sweep",),
        options={"twice": False},
    )
    assert run.run(after) == []
    assert run.record(after) == Count(3 * 4 * 4 * 3)
    assert not run.project.path(run.study, after).exists()
