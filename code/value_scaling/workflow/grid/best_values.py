"""Best batch size and learning rate of each (environment, σ), averaged over draws."""

from functools import partial

import numpy as np

from value_scaling.records import Choices, ScalingError
from value_scaling.stats.grid_minimum import grid_minimum
from value_scaling.stats.linear_part import orthonormal, projected
from value_scaling.workflow.grid.pooled_levels import ended_before, pooled_levels
from value_scaling.workflow.grid.sweep_table import NEVER, SweepTable

Votes = dict[str, tuple[np.ndarray, np.ndarray]]
"""Value of each vote and whether it counts, by hyperparameter; both
[utds, others, replicates, levels]."""


def best_values(
    table: SweepTable, choices: Choices, *, study: str
) -> dict[str, np.ndarray]:
    """Return the best batch size and learning rate in each replicate.

    Under `local` and `joint`, each deciding level (or, `pooled`, all of them as one)
    has one vote on both hyperparameters, by `stats.grid_minimum` over the logarithms of
    data, B and η. Under `marginal`, as published (qscaled a9a99d0,
    grid_search/bootstrapping), each level and each value of the other hyperparameter
    has a vote on one of them: the value with the smallest data wins. The votes of a
    replicate are averaged. There is no winner where a run that was cut short might have
    won.

    Args:
        table: crossings of the deciding levels.

    Returns:
        by name, [replicates, environments, utds]; NaN where no level was reached.
    """
    if choices.deciding_levels == "pooled":
        table = pooled_levels(table)
    geometric = choices.average == "geometric"
    columns: dict[str, list[np.ndarray]] = {name: [] for name in table.grids}
    for e, env in enumerate(table.environments):
        vote = _marginal if choices.best_values == "marginal" else _together
        found = vote(table, e, choices)
        for name, (winner, votes) in found.items():
            count = votes.sum(axis=(1, 3))
            if not count.any():
                raise ScalingError(
                    f"{study} sweep, {env}",
                    found="no setting that reaches any of the deciding levels",
                    expected="at least one",
                    fix="lower max_return_sweep or the levels in the study file, "
                    "or train longer",
                )
            total = np.where(votes, winner, 0.0).sum(axis=(1, 3))
            mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
            columns[name].append(np.exp(mean) if geometric else mean)
    # [env, utd, rep] -> [rep, env, utd]
    return {name: np.moveaxis(np.stack(own), 2, 0) for name, own in columns.items()}


def _grids(table: SweepTable, e: int) -> dict[str, np.ndarray]:
    """Return the values tried of each hyperparameter in one environment, by name."""
    return {name: own[e].astype(float) for name, own in table.grids.items()}


def _together(table: SweepTable, e: int, choices: Choices) -> Votes:
    """Return the votes on B and η together, [utds, 1, replicates, levels]."""
    steps, ran, cut_at = table.steps[e], table.ran[e], table.cut_at[e]
    grids = _grids(table, e)
    logs = tuple(np.log(values) for values in grids.values())
    least = table.once(("least", e), lambda: steps.min(axis=(1, 2)))
    votes = _votes(steps, ran, cut_at, least, choices, axis=(1, 2))
    fitted, first = choices.best_values == "local", choices.ties == "smallest"
    best = table.once(
        ("minimum", e, fitted, first),
        lambda: _minimum(steps, ran, logs, fitted=fitted, first=first),
    )
    found = {}
    for name, grid, found_at in zip(grids, logs, best, strict=True):
        winner = np.where(np.isfinite(found_at), found_at, grid[0])
        if choices.average == "arithmetic":
            winner = np.exp(winner)
        found[name] = winner[:, None], votes[:, None]
    return found


def _minimum(
    steps: np.ndarray,
    ran: np.ndarray,
    logs: tuple[np.ndarray, ...],
    *,
    fitted: bool,
    first: bool,
) -> np.ndarray:
    """Return log B and log η of the least data, [2, utds, replicates, levels]."""
    shape = steps.shape[:1] + steps.shape[3:]
    best = np.full((2, *shape), np.nan)
    for u, own in enumerate(ran):  # the grid is that of the values run at this σ
        rows, columns = (np.flatnonzero(own.any(axis=axis)) for axis in (1, 0))
        if rows.size:
            with np.errstate(divide="ignore"):
                data = np.where(steps[u] < NEVER, np.log(steps[u]), np.inf)
            cells = data[np.ix_(rows, columns)]
            best[:, u] = np.reshape(
                grid_minimum(
                    cells.reshape(*cells.shape[:2], -1),
                    logs[0][rows],
                    logs[1][columns],
                    fitted=fitted,
                    first=first,
                ),
                (2, *shape[1:]),
            )
    return best


def _marginal(table: SweepTable, e: int, choices: Choices) -> Votes:
    """Return the votes on one hyperparameter for each value of the other."""
    steps, ran, cut_at = table.steps[e], table.ran[e], table.cut_at[e]
    split, geometric = choices.ties == "split", choices.average == "geometric"
    found = {}
    for axis, (name, values) in enumerate(_grids(table, e).items(), start=1):
        grid = np.log(values) if geometric else values
        # [utds, other, replicates, levels]
        least = steps.min(axis=axis)
        winner = table.once(
            ("marginal", e, axis, split, geometric),
            partial(_winner, steps, grid, least, axis=axis, split=split),
        )
        found[name] = winner, _votes(steps, ran, cut_at, least, choices, axis=axis)
    return found


def _winner(
    steps: np.ndarray, grid: np.ndarray, least: np.ndarray, *, axis: int, split: bool
) -> np.ndarray:
    """Return the value of the grid that needs the least data, along `axis`."""
    if not split:
        return np.asarray(grid[steps.argmin(axis=axis)])
    winner = _mean_of_tied(steps, grid, least, axis=axis)
    return np.where(least < NEVER, winner, grid[0])


def _votes(
    steps: np.ndarray,
    ran: np.ndarray,
    cut_at: np.ndarray,
    least: np.ndarray,
    choices: Choices,
    *,
    axis: int | tuple[int, int],
) -> np.ndarray:
    """Return which votes count, with the shape of `least`.

    A vote counts if something was run there, unless no run reached the level (see
    `Choices.unreached`) or a run that was cut short ended before the winner reached it.

    Args:
        least: the smallest of `steps` along `axis`.
    """
    votes = np.asarray(ran.any(axis=axis))[..., None, None]
    if choices.unreached == "abstain":
        votes = votes & (least < NEVER)
    votes = votes & ~ended_before(steps, cut_at, least, axis=axis)
    return np.broadcast_to(votes, least.shape)


def _mean_of_tied(
    steps: np.ndarray, grid: np.ndarray, least: np.ndarray, *, axis: int
) -> np.ndarray:
    """Return the mean of the grid values that need the least data, along `axis`."""
    total, tied = np.zeros(least.shape), np.zeros(least.shape)
    for index, value in enumerate(grid):
        wins = np.take(steps, index, axis=axis) == least
        total += wins * value
        tied += wins
    return total / tied


def average_over_draws(best: np.ndarray, choices: Choices) -> np.ndarray:
    """Average best values over replicates, [replicates, ...] -> [...]."""
    finite = np.isfinite(best)
    count = np.maximum(finite.sum(axis=0), 1)
    geometric = choices.average == "geometric"
    values = np.where(finite, np.log(best) if geometric else best, 0.0)
    mean = values.sum(axis=0) / count
    mean = np.exp(mean) if geometric else mean
    return np.where(finite.any(axis=0), mean, np.nan)


def averages_and_draws(
    table: SweepTable, choices: Choices, *, study: str
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return the best values and the replicates that give their intervals.

    Args:
        table: crossings of the deciding levels.

    Returns:
        both by name: [environments, utds], and [replicates, environments, utds].
    """
    drawn = best_values(table, choices, study=study)
    best = {name: average_over_draws(own, choices) for name, own in drawn.items()}
    if choices.deciding_levels == "pooled":
        drawn = {
            name: draws_of_average(own, best[name], table)
            for name, own in drawn.items()
        }
    return best, drawn


def draws_of_average(
    drawn: np.ndarray, average: np.ndarray, table: SweepTable
) -> np.ndarray:
    """Return replicates whose spread is that of the average over draws.

    The best values of single draws spread more than their average does. Here the
    logarithm of a best value varies linearly with the logarithms of the data of the
    settings at its environment and σ (`stats.linear_part`). A setting that reaches no
    level counts with the steps of the longest run.

    Args:
        drawn: [replicates, environments, utds], best values of single draws.
        average: [environments, utds], average of these draws.
        table: crossings of the deciding levels.

    Returns:
        with the shape of `drawn`, around `average`; NaN where `drawn` is.
    """
    found = np.full(drawn.shape, np.nan)
    pooled = pooled_levels(table)
    for e, (steps, ran, longest) in enumerate(
        zip(pooled.steps, pooled.ran, pooled.longest, strict=True)
    ):
        for u in range(len(pooled.utds)):
            known = np.isfinite(drawn[:, e, u])
            if known.any():
                own = steps[u][ran[u]][:, known, 0]
                basis = pooled.once(
                    ("basis", e, u, known.tobytes()),
                    partial(_basis, own, longest[u]),
                )
                moves = projected(np.log(drawn[known, e, u]), basis)
                found[known, e, u] = average[e, u] * np.exp(moves)
    return found


def _basis(steps: np.ndarray, longest: float) -> list[np.ndarray]:
    """Return a basis of the logarithms of steps, [settings, draws]."""
    return orthonormal(np.log(np.where(steps == NEVER, longest, steps)))
