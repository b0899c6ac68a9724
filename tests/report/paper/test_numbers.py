"""Every number in the text has one command, computed from its record."""

import re
from dataclasses import fields, replace

import numpy as np
import pytest
from planted_results import planted_results

from value_scaling.records import (
    AgainstNaive,
    Choices,
    Estimate,
    Naive,
    ScalingError,
)
from value_scaling.report.findings.held_out import beside, better_predictor
from value_scaling.report.paper.numbers import numbers, numbers_tex
from value_scaling.report.results import Results, StudyResults
from value_scaling.report.text.command_names import command
from value_scaling.report.text.latex import percent
from value_scaling.report.verify import ReportCard, report_card

NO_CARD = ReportCard(())


@pytest.fixture(scope="module")
def whole() -> StudyResults:
    return planted_results()


@pytest.fixture(scope="module")
def values(whole: StudyResults) -> dict[str, str]:
    return numbers((whole,), NO_CARD)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("gym",), "Gym"),
        (("batch_size",), "BatchSize"),
        (("run2_b", "0.25"), "RunTwoBZeroTwoFive"),
        (("exponent of sigma*(F) (ours)",), "ExponentOfSigmaFOurs"),
        (("D_min",), "DMin"),
    ],
)
def test_names(parts: tuple[str, ...], name: str) -> None:
    assert command(*parts) == name


def test_names_are_what_tex_can_read(values: dict[str, str]) -> None:
    assert values
    for name in values:
        assert re.fullmatch("[A-Za-z]+", name), name
    lines = numbers_tex(values).splitlines()
    names = [line.split("}")[0] for line in lines]
    assert names == sorted(names)
    assert all(re.fullmatch(r"\\newcommand\{\\\w+\}\{.+\}", line) for line in lines)
    assert "nan" not in numbers_tex(values).lower()


def test_values_are_the_records(whole: StudyResults, values: dict[str, str]) -> None:
    records = whole.default
    fits, data = records.hyperparameters, records.data["ours"]
    assert fits is not None
    slope = fits.batch_size.shared.value.exponent[0]
    assert values["PlantedBatchSizeExponent"] == f"${-slope:.3f}$"
    alpha = data.law.exponent
    ends = f"$[{-alpha.high[-1]:.3f}, {-alpha.low[-1]:.3f}]$"
    assert values["PlantedOursAlphaInterval"] == ends
    assert values["PlantedOursAlphaFull"].endswith(f" {ends}")
    assert values["PlantedEnvironments"] == "$3$"
    assert values["PlantedLevelTop"] == "$800$"
    assert values["PlantedSweepSettings"] == f"${3 * 6 * 9}$"
    star = records.budget["ours"].utd_law.value.exponent
    assert values["PlantedOursUtdExponent"] == f"${float(star):.3f}$"
    law = data.law.value(data.utds)[-1]
    error = np.abs(law / data.pooled.value[:, -1] - 1)
    assert values["PlantedOursFitError"] == rf"${100 * error.mean():.0f}\%$"


def test_constant_over_fitted_is_a_geometric_mean(whole: StudyResults) -> None:
    ours, constant = (whole.default.data[name] for name in ("ours", "baseline"))
    factor = np.array([2.0, 4.0, 1.0])[:, None, None]
    doubled = replace(constant.data, value=ours.data.value * factor)
    records = replace(
        whole.default, data={"ours": ours, "baseline": replace(constant, data=doubled)}
    )
    values = numbers((replace(whole, default=records),), NO_CARD)
    assert values["PlantedConstantOverFittedAtZeroTwoFive"] == "$2.00$"
    assert values["PlantedConstantOverFittedAtOneSix"] == "$2.00$"
    assert values["PlantedConstantOverFittedUtdLow"] == "$0.25$"


def test_the_paper_names_only_utds_that_reach_the_top_level(
    whole: StudyResults,
) -> None:
    """Runs of classic at the smallest σ end before the top level."""
    ours, constant = (whole.default.data[name] for name in ("ours", "baseline"))
    pooled, data = ours.pooled.value.copy(), ours.data.value.copy()
    pooled[0, -1] = np.nan
    data[0, 0, -1] = np.nan
    short = replace(
        ours,
        pooled=replace(ours.pooled, value=pooled),
        data=replace(ours.data, value=data),
    )
    longer = np.linspace(1, 2, constant.utds.size)[None, :, None]
    more = replace(constant.data, value=ours.data.value * longer)
    records = replace(
        whole.default, data={"ours": short, "baseline": replace(constant, data=more)}
    )
    values = numbers((replace(whole, default=records),), NO_CARD)
    second = f"${ours.utds[1]:g}$"
    assert values["PlantedOursUtdLow"] == second
    assert values["PlantedOursUtdHigh"] == f"${ours.utds[-1]:g}$"
    at_second = values["PlantedOursDataAtUtdLow"].strip("$")
    assert float(at_second.replace(r"\times 10^{", "e").replace("}", "")) == (
        pytest.approx(ours.pooled.value[1, -1], rel=0.01)
    )
    assert "PlantedConstantOverFittedAtZeroTwoFive" not in values
    assert values["PlantedConstantOverFittedUtdLow"] == second
    assert values["PlantedConstantOverFittedUtdHigh"] == f"${ours.utds[-1]:g}$"
    assert values["PlantedConstantOverFittedLow"] == f"${longer[0, 1, 0]:.2f}$"
    assert values["PlantedConstantOverFittedHigh"] == "$2.00$"


def test_held_out_numbers_by_hand(values: dict[str, str]) -> None:
    assert values["PlantedHeldOursDataLargestUtdMedian"] == r"$20\%$"
    assert values["PlantedHeldOursDataLargestUtdWorst"] == r"$40\%$"
    assert values["PlantedHeldOursDataLargestUtdCovered"] == "$2$"
    assert values["PlantedHeldOursDataLargestUtdKnown"] == "$3$"
    assert values["PlantedHeldOursDataLargestUtdNoChange"] == r"$30\%$"
    assert values["PlantedHeldOursDataLargestUtdPowerLaw"] == r"$30\%$"
    assert values["PlantedHeldOursDataLargestUtdVerdict"] == "fit better"
    difference = values["PlantedHeldOursDataLargestUtdNoChangeDifferenceInterval"]
    assert difference == "$[-0.30, -0.10]$"
    assert "the fit is better in" in values["PlantedHeldWhichWins"]


def test_each_verdict_has_its_words() -> None:
    def one(naive: Naive, low: float, high: float) -> AgainstNaive:
        ends = Estimate(*map(np.asarray, ((low + high) / 2, low, high)))
        return AgainstNaive("data", "level", naive, 2, ends, ends, ends)

    spans = {"fit": (-0.3, -0.1), "naive": (0.1, 0.3), "none": (-0.1, 0.2)}
    for first, second, words in (
        ("fit", "fit", "fit better"),
        ("fit", "none", "fit better than no change only"),
        ("none", "fit", "fit better than pure power law only"),
        ("fit", "naive", "pure power law better"),
        ("naive", "naive", "no change and pure power law better"),
        ("none", "none", "undecided"),
    ):
        pair = (
            one("no change", *spans[first]),
            one("pure power law", *spans[second]),
        )
        assert better_predictor(pair) == words
    unknown = replace(one("no change", -0.1, 0.2), count=0)
    assert better_predictor([unknown]) == beside([unknown], percent) == ""
    assert beside(pair, percent) == r"no change $5\%$, pure power law $5\%$"


def test_laws_compared_by_hand(values: dict[str, str]) -> None:
    name = "PlantedLawsOursPooledEndsPurePowerLaw"
    assert values[name] == r"$30\%$"
    assert values[f"{name}Comparison"] == "worse"
    assert values[f"{name}DifferenceInterval"] == "$[0.18, 0.22]$"
    better = values["PlantedLawsBaselineEachEnvironmentInteriorSigmoidComparison"]
    assert better == "better"
    assert values["PlantedLawsOursSentence"] == (
        "Fitted hyperparameters, against the power law with floor: the pure power law "
        "is worse in 2 of 4 (pooled, at the ends; each environment, at the ends), "
        "undecided in 2 of 4; the sigmoid is better in 2 of 4 (pooled, between others; "
        "each environment, between others), undecided in 2 of 4; no change is "
        "undecided in 4 of 4."
    )


def test_effects_by_hand(values: dict[str, str]) -> None:
    name = "PlantedEffectBatchInComputeExponentOfSigmaFOurs"
    assert values[name] == "$-0.505$"
    assert values[f"{name}Default"].startswith("$-0.500$ $[-0.595, -0.405]$")
    count = 5 * (len(fields(Choices)) + 1)  # five results; each choice, then all
    assert values["PlantedEffects"] == values["PlantedEffectsInside"] == f"${count}$"


def test_slopes_of_diagnostics_by_hand() -> None:
    measured = planted_results(measured=True)
    values = numbers((measured,), NO_CARD)
    assert values["PlantedOverfittingPerUtd"] == "$0.30$"
    assert values["PlantedParameterNormPerLearningRate"] == "$0.20$"
    assert values["PlantedValidationOverfittingPerBatchSizeFull"].startswith("$0.1")
    found = measured.default.diagnostics.measures["overfitting"].values.value
    assert values["PlantedOverfittingAbove"] == f"${(found > 0).sum()}$"
    assert values["PlantedOverfittingKnown"] == f"${len(found)}$"
    assert "PlantedParameterNormAbove" not in values


def test_what_is_not_here_has_no_command() -> None:
    values = numbers((planted_results(sets=("baseline",)),), NO_CARD)
    assert "PlantedBatchSizeExponent" not in values
    assert "PlantedOursAlpha" in values  # published coefficients
    assert "PlantedOursAlphaFull" not in values
    assert "PlantedBaselineAlphaFull" in values
    assert not any("ConstantOverFitted" in name for name in values)
    nothing = replace(planted_results(sets=()), default=Results(), effects=None)
    assert "PlantedTitle" in numbers((nothing,), NO_CARD)


def test_two_studies_of_one_name_are_told(whole: StudyResults) -> None:
    other = planted_results("planted_", sets=("ours",))
    with pytest.raises(ScalingError, match="two of the name"):
        numbers((whole, other), NO_CARD)


def test_the_card_is_counted_and_its_pairs_are_named(whole: StudyResults) -> None:
    entry = {"study": "planted", "what": "w", "source": "s", "kind": "rerun"}
    key = "budget.ours.utd_exponent"
    exponent = float(whole.published.budget["ours"].utd_law.value.exponent)
    card = report_card(
        {
            "file": {
                "number": [
                    entry
                    | {"key": key, "value": exponent + 1, "macro": "Power"}
                    | {"tolerance": {"absolute": 2}},
                    entry
                    | {"key": key, "value": 9, "tolerance": {"absolute": 0}}
                    | {"reason": "r"},
                    entry
                    | {"study": "isaac", "key": key, "value": 9}
                    | {"tolerance": {"absolute": 0}},
                ]
            }
        },
        (whole,),
    )
    values = numbers((whole,), card)
    assert values["CardWithin"] == values["CardChecked"] == "$1$"
    assert values["CardDiffer"] == values["CardUnavailable"] == "$1$"
    assert values["IsaacCardUnavailable"] == "$1$"
    assert values["CardCells"] == values["CardCellsWithin"] == "$1$"
    assert values["PublishedPower"] == f"${exponent + 1:.2f}$"
    assert values["RecomputedPower"] == f"${exponent:.3f}$"
