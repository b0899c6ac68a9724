"""σ*, N* and D₀ in closed form, compared with numeric minima."""

import numpy as np
import pytest
from scipy.optimize import minimize, minimize_scalar

from value_scaling.stats.model_size.data_law import DataLaw
from value_scaling.stats.model_size.optimum import least_budget, least_compute

LAWS = DataLaw(
    np.array([4.7e4, 0.0, 3.4e5]),
    np.array([3.1e5, 5.8e5, 2.4e5]),
    np.array([0.103, 0.155, 0.555]),
    np.array([4.28e9, 4.3e7, 1.02e9]),
    np.array([0.663, 0.306, 0.640]),
)
K, DELTA = 2560.0, 2e12


def test_no_other_setting_reaches_the_level_with_less_compute() -> None:
    data = np.array([4e5, 5e5, 6e5])
    best = least_compute(LAWS, data, per_step=K, delta=DELTA)
    for i, level in enumerate(data):
        law = LAWS[i]
        assert law(best.utd[i], best.size[i]) == pytest.approx(level, rel=1e-9)

        def compute(log_utd: float, law: DataLaw = law, level: float = level) -> float:
            rest = level - law.minimum - law.utd_scale * np.exp(-law.alpha * log_utd)
            if rest <= 0:
                return np.inf
            return float(log_utd - np.log(rest / law.size_scale) / law.beta)

        near = np.log(best.utd[i])
        found = minimize_scalar(compute, bounds=(near - 3, near + 3), method="bounded")
        assert np.exp(found.x) == pytest.approx(best.utd[i], rel=1e-3)
        cost = K * np.exp(found.fun) * level
        assert best.compute[i] == pytest.approx(cost, rel=1e-6)
        assert best.compute[i] == pytest.approx(K * best.utd[i] * best.size[i] * level)


def test_no_other_setting_has_a_smaller_budget() -> None:
    best = least_budget(LAWS, per_step=K, delta=DELTA)
    for i in range(3):

        def budget(x: np.ndarray, law: DataLaw = LAWS[i]) -> float:
            data = law(np.exp(x[0]), np.exp(x[1]))
            return float(np.log(data * (K * np.exp(x[0] + x[1]) + DELTA)))

        start = np.log([2.2 * best.utd[i], 0.6 * best.size[i]])
        options = {"xatol": 1e-9, "fatol": 1e-14, "maxiter": 4000}
        found = minimize(budget, start, method="Nelder-Mead", options=options)
        assert np.exp(found.x) == pytest.approx([best.utd[i], best.size[i]], rel=1e-5)
        assert best.budget[i] == pytest.approx(np.exp(found.fun), rel=1e-9)
        assert best.budget[i] == pytest.approx(best.compute[i] + DELTA * best.data[i])


def test_levels_below_the_minimum_and_steep_laws_have_no_optimum() -> None:
    below = least_compute(LAWS, np.array([1e4, 0.0, 1e5]), per_step=K, delta=DELTA)
    assert np.isnan(below.utd).tolist() == [True, True, True]
    steep = DataLaw(1e5, 1e5, 2.5, 1e12, 2.5)  # type: ignore[arg-type]
    assert np.isnan(least_budget(steep, per_step=K, delta=DELTA).utd)
