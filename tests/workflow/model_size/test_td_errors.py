"""Mean TD errors and their slopes on planted power laws."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from planted_sizes import ARCHIVE, GROUP, TASK, size_of

from value_scaling.records import Curves, Setting
from value_scaling.records.model_size.runs import SizeRuns
from value_scaling.workflow.model_size.td_errors import passive_critics, td_errors

STEPS = np.arange(10_000, 1_000_001, 10_000, dtype=float)
WIDTHS = (256, 512, 1024)


def runs(
    found: dict[Setting, float], passive: tuple[int, ...] = (), seeds: int = 4
) -> SizeRuns:
    """Return runs whose errors fall in time and end at these values."""
    rng = np.random.default_rng(0)
    curves = []
    for setting, error in found.items():
        values = np.full((len(STEPS), seeds), error)
        values[: len(STEPS) // 2] *= 5
        noise = np.exp(0.02 * rng.normal(size=seeds))
        curves.append(Curves(setting, STEPS, values * noise / noise.mean()))
    group = replace(GROUP, name="planted")
    sizes = passive or (0,) * len(curves)
    return SizeRuns(group, ARCHIVE, tuple(curves), sizes, 0, "")


def setting(width: int, batch_size: int = 256) -> Setting:
    numbers = {"utd": 2.0, "batch_size": batch_size, "learning_rate": 3e-4}
    return Setting.of("walk", numbers | {"model_size": size_of(width)}, width)


def test_slopes_are_those_of_the_planted_law() -> None:
    grid = {
        setting(width, batch): 3 * size_of(width) ** -0.4 * batch**0.3
        for width in WIDTHS
        for batch in (128, 256, 512)
    }
    validation = runs({each: 10 * error for each, error in grid.items()})
    found = td_errors(runs(grid), validation, "walk", replicates=30, seed=0)
    assert found is not None
    assert found.train.value == pytest.approx(list(grid.values()))
    assert found.validation.value == pytest.approx(10 * found.train.value)
    assert (found.train.low < found.train.high).all()
    assert found.by_batch.utds.tolist() == [2.0] * 3
    assert found.by_batch.others.tolist() == [size_of(width) for width in WIDTHS]
    assert found.by_batch.validation.value == pytest.approx([0.3] * 3)
    assert found.by_size.train.value == pytest.approx([-0.4])
    assert found.by_size.train.low < -0.4 < found.by_size.train.high
    assert td_errors(runs(grid), validation, "run", replicates=3, seed=0) is None


def test_missing_values_are_left_out() -> None:
    grid = {setting(width): 3 * size_of(width) ** -0.4 for width in WIDTHS}
    train = runs(grid)
    train.curves[0].returns[-5:, 0] = np.nan
    train.curves[2].returns[:] = np.nan
    found = td_errors(train, runs(grid), "walk", replicates=5, seed=0)
    assert found is not None
    assert np.isfinite(found.train.value).tolist() == [True, True, False]
    assert found.by_size.train.value == pytest.approx([-0.4], rel=0.05)
    assert found.by_batch.utds.size == 0  # one batch size at each N


def test_passive_critics_have_a_slope_in_each_width() -> None:
    errors, sizes = {}, []
    for main in WIDTHS:
        for at, passive in enumerate(WIDTHS):
            # Settings differ only in the passive critic, which is not part of them.
            one = replace(setting(main), learning_rate=3e-4 + 1e-9 * at)
            errors[one] = 50 * main**-0.5 * passive**-0.2
            sizes.append(size_of(passive))
    found = passive_critics(runs(errors, tuple(sizes)), replicates=20, seed=0)
    critic = found["walk"]
    assert critic.main.tolist() == critic.passive.tolist() == list(WIDTHS)
    assert critic.error.value[1, 2] == pytest.approx(50 * 512**-0.5 * 1024**-0.2)
    assert critic.main_slope.value == pytest.approx(-0.5)
    assert critic.passive_slope.value == pytest.approx(-0.2)
    assert critic.main_slope.low < -0.5 < critic.main_slope.high
    del errors[next(iter(errors))]  # one pair of widths is missing
    assert passive_critics(runs(errors, tuple(sizes[1:])), replicates=2, seed=0) == {}


def test_the_width_follows_from_the_number_of_parameters() -> None:
    assert [TASK.width(size_of(width)) for width in WIDTHS] == list(WIDTHS)
    with pytest.raises(ValueError, match="size_formula"):
        replace(TASK, size_formula=None).width(1000)
