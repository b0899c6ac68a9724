"""Every fitted law as a table, a row for each law with 95% intervals.

A law is y = asymptote + scale·x^exponent, where `quantity` is y and `against` is x.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import product

import numpy as np

from value_scaling.exporters.long_table import Block, Columns
from value_scaling.records import (
    Budget,
    DataEfficiency,
    Estimate,
    FittedLaw,
    Hyperparameters,
)

_TERMS = ("scale", "exponent", "asymptote")
_WORDS = ("set", "quantity", "against", "fit", "env")
LAW_COLUMNS: Columns = (
    dict.fromkeys(_WORDS, str)
    | {"level": float}
    | {name + end: float for name in _TERMS for end in ("", "_low", "_high")}
    | {"status": str}
)
"""Columns of the table. `env` is empty for a law of all environments together."""
Values = Sequence[str | float | None]


def law_blocks(
    hyperparameters: Hyperparameters | None,
    data: Iterable[DataEfficiency],
    budgets: Iterable[Budget],
) -> Iterator[Block]:
    """Yield the laws of the three stages: B*(σ) and η*(σ), D_J(σ), and σ*(F)."""
    for best in hyperparameters.fitted if hyperparameters else ():
        for fit, law in (("one exponent", best.shared), ("separate", best.separate)):
            yield from _rows(
                law, ("sweep", best.name, "utd", fit), best.environments, (None,)
            )
    for each in data:
        own: dict[str, tuple[FittedLaw, Values]] = {
            "pooled": (each.law, (None,)),
            "environment": (each.environment_laws, each.environments),
            "lower utds": (each.lower_law, (None,)),
            "upper utds": (each.upper_law, (None,)),
        }
        for fit, (law, envs) in own.items():
            words = (each.set_name, "data", "utd", fit)
            yield from _rows(law, words, envs, each.levels.tolist())
    for budget in budgets:
        for quantity, against, law in (
            ("batch_size", "utd", budget.batch),
            ("utd_star", "budget", budget.utd_law),
            ("data_star", "budget", budget.data_law),
            ("compute_star", "budget", budget.compute_law),
            ("data_star", "compute_star", budget.exchange_law),
        ):
            words = (budget.set_name, quantity, against, "along the budget")
            yield from _rows(law, words, (None,), (None,))


def _rows(
    law: FittedLaw, words: Sequence[str], envs: Values, levels: Values
) -> Iterator[Block]:
    """Yield the laws of a stack, [environments, levels] without axes of length 1."""
    terms: dict[str, Estimate] = {name: getattr(law, name) for name in _TERMS}
    for at, (env, level) in enumerate(product(envs, levels)):
        index = np.unravel_index(at, law.value.scale.shape)
        row: dict[str, object] = dict(zip(_WORDS, (*words, env), strict=True))
        row |= {"level": level, "status": law.status_of(tuple(map(int, index)))}
        for name, values in terms.items():
            for end, part in (
                ("", values.value),
                ("_low", values.low),
                ("_high", values.high),
            ):
                row[name + end] = float(
                    np.broadcast_to(part, law.value.scale.shape)[index]
                )
        yield row
