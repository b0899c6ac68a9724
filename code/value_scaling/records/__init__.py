"""Data types of the project: studies, runs, and one record for each stage."""

from value_scaling.records.bounds import ALPHA, Bounded, Limits, why_no_fit
from value_scaling.records.choices import (
    PUBLISHED,
    VARIANTS,
    Choices,
    combinations,
    one_at_a_time,
    words_of,
)
from value_scaling.records.errors import ScalingError, Stopped, shown
from value_scaling.records.estimates import (
    STATUSES,
    Estimate,
    FittedLaw,
    Status,
    entry,
    estimate,
    negated,
)
from value_scaling.records.runs import Crossings, Curves, Runs, Setting
from value_scaling.records.stages.blocked import Blocked
from value_scaling.records.stages.budget import Budget, Budgets
from value_scaling.records.stages.choice_effects import ChoiceEffect, ChoiceEffects
from value_scaling.records.stages.data_efficiency import (
    DataEfficiencies,
    DataEfficiency,
)
from value_scaling.records.stages.diagnostics import (
    MEASURES,
    PREDICTORS,
    Diagnostics,
    Measure,
    Trend,
    diagnostic_metrics,
)
from value_scaling.records.stages.held_out import (
    NAIVE,
    WIDEST,
    AgainstNaive,
    HeldOut,
    Naive,
    NaivePrediction,
    Verdict,
)
from value_scaling.records.stages.hyperparameters import (
    BaselineChoice,
    BestValues,
    Hyperparameters,
    Proposal,
)
from value_scaling.records.stages.regret import Regret, RegretRatio, Regrets
from value_scaling.records.study import (
    FITTED_SETS,
    SETS,
    ArchiveRule,
    Environment,
    PublishedFits,
    StepRule,
    Study,
)
from value_scaling.stats.power_law import PowerLaw

__all__ = [
    "ALPHA",
    "FITTED_SETS",
    "MEASURES",
    "NAIVE",
    "PREDICTORS",
    "PUBLISHED",
    "SETS",
    "STATUSES",
    "VARIANTS",
    "WIDEST",
    "AgainstNaive",
    "ArchiveRule",
    "BaselineChoice",
    "BestValues",
    "Blocked",
    "Bounded",
    "Budget",
    "Budgets",
    "ChoiceEffect",
    "ChoiceEffects",
    "Choices",
    "Crossings",
    "Curves",
    "DataEfficiencies",
    "DataEfficiency",
    "Diagnostics",
    "Environment",
    "Estimate",
    "FittedLaw",
    "HeldOut",
    "Hyperparameters",
    "Limits",
    "Measure",
    "Naive",
    "NaivePrediction",
    "PowerLaw",
    "Proposal",
    "PublishedFits",
    "Regret",
    "RegretRatio",
    "Regrets",
    "Runs",
    "ScalingError",
    "Setting",
    "Status",
    "StepRule",
    "Stopped",
    "Study",
    "Trend",
    "Verdict",
    "combinations",
    "diagnostic_metrics",
    "entry",
    "estimate",
    "negated",
    "one_at_a_time",
    "shown",
    "why_no_fit",
    "words_of",
]
