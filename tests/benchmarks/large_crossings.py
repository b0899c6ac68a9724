"""Fit B*(σ) and η*(σ) to planted crossings of a sweep of any size.

python large_crossings.py SETTINGS prints the number of bootstrap samples.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from large_study import large_runs
from planted_study import make_study

from value_scaling.records import VARIANTS, Crossings, Study
from value_scaling.workflow.hyperparameters import hyperparameters
from value_scaling.workflow.preprocess import affordable

LEVELS = 50.0 * np.arange(1, 11)
EVERY = 1000
"""Steps between logged points."""


def planted_crossings(settings: int) -> tuple[Study, Crossings]:
    """Return a study and crossings that take the most memory that is allowed."""
    every = tuple(sorted(large_runs(settings, points=1).settings))
    replicates = affordable(5000, settings, len(LEVELS))
    rng = np.random.default_rng(0)
    drawn = np.empty((settings, replicates, len(LEVELS)), dtype=np.int32)
    steps = np.empty((settings, len(LEVELS)))
    for row, each in enumerate(every):
        away = np.log2(
            [
                each.batch_size * each.utd**0.5 / 256,
                each.learning_rate * each.utd**0.25 / 1e-3,
            ]
        )
        pace = 2e5 * (0.4 + 0.6 * each.utd**-0.7) * (1 + 0.1 * float(away @ away))
        data = pace * (LEVELS / 1000) ** (1 / 0.7)
        luck = np.exp(rng.normal(0, 0.03, (replicates, 1)))
        steps[row] = np.ceil(data / EVERY) * EVERY
        drawn[row] = np.ceil(data * luck / EVERY) * EVERY
    names = sorted({each.env for each in every})
    utds = tuple(sorted({each.utd for each in every}))
    bare = make_study()
    study = replace(
        bare,
        environments=tuple(replace(bare.environments[0], name=n) for n in names),
        sweep_utds=utds,
        baseline_utd=utds[len(utds) // 2],
        sweep_levels=tuple(LEVELS),
        fitted_levels=tuple(LEVELS),
        decided_at=(),
    )
    found = Crossings(
        study=study.name,
        set_name="sweep",
        settings=every,
        seeds=np.full(settings, 10),
        last_steps=np.full(settings, 1e6),
        levels=LEVELS,
        steps=steps,
        replicates=drawn,
        spacings=np.full(steps.shape, float(EVERY)),
    )
    return study, found


if __name__ == "__main__":
    study, crossings = planted_crossings(int(sys.argv[1]))
    for choices in VARIANTS.values():
        hyperparameters(crossings, study, choices)
    print(crossings.replicates.shape[1])
