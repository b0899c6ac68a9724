"""What follows from the points and fits that the authors' figures show."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from value_scaling.records import Estimate, Setting, estimate
from value_scaling.records.model_size.choices import VARIANTS, SizeChoices
from value_scaling.records.model_size.comparisons import FigureErrors
from value_scaling.records.model_size.record import (
    BatchFits,
    FittedDataLaw,
    SizeOptima,
)
from value_scaling.records.model_size.study import (
    PublishedSizes,
    SizeGroup,
    SizeStudy,
    SizeTask,
)
from value_scaling.stats.bootstrap import resample_counts, stream
from value_scaling.stats.model_size.data_law import DataLaw
from value_scaling.workflow.model_size import batch_fits, data_fits
from value_scaling.workflow.model_size.crossings import Reached
from value_scaling.workflow.model_size.optima import optima

Others = Mapping[tuple[str, str], Mapping[str, Reached]]
"""Settings that were not fitted, by group and task, then by kind."""
_EXTRAPOLATED = ("larger size", "larger utd")


def from_figures(
    study: SizeStudy, others: Others, *, replicates: int, seed: int
) -> dict[str, Any]:
    """Return the fields of the record that need the authors' figures.

    Args:
        others: settings that fits to the figures' points predict.
    """
    published = study.published
    if published is None:
        return {}
    # The first group that has a task; later ones train it with another algorithm.
    first: dict[str, tuple[SizeGroup, SizeTask]] = {
        task.name: (group, task)
        for group in reversed(study.groups)
        for task in group.tasks
    }
    names = list(dict.fromkeys(point.task for point in published.points))
    options: Any = {"replicates": replicates, "seed": seed}
    batches = {
        variant: {
            name: batch_fits.of_figures(published, name, choices, **options)
            for name in names
        }
        for variant, choices in VARIANTS.items()
    }
    own = {name: others.get((first[name][0].name, name), {}) for name in names}
    return {
        "published_batches": batches,
        "published_optima": {
            name: _optima(study, published, *first[name]) for name in published.laws
        },
        "figure_errors": {
            variant: _errors(
                published, own, [*batches[variant].values()], choices, **options
            )
            for variant, choices in VARIANTS.items()
        },
    }


def _optima(
    study: SizeStudy, published: PublishedSizes, group: SizeGroup, task: SizeTask
) -> SizeOptima:
    """Return the optima that follow from the authors' own fits."""
    grid = _points(published, task.name)
    value = published.law(task.name)
    none = np.empty((0, len(value.alpha)))
    law = FittedDataLaw.of(
        value, DataLaw(none, none, none, none, none), grid.utds, grid.sizes
    )
    found, _ = optima(
        law,
        VARIANTS["published"],
        utds=grid.utds,
        sizes=grid.sizes,
        flops_per_update=group.flops_per_update,
        delta=task.delta,
        left_out=study.held_out_levels,
    )
    return found


def _errors(
    published: PublishedSizes,
    others: Mapping[str, Mapping[str, Reached]],
    batches: Sequence[BatchFits],
    choices: SizeChoices,
    *,
    replicates: int,
    seed: int,
) -> FigureErrors:
    """Return mean errors of the fits to the points, and of their predictions."""
    fitted: list[np.ndarray] = []
    curves: dict[str, list[np.ndarray]] = {}
    predicted: dict[str, list[np.ndarray]] = {}
    for name, kinds in others.items():
        grid = _points(published, name)
        law = data_fits.fit(grid, choices).value[0]
        fitted.append(np.abs(law(grid.utds, grid.sizes) / grid.data[:, 0] - 1))
        if name in published.laws:
            theirs = published.law(name)[-1](grid.utds, grid.sizes)
            refits = {"points": law}
            if kinds:
                both = _joined(grid, *kinds.values())
                refits["all settings"] = data_fits.fit(both, choices).value[0]
            for which, one in refits.items():
                ours = one(grid.utds, grid.sizes)
                curves.setdefault(which, []).append(np.abs(ours / theirs - 1))
        for kind, other in kinds.items():
            value = law(other.utds, other.sizes)
            with np.errstate(invalid="ignore"):
                drawn = np.vstack([other.data[None, :, -1], other.drawn[..., -1]])
                predicted.setdefault(kind, []).append(np.abs(value / drawn - 1))
    if set(_EXTRAPOLATED) & predicted.keys():
        predicted["extrapolated"] = [
            each for kind in _EXTRAPOLATED for each in predicted.get(kind, ())
        ]

    def of_points(name: str, parts: Iterable[np.ndarray]) -> Estimate:
        errors = np.concatenate(list(parts))
        counts = resample_counts(
            stream(seed, "points of figures", name), len(errors), replicates
        )
        return estimate(errors.mean(), counts @ errors / len(errors))

    return FigureErrors(
        curves={which: of_points("curves", parts) for which, parts in curves.items()},
        batch=of_points("batch", (each.errors for each in batches)),
        log_linear=of_points("log-linear", (b.log_linear_errors for b in batches)),
        data={"fitted": of_points("data", fitted)}
        | {kind: _mean(np.concatenate(parts, axis=1)) for kind, parts in
           predicted.items()},
    )  # fmt: skip


def _mean(errors: np.ndarray) -> Estimate:
    """Return the mean over settings that reach the level, [1 + draws, settings]."""
    means = data_fits.mean_known(errors)
    return estimate(means[0], means[1:])


def _joined(*parts: Reached) -> Reached:
    """Return the settings of all parts at the highest level, without replicates."""
    settings = tuple(setting for each in parts for setting in each.settings)
    seeds = np.concatenate([each.seeds for each in parts])
    data = np.concatenate([each.data[:, -1:] for each in parts])
    return Reached(settings, seeds, data, np.empty((0, len(settings), 1)))


def _points(published: PublishedSizes, task: str) -> Reached:
    """Return the authors' grid of a task at its highest level, without seeds."""
    own = [point for point in published.points if point.task == task]
    settings = tuple(
        Setting.of(
            task,
            {
                "utd": point.utd,
                "batch_size": point.batch_size,
                "learning_rate": 3e-4,
                "model_size": point.size,
            },
        )
        for point in own
    )
    data = np.array([[point.data] for point in own])
    none = np.empty((0, len(own), 1))
    return Reached(settings, np.zeros(len(own), int), data, none)
