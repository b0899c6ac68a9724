"""Sentences, numbers and the table that follow from a planted sensitivity."""

from dataclasses import replace

import numpy as np
import pytest
from planted import planted_study
from planted_results import planted_results
from planted_sensitivity import TURN, planted_sensitivity

from value_scaling.records import STATUSES, Estimate, words_of
from value_scaling.records.stages.sensitivity import Sensitivity, SensitivityScan
from value_scaling.report.findings.sensitivity import (
    CHOICES,
    accounting_sentence,
    combination_sentence,
    delta_sentence,
    sentences,
)
from value_scaling.report.paper.numbers import numbers
from value_scaling.report.tables import csv_text
from value_scaling.report.tables.sensitivity import sensitivity
from value_scaling.report.verify import ReportCard

STUDY = planted_study()


@pytest.fixture
def found() -> Sensitivity:
    return planted_sensitivity(STUDY, ("sweep", "ours", "baseline"))


def shifted(deltas: SensitivityScan, by: float) -> SensitivityScan:
    """Return the sensitivity with other exponents."""
    parts = (deltas.exponent.value, deltas.exponent.low, deltas.exponent.high)
    moved = Estimate(*(part + by for part in parts))
    return replace(deltas, exponent=moved)


def without_fits(found: Sensitivity) -> Sensitivity:
    """Return the sensitivity without an identifiable σ*(F) for the fitted runs."""
    one = found.sets["ours"]
    lost = np.full(41, STATUSES.index("not identifiable"), dtype=np.int8)
    never = replace(shifted(one.deltas, np.nan), status=lost)
    return replace(found, sets={**found.sets, "ours": replace(one, deltas=never)})


def test_a_change_of_sign_is_said_with_its_delta(found: Sensitivity) -> None:
    text = delta_sentence(found.sets["ours"], "FLOPs")
    assert "changes its sign at δ = 1e9 FLOPs a step: positive below" in text
    # The interval is ±0.1 and the slope 0.2 a decade: half a decade to either side.
    assert "positive with an interval that excludes zero from 1.2e8 to 3e8" in text
    assert "negative with an interval that excludes zero from 3.8e9 to 1.5e11" in text


def test_one_sign_and_none(found: Sensitivity) -> None:
    one = found.sets["ours"]
    always = delta_sentence(replace(one, deltas=shifted(one.deltas, 5.0)), "FLOPs")
    assert "is positive at every δ at which it is identifiable, from 1.2e8" in always
    assert "changes" not in always
    text = delta_sentence(without_fits(found).sets["ours"], "FLOPs/N")
    assert text.endswith(
        "is not identifiable at any δ from 1.5e7 to 1.5e11 FLOPs/N a step"
    )


def test_what_an_update_counts(found: Sensitivity) -> None:
    one = found.sets["baseline"]
    text = accounting_sentence(one)
    assert text.startswith("constant hyperparameters: the exponent of σ*(F) goes from ")
    assert "as an update counts 6N to 26N FLOPs for each sample" in text
    # δ = 1.5e9: from -0.08 at 2.5e9 to 0.048 at 5.8e8.
    assert "from -0.0796 to 0.0478" in text
    assert text.endswith("and changes its sign")


def test_combinations_are_counted(found: Sensitivity) -> None:
    law = found.multiverse.conclusions[-1]
    text = combination_sentence(found.multiverse, law)
    count, last = found.multiverse.count, [*words_of()][-1]
    assert f"negative in {count // 2} and positive in {count // 2} of {count}" in text
    assert f"the choice of {CHOICES[last]} moves it most, typically by 0.5" in text
    assert f"changes its sign in {count // 2} of {count // 2} cases" in text
    same = combination_sentence(found.multiverse, found.multiverse.conclusions[0])
    assert f"is negative in {count} of {count} combinations" in same
    assert same.endswith("no choice moves it")


def test_every_choice_has_words() -> None:
    assert CHOICES.keys() == words_of().keys()
    assert len({*CHOICES.values()}) == len(CHOICES)


def test_the_sentences_say_where_a_level_turns_a_sign(found: Sensitivity) -> None:
    texts = [*sentences(found, "FLOPs")]
    assert sum("changes its sign at J = 300" in text for text in texts) == 2
    assert len(texts) == 2 * 2 + 2 + 6


def test_numbers_of_the_paper() -> None:
    values = numbers((planted_results(),), ReportCard(()))
    assert values["PlantedOursDeltaSignChange"] == r"$1.0\times 10^{9}$"
    assert values["PlantedBatchSizeLevelSignChange"] == "$300$"
    count = int(np.prod([len(words) for words in words_of().values()]))
    for name in ("Negative", "Positive"):
        text = values[f"PlantedBaselineExponentOfSigmaF{name}"]
        assert text == f"${count // 2}$"
    assert "sign" in values["PlantedOursDeltaSentence"]
    assert TURN == 1e9


def test_without_a_change_of_sign_no_number_stands_for_it(found: Sensitivity) -> None:
    """The abstract states the δ of a sign change only if there is one."""
    planted = planted_results()
    one = found.sets["ours"]
    always = replace(one, deltas=shifted(one.deltas, 5.0))
    sets = {"ours": always, "baseline": without_fits(found).sets["ours"]}
    default = replace(planted.default, sensitivity=replace(found, sets=sets))
    values = numbers((replace(planted, default=default),), ReportCard(()))
    assert "PlantedOursDeltaKnownLow" in values
    assert "PlantedOursDeltaSignChange" not in values
    assert "PlantedBaselineDeltaKnownLow" not in values
    assert not [name for name, text in values.items() if text.startswith("no $")]


def test_the_table_has_a_row_for_everything_that_is_varied(found: Sensitivity) -> None:
    table = sensitivity(STUDY, found)
    lines = csv_text(table).splitlines()
    varied = [line.partition(",")[0] for line in lines[1:]]
    assert [varied.count(name) for name in dict.fromkeys(varied)] == [2, 2, 2, 2, 2, 6]
    assert sum("sign at δ = 1e9" in line for line in lines) == 4
    unknown = csv_text(sensitivity(STUDY, without_fits(found))).splitlines()
    assert sum("not identifiable" in line for line in unknown) == 4
    assert not [line for line in lines if "not identifiable" in line]
    sweep = sensitivity(STUDY, planted_sensitivity(STUDY, ("sweep",)))
    assert len(csv_text(sweep).splitlines()) == 1 + 2 + 2
