"""The choice of law: the planted law predicts best; gaps; too few σ."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from planted_study import RISE, make_crossings, make_study

from value_scaling.records import Choices, Crossings, Setting, Study
from value_scaling.records.stages.law_choice import LAWS, LawChoice, LawError
from value_scaling.report.findings.law_choice import best_laws, grouped
from value_scaling.workflow.data_efficiency import data_efficiency
from value_scaling.workflow.law_choice import law_choice

UTDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
TRUTHS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "power law with floor": lambda x: 0.4 + 0.6 * x**-1.0,
    "pure power law": lambda x: x**-0.6,
    "sigmoid": lambda x: 0.3 + 0.9 / (1 + (x / 2.2) ** 3.5),
    "no change": lambda x: np.ones_like(x),
}


def runs(
    truth: Callable[[np.ndarray], np.ndarray],
    *,
    noise: float = 0.01,
    utds: tuple[float, ...] = UTDS,
    seed: int = 1,
) -> tuple[Study, Crossings]:
    study = make_study(environments=2)
    rng = np.random.default_rng(seed)
    shares = (np.array(study.fitted_levels) / 1000) ** RISE
    given, drawn = {}, {}
    for env in study.environment_names:
        for utd, part in zip(utds, truth(np.array(utds)), strict=True):
            setting = Setting(env, utd, 128, 1e-3)
            off = np.exp(noise * rng.normal(size=len(shares)))
            given[setting] = 1e6 * part * shares * off
            luck = np.exp(noise * rng.normal(size=(80, len(shares))))
            drawn[setting] = given[setting] * luck
    return study, make_crossings(study, "ours", given, drawn=drawn, replicates=80)


def compared(study: Study, found: Crossings) -> LawChoice:
    return law_choice({"ours": found}, study, Choices())


def errors(record: LawChoice, curves: str, where: str) -> dict[str, LawError]:
    return {each.law: each for each in grouped(record)["ours", curves, where]}


@pytest.mark.parametrize("law", TRUTHS)
@pytest.mark.parametrize("where", ["interior", "ends"])
def test_the_law_that_is_the_truth_predicts_best(law: str, where: str) -> None:
    record = compared(*runs(TRUTHS[law]))
    for curves in ("pooled", "each environment"):
        found = errors(record, curves, where)
        own = float(found[law].error.value)
        assert own < 0.02
        if law == "no change":  # every law is constant there, and about as good
            assert own < 1.6 * min(float(e.error.value) for e in found.values())
            continue
        for other, each in found.items():
            # A sigmoid and a law with a floor can follow a pure power law between
            # other σ, and no law has a large error where the truth is flat.
            assert own <= 1.6 * float(each.error.value), (other, each)
        if law == "power law with floor":
            assert found["pure power law"].comparison == "worse"
            assert found["no change"].comparison == "worse"
        if law == "sigmoid":
            assert found["sigmoid"].comparison == "better"


def test_the_error_at_the_ends_is_that_of_the_held_out_checks() -> None:
    study, given = runs(TRUTHS["sigmoid"], noise=0.05)
    found = errors(compared(study, given), "pooled", "ends")
    checks = data_efficiency(given, study, Choices()).heldout
    for law, name in (("power law with floor", None), ("pure power law", 1)):
        ends = [c for c in checks if c.kind in ("largest utd", "smallest utd")]
        own = [c.error if name is None else c.naive[name].error for c in ends]
        median = np.median([abs(float(each.value)) for each in own])
        assert found[law].error.value == pytest.approx(median)
        assert found[law].count == len(own) == 2 * len(study.fitted_levels)


def test_three_utds_are_too_few_for_a_law_of_three_numbers() -> None:
    record = compared(*runs(TRUTHS["pure power law"], utds=(1.0, 2.0, 4.0)))
    found = errors(record, "pooled", "ends")
    for law in ("power law with floor", "sigmoid"):
        assert (found[law].status, found[law].count) == ("too few points", 0)
        assert np.isnan(found[law].error.value)
        assert found[law].comparison == "no comparison"
    for law in ("pure power law", "no change"):
        assert (found[law].status, found[law].count) == ("converged", 12)
        assert found[law].comparison == "no comparison"
    (sentence,) = best_laws(record)
    assert "too few σ are left to fit it" in sentence


def test_four_utds_leave_three_for_the_law_and_none_for_the_sigmoid() -> None:
    record = compared(*runs(TRUTHS["power law with floor"], utds=(1.0, 2.0, 4.0, 8.0)))
    found = errors(record, "pooled", "interior")
    assert found["power law with floor"].count == 12
    assert found["sigmoid"].status == "too few points"
    assert found["no change"].comparison in ("worse", "undecided")
    (sentence,) = best_laws(record)
    assert "sigmoid: too few σ for a fit" in sentence


def test_a_level_that_is_never_reached_is_no_prediction() -> None:
    study, given = runs(TRUTHS["power law with floor"])
    steps, drawn = given.steps.copy(), given.replicates.copy()
    top = [s.env == "Synthetic1-v0" for s in given.settings]
    steps[top, -1], drawn[top, :, -1] = np.nan, -1
    record = compared(study, replace(given, steps=steps, replicates=drawn))
    levels, inside = len(study.fitted_levels), len(UTDS) - 2
    for law in LAWS:
        pooled = errors(record, "pooled", "interior")[law]
        own = errors(record, "each environment", "interior")[law]
        assert pooled.count == levels * inside  # the top one over one environment
        assert own.count == (2 * levels - 1) * inside
        assert np.isfinite(own.error.value)


def test_all_laws_are_held_against_the_same_predictions() -> None:
    """One σ lacks one level, and predictions that some law cannot make do not count."""
    study, given = runs(TRUTHS["sigmoid"], utds=UTDS[:5])
    steps, drawn = given.steps.copy(), given.replicates.copy()
    gone = [s.utd == 1.0 for s in given.settings]
    steps[gone, 0], drawn[gone, :, 0] = np.nan, -1
    record = compared(study, replace(given, steps=steps, replicates=drawn))
    for where in ("interior", "ends"):
        found = errors(record, "pooled", where)
        # Three σ remain at that level, which are too few for the sigmoid.
        expected = {"interior": 3, "ends": 2}[where] * (len(study.fitted_levels) - 1)
        assert {each.count for each in found.values()} == {expected}


def test_equal_laws_are_undecided() -> None:
    """For flat data without noise, every law predicts the same."""
    record = compared(*runs(TRUTHS["no change"], noise=0.0))
    for each in record.errors:
        assert abs(float(each.error.value)) < 1e-4
        assert each.comparison in ("undecided", "no comparison")
