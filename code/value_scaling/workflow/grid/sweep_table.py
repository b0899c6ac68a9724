"""The crossings of a sweep, arranged as grids."""

from dataclasses import dataclass

import numpy as np

from value_scaling.records import Crossings
from value_scaling.workflow.data.short_runs import cut_short

NEVER = np.iinfo(np.int32).max
"""Steps to a level that is not reached."""


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
    `NEVER` where the level is not reached or the setting was not run."""
    ran: tuple[np.ndarray, ...]
    """[utds, batch sizes, learning rates] of bool, for each environment."""
    cut_at: tuple[np.ndarray, ...]
    """[utds, batch sizes, learning rates], last step of a run that was cut short (see
    `short_runs`); infinite for the others."""
    last_steps: tuple[np.ndarray, ...]
    """[utds, batch sizes, learning rates], last logged step; 0: not run."""

    @property
    def longest(self) -> tuple[np.ndarray, ...]:
        """[utds], last step of the longest run, for each environment."""
        return tuple(ends.max(axis=(1, 2)) for ends in self.last_steps)

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
    batch_sizes, learning_rates, steps, ran = [], [], [], []
    cut_at, last_steps = [], []
    short = cut_short(crossings)
    shape = (crossings.replicates.shape[1], int(np.sum(deciding)))
    for env in environments:
        rows = [i for i, s in enumerate(crossings.settings) if s.env == env]
        own = [crossings.settings[i] for i in rows]
        sizes = np.array(sorted({s.batch_size for s in own}))
        rates = np.array(sorted({s.learning_rate for s in own}))
        table = np.full((len(utds), len(sizes), len(rates), *shape), NEVER, np.int32)
        done = np.zeros(table.shape[:3], dtype=bool)
        cut = np.full(table.shape[:3], np.inf)
        last = np.zeros(table.shape[:3])
        for i, s in zip(rows, own, strict=True):
            cell = (
                np.searchsorted(utds, s.utd),
                np.searchsorted(sizes, s.batch_size),
                np.searchsorted(rates, s.learning_rate),
            )
            drawn = crossings.replicates[i][:, deciding]
            table[cell] = np.where(drawn < 0, NEVER, drawn)
            done[cell] = True
            last[cell] = crossings.last_steps[i]
            if short[i]:
                cut[cell] = last[cell]
        batch_sizes.append(sizes)
        learning_rates.append(rates)
        steps.append(table)
        ran.append(done)
        cut_at.append(cut)
        last_steps.append(last)
    return SweepTable(
        environments,
        utds,
        tuple(batch_sizes),
        tuple(learning_rates),
        tuple(steps),
        tuple(ran),
        tuple(cut_at),
        tuple(last_steps),
    )
