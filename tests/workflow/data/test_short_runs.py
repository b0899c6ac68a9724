"""A run that was cut short does not count as one that never reaches a level."""

from dataclasses import replace

import numpy as np
from planted_study import BATCH, make_runs, make_study, pace

from value_scaling.records import VARIANTS, Choices, Environment, Setting, Study
from value_scaling.workflow.data.collect import collect
from value_scaling.workflow.data.short_runs import cut_short
from value_scaling.workflow.hyperparameters import hyperparameters
from value_scaling.workflow.preprocess import preprocess

GRID = Environment(
    "Synthetic0-v0", 2000.0, 4000.0, (32, 64, 128, 256, 512, 1024), (4e-4, 8e-4)
)


def exponent(study: Study, cut: dict[Setting, int], choices: Choices) -> float:
    """Return the slope of B*, with some runs cut to this many of their 40 points."""
    runs = make_runs(study, "sweep", points=40, longest=lambda s: 2.5 * pace(s))
    curves = tuple(
        replace(c, steps=c.steps[:points], returns=c.returns[:points])
        if (points := cut.get(c.setting))
        else c
        for c in runs.curves
    )
    own = preprocess(
        collect(replace(runs, curves=curves), study),
        study,
        choices,
        replicates=20,
        seed=0,
    )
    assert cut_short(own).sum() == len(cut)
    return float(
        hyperparameters(own, study, choices).batch_size.shared.value.exponent[0]
    )


def test_a_run_cut_to_two_points_does_not_move_the_slope() -> None:
    """The best setting at σ = 1 and at σ = 8, each cut short at one of two η."""
    study = make_study(environments=1)
    study = replace(study, environments=(GRID,))
    cut = {
        Setting(GRID.name, 1.0, 256, 8e-4): 2,
        Setting(GRID.name, 8.0, 64, 4e-4): 2,
    }
    for choices in VARIANTS.values():
        whole = exponent(study, {}, choices)
        assert abs(whole - float(BATCH.exponent)) < 0.15
        assert abs(exponent(study, cut, choices) - whole) < 0.05


def test_a_run_that_is_as_long_as_the_others_and_fails_is_slower() -> None:
    study = make_study(environments=1)
    study = replace(study, environments=(GRID,))
    runs = make_runs(study, "sweep", points=40, longest=lambda s: 2.5 * pace(s))
    low = Setting(GRID.name, 1.0, 256, 8e-4)
    curves = tuple(
        replace(c, returns=np.zeros_like(c.returns)) if c.setting == low else c
        for c in runs.curves
    )
    own = preprocess(
        collect(replace(runs, curves=curves), study),
        study,
        Choices(),
        replicates=2,
        seed=0,
    )
    assert not cut_short(own).any()
