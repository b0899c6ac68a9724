"""How conclusions depend on δ, on what C counts, on J and on the analysis choices."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from value_scaling.records import (
    Budget,
    Choices,
    Crossings,
    DataEfficiency,
    Estimate,
    FittedLaw,
    Hyperparameters,
    ScalingError,
    Study,
    entry,
    estimate,
)
from value_scaling.records.axes import FITTED
from value_scaling.records.stage import Given
from value_scaling.records.stages.budget import LEAST_OPTIMA
from value_scaling.records.stages.sensitivity import (
    ACCOUNTINGS,
    LevelSensitivity,
    Sensitivity,
    SensitivityScan,
    SetSensitivity,
)
from value_scaling.workflow.choices import StudyCrossings
from value_scaling.workflow.hyperparameters import hyperparameters
from value_scaling.workflow.multiverse import conclusions, first_replicates, multiverse
from value_scaling.workflow.optima import fits_along_budget, optima
from value_scaling.workflow.pipeline import BUDGET, DATA_EFFICIENCY, HYPERPARAMETERS

DECADES, IN_A_DECADE = 2, 10
"""Number of decades by which δ is varied to either side, and of steps in each."""
MOST_LEFT_OUT = 5
"""Most levels that are left out at either end."""
SWEEP_REPLICATES = 500
"""Number of bootstrap samples for exponents at single levels and in combinations."""

Progress = Callable[[Sequence[Any]], Iterable[Any]]


@dataclass(frozen=True)
class Records:
    """The records of a study under one variant of the choices; any may be absent."""

    hyperparameters: Hyperparameters | None = None
    data: Mapping[str, DataEfficiency] = field(default_factory=dict)
    """D_J(σ) by set name."""
    budget: Mapping[str, Budget] = field(default_factory=dict)
    """Budgets by set name."""

    @classmethod
    def of(cls, given: Given, variant: str) -> "Records":
        """Load the records that a study can have under one variant."""
        first = given.has(HYPERPARAMETERS, variant)
        fits = given.has(DATA_EFFICIENCY, variant)
        return cls(
            given.record(HYPERPARAMETERS, variant) if first else None,
            given.record(DATA_EFFICIENCY, variant).sets if fits else {},
            given.record(BUDGET, variant).sets if fits else {},
        )


def make(given: Given) -> Sensitivity:
    """Analyse the records of a study with other δ, levels and choices."""
    return sensitivity(
        given.study,
        StudyCrossings.of(given),
        Records.of(given, "default"),
        Records.of(given, "published"),
        progress=given.progress,
    )


def sensitivity(
    study: Study,
    crossings: StudyCrossings,
    default: Records,
    published: Records,
    *,
    progress: Progress = iter,
) -> Sensitivity:
    """Analyse a study with other δ, other levels and other choices.

    Args:
        default, published: the records of the two variants, used unchanged.
        progress: wraps the cases as they are processed.
    """
    return Sensitivity(
        study=study.name,
        sets={
            name: _of_set(study, name, default, published, progress)
            for name in default.budget
        },
        levels=_levels(study, crossings.reach.get("sweep"), progress),
        multiverse=multiverse(
            study,
            crossings,
            conclusions(default.hyperparameters, default.data, default.budget),
            conclusions(published.hyperparameters, published.data, published.budget),
            sweep_replicates=SWEEP_REPLICATES,
            progress=progress,
        ),
    )


def _of_set(
    study: Study, name: str, default: Records, published: Records, progress: Progress
) -> SetSensitivity:
    given, found = default.data[name], default.budget[name]
    steps = np.arange(-DECADES * IN_A_DECADE, DECADES * IN_A_DECADE + 1) / IN_A_DECADE
    deltas = study.delta * 10.0**steps

    def at(delta: float) -> Study:
        return replace(study, delta=float(delta))

    as_published = np.full(len(deltas), np.nan)
    if name in published.budget:
        theirs, batch = published.data[name], published.budget[name].batch
        bare = replace(
            theirs, law=replace(theirs.law, replicates=theirs.law.replicates[:0])
        )
        as_published = np.array(
            [_exponent(bare, at(d), theirs.choices, batch) for d in deltas]
        )

    def along(
        rows: Iterable[tuple[str, float, DataEfficiency, Study]],
    ) -> SensitivityScan:
        return _along(list(rows), found.batch, progress)

    at_level = np.flatnonzero(found.fitted)
    fitted = given.levels[at_level]
    left_out = range(1 + max(0, min(MOST_LEFT_OUT, len(fitted) - LEAST_OPTIMA)))
    return SetSensitivity(
        set_name=name,
        utds=np.array([given.utds.min(), given.utds.max()]),
        delta=study.delta,
        deltas=along(("", d, given, at(d)) for d in deltas),
        published=as_published,
        accountings=along(
            (label, study.delta / factor, given, at(study.delta / factor))
            for label, factor in ACCOUNTINGS.items()
        ),
        lowest=along(
            (_range(fitted[k:]), k, _from(given, int(at_level[k]) if k else 0), study)
            for k in left_out
        ),
        highest=along(
            (
                _range(fitted[: len(fitted) - k]),
                k,
                given,
                replace(study, held_out_levels=study.held_out_levels + k),
            )
            for k in left_out
        ),
    )


def _range(levels: np.ndarray) -> str:
    if not levels.size:
        return "none"
    return f"{levels[0]:g} to {levels[-1]:g}"


def _from(given: DataEfficiency, count: int) -> DataEfficiency:
    """Leave levels out of the fit along the budget; D_J of the others is unchanged."""
    law = given.law
    return replace(
        given,
        levels=given.levels[count:],
        pooled_over=given.pooled_over[:, count:],
        law=FittedLaw(
            law.value[count:],
            law.replicates[:, count:],
            law.status[count:],
            law.at_bound[count:],
        ),
        pooled=Estimate(
            *(
                part[:, count:]
                for part in (given.pooled.value, given.pooled.low, given.pooled.high)
            )
        ),
    )


def _along(
    rows: list[tuple[str, float, DataEfficiency, Study]],
    batch: FittedLaw,
    progress: Progress,
) -> SensitivityScan:
    """Fit σ*(F) in each row: label, value, D_J and the study with its δ."""
    exponents, status, counted, stars, edges = [], [], [], [], []
    for _, _, efficiency, study in progress(rows):
        choices = efficiency.choices
        found = optima(efficiency, study, choices, fitted_batch=batch)
        law = fits_along_budget(efficiency, study, choices, found).law("utd")
        exponents.append(law.exponent)
        status.append(int(law.status[()]))
        top = found.point.utd[-1], found.drawn.utd[:, -1]
        stars.append(estimate(*top))
        edges.append(bool(found.point.at_edge[-1]))
        all_count = replace(choices, edge_optima="counted")
        counted.append(
            fits_along_budget(efficiency, study, all_count, found).exponent("utd")
        )
    return SensitivityScan(
        labels=tuple(label for label, *_ in rows),
        values=np.array([value for _, value, *_ in rows], dtype=float),
        exponent=_stack(exponents),
        status=np.array(status, dtype=np.int8),
        counted=np.array(counted),
        utd_star=_stack(stars),
        at_edge=np.array(edges),
    )


def _exponent(
    efficiency: DataEfficiency, study: Study, choices: Choices, batch: FittedLaw
) -> float:
    """Return the exponent of σ*(F), without interval."""
    found = optima(efficiency, study, choices, fitted_batch=batch)
    return fits_along_budget(efficiency, study, choices, found).exponent("utd")


def _stack(values: Sequence[Estimate]) -> Estimate:
    """Combine scalar estimates into one of shape [rows]."""
    parts = [(each.value, each.low, each.high) for each in values]
    return Estimate(*np.array(parts, dtype=float).reshape(-1, 3).T.copy())


def _levels(
    study: Study, sweep: Crossings | None, progress: Progress
) -> LevelSensitivity | None:
    """Fit B*(σ) and η*(σ) with each sweep level alone."""
    if sweep is None:
        return None
    some = first_replicates(sweep, SWEEP_REPLICATES)
    levels: list[float] = []
    exponents: dict[str, list[Estimate]] = {axis.name: [] for axis in FITTED}
    for level in progress(study.sweep_levels):
        try:
            found = hyperparameters(
                some, replace(study, decided_at=(level,)), Choices(), with_checks=False
            )
        except ScalingError:  # nothing reaches it; the record leaves the level out
            continue
        levels.append(level)
        for values in found.fitted:
            exponents[values.name].append(entry(values.shared.exponent, 0))
    return LevelSensitivity(
        levels=np.array(levels, dtype=float),
        deciding=np.array(
            [
                decides
                for level, decides in zip(
                    study.sweep_levels, study.deciding_levels, strict=True
                )
                if level in levels
            ],
            dtype=bool,
        ),
        **{name: _stack(own) for name, own in exponents.items()},
    )
