"""Verdicts follow from intervals and naive predictors by the stated rules."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from planted_results import around, planted_results

from value_scaling.records import AgainstNaive, Estimate, RegretRatio, Regrets
from value_scaling.report.findings.claims import CLAIMS
from value_scaling.report.findings.verdicts import VERDICTS, Verdict, overall, side
from value_scaling.report.results import Results
from value_scaling.report.tables.claims import claims
from value_scaling.report.tables.formats.csv_table import csv_text
from value_scaling.report.tables.formats.latex_table import latex

JUDGES = {claim.slug: claim.judge for claim in CLAIMS}


@pytest.fixture(scope="module")
def results() -> Results:
    return planted_results(measured=True).default


def regrets(high: float, low: float) -> Regrets:
    """Return the ratio of data with fitted and constant hyperparameters."""
    data = Estimate(*(np.asarray(x) for x in ((low + high) / 2, low, high)))
    alone = np.ones(1)
    ratio = RegretRatio("every", "all", "fitted", "constant", data, alone)
    utds, levels = np.ones(1), np.ones(1)
    return Regrets("s", ("e",), utds, levels, 2.0, 1, 1, ratios=(ratio,))


def against(difference: float, found: Sequence[AgainstNaive]) -> tuple[Any, ...]:
    """Return the comparisons with another difference of fit and naive predictor."""
    return tuple(replace(each, difference=around(difference)) for each in found)


@pytest.mark.parametrize(
    ("verdicts", "together"),
    [
        (["holds", "holds", "not testable"], "holds"),
        (["holds", "holds", "not decided"], "holds in part"),
        (["holds", "fails"], "holds in part"),
        (["fails", "not testable"], "fails"),
        (["fails", "not decided"], "not decided"),
        (["not testable", "not decided"], "not decided"),
        (["not testable"], "not testable"),
    ],
)
def test_studies_that_can_test_a_claim_must_agree(
    verdicts: list[Verdict], together: Verdict
) -> None:
    assert overall(verdicts) == together
    assert together in VERDICTS


def test_an_interval_decides_a_sign() -> None:
    assert side(around(0.5)) == "above"
    assert side(around(-0.5)) == "below"
    assert side(around(0.05)) == "both"
    unknown = np.asarray(np.nan)
    assert side(Estimate(np.asarray(1.0), unknown, unknown)) == "unknown"


@pytest.mark.parametrize(
    ("difference", "law", "alone"),
    [
        (-0.5, "holds", "holds"),
        (0.05, "holds in part", "not decided"),
        (0.5, "holds in part", "fails"),
    ],
)
def test_a_law_holds_only_if_it_beats_the_naive_predictors(
    results: Results, difference: float, law: Verdict, alone: Verdict
) -> None:
    data = {
        name: replace(one, against_naive=against(difference, one.against_naive))
        for name, one in results.data.items()
    }
    found = replace(results, data=data)
    assert JUDGES["data law"](found).verdict == law
    assert JUDGES["extrapolation"](found).verdict == alone


def test_an_exponent_around_zero_decides_nothing(results: Results) -> None:
    fits = results.hyperparameters
    assert fits is not None
    shared = fits.batch_size.shared
    drawn = np.where(np.arange(len(shared.replicates.exponent)) % 2, -0.3, 0.3)
    wide = replace(
        shared,
        replicates=replace(
            shared.replicates,
            exponent=np.broadcast_to(
                drawn[:, None], shared.replicates.exponent.shape
            ).copy(),
        ),
    )
    size = replace(fits.batch_size, shared=wide)
    found = replace(results, hyperparameters=replace(fits, batch_size=size))
    assert JUDGES["batch size law"](results).verdict == "holds"
    assert JUDGES["batch size law"](found).verdict == "not decided"


def test_what_is_not_identifiable_is_not_decided(results: Results) -> None:
    budgets = {
        name: replace(one, unidentified="two optima, and a fit needs four")
        for name, one in results.budget.items()
    }
    found = JUDGES["budget law"](replace(results, budget=budgets))
    assert found.verdict == "not decided"
    assert "two optima" in found.evidence[0]


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.8, 0.9, "holds"), (0.9, 1.1, "not decided"), (1.1, 1.2, "fails")],
)
def test_fitting_is_worth_it_if_the_ratio_is_below_one(
    low: float, high: float, verdict: Verdict
) -> None:
    found = JUDGES["worth fitting"](Results(regret=regrets(high, low)))
    assert found.verdict == verdict


def test_without_runs_nothing_is_testable() -> None:
    assert {judge(Results()).verdict for judge in JUDGES.values()} == {"not testable"}


def test_the_table_has_every_claim_and_study() -> None:
    many = tuple(planted_results(name) for name in ("a", "b", "c", "d"))
    table = claims(many)
    text = latex(table)
    for claim in CLAIMS:
        assert claim.words in text
    assert text.count("}p{") == 5  # claim, three studies, verdict
    lines = csv_text(table).splitlines()
    assert len(lines) == 1 + len(CLAIMS) * len(many)
    assert {line.rpartition(",")[2] for line in lines[1:]} <= set(VERDICTS)
