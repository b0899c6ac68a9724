"""Hyperparameters to run next, and the constant ones to compare with."""

from collections.abc import Sequence

import numpy as np

from value_scaling.records import (
    BaselineChoice,
    BestValues,
    Crossings,
    Proposal,
)

BATCH_MULTIPLE = 16


def round_batch_size(batch_size: float, grid: Sequence[float] = ()) -> int:
    """Truncate, then take the nearest multiple of 16 (ties to even), at least 16.

    Args:
        grid: batch sizes that were tried; if one of them is no multiple of 16, neither
            need the result be: it is then the nearest whole number, at least 1.
    """
    if any(tried % BATCH_MULTIPLE for tried in grid):
        return max(1, round(batch_size))
    multiple = int(np.round(int(batch_size) / BATCH_MULTIPLE))
    return max(BATCH_MULTIPLE, BATCH_MULTIPLE * multiple)


def round_learning_rate(rate: float) -> float:
    """Keep three significant digits."""
    return float(f"{rate:.2e}")


def propose(
    batch_size: BestValues,
    learning_rate: BestValues,
    utds: tuple[float, ...],
    *,
    shared: bool,
) -> tuple[Proposal, ...]:
    """Evaluate the fitted laws at `utds`, rounded as the authors do."""
    sigma = np.array(utds)

    sizes = batch_size.to_run(shared=shared).at(sigma)
    rates = learning_rate.to_run(shared=shared).at(sigma)
    proposals = []
    for e, env in enumerate(batch_size.environments):
        for u, utd in enumerate(utds):
            size = sizes.value[e, u]
            known = np.isfinite(size) and np.isfinite(rates.value[e, u])
            if not known:  # this environment gave no law: nothing to propose
                continue
            proposals.append(
                Proposal(
                    env=env,
                    utd=float(utd),
                    learning_rate=round_learning_rate(rates.value[e, u]),
                    batch_size=int(size),
                    batch_size_rounded=round_batch_size(size, batch_size.grid[e]),
                    learning_rate_interval=(
                        float(rates.low[e, u]),
                        float(rates.high[e, u]),
                    ),
                    batch_size_interval=(
                        float(sizes.low[e, u]),
                        float(sizes.high[e, u]),
                    ),
                )
            )
    return tuple(proposals)


def choose_baseline(
    crossings: Crossings,
    environments: tuple[str, ...],
    utd: float,
    *,
    descend: bool,
) -> tuple[BaselineChoice, ...]:
    """Pick, at one σ, the setting of each environment that reaches the top first.

    Point estimates, ties to the smaller (B, η). An environment that was not run at this
    σ is left out.

    Args:
        descend: where no setting reaches the top level, decide at the highest level
            that one reaches, and leave out an environment that reaches none; otherwise
            the smallest (B, η) is taken, as the authors do.
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
                utd=float(utd),
                batch_size=int(setting.batch_size),
                learning_rate=float(setting.learning_rate),
                data=float(crossings.steps[best, level]),
                level=float(crossings.levels[level]),
            )
        )
    return tuple(chosen)
