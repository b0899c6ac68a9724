"""A sweep split into halves of its seeds: the steps to each level, and best values."""

from dataclasses import dataclass, replace

import numpy as np

from value_scaling.records import Choices, Crossings, Runs, Study
from value_scaling.records.stage import Mapper
from value_scaling.stats.halves import half_counts
from value_scaling.workflow.grid.best_values import average_over_draws, best_values
from value_scaling.workflow.grid.sweep_table import SweepTable, sweep_table
from value_scaling.workflow.preprocess import preprocess


@dataclass(frozen=True)
class Halves:
    """A sweep split into halves of its seeds; both halves of a split are adjacent."""

    whole: SweepTable
    """Steps of each half's mean, with the halves as replicates."""
    drawn: SweepTable
    """Steps of the bootstrap samples of each half, with [halves · draws] replicates."""

    @property
    def count(self) -> int:
        """Number of halves."""
        return self.whole.replicates


def split_crossings(
    runs: Runs,
    study: Study,
    choices: Choices,
    splits: int,
    draws: int,
    seed: int,
    mapped: Mapper = map,
) -> Crossings:
    """Find the first crossings of every half, and of bootstrap samples of it.

    Returns:
        crossings whose replicates are the 2·splits halves, then their 2·splits·draws
        samples.
    """

    def resample(rng: np.random.Generator, seeds: int, _: int) -> np.ndarray:
        return half_counts(rng, seeds, splits, draws)

    return preprocess(
        runs,
        study,
        choices,
        replicates=2 * splits * (1 + draws),
        seed=seed,
        resample=resample,
        mapped=mapped,
    )


def in_halves(
    crossings: Crossings,
    environments: tuple[str, ...],
    splits: int,
    deciding: np.ndarray,
) -> Halves:
    """Arrange the result of `split_crossings` by environment, σ, B and η."""
    count = 2 * splits
    whole, drawn = (
        sweep_table(
            replace(crossings, replicates=crossings.replicates[:, part]),
            environments,
            deciding,
        )
        for part in (slice(count), slice(count, None))
    )
    return Halves(whole, drawn)


def best_of_halves(
    drawn: SweepTable, choices: Choices, halves: int, *, study: str
) -> dict[str, np.ndarray]:
    """Average the best values over the samples of each half.

    Returns:
        by name, [halves, environments, utds].
    """
    found = {}
    for name, values in best_values(drawn, choices, study=study).items():
        each = values.reshape(halves, -1, *values.shape[1:])
        found[name] = average_over_draws(np.moveaxis(each, 1, 0), choices)
    return found
