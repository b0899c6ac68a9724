"""The stages from run archives to records, declared once.

The commands of `scaling`, `scaling fit`, the loading, saving and staleness of records,
and make's rules all come from this table. A new stage is a module of this folder with a
function `make`, and a row here.
"""

from typing import Any

from value_scaling.records import (
    FITTED_SETS,
    SETS,
    Budgets,
    ChoiceEffects,
    Crossings,
    DataEfficiencies,
    Diagnostics,
    Hyperparameters,
    Regrets,
)
from value_scaling.records.external.record import ExternalRuns
from value_scaling.records.model_size.record import ModelSizes
from value_scaling.records.stage import Stage
from value_scaling.records.stages.law_choice import LawChoice
from value_scaling.records.stages.sensitivity import Sensitivity
from value_scaling.records.stages.warnings import Warnings

SEED = 0
"""Seed from which every random stream is derived."""
REPLICATES = {"sweep": 5000, "ours": 1000, "baseline": 1000}
"""Number of bootstrap samples; the sweep needs more, since they are also averaged."""

CROSSINGS: dict[str, Stage[Crossings]] = {
    name: Stage(
        name=name,
        record=Crossings,
        function="value_scaling.workflow.preprocess:make",
        command="preprocess",
        argument=name,
        help="archive -> steps to reach each level",
        archives=(name,),
        any_of=(name,),
        options={"set_name": name, "replicates": REPLICATES[name], "seed": SEED},
        is_spread=True,
    )
    for name in SETS
}
_OF_FITTED_SETS = tuple(CROSSINGS[name] for name in FITTED_SETS)

HYPERPARAMETERS = Stage(
    name="hyperparameters",
    record=Hyperparameters,
    function="value_scaling.workflow.hyperparameters:make",
    command="hyperparameters",
    help="crossings -> B*, η*",
    records=(CROSSINGS["sweep"],),
    any_of=("sweep",),
)
DATA_EFFICIENCY = Stage(
    name="data_efficiency",
    record=DataEfficiencies,
    function="value_scaling.workflow.data_efficiency:make",
    command="data-efficiency",
    help="crossings -> D_J(σ), C_J, σ*(F)",
    records=_OF_FITTED_SETS,
    any_of=FITTED_SETS,
    or_published=True,
)
BUDGET = Stage(
    name="budget",
    record=Budgets,
    function="value_scaling.workflow.budget:make",
    command=DATA_EFFICIENCY.command,
    help=DATA_EFFICIENCY.help,
    records=(DATA_EFFICIENCY, HYPERPARAMETERS),
    any_of=FITTED_SETS,
    or_published=True,
)
REGRET = Stage(
    name="regret",
    record=Regrets,
    function="value_scaling.workflow.regret:make",
    command="regret",
    help="sweep -> regret of each way to choose B and η, on held-out seeds",
    archives=("sweep",),
    any_of=("sweep",),
    file="regret.json",
    # More splits or samples change each regret by less than a tenth of its interval.
    options={"splits": 40, "draws": 20, "seed": SEED},
    is_spread=True,
)
DIAGNOSTICS = Stage(
    name="diagnostics",
    record=Diagnostics,
    function="value_scaling.workflow.diagnostics:make",
    command="diagnostics",
    help="metrics of the sweep -> trends of overfitting, parameter norm, …",
    archives=("sweep",),
    any_of=("sweep",),
    with_metrics=True,
    file="diagnostics.npz",
    options={"replicates": 1000, "seed": SEED},
)
LAW_CHOICE = Stage(
    name="law_choice",
    record=LawChoice,
    function="value_scaling.workflow.law_choice:make",
    command="law-choice",
    help="which law of D_J(σ) predicts best at σ left out of its fit",
    records=_OF_FITTED_SETS,
    any_of=FITTED_SETS,
    file="law_choice.json",
)
WARNINGS = Stage(
    name="warnings",
    record=Warnings,
    function="value_scaling.workflow.warnings:make",
    command="warnings",
    help="warnings about doubtful results of a study",
    records=(*CROSSINGS.values(), HYPERPARAMETERS, DATA_EFFICIENCY),
    any_of=SETS,
    file="warnings.json",
)
CHOICES = Stage(
    name="choices",
    record=ChoiceEffects,
    function="value_scaling.workflow.choices:make",
    command="choices",
    help="how much each analysis choice changes the results",
    records=tuple(CROSSINGS.values()),
    any_of=SETS,
    file="choices.json",
    in_fit=False,
)
SENSITIVITY = Stage(
    name="sensitivity",
    record=Sensitivity,
    function="value_scaling.workflow.sensitivity:make",
    command="sensitivity",
    help="results under other δ, levels and combinations of choices",
    records=(*CROSSINGS.values(), HYPERPARAMETERS, DATA_EFFICIENCY, BUDGET),
    any_of=SETS,
    file="sensitivity.npz",
    in_fit=False,
    unit="case",
)

MODEL_SIZE = Stage(
    name="model_size",
    record=ModelSizes,
    function="value_scaling.workflow.model_size.stage:make",
    command="model-size",
    help="runs at many σ and N -> D(σ, N), B(σ, N), σ*, N*",
    any_of=(),
    file="model_size.npz",
    in_fit=False,
    options={"replicates": 1000, "seed": SEED},
    unit="task",
)
"""The stage of studies of σ and N, which have no sets; see `records.model_size`."""

EXTERNAL = Stage(
    name="external",
    record=ExternalRuns,
    function="value_scaling.workflow.external.stage:make",
    command="external",
    help="tables of runs of others -> exponents of D_J",
    any_of=(),
    file="external.npz",
    in_fit=False,
    options={
        "share": 0.7,
        "other_shares": (0.5, 0.9),
        "replicates": 1000,
        "seed": SEED,
    },
    unit="axis",
)
"""The stage of runs that others made, whose tables are no sets; see
`records.external`."""

STAGES: tuple[Stage[Any], ...] = (
    *CROSSINGS.values(),
    HYPERPARAMETERS,
    DATA_EFFICIENCY,
    BUDGET,
    REGRET,
    DIAGNOSTICS,
    LAW_CHOICE,
    WARNINGS,
    CHOICES,
    SENSITIVITY,
)
"""Every stage, after the stages whose records it reads."""
