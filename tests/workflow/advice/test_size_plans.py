"""Recommendations of σ, N and B on planted laws of σ and N."""

from collections.abc import Iterator

import numpy as np
import pytest
from planted_sizes import GRID, LAW, STUDY, UTDS, WIDTHS, Given, pack, size_of

from value_scaling.records import ScalingError
from value_scaling.records.model_size.record import ModelSizes
from value_scaling.workflow.advice.limits import Limits, Request, Times
from value_scaling.workflow.advice.size_plans import SizePlan, size_plans
from value_scaling.workflow.advice.size_spending import along_size_budget
from value_scaling.workflow.model_size.stage import make

TASK = STUDY.groups[0].tasks[0]
KEY = "group/walk"
LEVEL = 500.0
"""The level at which D is `LAW`."""


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelSizes]:
    folder = tmp_path_factory.mktemp("sizes")
    pack(folder / STUDY.files[0], GRID)
    yield make(Given(STUDY, folder), replicates=20, seed=0)


def asked(record: ModelSizes, **changes: object) -> SizePlan:
    request = Request(**{"level": LEVEL, "times": {KEY: Times(1e-3, 1e-3)}} | changes)
    (found,) = size_plans(STUDY, record, request)
    return found


def test_the_best_utd_and_size_are_the_closed_form_ones(record: ModelSizes) -> None:
    closed = record.variants["default"][KEY].optima
    level = int(np.flatnonzero(closed.inside)[0])
    plan = asked(record, level=float(TASK.levels[level]))
    assert plan.utd.value == pytest.approx(closed.utd.value[level], rel=1e-3)
    assert plan.size.value == pytest.approx(closed.size.value[level], rel=1e-3)
    assert plan.budget.value == pytest.approx(closed.budget.value[level], rel=1e-6)
    assert plan.utd.low < plan.utd.value < plan.utd.high
    assert plan.size_chosen
    assert plan.searched == "UTD and N"


def test_a_given_utd_or_size_is_kept_and_the_other_one_is_best(
    record: ModelSizes,
) -> None:
    fixed = asked(record, utds=(2.0,))
    sizes = np.geomspace(size_of(WIDTHS[0]), size_of(WIDTHS[-1]), 2000)
    data = LAW(np.full(2000, 2.0), sizes)
    best = sizes[(data * (2560 * 2 * sizes + TASK.delta)).argmin()]
    assert fixed.utd.value == 2
    assert np.isnan(fixed.utd.low)
    assert fixed.size.low / 1.2 <= best <= fixed.size.high * 1.2
    both = asked(record, utds=(2.0,), sizes=(size_of(512),))
    assert both.searched == ""
    assert both.run["model_size"] == size_of(512)
    truth = float(LAW(2.0, size_of(512)))
    assert both.data.low / 1.05 <= truth <= both.data.high * 1.05
    assert both.compute.value == pytest.approx(
        2560 * 2 * size_of(512) * both.data.value
    )
    hours = both.data.value * (1e-3 + 2 * 1e-3) / 3600
    assert both.hours.value == pytest.approx(hours)


def test_the_width_that_gives_the_size_is_named(record: ModelSizes) -> None:
    plan = asked(record)
    assert plan.run["width"] % 16 == 0
    assert plan.run["model_size"] == size_of(int(plan.run["width"]))
    assert plan.run["model_size"] == pytest.approx(plan.size.value, rel=0.1)
    assert repr(plan.run["batch_size"]) == "256"  # the one value that was tried
    assert plan.run["learning_rate"] == 3e-4


def test_limits_bind_or_are_missed_by_the_smallest_factor(record: ModelSizes) -> None:
    free = asked(record)
    data = float(free.data.value)
    tight = asked(record, limits=Limits(data=0.9 * data))
    assert tight.meets
    assert tight.binding == ("data",)
    assert tight.data.value <= 0.9 * data
    assert tight.budget.value > free.budget.value
    none = asked(record, limits=Limits(data=0.2 * data))
    assert not none.meets
    corner = float(LAW(max(UTDS), size_of(max(WIDTHS))))
    assert none.exceeds["data"] == pytest.approx(corner / (0.2 * data), rel=0.1)
    assert none.utd.value == pytest.approx(max(UTDS))
    assert none.size_at_edge
    assert TASK.lowest_level <= none.reachable < LEVEL
    highest = asked(record, level=None, limits=Limits(budget=float(free.budget.value)))
    assert highest.level == pytest.approx(LEVEL, rel=0.1)
    assert highest.budget.value <= free.budget.value


def test_extrapolation_states_its_distance_and_the_error_of_checks(
    record: ModelSizes,
) -> None:
    inside = asked(record, utds=(2.0,))
    assert inside.distances["data"].factor == 1
    far = asked(record, utds=(16.0,), sizes=(2 * size_of(2048),))
    for name in ("data", "data_by_size"):
        distance = far.distances[name]
        assert distance.factor == pytest.approx(2)
        assert distance.tested is not None
        assert distance.tested.count == 4
        assert 0 < distance.tested.error < 0.5


def test_the_fits_along_the_budget(record: ModelSizes) -> None:
    assert not list(along_size_budget(record, Request()))
    budgets = record.variants["default"][KEY].optima.budget.value
    middle = float(np.nanmedian(budgets))
    (inside,) = along_size_budget(record, Request(limits=Limits(budget=middle)))
    assert inside.factor == 1
    spent = inside.values["compute"].value + TASK.delta * inside.values["data"].value
    assert spent == pytest.approx(middle, rel=0.05)
    (far,) = along_size_budget(record, Request(limits=Limits(budget=1e3 * middle)))
    assert far.factor > 100
    assert set(far.values) == {"utd", "size", "data", "compute"}


def test_a_level_outside_every_task_is_refused(record: ModelSizes) -> None:
    with pytest.raises(ScalingError, match="100 to 900"):
        asked(record, level=1000.0)
