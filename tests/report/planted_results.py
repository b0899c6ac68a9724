"""Planted results of a whole study, from which the paper's files are made."""

from dataclasses import replace

import numpy as np
from planted import (
    planted_budget,
    planted_crossings,
    planted_diagnostics,
    planted_efficiency,
    planted_hyperparameters,
    planted_law_choice,
    planted_regret,
    planted_runs,
    planted_study,
    published_efficiency,
)
from planted_sensitivity import planted_sensitivity

from value_scaling.records import (
    NAIVE,
    AgainstNaive,
    ArchiveRule,
    ChoiceEffect,
    ChoiceEffects,
    Choices,
    Estimate,
    HeldOut,
    NaivePrediction,
    Study,
    estimate,
)
from value_scaling.report.results import Results, StudyResults

UTDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
SWEEP_KINDS = ("largest utd", "environment")
DATA_KINDS = (
    "largest utd",
    "smallest utd",
    "larger utd",
    "smaller utd",
    "environment",
)
BUDGET_QUANTITIES = ("utd_star", "budget_data", "budget_compute")


def held_out(quantity: str, *kinds: str) -> tuple[HeldOut, ...]:
    """Return checks with errors of 10%, -20% and 40%; the last excludes zero."""
    spread = np.linspace(-0.3, 0.3, 41)
    naive = tuple(
        NaivePrediction(name, 0.7, around(0.3), around(-0.2)) for name in NAIVE
    )
    return tuple(
        HeldOut(quantity, kind, f"cell {i} & J = 800", 1 + error, 1.0,
                estimate(np.asarray(error), error + spread), naive=naive)
        for kind in kinds
        for i, error in enumerate((0.1, -0.2, 0.4))
    )  # fmt: skip


def against_naive(quantity: str, *kinds: str) -> tuple[AgainstNaive, ...]:
    """Compare a fit with 20% error and naive predictors with 30% error."""
    errors = around(0.2), around(0.3), around(-0.2)
    return tuple(
        AgainstNaive(quantity, kind, naive, 3, *errors)
        for kind in kinds
        for naive in NAIVE
    )


def around(value: float) -> Estimate:
    """Return an estimate with an interval of ±0.1."""
    return Estimate(*(np.asarray(value + off) for off in (0, -0.1, 0.1)))


def effects(name: str, set_name: str) -> ChoiceEffects:
    """Every choice moves every result, by 1% of an interval that is ±20%."""
    results = [
        "batch size exponent, shared slope",
        "learning rate exponent, shared slope",
        "batch size exponent, mean of separate slopes",
        f"exponent of sigma*(F) ({set_name})",
        f"sigma* at the top level ({set_name})",
    ]
    rows = tuple(
        ChoiceEffect(
            choice, "so & so", "D_min ≥ 0", result,
            estimate(np.asarray(-0.5), np.linspace(-0.6, -0.4, 41)), -0.505,
        )
        for choice in (*Choices.__dataclass_fields__, "all")
        for result in results
    )  # fmt: skip
    return ChoiceEffects(name, rows)


def named_study(name: str, *, environments: int = 3) -> Study:
    """Return the planted study under another name, with rules and settings."""
    rules = {
        set_name: ArchiveRule(f"{name}_{set_name}.zip", "return", notes=("σ & B*",))
        for set_name in ("sweep", "ours", "baseline")
    }
    return replace(
        planted_study(environments=environments),
        name=name,
        archives=rules,
        facts=(("budget weight δ", "1e9 FLOPs & more", "a_b"),),
        proposal_utds=UTDS,
    )


def planted_results(
    name: str = "planted",
    *,
    sets: tuple[str, ...] = ("sweep", "ours", "baseline"),
    measured: bool = False,
) -> StudyResults:
    """Records of a study with these archives; `ours` without runs is published.

    `measured`: the sweep has metrics beside the returns.
    """
    study = named_study(name)
    crossings, data, budgets = {}, {}, {}
    for set_name in sets:
        runs = planted_runs(study, set_name=set_name)
        found = planted_crossings(runs, levels=study.fitted_levels)
        crossings[set_name] = replace(found, study=name)
    for set_name in ("ours", "baseline"):
        if set_name in sets:
            one = planted_efficiency(study, utds=UTDS, set_name=set_name)
            checks = held_out("data", *DATA_KINDS)
            against = against_naive("data", *DATA_KINDS)
            data[set_name] = replace(one, heldout=checks, against_naive=against)
        elif set_name == "ours":
            data[set_name] = published_efficiency(study, utds=UTDS)
    for set_name, efficiency in data.items():
        one = planted_budget(study, efficiency)
        checks = tuple(c for q in BUDGET_QUANTITIES for c in held_out(q, "level"))
        against = tuple(a for q in BUDGET_QUANTITIES for a in against_naive(q, "level"))
        budgets[set_name] = replace(one, heldout=checks, against_naive=against)
    fits = planted_hyperparameters(study) if "sweep" in sets else None
    if fits:
        fits = replace(
            fits,
            batch_size=replace(
                fits.batch_size,
                heldout=held_out("batch_size", *SWEEP_KINDS),
                against_naive=against_naive("batch_size", *SWEEP_KINDS),
            ),
            learning_rate=replace(
                fits.learning_rate,
                heldout=held_out("learning_rate", *SWEEP_KINDS),
                against_naive=against_naive("learning_rate", *SWEEP_KINDS),
            ),
        )
    diagnostics = planted_diagnostics(study) if measured else None
    with_runs = [name for name in ("ours", "baseline") if name in sets]
    records = Results(
        crossings,
        fits,
        data,
        budgets,
        diagnostics,
        law_choice=planted_law_choice(study, *with_runs) if with_runs else None,
        regret=planted_regret(study) if "sweep" in sets else None,
        sensitivity=planted_sensitivity(study, (*sets, *data)) if sets else None,
    )
    main = "ours" if "ours" in sets else "baseline"
    return StudyResults(study, records, records, effects(name, main))
