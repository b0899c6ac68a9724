"""The rules for B* and η* that are compared: crossings -> best values in each draw."""

from collections.abc import Callable
from dataclasses import replace
from unittest import mock

import numpy as np
from soft_minimum import soft_minimum

from value_scaling.records import PUBLISHED, Choices, Crossings, Study
from value_scaling.workflow.grid import best_values as module
from value_scaling.workflow.grid.best_values import averages_and_draws
from value_scaling.workflow.grid.sweep_table import sweep_table

Drawn = tuple[np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray]]
"""σ, [utds]; then, by name, the best values, [environments, utds], and the best values
of each draw, [replicates, environments, utds]."""
Rule = Callable[[Crossings, Study], Drawn]


def _by(choices: Choices) -> Rule:
    def rule(crossings: Crossings, study: Study) -> Drawn:
        deciding = np.array(study.deciding_levels)
        if choices.deciding_levels == "last":
            deciding = np.arange(len(deciding)) == len(deciding) - 1
        table = sweep_table(crossings, study.environment_names, deciding)
        return table.utds, *averages_and_draws(table, choices, study=study.name)

    return rule


def steps_of_means(crossings: Crossings) -> np.ndarray:
    """Return steps of the means over seeds as replicates, [settings, levels]."""
    return np.where(np.isnan(crossings.steps), -1, crossings.steps).astype(np.int32)


def _not_averaged(crossings: Crossings, study: Study) -> Drawn:
    alone = replace(crossings, replicates=steps_of_means(crossings)[:, None])
    utds, best, _ = _by(Choices())(alone, study)
    return utds, best, _by(Choices())(crossings, study)[2]


def _soft(crossings: Crossings, study: Study) -> Drawn:
    def minimum(table: np.ndarray, x: np.ndarray, y: np.ndarray, **_: object) -> object:
        return soft_minimum(table, x, y)

    with mock.patch.object(module, "grid_minimum", minimum):
        return _by(Choices())(crossings, study)


RULES: dict[str, Rule] = {
    "published": _by(PUBLISHED),
    "marginal": _by(Choices(best_values="marginal")),
    "joint": _by(Choices(best_values="joint")),
    "local": _by(Choices(best_values="local")),
    "local, not averaged": _not_averaged,
    "local, each level": _by(Choices(deciding_levels="fitted")),
    "local, last level": _by(Choices(deciding_levels="last")),
    "local, arithmetic": _by(Choices(average="arithmetic")),
    "soft": _soft,
}
WORDS = {
    "published": "all choices as published (marginal, one level, arithmetic mean)",
    "marginal": "each η has its best B and each B its best η, and these are averaged",
    "joint": "the best cell of each draw",
    "local": "the default: minimum of a quadratic around the best cell of each draw",
    "local, not averaged": "like local, with the values of the original sample",
    "local, each level": "like local, for each level alone, averaged over levels",
    "local, last level": "like local, at the highest level alone",
    "local, arithmetic": "like local, with arithmetic means of B and of η",
    "soft": "one quadratic through all cells, weighted by exp(-log(D/D_best)/0.35)",
}
