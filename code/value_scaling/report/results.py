"""All that is known of one study: what tables, numbers and checks are made from."""

from dataclasses import dataclass, field

from value_scaling.records import (
    FITTED_SETS,
    Budget,
    ChoiceEffects,
    Crossings,
    DataEfficiency,
    Diagnostics,
    Hyperparameters,
    Regrets,
    Study,
)
from value_scaling.records.provenance import Provenance
from value_scaling.records.stages.law_choice import LawChoice
from value_scaling.records.stages.sensitivity import Sensitivity
from value_scaling.records.stages.warnings import Warnings
from value_scaling.report.original import Originals

RUNS = {
    "ours": "fitted hyperparameters",
    "baseline": "constant hyperparameters",
    "sweep": "sweep",
}
"""The sets of runs, in words."""
HYPERPARAMETERS = {"ours": "fitted", "baseline": "constant"}
"""Adjectives for the hyperparameters of `FITTED_SETS`."""


@dataclass(frozen=True)
class Results:
    """The records of one study under one variant of the choices; any may be absent."""

    crossings: dict[str, Crossings] = field(default_factory=dict)
    """By set name; of the archives that are here."""
    hyperparameters: Hyperparameters | None = None
    data: dict[str, DataEfficiency] = field(default_factory=dict)
    """By set name."""
    budget: dict[str, Budget] = field(default_factory=dict)
    """By set name."""
    diagnostics: Diagnostics | None = None
    """Of the sweep; the same under every choice."""
    law_choice: LawChoice | None = None
    """Of the default choices."""
    warnings: Warnings | None = None
    """Of the default choices."""
    original: Originals = field(default_factory=dict)
    """Of the paper's Figure 1, for this study."""
    regret: Regrets | None = None
    """Of every way to choose B and η; the same under every choice."""

    @property
    def measured(self) -> str:
        """The first set of `FITTED_SETS` that has runs, not coefficients; or empty."""
        return next(
            (
                name
                for name in FITTED_SETS
                if name in self.data and self.data[name].source == "archive"
            ),
            "",
        )

    sensitivity: Sensitivity | None = None
    """Of both variants; the same in each."""


@dataclass(frozen=True)
class StudyResults:
    """One study, analysed with the default choices and with the published ones."""

    study: Study
    default: Results
    published: Results
    effects: ChoiceEffects | None = None
    provenance: Provenance | None = None
    """Of runs that `scaling train` made."""

    def variant(self, name: str) -> Results:
        """Return the records of a variant: `default` or `published`."""
        return {"default": self.default, "published": self.published}[name]
