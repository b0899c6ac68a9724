"""The words of the project: studies, runs, and one record for each stage."""

from value_scaling.records.blocked import Blocked
from value_scaling.records.bounds import ALPHA, Bounded, Limits, why_no_fit
from value_scaling.records.choices import PUBLISHED, VARIANTS, Choices, one_at_a_time
from value_scaling.records.diagnostics import (
    MEASURES,
    PREDICTORS,
    Diagnostics,
    Measure,
    Trend,
    diagnostic_metrics,
)
from value_scaling.records.errors import ScalingError, Stopped, shown
from value_scaling.records.estimates import (
    STATUSES,
    WIDEST,
    Estimate,
    FittedLaw,
    HeldOut,
    Status,
    entry,
    estimate,
    negated,
)
from value_scaling.records.regret import Regret, RegretRatio, Regrets
from value_scaling.records.runs import Crossings, Curves, Runs, Setting
from value_scaling.records.stages import (
    BaselineChoice,
    BestValues,
    Budget,
    Budgets,
    ChoiceEffect,
    ChoiceEffects,
    DataEfficiencies,
    DataEfficiency,
    Hyperparameters,
    Proposal,
)
from value_scaling.records.study import (
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
    "MEASURES",
    "PREDICTORS",
    "PUBLISHED",
    "SETS",
    "STATUSES",
    "VARIANTS",
    "WIDEST",
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
    "diagnostic_metrics",
    "entry",
    "estimate",
    "negated",
    "one_at_a_time",
    "shown",
    "why_no_fit",
]
