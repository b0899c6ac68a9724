"""A fit of D_J by one-dimensional search, compared with a search in three
dimensions."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brute, minimize

from value_scaling.stats.power_law import fit_offset

Curve = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def curve(reference: Path) -> Curve:
    """σ and the normalised data of the authors' Gym runs at their highest level."""
    stage2 = json.loads((reference / "stage2_gym_ours.json").read_text())
    data = np.array(stage2["mean_normalized_times"])
    return np.array(stage2["utds"]), data[:, -1]


def grid_and_descents(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
    """Minimise the mean squared error from every point of a coarse 5×5×5 grid.

    This is the method of the authors' notebooks: scipy's brute on a in [-2, 2), b in
    [0, 1), c in [-2, 2), then L-BFGS-B from all 125 points.
    """

    def loss(parameters: np.ndarray) -> float:
        a, b, c = parameters
        with np.errstate(all="ignore"):
            error = np.mean((c + (x / (b + 1e-12)) ** -a - y) ** 2)
        return float(error) if np.isfinite(error) else 1e300

    ranges = (slice(-2, 2, 0.8), slice(0, 1, 0.2), slice(-2, 2, 0.8))
    _, _, grid, values = brute(loss, ranges, full_output=True, finish=None)
    starts = grid.reshape(3, -1).T[np.argsort(values, axis=None)]
    runs = [minimize(loss, start, method="L-BFGS-B") for start in starts]
    best = min(runs, key=lambda run: run.fun)
    return best.x, float(best.fun)


def test_one_law(curve: Curve, bench: Any) -> None:
    x, y = curve
    ours = fit_offset(x, y, nonnegative=False)
    found: list[tuple[np.ndarray, float]] = []
    seconds = bench.cpu_seconds(lambda: fit_offset(x, y), repeats=101)
    theirs = bench.cpu_seconds(lambda: found.append(grid_and_descents(x, y)), repeats=3)
    parameters, loss = found[-1]
    our_loss = float(np.mean((ours(x) - y) ** 2))
    assert our_loss <= loss * (1 + 1e-9)
    bench.record("one D_J law, ours", 1e3 * seconds, "ms", target="<= 5")
    bench.record(
        "one D_J law, grid and 125 descents",
        1e3 * theirs,
        "ms",
        note=f"its error is {loss / our_loss - 1:.0e} above ours, its exponent "
        f"{parameters[0]:.4f}, ours {float(ours.alpha):.4f}",
    )
    bench.record("grid and descents / ours", theirs / seconds, "×")


def test_a_bootstrap_of_laws(curve: Curve, bench: Any) -> None:
    x, y = curve
    noise = np.random.default_rng(0).normal(size=(1000, 10, len(x)))
    stack = y * np.exp(0.1 * noise)
    seconds = bench.cpu_seconds(lambda: fit_offset(x, stack), repeats=5)
    bench.record("10 levels × 1000 replicates of D_J laws", seconds, "s")
