"""First crossings against isotonic regression, in exact and in floating arithmetic."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from value_scaling.records import Environment
from value_scaling.stats import isotonic
from value_scaling.stats.isotonic import first_crossings, has_passed, isotonic_fit


def pool_adjacent_violators(curve: Sequence[Fraction]) -> list[Fraction]:
    """Return the isotonic fit in rational arithmetic, the reference of this file."""
    pools: list[tuple[Fraction, int]] = []
    for value in curve:
        pools.append((value, 1))
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            (left, m), (right, n) = pools[-2:]
            pools[-2:] = [((m * left + n * right) / (m + n), m + n)]
    return [mean for mean, size in pools for _ in range(size)]


def exact_crossings(
    returns: np.ndarray, levels: np.ndarray, counts: np.ndarray, *, strict: bool
) -> np.ndarray:
    """Return the first index at which the exact fit reaches or exceeds each level."""
    table = np.empty((len(counts), len(levels)), dtype=int)
    for row, draw in enumerate(counts):
        total = int(draw.sum())
        mean = [
            sum(int(c) * Fraction(float(y)) for c, y in zip(draw, point, strict=True))
            / total
            for point in returns
        ]
        fit = pool_adjacent_violators(mean)
        for column, level in enumerate(levels):
            reached = (
                k
                for k, value in enumerate(fit)
                if value > level or (value == level and not strict)
            )
            table[row, column] = next(reached, len(fit))
    return table


@st.composite
def problems(
    draw: st.DrawFn,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw returns, levels and counts on a grid so coarse that ties are common.

    All values are multiples of 1, 1/2 or 1/8, so that doubles hold them, their sums
    and their products with small integers exactly.
    """
    points = draw(st.integers(1, 25))
    seeds = draw(st.integers(1, 5))
    unit = draw(st.sampled_from([1.0, 0.5, 0.125]))
    height = draw(st.integers(0, 8))

    def values(size: int, reach: int) -> np.ndarray:
        whole = st.integers(-reach, reach)
        return unit * np.array(draw(st.lists(whole, min_size=size, max_size=size)))

    returns = values(points * seeds, height).reshape(points, seeds)
    levels = values(draw(st.integers(1, 6)), height + 1)  # above all at times
    rows = draw(
        st.lists(
            st.lists(st.integers(0, 3), min_size=seeds, max_size=seeds).filter(any),
            min_size=1,
            max_size=4,
        )
    )
    return returns, levels, np.array(rows)


@given(problems(), st.booleans())
@settings(deadline=None, max_examples=300)
def test_equals_exact_isotonic_regression(
    problem: tuple[np.ndarray, np.ndarray, np.ndarray], strict: bool
) -> None:
    returns, levels, counts = problem
    found = first_crossings(returns, levels, counts=counts, strict=strict)
    expected = exact_crossings(returns, levels, counts, strict=strict)
    np.testing.assert_array_equal(found, expected)


@given(problems(), st.booleans())
@settings(deadline=None, max_examples=200)
def test_equals_scipy_isotonic_regression(
    problem: tuple[np.ndarray, np.ndarray, np.ndarray], strict: bool
) -> None:
    returns, levels, counts = problem
    found = first_crossings(returns, levels, counts=counts, strict=strict)
    # Its pools are rounded, the values here are on a grid: nothing that differs from
    # a level differs by less than unit/(seeds·3·points) > 1e-4.
    slack = 1e-9 if strict else -1e-9
    for row, draw in enumerate(counts):
        fit = isotonic_regression(returns @ draw / draw.sum()).x
        for column, level in enumerate(levels):
            reached = np.flatnonzero(fit > level + slack)
            expected = reached[0] if len(reached) else len(fit)
            assert found[row, column] == expected


@given(problems())
@settings(deadline=None)
def test_the_fit_itself(
    problem: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    curve = problem[0][:, 0]
    exact = pool_adjacent_violators([Fraction(float(y)) for y in curve])
    np.testing.assert_allclose(isotonic_fit(curve), np.array(exact, float), atol=1e-12)


@pytest.mark.parametrize(
    ("level", "reached", "exceeded"), [(-1.0, 0, 0), (2.0, 0, 1), (3.0, 1, 1)]
)
def test_one_point_one_seed(level: float, reached: int, exceeded: int) -> None:
    returns, levels = np.array([[2.0]]), np.array([level])
    assert first_crossings(returns, levels).tolist() == [[reached]]
    assert first_crossings(returns, levels, strict=True).tolist() == [[exceeded]]


def test_by_hand() -> None:
    # The fit of 0 4 2 3 3 9 7 is 0 3 3 3 3 8 8.
    returns = np.array([0.0, 4, 2, 3, 3, 9, 7])[:, None]
    levels = np.array([-1.0, 0, 1, 3, 4, 8, 8.5, 9])
    assert first_crossings(returns, levels).tolist() == [[0, 0, 1, 1, 5, 5, 7, 7]]
    assert first_crossings(returns, levels, strict=True).tolist() == [
        [0, 1, 1, 5, 5, 7, 7, 7]
    ]


def test_a_dip_delays_the_crossing() -> None:
    # The curve touches 2 at once; its isotonic fit does so only at the end.
    returns = np.array([2.0, 0, 0, 2])[:, None]
    assert first_crossings(returns, np.array([2.0])).tolist() == [[3]]


def test_levels_need_no_order() -> None:
    returns = np.arange(6.0)[:, None]
    levels = np.array([4.0, 1.0, 3.0])
    assert first_crossings(returns, levels).tolist() == [[4, 1, 3]]


def test_integer_returns_are_not_truncated() -> None:
    returns = np.array([[0, 1], [1, 2], [2, 3]])
    assert first_crossings(returns, np.array([1.5])).tolist() == [[1]]


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("beyond", [-1, 0, 1])
def test_blocks_of_replicates(strict: bool, beyond: int) -> None:
    """No row is lost or moved if rows fill two blocks, or with one more or less."""
    rng = np.random.default_rng(5)
    points, seeds = 2000, 4
    returns = rng.integers(-3, 4, (points, seeds)) + np.arange(points)[:, None] // 200
    levels = np.array([1.0, 4.0, 8.0, 50.0])
    block = isotonic._BLOCK_ELEMENTS // (points + 1)
    counts = rng.multinomial(seeds, np.full(seeds, 1 / seeds), 2 * block + beyond)
    assert block > 1
    together = first_crossings(returns, levels, counts=counts, strict=strict)
    alone = [
        first_crossings(returns, levels, counts=row[None], strict=strict)[0]
        for row in counts
    ]
    np.testing.assert_array_equal(together, alone)


def test_curves_longer_than_a_block() -> None:
    points = isotonic._BLOCK_ELEMENTS + 10
    returns = np.arange(points, dtype=float)[:, None] * np.array([1.0, 3.0])
    counts = np.array([[2, 0], [1, 1], [0, 2]])
    found = first_crossings(returns, np.array([9000.0]), counts=counts)
    assert found.tolist() == [[9000], [4500], [3000]]


STEADY = np.arange(10.0)[:, None] + np.zeros(4)
"""Four equal seeds, [points, seeds]."""


@pytest.mark.parametrize(("level", "passed"), [(8.9, True), (9.0, True), (9.1, False)])
def test_equal_seeds_have_passed_what_they_reach(level: float, passed: bool) -> None:
    assert has_passed(STEADY, level, errors=2) == passed
    assert has_passed(STEADY[:, :1], level, errors=2) == passed


def test_a_peak_is_not_enough() -> None:
    """As in the analysis, the isotonic fit averages a peak with the fall after it."""
    returns = np.array([0.0, 1.0, 9.0, 1.0, 2.0])[:, None]
    assert not has_passed(returns, 5.0, errors=2)
    assert has_passed(returns[:3], 5.0, errors=2)


def test_seeds_that_differ_must_pass_by_standard_errors() -> None:
    apart = STEADY + np.array([-3.0, -1.0, 1.0, 3.0])
    error = np.std([-3.0, -1.0, 1.0, 3.0], ddof=1) / 2
    assert has_passed(apart, 9 - 2 * error - 0.01, errors=2)
    assert not has_passed(apart, 9 - 2 * error + 0.01, errors=2)


def test_a_level_in_the_unit_of_the_environment() -> None:
    task = Environment("Hopper-v4", 2600.0, 3000.0, min_return=-300.0)
    for set_name in ("sweep", "ours"):
        found = task.return_at(840.0, set_name)
        level = task.normalised(np.array(found), set_name)
        assert level == pytest.approx(840)
