"""Planted power laws are recovered, and every fit agrees with a slower method."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares

from value_scaling.stats.power_law import (
    PowerLaw,
    fit_line,
    fit_offset,
    fit_shared_slope,
)

UTDS = np.array([0.25, 0.5, 1, 2, 4, 8, 16])


def noisy_laws(curves: int, noise: float, seed: int = 0) -> np.ndarray:
    """Return curves like D_J, [curves, σ], with separate laws and log-normal noise."""
    rng = np.random.default_rng(seed)
    law = PowerLaw(
        rng.uniform(0.2, 2, curves),
        -rng.uniform(0.4, 1.5, curves),
        rng.uniform(0.1, 1, curves),
    )
    return law(UTDS) * np.exp(noise * rng.normal(size=(curves, len(UTDS))))


def fields(law: PowerLaw) -> np.ndarray:
    return np.stack(np.broadcast_arrays(law.scale, law.exponent, law.asymptote))


def squared_error(law: PowerLaw, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return ((law(x) - y) ** 2).sum(axis=-1)


class TestPowerLaw:
    def test_by_hand(self) -> None:
        law = PowerLaw(3.0, -0.5, 1.0)
        assert law(4.0) == 2.5
        np.testing.assert_allclose(law(np.array([1.0, 9.0])), [4.0, 2.0])

    def test_a_stack_of_laws_meets_every_x(self) -> None:
        law = PowerLaw(np.array([[1.0], [2.0]]), np.array([1.0, 0.0, -1.0]), 0.5)
        x = np.arange(1.0, 21).reshape(4, 5)
        table = law(x)
        assert table.shape == (2, 3, 4, 5)
        for i, scale in enumerate([1.0, 2.0]):
            for j, exponent in enumerate([1.0, 0.0, -1.0]):
                np.testing.assert_allclose(table[i, j], 0.5 + scale * x**exponent)

    def test_a_stack_of_laws_at_one_x(self) -> None:
        law = PowerLaw(np.array([1.0, 2.0]), -1.0)
        np.testing.assert_allclose(law(2), [0.5, 1.0])

    def test_some_laws_of_a_stack(self) -> None:
        law = PowerLaw(np.arange(40.0).reshape(8, 5), -1.0, np.arange(5.0))
        for index in (slice(7), slice(0), (slice(None), slice(2, None)), (3, 4)):
            some = law[index]
            np.testing.assert_array_equal(some.scale, law.scale[index])
            np.testing.assert_array_equal(some.exponent, law.exponent[index])
            np.testing.assert_array_equal(some.asymptote, law.asymptote[index])
        assert len(law[:0].scale) == 0

    def test_each_law_at_x_of_its_own(self) -> None:
        law = PowerLaw(np.array([1.0, 2.0]), np.array([-1.0, 2.0]), 1.0)
        x = np.array([[1.0, 2.0, 4.0], [1.0, 2.0, 3.0]])
        np.testing.assert_allclose(law.paired(x), [[2, 1.5, 1.25], [3, 9, 19]])

    @given(st.floats(0.05, 5), st.floats(1e-3, 1e3), st.floats(1e-2, 1e2))
    def test_the_form_of_the_paper(self, alpha: float, beta: float, x: float) -> None:
        law = PowerLaw(beta**alpha, -alpha, 0.25)
        assert law.alpha == alpha
        assert law.beta == pytest.approx(beta, rel=1e-9)
        expected = 0.25 + (law.beta / x) ** law.alpha
        assert law(x) == pytest.approx(expected, rel=1e-9)

    def test_the_form_of_a_growing_law(self) -> None:
        law = PowerLaw(2.0, 0.5)  # σ*(F) for Gym grows: α < 0
        assert law(16.0) == pytest.approx((law.beta / 16) ** law.alpha)

    @pytest.mark.filterwarnings("error")
    def test_a_law_beyond_floats_has_no_value(self) -> None:
        """σ*(F) through optima at nearly equal budgets: steep, and nothing to warn of
        with every figure."""
        budgets = np.array([1.00e13, 1.01e13, 1.02e13])
        law = fit_line(budgets, np.array([1.0, 4.0, 16.0]))
        assert law.scale == 0  # e^-4200
        assert np.isnan(law(np.array([1e13]))).all()
        assert np.isnan(PowerLaw(-2.0, -0.7).beta)
        assert np.isinf(PowerLaw(1.0, 400.0)(10.0))

    def test_beta_of_a_stack(self) -> None:
        law = PowerLaw(np.array([4.0, 8.0]), np.array([-2.0, -3.0]), np.zeros(2))
        np.testing.assert_allclose(law.beta, [2.0, 2.0])

    @pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
    @pytest.mark.parametrize("exponent", [0.0, -0.0])
    def test_a_flat_law_has_no_beta(self, scale: float, exponent: float) -> None:
        assert np.isnan(PowerLaw(scale, exponent).beta)


class TestFitOffset:
    @given(
        st.floats(0.1, 4),
        st.floats(0.05, 20),
        st.floats(0, 10),
        st.floats(1e-3, 1e7),
        st.booleans(),
    )
    @settings(deadline=None, max_examples=200)
    def test_planted_laws_come_back(
        self, alpha: float, beta: float, least: float, unit: float, nonnegative: bool
    ) -> None:
        planted = PowerLaw(unit * beta**alpha, -alpha, unit * least)
        y = planted(UTDS)
        law = fit_offset(UTDS, y, nonnegative=nonnegative)
        np.testing.assert_allclose(law(UTDS), y, rtol=1e-6)
        # Where the power part is but a ripple on the offset, the exponent is less
        # well determined: rounding of y over the range of the power part.
        ripple = np.ptp(y) / y.max()
        assert law.alpha == pytest.approx(alpha, rel=1e-6 / ripple)
        assert law.scale == pytest.approx(planted.scale, rel=1e-6 / ripple)
        assert law.asymptote == pytest.approx(planted.asymptote, abs=1e-6 * y.max())

    def test_the_units_of_x_do_not_matter(self) -> None:
        y = noisy_laws(20, 0.05)
        law = fit_offset(UTDS, y)
        for unit in (1e-4, 1e3):
            np.testing.assert_allclose(
                fit_offset(unit * UTDS, y)(unit * UTDS), law(UTDS), rtol=1e-7
            )

    @pytest.mark.parametrize("nonnegative", [False, True])
    def test_curves_are_fitted_independently(self, nonnegative: bool) -> None:
        y = noisy_laws(60, 0.3).reshape(4, 5, 3, -1)
        y[1, 2, 0, 3:5] = np.nan
        together = fit_offset(UTDS, y, nonnegative=nonnegative)
        assert fields(together).shape == (3, 4, 5, 3)
        for index in np.ndindex(4, 5, 3):
            alone = fit_offset(UTDS, y[index], nonnegative=nonnegative)
            np.testing.assert_allclose(
                fields(alone), fields(together)[:, *index], rtol=1e-12
            )

    @given(st.sets(st.integers(0, 6), max_size=4), st.booleans())
    @settings(deadline=None)
    def test_a_nan_leaves_its_point_out(self, gone: set[int], nonneg: bool) -> None:
        y = noisy_laws(10, 0.1)
        kept = [k for k in range(len(UTDS)) if k not in gone]
        holes = y.copy()
        holes[:, list(gone)] = np.nan
        np.testing.assert_allclose(
            fields(fit_offset(UTDS, holes, nonnegative=nonneg)),
            fields(fit_offset(UTDS[kept], y[:, kept], nonnegative=nonneg)),
            rtol=1e-7,
            atol=1e-9,
        )

    @pytest.mark.parametrize("points", [0, 1, 2])
    def test_three_numbers_need_three_points(self, points: int) -> None:
        y = noisy_laws(2, 0.0)
        y[0, points:] = np.nan
        found = fields(fit_offset(UTDS, y))
        assert np.isnan(found[:, 0]).all()
        assert np.isfinite(found[:, 1]).all()

    def test_the_offset_is_kept_from_being_negative(self) -> None:
        y = PowerLaw(2.0, -0.3, -0.5)(UTDS)
        free = fit_offset(UTDS, y, nonnegative=False)
        np.testing.assert_allclose(fields(free), [2.0, -0.3, -0.5], rtol=1e-6)
        kept = fit_offset(UTDS, y)
        assert kept.asymptote == 0
        # With c = 0 the best α and k are those of the two-parameter fit.
        best = least_squares(
            lambda p: p[0] * UTDS ** -p[1] - y, x0=[1.0, 0.5], xtol=1e-14, ftol=1e-14
        )
        np.testing.assert_allclose([kept.scale, kept.alpha], best.x, rtol=1e-5)

    @pytest.mark.parametrize("nonnegative", [False, True])
    def test_a_rising_curve_gets_a_constant(self, nonnegative: bool) -> None:
        y = np.stack([UTDS, np.log(UTDS) + 5])
        law = fit_offset(UTDS, y, nonnegative=nonnegative)
        np.testing.assert_array_equal(law.scale, 0)
        np.testing.assert_allclose(law.asymptote, y.mean(axis=1))

    def test_a_constant_curve(self) -> None:
        law = fit_offset(UTDS, np.full(len(UTDS), 7.0))
        np.testing.assert_allclose(law(UTDS), 7.0)

    @pytest.mark.parametrize("nonnegative", [False, True])
    @pytest.mark.parametrize("noise", [0.02, 0.3])
    def test_agrees_with_scipy_from_many_starts(
        self, noise: float, nonnegative: bool
    ) -> None:
        """SciPy's best fit of 12 starts is no better than ours, and the laws agree."""
        lowest = [0, 0.02, 0 if nonnegative else -np.inf]
        for y in noisy_laws(12, noise, seed=4):
            ours = fit_offset(UTDS, y, nonnegative=nonnegative)
            runs = [
                least_squares(
                    lambda p, y=y: PowerLaw(p[0], -p[1], p[2])(UTDS) - y,
                    x0=[scale, alpha, offset],
                    bounds=(lowest, [np.inf, 6, np.inf]),
                    x_scale="jac",
                    xtol=1e-13,
                    ftol=1e-13,
                    gtol=1e-13,
                )
                for scale in (0.3, 1.5)
                for alpha in (0.2, 0.8, 2)
                for offset in (0.01, 0.5)
            ]
            theirs = min(runs, key=lambda run: run.cost)
            assert squared_error(ours, UTDS, y) <= 2 * theirs.cost * (1 + 1e-9)
            np.testing.assert_allclose(
                ours(UTDS),
                PowerLaw(theirs.x[0], -theirs.x[1], theirs.x[2])(UTDS),
                rtol=1e-4,
            )


class TestFitSharedSlope:
    @given(st.integers(1, 4), st.integers(0, 10_000))
    @settings(deadline=None)
    def test_equals_least_squares_with_dummy_variables(
        self, groups: int, seed: int
    ) -> None:
        rng = np.random.default_rng(seed)
        x = np.exp(rng.normal(size=(groups, 6)))
        y = np.exp(rng.normal(size=(groups, 6)))
        y[rng.random(y.shape) < 0.2] = np.nan
        y[:, :2] = 1.5  # no group without points
        keep = np.isfinite(y)
        group, _ = np.nonzero(keep)
        design = np.column_stack([np.log(x[keep]), np.eye(groups)[group]])
        solution, *_ = np.linalg.lstsq(design, np.log(y[keep]))
        law = fit_shared_slope(x, y)
        np.testing.assert_allclose(law.exponent, solution[0], rtol=1e-8, atol=1e-12)
        np.testing.assert_allclose(np.log(law.scale), solution[1:], atol=1e-8)

    def test_stacks(self) -> None:
        rng = np.random.default_rng(1)
        y = np.exp(rng.normal(size=(5, 2, 3, 7)))
        together = fit_shared_slope(UTDS, y)
        assert together.scale.shape == (5, 2, 3)
        assert together.exponent.shape == (5, 2, 3)
        for index in np.ndindex(5, 2):
            alone = fit_shared_slope(UTDS, y[index])
            np.testing.assert_allclose(alone.scale, together.scale[index], rtol=1e-12)
            np.testing.assert_allclose(
                alone.exponent, together.exponent[index], rtol=1e-12
            )

    def test_planted(self) -> None:
        y = np.array([[3.0], [5.0]]) * UTDS**-0.4
        law = fit_shared_slope(UTDS, y)
        np.testing.assert_allclose(law.exponent, [-0.4, -0.4])
        np.testing.assert_allclose(law.scale, [3, 5])

    def test_a_group_without_points_has_no_scale(self) -> None:
        y = np.array([[3.0], [5.0]]) * UTDS**-0.4
        y[1] = np.nan
        law = fit_shared_slope(UTDS, y)
        assert law.exponent == pytest.approx(-0.4)
        assert law.scale[0] == pytest.approx(3)
        assert np.isnan(law.scale[1])


class TestFitLine:
    @given(st.integers(0, 10_000), st.sets(st.integers(0, 6), max_size=5))
    @settings(deadline=None)
    def test_equals_polyfit(self, seed: int, gone: set[int]) -> None:
        y = np.exp(np.random.default_rng(seed).normal(size=7))
        y[list(gone)] = np.nan
        keep = np.isfinite(y)
        slope, intercept = np.polyfit(np.log10(UTDS[keep]), np.log10(y[keep]), 1)
        law = fit_line(UTDS, y)
        assert law.exponent == pytest.approx(slope, rel=1e-8, abs=1e-12)
        assert law.scale == pytest.approx(10**intercept, rel=1e-8)
        assert law.asymptote == 0

    def test_a_stack_with_x_of_its_own(self) -> None:
        """For σ*(F), every replicate has its own budgets."""
        x = np.exp(np.random.default_rng(2).normal(size=(4, 3, 6)))
        planted = PowerLaw(np.arange(1.0, 13).reshape(4, 3), np.linspace(-1, 1, 3))
        y = planted.paired(x)
        law = fit_line(x, y)
        np.testing.assert_allclose(law.scale, planted.scale)
        np.testing.assert_allclose(law.exponent, np.tile([-1.0, 0, 1], (4, 1)))

    def test_a_nan_in_either_coordinate_leaves_its_point_out(self) -> None:
        x = np.array([1.0, 2, np.nan, 8, 16])
        y = np.array([1.0, 4, 9, np.nan, 256])
        law = fit_line(x, y)
        assert law.exponent == pytest.approx(2)
        assert law.scale == pytest.approx(1)

    @pytest.mark.parametrize("points", [0, 1])
    def test_two_numbers_need_two_points(self, points: int) -> None:
        y = np.full(7, np.nan)
        y[:points] = 2.0
        law = fit_line(UTDS, y)
        assert np.isnan([law.exponent, law.scale]).all()


def test_a_line_through_what_is_not_positive_is_not_known() -> None:
    """A negative budget, possible with a free D_min, gives NaN without a warning."""
    x = np.array([1.0, 2.0, 4.0])
    law = fit_line(x, np.array([[4.0, 2.0, 1.0], [4.0, -2.0, 1.0], [4.0, 0, 1]]))
    other = fit_line(-x, x)
    np.testing.assert_allclose(law.exponent, [-1, np.nan, np.nan])
    assert np.isnan(law.scale[1:]).all()
    assert np.isnan(other.exponent)


def test_a_large_stack_is_fitted_curve_by_curve() -> None:
    y = noisy_laws(4100, 0.1)
    whole = fields(fit_offset(UTDS, y))
    np.testing.assert_array_equal(whole[..., 4090:], fields(fit_offset(UTDS, y[4090:])))
