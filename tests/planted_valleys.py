"""SYNTHETIC sweeps whose best (B, η) is planted, in valleys of several shapes.

They follow `planted_study`, but the valley may be tilted: o octaves away from B* and
η*, a setting needs 1 + OCTAVE·(o_B² + o_η² - 2·tilt·o_B·o_η) times the data of the best
one. Seeds differ in pace by a factor, and every point of a curve has its own noise.
"""

from dataclasses import dataclass, replace

import numpy as np
from planted_study import (
    DATA,
    OCTAVE,
    RISE,
    best_batch_size,
    best_learning_rate,
    make_study,
    settings,
    size,
)

from value_scaling.records import Choices, Crossings, Curves, Environment, Runs, Study
from value_scaling.workflow.data.collect import collect
from value_scaling.workflow.preprocess import preprocess

MIDDLE = 2.0**1.5
"""σ at which B* and η* of the middle environment lie in the middle of the grid."""
LUCK, NOISE = 0.25, 0.03


@dataclass(frozen=True)
class Valley:
    """One kind of sweep."""

    name: str
    tilt: float = 0.0
    seeds: int = 8
    batch_sizes: int = 5
    learning_rates: int = 4
    step: float = 1.0
    """Octaves between neighbours of the grid."""
    shift: float = 0.0
    """Octaves of B by which the optimum lies above the middle of the grid."""
    holes: float = 0.0
    """Share of cells that were not run."""


VALLEYS = (
    Valley("plain"),
    Valley("tilt 0.3", tilt=0.3),
    Valley("tilt 0.6", tilt=0.6),
    Valley("tilt -0.6", tilt=-0.6),
    Valley("near an edge", shift=1.5),
    Valley("15% holes, tilt 0.3", tilt=0.3, holes=0.15),
    Valley("coarse, 3 × 3", batch_sizes=3, learning_rates=3, step=2.0),
    Valley("4 seeds", seeds=4),
    Valley("4 seeds, tilt 0.3", tilt=0.3, seeds=4),
)


def valley_study(valley: Valley, rng: np.random.Generator) -> Study:
    """Return a study of three environments, σ 1 to 8, five levels and random holes."""
    names = make_study().environment_names
    middle = best_batch_size(names[1], MIDDLE) * 2.0**-valley.shift
    rate = best_learning_rate(names[1], MIDDLE)
    sizes = tuple(round(middle * 2**o) for o in _octaves(valley.batch_sizes, valley))
    rates = tuple(
        float(f"{rate * 2**o:.3g}") for o in _octaves(valley.learning_rates, valley)
    )
    utds = make_study().sweep_utds
    environments = []
    for name in names:
        gone = [
            {"utd": utd, "batch_size": b, "learning_rate": r}
            for utd in utds
            for b in sizes
            for r in rates
            if rng.random() < valley.holes
        ]
        environments.append(
            Environment(name, 1000.0, 1000.0, sizes, rates, skipped=tuple(gone))
        )
    levels = (400.0, 500.0, 600.0, 700.0, 800.0)
    return replace(
        make_study(sweep_levels=levels, fitted_levels=levels),
        environments=tuple(environments),
    )


def _octaves(count: int, valley: Valley) -> np.ndarray:
    return valley.step * (np.arange(count) - (count - 1) / 2)


def valley_crossings(
    valley: Valley, number: int, *, replicates: int
) -> tuple[Study, Crossings]:
    """Return one study of this kind and the crossings of its sweep."""
    study, runs = valley_runs(valley, number)
    return study, preprocess(runs, study, Choices(), replicates=replicates, seed=number)


def valley_runs(valley: Valley, number: int) -> tuple[Study, Runs]:
    """Return one study of this kind and its sweep, normalised."""
    rng = np.random.default_rng([number, *valley.name.encode()])
    study = valley_study(valley, rng)
    curves = []
    for setting in settings(study, "sweep"):
        if setting not in study.grid:
            continue
        best = (
            best_batch_size(setting.env, setting.utd),
            best_learning_rate(setting.env, setting.utd),
        )
        o = np.log2([setting.batch_size / best[0], setting.learning_rate / best[1]])
        least = size(setting.env) * float(DATA(setting.utd))
        pace = least * (1 + OCTAVE * (o @ o - 2 * valley.tilt * o[0] * o[1]))
        steps = np.unique(np.ceil(np.linspace(0, 3.5 * least, 131)[1:]))
        luck = np.exp(rng.normal(scale=LUCK, size=valley.seeds))
        rise = (steps[:, None] / (pace * luck)) ** (1 / RISE)
        noise = rng.normal(scale=NOISE, size=rise.shape)
        curves.append(Curves(setting, steps, 1000 * np.minimum(rise + noise, 1.05)))
    return study, collect(Runs(study.name, "sweep", tuple(curves)), study)
