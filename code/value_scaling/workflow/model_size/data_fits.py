"""Fits of D(σ, N) to the data of one task, and their held-out checks."""

from collections.abc import Callable

import numpy as np

from value_scaling.records import AgainstNaive, Estimate, HeldOut, Naive, estimate
from value_scaling.records.model_size.choices import SizeChoices
from value_scaling.records.model_size.record import FittedDataLaw
from value_scaling.stats.model_size.batch_law import fit_log_linear
from value_scaling.stats.model_size.data_law import DataLaw, enough_points, fit_data_law
from value_scaling.stats.model_size.published import published_data_law
from value_scaling.workflow.model_size.crossings import Reached
from value_scaling.workflow.prediction.held_out import (
    Check,
    Drawn,
    against_naive,
    held_out,
)

TOP = slice(-1, None)
_TIE = 1e-9


def fit(
    found: Reached, choices: SizeChoices, levels: slice = slice(None)
) -> FittedDataLaw:
    """Fit D(σ, N) to some levels. The authors' method has no intervals."""
    utds, sizes = found.utds, found.sizes
    data = found.data[:, levels].T
    if choices.fit == "best":
        drawn = np.moveaxis(found.drawn[:, :, levels], -1, -2)
        value, replicates = (fit_data_law(utds, sizes, each) for each in (data, drawn))
    else:
        value = _by_level(utds, sizes, data)
        none = np.empty((0, len(data)))
        replicates = DataLaw(none, none, none, none, none)
    return FittedDataLaw.of(value, replicates, utds, sizes)


def _by_level(utds: np.ndarray, sizes: np.ndarray, data: np.ndarray) -> DataLaw:
    enough = enough_points(utds, sizes, np.isfinite(data))
    rows = np.full((len(data), 5), np.nan)
    for level in np.flatnonzero(enough):
        law = published_data_law(utds, sizes, data[level])
        rows[level] = law.minimum, law.utd_scale, law.alpha, law.size_scale, law.beta
    return DataLaw(*rows.T)


def mean_error(law: FittedDataLaw, found: Reached) -> Estimate:
    """Return the mean |D̂/D - 1| at the highest level, with its interval."""
    value = law.value[-1](found.utds, found.sizes)
    drawn = law.replicates[:, -1](found.utds, found.sizes)
    parts = (value[None], found.data[None, :, -1]), (drawn, found.drawn[..., -1])
    with np.errstate(invalid="ignore"):
        own = [mean_known(np.abs(each / data[: len(each)] - 1)) for each, data in parts]
    return estimate(own[0][0], own[1])


def mean_known(values: np.ndarray) -> np.ndarray:
    """Return the mean over the last axis without NaN; NaN if nothing is left."""
    known = np.isfinite(values)
    count = known.sum(axis=-1)
    with np.errstate(invalid="ignore"):
        total: np.ndarray = np.where(known, values, 0.0).sum(axis=-1)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def checks(
    grid: Reached, others: dict[str, Reached], choices: SizeChoices
) -> tuple[tuple[HeldOut, ...], tuple[AgainstNaive, ...]]:
    """Predict data at the highest level that the fit has not seen.

    The fit to the grid predicts the settings in `others`, by kind. A fit to the rest of
    the grid predicts the settings with the largest σ, and another one those with the
    largest N.
    """
    found = []
    law = fit(grid, choices, TOP)
    for kind, other in others.items():
        found += _check(kind, law, grid, other)
    for kind, axis in (("largest utd", grid.utds), ("largest size", grid.sizes)):
        keep = axis < axis.max()
        seen, left = grid.only(keep), grid.only(~keep)
        found += _check(kind, fit(seen, choices, TOP), seen, left)
    return tuple(each.record for each in found), against_naive(found)


def _check(kind: str, law: FittedDataLaw, seen: Reached, other: Reached) -> list[Check]:
    naive = _predictors(seen, other, drawn=len(law.replicates.alpha) > 0)
    value = law.value[-1](other.utds, other.sizes)
    drawn = law.replicates[:, -1](other.utds, other.sizes)
    found = []
    for row, setting in enumerate(other.settings):
        if np.isfinite(other.data[row, -1]):  # otherwise the actual value is censored
            found.append(
                held_out(
                    quantity="data",
                    kind=kind,
                    label=f"{setting.env}, UTD {setting.utd:g}, "
                    f"N = {setting.values['model_size']:.3g}",
                    predicted=(value[row], drawn[:, row]),
                    actual=(other.data[row, -1], other.drawn[: len(drawn), row, -1]),
                    status=law.status_of(-1),
                    naive={name: each(row) for name, each in naive.items()},
                )
            )
    return found


def _predictors(
    seen: Reached, other: Reached, *, drawn: bool
) -> dict[Naive, Callable[[int], Drawn]]:
    """Return naive predictions of each row: nearest setting, and the pure power law."""
    draws = seen.drawn[..., -1] if drawn else seen.drawn[:0, :, -1]
    pure = [
        fit_log_linear(seen.utds, seen.sizes, each)(other.utds, other.sizes)
        for each in (seen.data[:, -1], draws)
    ]

    def nearest(row: int) -> Drawn:
        known = np.flatnonzero(np.isfinite(seen.data[:, -1]))
        far = np.hypot(
            np.log(seen.utds[known] / other.utds[row]),
            np.log(seen.sizes[known] / other.sizes[row]),
        )
        near = known[far <= far.min() + _TIE]
        if len(near) == 1:
            return seen.data[near[0], -1], draws[:, near[0]]
        with np.errstate(invalid="ignore"):
            value = np.exp(np.log(seen.data[near, -1]).mean())
            return value, np.exp(np.log(draws[:, near]).mean(axis=1))

    return {
        "no change": nearest,
        "pure power law": lambda row: (pure[0][row], pure[1][:, row]),
    }
