"""The conclusions of a study under every combination of the analysis choices.

A stage is computed once for all combinations that agree in what it reads, so that a few
hundred fits serve thousands of combinations.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
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
    PowerLaw,
    ScalingError,
    Study,
    combinations,
    entry,
    estimate,
    negated,
    words_of,
)
from value_scaling.records.stages.sensitivity import Conclusion, Multiverse
from value_scaling.workflow.budget import budget
from value_scaling.workflow.choices import StudyCrossings
from value_scaling.workflow.data_efficiency import data_efficiency
from value_scaling.workflow.hyperparameters import hyperparameters
from value_scaling.workflow.preprocess import effective

FITTED_REPLICATES = 100
"""Enough to tell whether most draws identify a law."""
NOT_CONCLUDED = ("separate_fit",)
"""Choices that no conclusion here depends on: the slopes of single environments."""

Name = tuple[str, str]
"""Of a conclusion, and of the set of runs that it is of."""
Numbers = dict[Name, Estimate]
Progress = Callable[[Sequence[Any]], Iterable[Any]]
Stage = TypeVar("Stage")
_NONE = estimate(np.array(np.nan), np.empty(0))


def conclusions(
    first: Hyperparameters | None,
    data: Mapping[str, DataEfficiency],
    budgets: Mapping[str, Budget],
) -> Numbers:
    """Take the conclusions from the records of a study."""
    found = _of_sweep(first) if first else {}
    for name, efficiency in data.items():
        found |= _of_data(efficiency) | _of_budget(name, budgets.get(name))
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
    """Analyse a study under every combination of the words of all choices.

    Values are point estimates. The default and the published combination are taken
    from their records, with their intervals; the others are computed from fewer
    bootstrap samples. Where C_J contains the fitted B*(σ), this is the fit to our own
    sweep under the same combination.

    Args:
        default, published: the conclusions of the two variants, from their records.
    """
    some = StudyCrossings(
        *(
            {
                name: thinned(
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
        if name[1] in crossings.reach  # published coefficients leave no choice
    }
    for row, choices in enumerate(progress(everything)):
        found = {Choices(): default, PUBLISHED: published}.get(choices)
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


def thinned(crossings: Crossings, replicates: int) -> Crossings:
    """Return the crossings with their first replicates only."""
    return replace(crossings, replicates=crossings.replicates[:, :replicates])


def fewer(efficiency: DataEfficiency, replicates: int) -> DataEfficiency:
    """Return D_J with the first replicates only of its pooled law."""
    law = efficiency.law
    drawn = law.replicates
    parts = (drawn.scale, drawn.exponent, drawn.asymptote)
    kept = PowerLaw(*(part[:replicates] for part in parts))
    return replace(efficiency, law=replace(law, replicates=kept))


class _Stages:
    """The stages of one study, each kept for all combinations that share it."""

    def __init__(self, study: Study, crossings: StudyCrossings) -> None:
        self.study, self.crossings = study, crossings
        self.kept: dict[tuple[Any, ...], Any] = {}
        self.said: dict[int, Numbers] = {}

    def numbers(self, choices: Choices) -> Numbers:
        """Return the conclusions under one combination."""
        concluded = {name: getattr(Choices(), name) for name in NOT_CONCLUDED}
        choices = replace(choices, **concluded)
        sets = self.crossings.under(choices)
        found: Numbers = {}
        first = self._first(choices) if "sweep" in sets else None
        if first:
            found |= self._said(first, partial(_of_sweep, first))
        for name in sets:
            if name != "sweep":
                found |= self._of_set(name, choices, first)
        return found

    def _first(self, choices: Choices) -> Hyperparameters | None:
        return self._once(
            ("hyperparameters", self._crossing("sweep", choices)),
            choices,
            ("hyperparameters",),
            lambda: hyperparameters(
                self.crossings.under(choices)["sweep"],
                self.study,
                choices,
                with_checks=False,
            ),
        )

    def _of_set(
        self, name: str, choices: Choices, first: Hyperparameters | None
    ) -> Numbers:
        crossing = self._crossing(name, choices)
        data: DataEfficiency | None = self._once(
            ("data", name, crossing),
            choices,
            ("data_efficiency",),
            lambda: data_efficiency(
                self.crossings.under(choices)[name], self.study, choices
            ),
        )
        if data is None:
            return {}
        law, reads = None, ["data_efficiency", "budget"]
        sweep: tuple[Any, ...] = ()
        if choices.batch_in_compute == "fitted":
            reads.append("hyperparameters")
            sweep = (self._crossing("sweep", choices),)
            law = self._batch_law(first)
        third: Budget | None = self._once(
            ("budget", name, crossing, *sweep),
            choices,
            tuple(reads),
            lambda: budget(
                data, self.study, choices, fitted_batch=law, with_checks=False
            ),
        )
        of_budget = partial(_of_budget, name, third)
        return self._said(data, partial(_of_data, data)) | (
            of_budget() if third is None else self._said(third, of_budget)
        )

    def _said(self, stage: object, say: Callable[[], Numbers]) -> Numbers:
        """Conclude once from each stage; `kept` holds all, so that no id is reused."""
        if id(stage) not in self.said:
            self.said[id(stage)] = say()
        return self.said[id(stage)]

    def _batch_law(self, first: Hyperparameters | None) -> FittedLaw | None:
        if first:
            return first.batch_law()
        published = self.study.published
        law = published.batch_law() if published else None
        return FittedLaw.without_interval(law) if law else None

    def _crossing(self, name: str, choices: Choices) -> int:
        """Tell apart crossings that differ."""
        same = effective(Choices(), self.study, name)
        return int(effective(choices, self.study, name) != same)

    def _once(
        self,
        what: tuple[Any, ...],
        choices: Choices,
        stages: tuple[str, ...],
        compute: Callable[[], Stage],
    ) -> Stage | None:
        """Compute a stage, or find it; None: these choices give no result."""
        read = tuple(getattr(choices, name) for name in choices.read_by(*stages))
        key = (*what, read)
        if key not in self.kept:
            try:
                self.kept[key] = compute()
            except ScalingError:  # counted as a combination without a number
                self.kept[key] = None
        found: Stage | None = self.kept[key]
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


def _of_budget(name: str, found: Budget | None) -> Numbers:
    return {("exponent of sigma*(F)", name): found.utd_law.exponent if found else _NONE}
