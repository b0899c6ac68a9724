"""Distances of extrapolations, and held-out errors at these distances."""

import numpy as np
import pytest

from value_scaling.records import BestValues
from value_scaling.workflow.advice.distance import of_best_values, of_budget, of_data
from value_scaling.workflow.advice.frontier import Fits


def batch_sizes(fits: Fits) -> BestValues:
    assert fits.sweep is not None
    return fits.sweep.batch_size


def test_inside_the_range_nothing_is_extrapolated(fits: Fits) -> None:
    for utd in (1.0, 3.0, 16.0):
        found = of_best_values(batch_sizes(fits), utd)
        assert (found.factor, found.tested) == (1, None)


def test_one_step_beyond_has_the_error_of_the_record(fits: Fits) -> None:
    found = of_best_values(batch_sizes(fits), 32.0)
    own = [c for c in batch_sizes(fits).heldout if c.kind == "largest utd"]
    assert (found.factor, found.low, found.high) == (2, 1, 16)
    assert found.tested is not None
    assert (found.tested.factor, found.tested.count) == (2, len(own))
    errors = [abs(float(c.error.value)) for c in own]
    assert found.tested.error == pytest.approx(np.median(errors), rel=1e-9)


def test_data_has_the_error_of_the_record(fits: Fits) -> None:
    assert fits.data is not None
    record = fits.data.sets["ours"]
    for utd, kind in ((16.0, "largest utd"), (0.25, "smallest utd")):
        found = of_data(record, len(record.levels) - 1, utd)
        (own,) = [
            c for c in record.heldout if c.kind == kind and c.label.endswith("J = 800")
        ]
        assert found.factor == 2
        assert found.tested is not None
        assert found.tested.error == pytest.approx(abs(own.error.value), rel=1e-6)


def test_farther_away_the_check_leaves_out_more(fits: Fits) -> None:
    found = of_best_values(batch_sizes(fits), 128.0)
    assert found.tested is not None
    assert (found.factor, found.tested.factor) == (8, 8)
    assert not found.beyond_checks
    far = of_best_values(batch_sizes(fits), 1600.0)
    assert far.tested == found.tested
    assert far.beyond_checks
    below = of_best_values(batch_sizes(fits), 0.3)
    assert below.factor == pytest.approx(1 / 0.3)
    assert below.tested is not None
    assert below.tested.factor == 4


def test_budgets_beyond_those_of_the_optima(fits: Fits) -> None:
    assert fits.budgets is not None
    record = fits.budgets.sets["ours"]
    top = float(record.budget.value[-1])
    assert of_budget(record, top).factor == 1
    found = of_budget(record, 1.05 * top)
    assert found.factor == pytest.approx(1.05)
    assert found.tested is not None
    assert found.tested.factor > 1.05
