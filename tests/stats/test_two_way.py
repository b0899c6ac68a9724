"""Holes of a table, filled by least squares in the logs."""

import numpy as np
import pytest

from value_scaling.stats.two_way import filled


def table(seed: int, *, noise: float = 0.0, holes: float = 0.3) -> tuple:
    """Return a table [rows, columns] without and with holes; row 0 is complete."""
    rng = np.random.default_rng(seed)
    logs = rng.normal(size=(5, 1)) + rng.normal(size=(1, 9))
    whole = np.exp(logs + noise * rng.normal(size=(5, 9)))
    gone = rng.random(whole.shape) < holes
    gone[0] = False
    return whole, np.where(gone, np.nan, whole)


@pytest.mark.parametrize("seed", range(4))
def test_a_product_is_completed_exactly(seed: int) -> None:
    whole, given = table(seed)
    assert np.isnan(given).any()
    np.testing.assert_allclose(filled(given), whole, rtol=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_it_is_least_squares(seed: int) -> None:
    _, given = table(seed, noise=0.5)
    known = np.argwhere(np.isfinite(given))
    design = np.zeros((len(known), 14))
    for i, (row, column) in enumerate(known):
        design[i, row] = design[i, 5 + column] = 1
    logs = np.log(given[np.isfinite(given)])
    effects = np.linalg.lstsq(design, logs, rcond=None)[0]
    fit = np.exp(effects[:5, None] + effects[None, 5:])
    expected = np.where(np.isnan(given), fit, given)
    np.testing.assert_allclose(filled(given), expected, rtol=1e-8)


def test_a_stack_is_filled_one_by_one() -> None:
    tables = np.stack([table(seed, noise=0.2)[1] for seed in range(3)])
    for one, found in zip(tables, filled(tables), strict=True):
        np.testing.assert_allclose(found, filled(one), rtol=1e-9)


def test_what_is_known_stays_and_what_nothing_tells_is_a_hole() -> None:
    given = np.array([[1.0, 2.0, np.nan], [np.nan] * 3, [3.0, np.nan, np.nan]])
    found = filled(given)
    known = np.isfinite(given)
    np.testing.assert_array_equal(found[known], given[known])
    assert found[2, 1] == pytest.approx(6)
    assert np.isnan(found[1]).all()
    assert np.isnan(found[:, 2]).all()
    assert np.isnan(filled(np.full((2, 2), np.nan))).all()


def test_a_zero_stays_and_does_not_disturb_the_others() -> None:
    whole, given = table(3)
    row, column = np.argwhere(np.isfinite(given))[-1]
    given[row, column] = 0
    with np.errstate(all="raise"):
        found = filled(given)
    assert found[row, column] == 0
    found[row, column] = whole[row, column]
    np.testing.assert_allclose(found, whole, rtol=1e-9)
