"""All records of one study, the source of tables, numbers and checks."""

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
    """Crossings of each available archive, by set name."""
    hyperparameters: Hyperparameters | None = None
    data: dict[str, DataEfficiency] = field(default_factory=dict)
    """D_J(σ) with its fits, by set name."""
    budget: dict[str, Budget] = field(default_factory=dict)
    """Fits along the budget, by set name."""
    diagnostics: Diagnostics | None = None
    """Trends of the metrics of the sweep; the same under all choices."""
    law_choice: LawChoice | None = None
    """Comparison of equations for D_J(σ), with the default choices."""
    warnings: Warnings | None = None
    """Doubts about the runs and the fits, with the default choices."""
    original: Originals = field(default_factory=dict)
    """Digitised panels of the paper's Figure 1 for this study."""
    regret: Regrets | None = None
    """Costs of each way to choose B and η; the same under all choices."""

    sensitivity: Sensitivity | None = None
    """Dependence of the conclusions on the choices; the same in both variants."""

    @property
    def measured(self) -> str:
        """The first of `FITTED_SETS` that has runs, not only coefficients; or empty."""
        return next(
            (
                name
                for name in FITTED_SETS
                if name in self.data and self.data[name].source == "archive"
            ),
            "",
        )


@dataclass(frozen=True)
class StudyResults:
    """One study, analysed with the default choices and with the published ones."""

    study: Study
    default: Results
    published: Results
    effects: ChoiceEffects | None = None
    provenance: Provenance | None = None
    """Provenance of the runs, if `scaling train` made them."""

    def variant(self, name: str) -> Results:
        """Return the records of a variant: `default` or `published`."""
        return {"default": self.default, "published": self.published}[name]
