"""A fit of D(σ, N) by variable projection, compared with five free parameters."""

from typing import Any

import numpy as np
from scipy.optimize import least_squares

from value_scaling.stats.model_size.data_law import LEAST, MOST, DataLaw, fit_data_law

LAW = DataLaw(5e4, 2e5, 0.4, 1.2e9, 0.6)  # type: ignore[arg-type]
AXES = [1.0, 2, 4, 8], [6.2e5, 2.29e6, 8.77e6, 3.43e7]


def test_one_and_many_laws(bench: Any) -> None:
    utd, size = (each.ravel() for each in np.meshgrid(*AXES))
    noise = np.random.default_rng(3).normal(size=(1000, len(utd)))
    data = LAW(utd, size) * np.exp(0.1 * noise)
    middle, bounds = np.exp(np.log(size).mean()), (LEAST, MOST)

    def residuals(p: np.ndarray) -> np.ndarray:
        falling = p[1] * utd ** -p[2] + p[3] * (size / middle) ** -p[4]
        return (p[0] + falling) / (data[0] / data[0].mean()) - 1

    found: list[float] = []

    def multi_start() -> None:
        low, high = ([0, 0, b, 0, b] for b in bounds)
        high[0] = high[1] = high[3] = np.inf
        starts = [[0.3, 0.3, x, 0.3, y] for x in (0.05, 0.4, 2) for y in (0.05, 0.4, 2)]
        runs = [least_squares(residuals, each, bounds=(low, high)) for each in starts]
        found.append(min(2 * run.cost for run in runs))

    one = bench.cpu_seconds(lambda: fit_data_law(utd, size, data[0]), repeats=11)
    theirs = bench.cpu_seconds(multi_start, repeats=3)
    many = bench.cpu_seconds(lambda: fit_data_law(utd, size, data), repeats=3)
    ours = float(
        ((fit_data_law(utd, size, data[0])(utd, size) / data[0] - 1) ** 2).sum()
    )
    assert ours <= found[-1] * (1 + 1e-7)
    bench.record("one D(σ, N) law, ours", 1e3 * one, "ms")
    bench.record("one D(σ, N) law, five parameters, 9 starts", 1e3 * theirs, "ms")
    bench.record("nine starts / ours", theirs / one, "×")
    bench.record("1000 replicates of D(σ, N)", many, "s", target="<= 10")
