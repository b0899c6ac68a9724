"""Exponents of runs that others made."""

from typing import Any

import numpy as np
import pytest
from tests.planted_external import EASY, HARD, OPTIONS, UTDS, Given, planted_runs, study

from value_scaling.records.external.record import AxisExponents
from value_scaling.workflow.external.exponents import bend_weights, slope_weights
from value_scaling.workflow.external.stage import make


def fitted(data: dict[str, np.ndarray], **options: Any) -> AxisExponents:
    record = make(Given(study(), planted_runs(UTDS, data, **options)), **OPTIONS)
    return record.axes["utd"]


def power(scale: float, exponent: float) -> np.ndarray:
    return scale * np.array(UTDS) ** exponent


@pytest.fixture(scope="module")
def planted() -> AxisExponents:
    easy = {task: power(400_000 + 50_000 * n, -0.3) for n, task in enumerate(EASY)}
    hard = {task: power(300_000 + 50_000 * n, 0.1) for n, task in enumerate(HARD)}
    return fitted(easy | hard)


def test_planted_exponents_are_found(planted: AxisExponents) -> None:
    assert [each.task for each in planted.tasks] == [*EASY, *HARD]  # one has no runs
    for task in planted.tasks:
        truth = -0.3 if task.benchmark == "easy" else 0.1
        assert task.status == "fitted"
        assert task.exponent.low <= truth <= task.exponent.high, task.task
        assert task.exponent.value == pytest.approx(truth, abs=0.1)
        assert (task.before < task.data.value).all()
        assert (task.data.value <= task.after).all()
    easy, hard = planted.group("easy"), planted.group("hard")
    assert easy is not None and hard is not None
    assert easy.mean.low <= -0.3 <= easy.mean.high < 0
    assert hard.mean.low <= 0.1 <= hard.mean.high
    everything = planted.group("all")
    assert everything is not None and everything.tasks == 7
    assert everything.between > easy.between


def test_partial_pooling_is_nearer_than_the_tasks_alone(planted: AxisExponents) -> None:
    alone, pooled = np.array(
        [
            (each.exponent.value + 0.3, each.pooled.value + 0.3)
            for each in planted.tasks
            if each.benchmark == "easy"
        ]
    ).T
    assert (pooled**2).sum() < (alone**2).sum()
    for each in planted.tasks:
        assert (
            each.pooled.high - each.pooled.low < each.exponent.high - each.exponent.low
        )


def test_left_out_values_are_predicted(planted: AxisExponents) -> None:
    kinds = {(each.kind, each.naive): each for each in planted.against_naive}
    assert len(kinds) == 4
    for each in kinds.values():
        assert each.count == 7
    assert kinds["largest utd", "no change"].fit.value < 0.12


def test_a_floor_bends_the_curve() -> None:
    with_floor = fitted({task: 100_000 + power(500_000, -1.0) for task in EASY})
    without = fitted({task: power(600_000, -0.4) for task in EASY})
    assert with_floor.bend is not None and without.bend is not None
    assert with_floor.bend.mean.value > without.bend.mean.value + 0.2
    assert without.bend.mean.low <= 0 <= without.bend.mean.high


def test_tasks_that_cannot_be_compared_are_named() -> None:
    found = fitted(
        {
            "e1": power(400_000, -0.3),
            "e2": power(60_000, -0.3),  # all arms cross before the second log point
            "e3": power(400_000, -0.3),
        },
        tops={"e3": -20.0},  # nothing is learned
    )
    assert [each.status for each in found.tasks] == [
        *("fitted", "too coarse", "not learned")
    ]
    assert np.isnan(found.tasks[1].exponent.value)
    assert np.isfinite(found.tasks[1].data.value).all()
    assert len(found.fitted) == found.counted("too coarse") == 1


def test_no_task_that_can_be_compared_leaves_no_exponent() -> None:
    found = fitted({"e2": power(60_000, 0.0)})
    assert (found.pooled, found.bend, found.against_naive) == ((), None, ())


def test_an_axis_without_tables_is_left_out() -> None:
    assert make(Given(study(), None), **OPTIONS).axes == {}


def test_weights_give_slope_and_bend() -> None:
    values = np.array([0.5, 1.0, 4.0, 8.0])
    x = np.log(values)
    assert slope_weights(values) @ (3 - 0.7 * x) == pytest.approx(-0.7)
    assert bend_weights(values) @ (3 - 0.7 * x) == pytest.approx(0)
    curved = 0.5 * x**2
    wanted = (curved[3] - curved[2]) / np.log(2) - (curved[1] - curved[0]) / np.log(2)
    assert bend_weights(values) @ curved == pytest.approx(wanted)
