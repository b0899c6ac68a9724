"""First stage: how the best batch size and learning rate depend on σ."""

from dataclasses import replace

import numpy as np

from value_scaling.records import (
    BestValues,
    Choices,
    Crossings,
    FittedLaw,
    Hyperparameters,
    PowerLaw,
    ScalingError,
    Study,
    estimate,
)
from value_scaling.records.stage import Given
from value_scaling.stats.power_law import fit_line, fit_shared_slope
from value_scaling.workflow.grid.best_values import averages_and_draws
from value_scaling.workflow.grid.proposals import choose_baseline, propose
from value_scaling.workflow.grid.sweep_table import SweepTable, sweep_table
from value_scaling.workflow.grid.tilt import tilt
from value_scaling.workflow.pipeline import CROSSINGS
from value_scaling.workflow.prediction.held_out import Check, against_naive, held_out
from value_scaling.workflow.prediction.naive import no_change

Tables = dict[tuple[int, bytes], SweepTable]
"""Sweep tables, by the identity of their crossings and by the deciding levels."""


def make(given: Given) -> Hyperparameters:
    """Fit B*(σ) and η*(σ) to the crossings of the sweep."""
    return hyperparameters(given.record(CROSSINGS["sweep"]), given.study, given.choices)


def hyperparameters(
    crossings: Crossings,
    study: Study,
    choices: Choices,
    *,
    with_checks: bool = True,
    tables: Tables | None = None,
) -> Hyperparameters:
    """Fit power laws B*(σ) and η*(σ) of every environment.

    Args:
        with_checks: whether to make the held-out predictions too, which take longer
            than the fits.
        tables: tables that exist already; they are used, and new ones are added. The
            caller keeps their crossings alive.
    """
    deciding = np.array(study.deciding_levels)
    if choices.deciding_levels == "last":
        deciding = np.arange(len(crossings.levels)) == len(crossings.levels) - 1
    if not deciding.any():
        fitted = study.fitted_levels
        raise ScalingError(
            f"study {study.name}, sweep_levels",
            found=f"none between {min(fitted):g} and {max(fitted):g}, the lowest and "
            "the highest of fitted_levels",
            expected="one or more, since they decide B* and η*",
            fix="add such a level to sweep_levels in the study file",
        )
    tables = {} if tables is None else tables
    key = (id(crossings), deciding.tobytes())
    if key not in tables:
        tables[key] = sweep_table(crossings, study.environment_names, deciding)
    table = tables[key]
    if len(table.utds) < 2:
        raise ScalingError(
            f"{study.name} sweep",
            found=f"runs at {len(table.utds)} UTD ratio",
            expected="at least two, since a slope in UTD is fitted",
            fix="add runs at other UTD ratios to the archive",
        )
    best, drawn = averages_and_draws(table, choices, study=study.name)
    laws = {
        name: _best(table, name, best[name], drawn[name], study, choices, with_checks)
        for name in table.grids
    }
    correlation = estimate(
        _correlation(*(values[None] for values in best.values()))[0],
        _correlation(*drawn.values()),
    )
    utds = study.proposal_utds
    return Hyperparameters(
        study=study.name,
        choices=choices,
        **laws,
        baseline=choose_baseline(
            crossings,
            table.environments,
            study.baseline_utd,
            descend=choices.unreached == "abstain",
        ),
        baseline_utd=study.baseline_utd,
        top_level=float(crossings.levels[-1]),
        proposals=propose(tuple(laws.values()), utds, shared=True),
        separate_proposals=propose(tuple(laws.values()), utds, shared=False),
        correlation=correlation,
        tilt=tilt(table),
        replicates=crossings.replicates.shape[1],
    )


def _best(
    table: SweepTable,
    name: str,
    point: np.ndarray,
    drawn: np.ndarray,
    study: Study,
    choices: Choices,
    with_checks: bool,
) -> BestValues:
    """Return the best values of one hyperparameter and the fits to them."""
    utds = table.utds
    used = slice(None, -1) if choices.separate_fit == "drop_largest" else slice(None)
    single = np.array([len(values) == 1 for values in table.grids[name]])
    # With a single value on the axis, a prediction cannot fail, so it checks nothing.
    checked = np.flatnonzero(~single & with_checks)
    checks = (
        *_largest_utd_held_out(name, table, point, drawn, checked),
        *_environment_held_out(
            name, table, point, drawn, checked, anchor=study.baseline_utd
        ),
    )
    return BestValues(
        name=name,
        environments=table.environments,
        utds=utds,
        grid=tuple(tuple(values.tolist()) for values in table.grids[name]),
        best=estimate(point, drawn),
        shared=FittedLaw(
            _unless(single.all(), fit_shared_slope(utds, point)),
            _unless(single.all(), fit_shared_slope(utds, drawn)),
        ),
        separate=FittedLaw(
            _unless(single, fit_line(utds[used], point[..., used])),
            _unless(single, fit_line(utds[used], drawn[..., used])),
        ),
        constant=np.exp(np.nanmean(np.log(point), axis=-1)),
        heldout=tuple(check.record for check in checks),
        against_naive=against_naive(checks),
    )


def _unless(single: np.ndarray | np.bool_, law: PowerLaw) -> PowerLaw:
    """Set the exponent of a fit through a single value, 0 by construction, to NaN."""
    return replace(law, exponent=np.where(single, np.nan, law.exponent))


def _correlation(sizes: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Return the Pearson correlation of the logarithms over all (environment, σ).

    Args:
        sizes, rates: [replicates, environments, utds].

    Returns:
        [replicates].
    """
    pairs = np.log(np.stack([sizes, rates], axis=1)).reshape(len(sizes), 2, -1)
    present = np.isfinite(pairs).all(axis=1)
    found = np.full(len(pairs), np.nan)
    for pattern in np.unique(present, axis=0):
        if pattern.sum() < 3:
            continue
        same = np.flatnonzero((present == pattern).all(axis=1))
        known = pairs[same][..., pattern]
        varies = (known.std(axis=-1) >= 1e-12).all(axis=-1)
        centred = known[varies] - known[varies].mean(axis=-1, keepdims=True)
        covariance = centred @ np.swapaxes(centred, 1, 2) * (1 / (pattern.sum() - 1))
        size, rate = np.sqrt(covariance[:, [0, 1], [0, 1]]).T
        found[same[varies]] = np.clip(covariance[:, 0, 1] / size / rate, -1, 1)
    return found


def _largest_utd_held_out(
    name: str,
    table: SweepTable,
    point: np.ndarray,
    drawn: np.ndarray,
    checked: np.ndarray,
) -> list[Check]:
    """Predict the best values at the largest σ from the fit to the smaller σ.

    Args:
        checked: indices of the environments to predict.
    """
    if len(table.utds) < 3:
        return []
    fewer, top = table.utds[:-1], table.utds[-1]
    predicted = fit_shared_slope(fewer, point[..., :-1])(top)
    predicted_drawn = fit_shared_slope(fewer, drawn[..., :-1])(top)
    return [
        held_out(
            quantity=name,
            kind="largest utd",
            label=f"{table.environments[e]}, UTD {top:g}",
            predicted=(predicted[e], predicted_drawn[:, e]),
            actual=(point[e, -1], drawn[:, e, -1]),
            naive={"no change": no_change(fewer, point[e, :-1], drawn[:, e, :-1], top)},
        )
        for e in checked
    ]


def _environment_held_out(
    name: str,
    table: SweepTable,
    point: np.ndarray,
    drawn: np.ndarray,
    checked: np.ndarray,
    *,
    anchor: float,
) -> list[Check]:
    """Predict an environment's values at the largest σ with the slope of the others.

    The scale comes from the environment's own best value at the anchor σ, as for a new
    task that was tuned at one σ. The prediction "no change" is that best value, for
    every σ.

    Args:
        checked: indices of the environments to predict.
        anchor: σ at which the environment's own best value is known.
    """
    if len(table.environments) < 2 or anchor not in table.utds:
        return []
    at, top = int(np.nonzero(table.utds == anchor)[0][0]), table.utds[-1]
    if top == anchor:
        return []
    found = []
    for e in checked:
        others = np.arange(len(table.environments)) != e

        def predict(
            best: np.ndarray, e: int = e, others: np.ndarray = others
        ) -> np.ndarray:
            slope = fit_shared_slope(table.utds, best[..., others, :]).exponent[..., 0]
            return best[..., e, at] * (top / anchor) ** slope

        found.append(
            held_out(
                quantity=name,
                kind="environment",
                label=f"{table.environments[e]}, UTD {top:g}",
                predicted=(predict(point), predict(drawn)),
                actual=(point[e, -1], drawn[:, e, -1]),
                naive={"no change": (point[e, at], drawn[:, e, at])},
            )
        )
    return found
