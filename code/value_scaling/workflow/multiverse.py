"""The conclusions of a study under every combination of the analysis choices.

A stage is computed once for all combinations that agree in the choices that it reads,
so a few hundred fits serve thousands of combinations.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from value_scaling.records import (
    PUBLISHED,
    Budget,
    Choices,
    Crossings,
    DataEfficiency,
    Estimate,
    FittedLaw,
    Hyperparameters,
    ScalingError,
    Study,
    combinations,
    entry,
    estimate,
    negated,
    words_of,
)
from value_scaling.records.stages.sensitivity import Conclusion, Multiverse
from value_scaling.workflow.choices import StudyCrossings
from value_scaling.workflow.data_efficiency import data_efficiency
from value_scaling.workflow.hyperparameters import Tables, hyperparameters
from value_scaling.workflow.optima import Optima, fits_along_budget, optima
from value_scaling.workflow.preprocess import relevant_choices

FITTED_REPLICATES = 100
"""Enough bootstrap samples to show whether most of them identify a fit."""

Name = tuple[str, str]
"""Name of a conclusion, and of its set of runs."""
Numbers = dict[Name, Estimate]
Progress = Callable[[Sequence[Any]], Iterable[Any]]
Found = TypeVar("Found")
_UTD_EXPONENT = "exponent of sigma*(F)"
_NONE = estimate(np.array(np.nan), np.empty(0))


def conclusions(
    first: Hyperparameters | None,
    data: Mapping[str, DataEfficiency],
    budgets: Mapping[str, Budget],
) -> Numbers:
    """Take the conclusions from the records of a study."""
    found = _of_sweep(first) if first else {}
    for name, efficiency in data.items():
        budget = budgets.get(name)
        exponent = budget.utd_law.exponent if budget else _NONE
        found |= _of_data(efficiency) | {(_UTD_EXPONENT, name): exponent}
    return found


def multiverse(
    study: Study,
    crossings: StudyCrossings,
    default: Numbers,
    published: Numbers,
    *,
    sweep_replicates: int,
    progress: Progress = iter,
) -> Multiverse:
    """Analyse a study under every combination of the values of all choices.

    Values are point estimates. The default and the published combination are taken from
    their records, with their intervals; the others are computed from fewer bootstrap
    samples. Where C_J contains the fitted B*(σ), that fit is to our own sweep under the
    same combination.

    Args:
        default, published: the conclusions of the two variants, from their records.
    """
    some = StudyCrossings(
        *(
            {
                name: first_replicates(
                    own, sweep_replicates if name == "sweep" else FITTED_REPLICATES
                )
                for name, own in sets.items()
            }
            for sets in (crossings.reach, crossings.study)
        )
    )
    stages = _Stages(study, some)
    everything = combinations()
    table: dict[Name, np.ndarray] = {
        name: np.full(len(everything), np.nan)
        for name in default
        if name[1] in crossings.reach  # published coefficients depend on no choice
    }
    records = {Choices(): default, PUBLISHED: published}
    for row, choices in enumerate(progress(everything)):
        found = records.get(choices)
        numbers = stages.numbers(choices) if found is None else found
        for name, values in table.items():
            values[row] = float(numbers.get(name, _NONE).value)
    return Multiverse(
        words=words_of(),
        conclusions=tuple(
            Conclusion(
                name=name,
                set_name=set_name,
                default=default[name, set_name],
                published=published.get((name, set_name), _NONE),
                values=values,
            )
            for (name, set_name), values in table.items()
        ),
        sweep_replicates=sweep_replicates,
        fitted_replicates=FITTED_REPLICATES,
    )


def first_replicates(crossings: Crossings, replicates: int) -> Crossings:
    """Return the crossings with only their first replicates."""
    return replace(crossings, replicates=crossings.replicates[:, :replicates])


class _Stages:
    """The stages of one study, each kept for all combinations that share its result."""

    def __init__(self, study: Study, crossings: StudyCrossings) -> None:
        self.study, self.crossings = study, crossings
        self.kept: dict[tuple[Any, ...], Any] = {}
        self.tables: Tables = {}

    def numbers(self, choices: Choices) -> Numbers:
        """Return the conclusions under one combination."""
        # No conclusion is about separate slopes.
        same = replace(choices, separate_fit=Choices().separate_fit)
        return self._keep(("numbers", same), lambda: self._numbers(same)) or {}

    def _numbers(self, choices: Choices) -> Numbers:
        sets = self.crossings.under(choices)
        found: Numbers = {}
        if "sweep" in sets:
            found |= self._first(choices)[0]
        for name in sets:
            if name != "sweep":
                found |= self._of_set(name, choices)
        return found

    def _first(self, choices: Choices) -> tuple[Numbers, FittedLaw | None]:
        """Return the conclusions from the sweep, and B*(σ) for the compute."""

        def compute() -> tuple[Numbers, FittedLaw | None]:
            found = hyperparameters(
                self.crossings.under(choices)["sweep"],
                self.study,
                choices,
                with_checks=False,
                tables=self.tables,
            )
            return _of_sweep(found), found.batch_law()

        own = relevant_choices(choices, self.study, "sweep", "hyperparameters")
        return self._keep(("hyperparameters", own), compute) or ({}, None)

    def _of_set(self, name: str, choices: Choices) -> Numbers:
        own = relevant_choices(choices, self.study, name, "data_efficiency")

        def fit() -> tuple[Numbers, DataEfficiency]:
            found = data_efficiency(
                self.crossings.under(choices)[name],
                self.study,
                choices,
                with_checks=False,
            )
            return _of_data(found), found

        second = self._keep(("data", name, own), fit)
        if second is None:
            return {}
        said, data = second
        key: tuple[Any, ...] = (name, own, choices.batch_in_compute, choices.optimum)
        # If C_J contains the fitted B*(σ), it depends on the choices of the sweep too.
        fitted = choices.batch_in_compute == "fitted"
        if fitted and "sweep" in self.crossings.reach:
            key += (relevant_choices(choices, self.study, "sweep", "hyperparameters"),)

        def find() -> Optima:
            law = self._batch_law(choices) if fitted else None
            return optima(data, self.study, choices, fitted_batch=law)

        def line() -> Numbers | None:
            found = self._keep(("optima", *key), find)
            if found is None:
                return None
            lines = fits_along_budget(data, self.study, choices, found)
            return _of_optima(name, lines.exponent("utd"))

        third = self._keep(("exponent", choices.edge_optima, *key), line)
        return said | (third or _of_optima(name, np.nan))

    def _batch_law(self, choices: Choices) -> FittedLaw | None:
        if "sweep" in self.crossings.under(choices):
            law = self._first(choices)[1]
            if law is not None:
                return law
        published = self.study.published.batch_law() if self.study.published else None
        return FittedLaw.without_interval(published) if published else None

    def _keep(self, key: tuple[Any, ...], compute: Callable[[], Found]) -> Found | None:
        """Compute a result once and keep it; None if these choices give no result."""
        if key not in self.kept:
            try:
                self.kept[key] = compute()
            except ScalingError:  # counted as a combination without a number
                self.kept[key] = None
        found: Found | None = self.kept[key]
        return found


def _of_sweep(first: Hyperparameters) -> Numbers:
    return {
        (f"{values.name.replace('_', ' ')} exponent", "sweep"): entry(
            values.shared.exponent, 0
        )
        for values in first.fitted
    }


def _of_data(data: DataEfficiency) -> Numbers:
    alpha = negated(entry(data.law.exponent, -1))
    known = bool(data.law.converged[-1])
    return {("alpha of D_J at the top level", data.set_name): alpha if known else _NONE}


def _of_optima(name: str, exponent: float) -> Numbers:
    return {(_UTD_EXPONENT, name): estimate(np.array(exponent), np.empty(0))}
