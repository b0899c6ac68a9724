"""Coverage of 95% intervals on synthetic studies of 8 seeds.

The truth of an exponent is the planted one. The truth of a scale is the result of the
same analysis of 300 seeds, since the mean over seeds of different pace is not the
planted pace.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from planted_study import BATCH, DATA, RATE, RISE, make_study, pace, settings

from value_scaling.records import Choices, Curves, Estimate, Runs, Study
from value_scaling.workflow.data.collect import collect
from value_scaling.workflow.data_efficiency import data_efficiency
from value_scaling.workflow.hyperparameters import hyperparameters
from value_scaling.workflow.preprocess import preprocess

STUDIES = 24
LEAST = 19
"""Intervals of 95% coverage cover in 18 or fewer of 24 studies once in 1000 times."""


@dataclass(frozen=True)
class Results:
    """One number of each kind, with its interval."""

    batch_slope: Estimate
    rate_slope: Estimate
    alpha: Estimate
    asymptote: Estimate
    pooled: Estimate


def at(values: Estimate, index: tuple[int, ...]) -> Estimate:
    return Estimate(*(part[index] for part in (values.value, values.low, values.high)))


def noisy(study: Study, set_name: str, seeds: int, rng: np.random.Generator) -> Runs:
    """Return runs whose seeds differ in pace by a quarter, with noisy returns."""
    curves = []
    for setting in settings(study, set_name):
        task = study.environment(setting.env)
        sweep = set_name == "sweep"
        top = task.max_return_sweep if sweep else task.max_return_fitted
        steps = np.unique(np.ceil(np.linspace(0, 1.6 * pace(setting), 101)[1:]))
        luck = np.exp(rng.normal(scale=0.25, size=seeds))
        rise = (steps[:, None] / (pace(setting) * luck)) ** (1 / RISE)
        noise = rng.normal(scale=0.03, size=rise.shape)
        curves.append(Curves(setting, steps, top * np.minimum(rise + noise, 1.05)))
    return collect(Runs(study.name, set_name, tuple(curves)), study)


def analyse(study: Study, seeds: int, number: int, replicates: int) -> Results:
    rng = np.random.default_rng(number)
    swept, ran = (
        preprocess(
            noisy(study, name, seeds, rng),
            study,
            Choices(),
            replicates=replicates,
            seed=number,
        )
        for name in ("sweep", "ours")
    )
    first = hyperparameters(swept, study, Choices())
    second = data_efficiency(ran, study, Choices())
    return Results(
        at(first.batch_size.shared.exponent, (0,)),
        at(first.learning_rate.shared.exponent, (0,)),
        at(second.law.exponent, (-1,)),
        at(second.law.asymptote, (-1,)),
        at(second.pooled, (2, 3)),
    )


@pytest.fixture(scope="module")
def coverage() -> dict[str, int]:
    """Return how many of the studies' intervals include the truth."""
    study = make_study(environments=2)
    many = analyse(study, 300, 0, 10)
    truth = {
        "batch_slope": float(BATCH.exponent),
        "rate_slope": float(RATE.exponent),
        "alpha": float(DATA.exponent),
        "asymptote": float(many.asymptote.value),
        "pooled": float(many.pooled.value),
    }
    found = [analyse(study, 8, 1 + number, 150) for number in range(STUDIES)]
    return {
        name: sum(
            float(getattr(one, name).low) <= value <= float(getattr(one, name).high)
            for one in found
        )
        for name, value in truth.items()
    }


@pytest.mark.parametrize(
    "name", ["batch_slope", "rate_slope", "alpha", "asymptote", "pooled"]
)
def test_intervals_cover(coverage: dict[str, int], name: str) -> None:
    assert coverage[name] >= LEAST, coverage
