"""A planted sweep of any size, written as one Parquet table in pieces."""

from pathlib import Path

import numpy as np

from value_scaling.exporters.long_table import write_table
from value_scaling.exporters.runs import run_blocks, run_columns
from value_scaling.records import Curves, Runs, Setting
from value_scaling.records.runs import StreamedCurves

GRIDS = {
    500: (5, 5, 5, 4),
    2_000: (5, 5, 10, 8),
    8_000: (10, 8, 10, 10),
    32_000: (10, 16, 20, 10),
    100_000: (10, 20, 25, 20),
}
"""Environments, σ, B and η of a sweep, by its number of settings."""


def large_runs(settings: int, *, seeds: int = 10, points: int = 1000) -> Runs:
    """Return a sweep whose curves are computed when they are read."""
    envs, utds, sizes, rates = GRIDS[settings]
    every = [
        Setting(f"Large{e:02}-v0", u, b, r)
        for e in range(envs)
        for u in np.geomspace(0.25, 32, utds).round(4).tolist()
        for b in np.unique(np.geomspace(16, 4096, sizes).round().astype(int)).tolist()
        for r in np.geomspace(1e-4, 1e-2, rates).round(7).tolist()
    ]
    assert len(every) == settings
    steps = 1000.0 * np.arange(1, points + 1)

    def curves(at: int) -> Curves:
        setting = every[at]
        away = np.log2(
            [
                setting.batch_size * setting.utd**0.5 / 256,
                setting.learning_rate * setting.utd**0.25 / 1e-3,
            ]
        )
        pace = 2e5 * (0.4 + 0.6 * setting.utd**-0.7) * (1 + 0.1 * float(away @ away))
        rng = np.random.default_rng(at)
        luck = np.exp(rng.normal(0, 0.1, seeds))
        rise = np.minimum((steps[:, None] / (pace * luck)) ** 0.7, 1)
        noise = rng.normal(0, 30, (points, seeds))
        return Curves(setting, steps, 2000 * rise + noise)

    return Runs("large", "sweep", StreamedCurves(every, curves))


def write_large(path: Path, settings: int, *, seeds: int, points: int) -> None:
    """Write the runs of a sweep as a long table."""
    runs = large_runs(settings, seeds=seeds, points=points)
    write_table(path, run_columns(runs), run_blocks(runs))
