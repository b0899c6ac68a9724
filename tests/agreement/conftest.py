"""Planted curves: a rise that begins at a chosen step, with noise between seeds."""

import numpy as np
import pytest

from agreement.curves import Side
from agreement.rows import Plan, load


def planted(
    *, half: float, seed: int, seeds: int = 10, points: int = 40, top: float = 100.0
) -> Side:
    """Return runs whose mean is half-way up at step `half`."""
    rng = np.random.default_rng(seed)
    steps = np.arange(1, points + 1) * 100.0
    own = half * np.exp(0.1 * rng.normal(size=seeds))
    rise = top / (1 + (own / steps[:, None]) ** 8)
    return Side(steps, rise + rng.normal(size=rise.shape))


@pytest.fixture(scope="session")
def plan() -> Plan:
    """The comparisons of docs/agreement.md."""
    return load()
