"""Hyperparameters to run next, and the constant hyperparameters to compare with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from value_scaling.records import (
    BaselineChoice,
    BestValues,
    Crossings,
    Estimate,
    Proposal,
    entry,
)
from value_scaling.records.axes import required


@dataclass(frozen=True)
class Recommended:
    """Fitted hyperparameters for one environment and σ."""

    env: str
    utd: float
    is_extrapolated: bool
    """Whether σ is outside the range of the sweep."""
    fits: dict[str, Estimate]
    """Fitted value of each fitted axis, by its name."""
    to_run: dict[str, float]
    """The fitted values rounded for use; empty if the environment has no fit."""


def recommend(
    fitted: Sequence[BestValues], utds: Sequence[float], *, shared: bool = True
) -> Iterator[Recommended]:
    """Evaluate the fits of the fitted axes at each of `utds`, for each environment."""
    at = [each.to_run(shared=shared).at(np.array(utds)) for each in fitted]
    tried = fitted[0].utds
    for u, utd in enumerate(utds):
        for e, env in enumerate(fitted[0].environments):
            fits = {
                each.name: entry(values, e, u)
                for each, values in zip(fitted, at, strict=True)
            }
            is_known = all(np.isfinite(each.value) for each in fits.values())
            to_run = {
                each.name: each.axis.rounded(float(fits[each.name].value), each.grid[e])
                for each in fitted
                if is_known
            }
            outside = not tried.min() <= utd <= tried.max()
            yield Recommended(env, utd, outside, fits, to_run)


def propose(
    fitted: Sequence[BestValues], utds: tuple[float, ...], *, shared: bool
) -> tuple[Proposal, ...]:
    """List the hyperparameters to run at `utds`, environment by environment.

    Values are rounded as the authors round them. An environment without a fit has no
    proposal.
    """
    found = sorted(
        recommend(fitted, utds, shared=shared),
        key=lambda each: fitted[0].environments.index(each.env),
    )
    return tuple(
        Proposal(
            env=each.env,
            utd=float(each.utd),
            learning_rate=each.to_run["learning_rate"],
            batch_size=int(each.fits["batch_size"].value),
            batch_size_rounded=int(each.to_run["batch_size"]),
            **{
                f"{name}_interval": (float(fit.low), float(fit.high))
                for name, fit in each.fits.items()
            },
        )
        for each in found
        if each.to_run
    )


def choose_baseline(
    crossings: Crossings,
    environments: tuple[str, ...],
    utd: float,
    *,
    descend: bool,
) -> tuple[BaselineChoice, ...]:
    """Pick, at one σ, the setting of each environment that reaches the top first.

    Point estimates decide, and ties go to the smaller (B, η). An environment that was
    not run at this σ is left out.

    Args:
        descend: where no setting reaches the top level, whether to decide at the
            highest level that one reaches, and to leave out an environment that reaches
            none; otherwise the smallest (B, η) is taken, as the authors do.
    """
    chosen = []
    for env in environments:
        rows = [
            i
            for i, setting in enumerate(crossings.settings)
            if setting.env == env and setting.utd == utd
        ]
        if not rows:
            continue
        steps = crossings.steps[rows]
        reached = np.flatnonzero(np.isfinite(steps).any(axis=0))
        if descend and not reached.size:
            continue
        level = int(reached[-1]) if descend else len(crossings.levels) - 1
        data = steps[:, level]
        best = rows[int(np.argmin(np.where(np.isnan(data), np.inf, data)))]
        setting = crossings.settings[best]
        chosen.append(
            BaselineChoice(
                env=env,
                **{axis.name: setting.values[axis.name] for axis in required()},
                data=float(crossings.steps[best, level]),
                level=float(crossings.levels[level]),
            )
        )
    return tuple(chosen)
