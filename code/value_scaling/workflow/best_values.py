"""Best batch size or learning rate of each (environment, σ), averaged over draws."""

from dataclasses import dataclass

import numpy as np

from value_scaling.records import Choices, Crossings, ScalingError
from value_scaling.workflow.short_runs import cut_short

AXES = {"batch_size": 0, "learning_rate": 1}
_NEVER = np.iinfo(np.int32).max


@dataclass(frozen=True)
class SweepTable:
    """The crossings of a sweep as one dense grid for each environment."""

    environments: tuple[str, ...]
    utds: np.ndarray
    """[utds]."""
    batch_sizes: tuple[np.ndarray, ...]
    learning_rates: tuple[np.ndarray, ...]
    steps: tuple[np.ndarray, ...]
    """[utds, batch sizes, learning rates, replicates, levels] for each environment;
    `_NEVER` where the level is not reached or the setting was not run."""
    ran: tuple[np.ndarray, ...]
    """[utds, batch sizes, learning rates] of bool, for each environment."""
    cut_at: tuple[np.ndarray, ...]
    """[utds, batch sizes, learning rates], last step of a run that was cut short (see
    `short_runs`); infinite for the others."""

    def grid(self, name: str) -> tuple[np.ndarray, ...]:
        """Values tried of one hyperparameter, for each environment."""
        return self.batch_sizes if name == "batch_size" else self.learning_rates


def sweep_table(
    crossings: Crossings, environments: tuple[str, ...], deciding: np.ndarray
) -> SweepTable:
    """Arrange the replicates of the deciding levels by environment, σ, B and η."""
    present = {setting.env for setting in crossings.settings}
    environments = tuple(name for name in environments if name in present)
    utds = np.array(sorted({setting.utd for setting in crossings.settings}))
    batch_sizes, learning_rates, steps, ran, cut_at = [], [], [], [], []
    last_steps = np.where(cut_short(crossings), crossings.last_steps, np.inf)
    shape = (crossings.replicates.shape[1], int(np.sum(deciding)))
    for env in environments:
        rows = [i for i, s in enumerate(crossings.settings) if s.env == env]
        own = [crossings.settings[i] for i in rows]
        sizes = np.array(sorted({s.batch_size for s in own}))
        rates = np.array(sorted({s.learning_rate for s in own}))
        table = np.full((len(utds), len(sizes), len(rates), *shape), _NEVER, np.int32)
        done = np.zeros(table.shape[:3], dtype=bool)
        last = np.full(table.shape[:3], np.inf)
        for i, s in zip(rows, own, strict=True):
            cell = (
                np.searchsorted(utds, s.utd),
                np.searchsorted(sizes, s.batch_size),
                np.searchsorted(rates, s.learning_rate),
            )
            drawn = crossings.replicates[i][:, deciding]
            table[cell] = np.where(drawn < 0, _NEVER, drawn)
            done[cell] = True
            last[cell] = last_steps[i]
        batch_sizes.append(sizes)
        learning_rates.append(rates)
        steps.append(table)
        ran.append(done)
        cut_at.append(last)
    return SweepTable(
        environments,
        utds,
        tuple(batch_sizes),
        tuple(learning_rates),
        tuple(steps),
        tuple(ran),
        tuple(cut_at),
    )


def best_values(
    table: SweepTable, name: str, choices: Choices, *, study: str
) -> np.ndarray:
    """Return the best value of one hyperparameter in each replicate.

    For each value of the other hyperparameter and each deciding level the value with
    the smallest data to that level wins; the winners of a replicate are averaged
    (qscaled a9a99d0, grid_search/bootstrapping). Where a run that was cut short might
    have won, nothing wins.

    Returns:
        [replicates, environments, utds]; NaN where nothing reached any level.
    """
    axis = AXES[name]
    geometric = choices.average == "geometric"
    columns = []
    for env, values, steps, ran, cut_at in zip(
        table.environments,
        table.grid(name),
        table.steps,
        table.ran,
        table.cut_at,
        strict=True,
    ):
        grid = np.log(values) if geometric else np.asarray(values, dtype=float)
        least = steps.min(axis=1 + axis)  # [utds, other, replicates, levels]
        if choices.ties == "split":
            winner = _mean_of_tied(steps, grid, least, axis=1 + axis)
            winner = np.where(least < _NEVER, winner, grid[0])
        else:
            winner = grid[steps.argmin(axis=1 + axis)]
        votes = np.asarray(ran.any(axis=1 + axis))[..., None, None]
        if choices.unreached == "abstain":
            votes = votes & (least < _NEVER)
        if np.isfinite(cut_at).any():
            votes = votes & ~_unknown(steps, cut_at, least, axis=1 + axis)
        votes = np.broadcast_to(votes, winner.shape)
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
        columns.append(np.exp(mean) if geometric else mean)
    return np.moveaxis(np.stack(columns), 2, 0)  # [env, utd, rep] -> [rep, env, utd]


def _unknown(
    steps: np.ndarray, cut_at: np.ndarray, least: np.ndarray, *, axis: int
) -> np.ndarray:
    """Where a run that was cut short ended before the winner reached the level."""
    ended_before = cut_at[..., None, None] < np.expand_dims(least, axis)
    found: np.ndarray = ((steps == _NEVER) & ended_before).any(axis=axis)
    return found


def _mean_of_tied(
    steps: np.ndarray, grid: np.ndarray, least: np.ndarray, *, axis: int
) -> np.ndarray:
    """Mean over the values of the grid that need the least data, along `axis`."""
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
