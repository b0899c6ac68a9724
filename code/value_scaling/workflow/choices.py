"""How far each result moves when one choice is made as the authors made it."""

from dataclasses import dataclass, field

import numpy as np

from value_scaling.records import (
    FITTED_SETS,
    PUBLISHED,
    Budget,
    ChoiceEffect,
    ChoiceEffects,
    Choices,
    Crossings,
    DataEfficiency,
    Estimate,
    Hyperparameters,
    Study,
    entry,
    estimate,
    negated,
    one_at_a_time,
)
from value_scaling.records.stage import Given
from value_scaling.workflow.budget import budget
from value_scaling.workflow.data_efficiency import data_efficiency
from value_scaling.workflow.hyperparameters import Tables, hyperparameters
from value_scaling.workflow.pipeline import CROSSINGS
from value_scaling.workflow.preprocess import relevant_choices

WORDS = {
    "crossing": (
        "as stored by the authors: > J for DMC, ≥ J for Gym",
        "first logged step with isotonic return ≥ J, everywhere",
    ),
    "best_values": (
        "each η has its best B and each B its best η, and these are averaged",
        "minimum of a quadratic in log B and log η around the best cell",
    ),
    "unreached": (
        "a draw in which nothing reaches J votes for the smallest value",
        "such a draw does not vote",
    ),
    "ties": (
        "the smallest of several values that need equally little data wins",
        "such values split the vote",
    ),
    "average": ("arithmetic mean of best values", "geometric mean"),
    "deciding_levels": (
        "the highest level alone decides B* and η*",
        "the mean data over the levels in the range of the fitted D_J decide",
    ),
    "separate_fit": (
        "separate slopes leave out the largest σ",
        "separate slopes use every σ",
    ),
    "batch_in_compute": (
        "C_J counts the mean fitted B*(σ)",
        "C_J counts the batch sizes the runs used",
    ),
    "optimum": ("σ* is a point of a 100-point grid", "σ* is the continuous minimum"),
    "asymptote": ("D_min may be negative", "D_min ≥ 0"),
    "pooling": (
        "a level is pooled over every environment, or not at all",
        "a level is pooled over the environments that reach it",
    ),
    "edge_optima": (
        "an optimum at the smallest or largest σ that was run enters the fits",
        "such an optimum is a bound and enters no fit along the budget",
    ),
    "all": ("all choices as published", "all choices at their defaults"),
}
"""Published choice and default, in words for the table."""

SEPARATE = "mean of separate slopes"


@dataclass(frozen=True)
class StudyCrossings:
    """Crossings of one study by the crossing test; sets may be absent."""

    reach: dict[str, Crossings]
    study: dict[str, Crossings]

    @classmethod
    def of(cls, given: Given) -> "StudyCrossings":
        """Load the crossings of both variants for every set that has an archive."""
        default, published = (
            {
                name: given.record(stage, variant)
                for name, stage in CROSSINGS.items()
                if given.has(stage, variant)
            }
            for variant in ("default", "published")
        )
        return cls(default, published)

    def under(self, choices: Choices) -> dict[str, Crossings]:
        """Return the crossings to analyse under these choices, by set name."""
        return self.study if choices.crossing == "study" else self.reach


def make(given: Given) -> ChoiceEffects:
    """Analyse the crossings of a study with each choice as published."""
    return choice_effects(given.study, StudyCrossings.of(given))


def choice_effects(study: Study, crossings: StudyCrossings) -> ChoiceEffects:
    """Analyse a study under the default and with each choice as published.

    There is one row for each result that a choice changes. A result that is unknown
    under the default or under the changed choice has no row.
    """
    kept = _ResultCache()
    default = _results(study, crossings, Choices(), kept)
    rows = []
    trials = {**one_at_a_time(), "all": PUBLISHED}
    for name, choices in trials.items():
        changed = _results(study, crossings, choices, kept)
        was, now = WORDS[name]
        for result, before in default.items():
            # With every σ present the mean separate slope is the shared slope.
            if SEPARATE in result and name not in ("separate_fit", "all"):
                continue
            after = changed.get(result)
            if after is None or not np.isfinite([after.value, before.value]).all():
                continue
            if not np.isclose(after.value, before.value, rtol=1e-9):
                rows.append(
                    ChoiceEffect(name, was, now, result, before, float(after.value))
                )
    return ChoiceEffects(study.name, tuple(rows))


@dataclass(frozen=True)
class _ResultCache:
    """Results of stages, by the choices that matter to them."""

    first: dict[Choices, Hyperparameters] = field(default_factory=dict)
    second: dict[Choices, DataEfficiency] = field(default_factory=dict)
    tables: Tables = field(default_factory=dict)


def _results(
    study: Study, crossings: StudyCrossings, choices: Choices, kept: _ResultCache
) -> dict[str, Estimate]:
    """Return the numbers that the table compares."""
    sets = crossings.under(choices)
    results: dict[str, Estimate] = {}
    stage_one: Hyperparameters | None = None
    if "sweep" in sets:
        own = relevant_choices(choices, study, "sweep", "hyperparameters")
        if own not in kept.first:
            kept.first[own] = hyperparameters(
                sets["sweep"], study, choices, with_checks=False, tables=kept.tables
            )
        stage_one = kept.first[own]
        for values in stage_one.fitted:
            name = values.name.replace("_", " ")
            shared, separate = values.shared.exponent, values.separate
            results[f"{name} exponent, shared slope"] = entry(shared, 0)
            results[f"{name} exponent, {SEPARATE}"] = estimate(
                np.asarray(separate.value.exponent).mean(),
                np.asarray(separate.replicates.exponent).mean(axis=-1),
            )
    for set_name in [name for name in FITTED_SETS if name in sets][:1]:
        own = relevant_choices(choices, study, set_name, "data_efficiency")
        if own not in kept.second:
            kept.second[own] = data_efficiency(
                sets[set_name], study, choices, with_checks=False
            )
        results |= _fitted_results(kept.second[own], stage_one, study, choices)
    return results


def _fitted_results(
    stage_two: DataEfficiency,
    stage_one: Hyperparameters | None,
    study: Study,
    choices: Choices,
) -> dict[str, Estimate]:
    """Return the results of the second and third stage."""
    name = stage_two.set_name
    results: dict[str, Estimate] = {}
    if stage_two.law.converged[-1]:
        alpha = negated(entry(stage_two.law.exponent, -1))
        results[f"alpha of D_J at the top level ({name})"] = alpha
        d_min = entry(stage_two.law.asymptote, -1)
        results[f"D_min at the top level ({name})"] = d_min
    law = stage_one.batch_law() if stage_one else None
    if law is None and choices.batch_in_compute == "fitted":
        return results
    third: Budget = budget(
        stage_two, study, choices, fitted_batch=law, with_checks=False
    )
    results[f"exponent of sigma*(F) ({name})"] = third.utd_law.exponent
    if not third.at_edge[-1]:
        results[f"sigma* at the top level ({name})"] = entry(third.utd_star, -1)
    return results
