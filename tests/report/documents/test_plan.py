"""The tables that hold the bundled study to its plan."""

from dataclasses import replace

import numpy as np
import pytest
from planted_results import around, planted_results

from value_scaling.records import Estimate
from value_scaling.records.stages.warnings import Place, StudyWarning, Warnings
from value_scaling.report.documents.plan import claims_judged, conditions
from value_scaling.report.results import StudyResults


def verdicts(results: StudyResults) -> dict[str, str]:
    rows = [line.split(" | ") for line in claims_judged(results).splitlines()[2:]]
    return {row[0].strip("| "): row[2].strip("| ") for row in rows}


def with_default(results: StudyResults, **changed: object) -> StudyResults:
    return replace(results, default=replace(results.default, **changed))


def with_exponent(results: StudyResults, low: float, high: float) -> StudyResults:
    fits = results.default.hyperparameters
    assert fits is not None
    law = fits.batch_size.shared
    spread = np.linspace(low, high, law.replicates.exponent.shape[0])[:, None]
    value = replace(law.value, exponent=np.full_like(law.value.exponent, spread.mean()))
    every = np.broadcast_to(spread, law.replicates.exponent.shape)
    shared = replace(
        law, value=value, replicates=replace(law.replicates, exponent=every)
    )
    sizes = replace(fits.batch_size, shared=shared)
    return with_default(results, hyperparameters=replace(fits, batch_size=sizes))


@pytest.mark.parametrize(
    ("ends", "verdict"),
    [
        ((-0.6, -0.2), "supported"),
        ((-0.6, 0.3), "undecided"),
        ((0.2, 0.6), "refuted"),
    ],
)
def test_an_exponent_is_judged_by_its_interval(
    ends: tuple[float, float], verdict: str
) -> None:
    found = verdicts(with_exponent(planted_results(), *ends))
    assert found[r"B\* falls as σ rises"] == verdict


@pytest.mark.parametrize(
    ("difference", "verdict"),
    [(-0.2, "supported"), (0.05, "undecided"), (0.2, "refuted")],
)
def test_extrapolation_is_judged_against_the_nearest_utd(
    difference: float, verdict: str
) -> None:
    results = planted_results()
    data = results.default.data["ours"]
    against = tuple(
        replace(each, difference=around(difference))
        if (each.kind, each.naive) == ("smallest utd", "no change")
        else each
        for each in data.against_naive
    )
    own = results.default.data | {"ours": replace(data, against_naive=against)}
    found = verdicts(with_default(results, data=own))
    assert found["D_J can be extrapolated to the smallest σ"] == verdict
    assert found["D_J can be extrapolated to the largest σ"] == "supported"


@pytest.mark.parametrize(
    ("ratio", "verdict"),
    [(0.8, "supported"), (1.05, "undecided"), (1.2, "refuted")],
)
def test_fitted_values_are_judged_by_the_ratio(ratio: float, verdict: str) -> None:
    results = planted_results()
    regret = results.default.regret
    assert regret is not None
    ratios = tuple(replace(each, data=around(ratio)) for each in regret.ratios)
    found = verdicts(with_default(results, regret=replace(regret, ratios=ratios)))
    assert found["fitted B and η need less data than constant ones"] == verdict


def budgets(*, optima: int, factor: float, error: float) -> StudyResults:
    """Planted results with optima inside the range and one held-out budget."""
    results = planted_results()
    budget = results.default.budget["ours"]
    values = np.geomspace(1, factor, optima)
    check = replace(
        next(each for each in budget.heldout if each.quantity == "utd_star"),
        error=Estimate(
            np.asarray(error), np.asarray(error - 0.1), np.asarray(error + 0.1)
        ),
    )
    changed = replace(
        budget,
        levels=np.arange(optima + 1.0),
        budget=Estimate(*(np.append(values, 1e6) for _ in range(3))),
        at_edge=np.append(np.zeros(optima, bool), True),
        heldout=(check,),
    )
    return with_default(results, budget={"ours": changed})


@pytest.mark.parametrize(
    ("optima", "factor", "error", "verdict"),
    [
        (5, 4.0, 0.05, "supported"),
        (4, 4.0, 0.05, "undecided"),  # too few optima
        (5, 2.0, 0.05, "undecided"),  # budgets too close together
        (5, 4.0, 0.3, "refuted"),  # the held-out budget is missed
        (0, 4.0, 0.05, "refuted"),  # every optimum at an end
    ],
)
def test_the_budget_is_judged_by_optima_and_held_out_budgets(
    optima: int, factor: float, error: float, verdict: str
) -> None:
    results = budgets(optima=optima, factor=factor, error=error)
    assert verdicts(results)[r"σ\* is a power of the budget"] == verdict


def test_a_wide_interval_supports_nothing() -> None:
    results = budgets(optima=5, factor=4, error=0.05)
    budget = results.default.budget["ours"]
    wide = Estimate(np.asarray(0.1), np.asarray(-0.9), np.asarray(9.0))
    check = replace(budget.heldout[0], error=wide)
    own = {"ours": replace(budget, heldout=(check,))}
    results = with_default(results, budget=own)
    assert verdicts(results)[r"σ\* is a power of the budget"] == "undecided"
    assert "1 with an interval too wide to tell" in claims_judged(results)


def test_conditions_name_the_tasks_that_do_not_meet_them() -> None:
    results = planted_results()
    sweep = results.default.crossings["sweep"]
    first, *others = results.study.ordered(sweep.settings)
    fits = results.default.hyperparameters
    assert fits is not None
    utds = fits.batch_size.utds.tolist()
    edge = StudyWarning(
        "edge of the grid",
        "sweep",
        "batch_size",
        tuple(Place(env=first, utd=utd) for utd in utds),
        "",
        "",
    )
    warned = with_default(results, warnings=Warnings("planted", (edge,)))
    rows = {
        line.split(" | ")[0].strip("| "): line
        for line in conditions(warned).splitlines()
    }
    assert rows[first].endswith("| not met |")
    assert f"| at {len(utds)} of {len(utds)} σ |" in rows[first]
    assert all(rows[env].endswith("| met |") for env in others)
    unreached = replace(sweep, steps=np.full_like(sweep.steps, np.nan))
    poor = with_default(results, crossings={"sweep": unreached})
    assert "(0%)" in conditions(poor)
    assert "| met |" not in conditions(poor)
