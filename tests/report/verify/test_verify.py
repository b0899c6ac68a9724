"""The report card: numbers within, outside, not available, or for information."""

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planted_results import planted_results

from value_scaling.commands.console import as_text
from value_scaling.commands.text.terminal import report_card_parts
from value_scaling.records import PUBLISHED, FittedLaw, ScalingError, Study
from value_scaling.records.axes import round_batch_size, round_learning_rate
from value_scaling.report.results import Results, StudyResults
from value_scaling.report.tables.formats.latex_table import latex
from value_scaling.report.tables.report_card import card_table
from value_scaling.report.verify import (
    AGREES,
    DIFFERS,
    OUTSIDE,
    UNAVAILABLE,
    WITHIN,
    CardRow,
    ReportCard,
    Tolerance,
    report_card,
)
from value_scaling.report.verify.quantities import (
    NotAvailable,
    UnknownQuantity,
    quantity,
)
from value_scaling.store.archives.read import read_runs
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.workflow.budget import budget
from value_scaling.workflow.data.collect import collect
from value_scaling.workflow.data.published import published_data_efficiency
from value_scaling.workflow.data_efficiency import data_efficiency
from value_scaling.workflow.hyperparameters import hyperparameters
from value_scaling.workflow.preprocess import preprocess

ENTRY = {
    "study": "planted",
    "what": "Power of F",
    "key": "budget.ours.utd_exponent",
    "kind": "rerun",
    "source": "somewhere",
    "tolerance": {"absolute": 0.1},
}


@pytest.fixture(scope="module")
def whole() -> StudyResults:
    return planted_results()


def _text(card: ReportCard) -> str:
    return as_text(*report_card_parts(card))


def power(whole: StudyResults) -> float:
    return float(whole.published.budget["ours"].utd_law.value.exponent)


def card_of(
    whole: StudyResults, *entries: dict[str, Any], **options: Any
) -> ReportCard:
    return report_card({"file": {"number": list(entries)}}, (whole,), **options)


def row_of(whole: StudyResults, **changes: Any) -> CardRow:
    return card_of(whole, ENTRY | changes).rows[0]


def test_within_and_outside(whole: StudyResults) -> None:
    assert row_of(whole, value=power(whole) + 0.09).verdict == WITHIN
    row = row_of(whole, value=power(whole) + 0.11)
    assert row.verdict == OUTSIDE
    assert row.failed
    (cell,) = row.cells
    assert cell.deviation == pytest.approx(0.11)
    assert cell.low < cell.ours < cell.high


def test_the_failing_line_says_published_ours_and_tolerance(
    whole: StudyResults,
) -> None:
    good, bad = ENTRY | {"value": power(whole)}, ENTRY | {"value": 9.25}
    text = _text(card_of(whole, good, bad))
    (line,) = [line for line in text.splitlines() if line.startswith("OUTSIDE")]
    for part in ("planted", "Power of F", "published 9.25", "±0.1", "somewhere"):
        assert part in line
    assert f"ours {power(whole):.6g} [" in line
    assert text.endswith(
        "1 within tolerance, 1 outside, 0 not available; for information: 0 agree, "
        "0 differ as expected"
    )


def test_three_kinds_of_numbers_are_counted_apart(whole: StudyResults) -> None:
    good, bad = {"value": power(whole)}, {"value": 9.25}
    card = card_of(
        whole,
        ENTRY | good | {"kind": "stored", "what": "One"},
        ENTRY | good | {"kind": "stored", "what": "Two"},
        ENTRY | bad,
        ENTRY | bad | {"kind": "digitised", "reason": "read off a figure"},
    )
    lines = _text(card).splitlines()[-5:-2]
    counts = {"stored: authors' stored outputs": [2, 0, 0, 0, 0],
              "rerun: authors' code run again": [0, 1, 0, 0, 0],
              "digitised: numbers read off figures": [0, 0, 0, 0, 1]}  # fmt: skip
    for line, (head, numbers) in zip(lines, counts.items(), strict=True):
        assert line.startswith(head)
        assert [int(word) for word in line[len(head) :].split()] == numbers
    assert [row.what for row in card.failed] == ["Power of F"]
    assert card.as_dict()["counts"]["stored"][WITHIN] == 2
    caption = card_table(card, (whole,)).caption
    assert r"outputs (S), 2 of 2 within tolerance;" in caption
    assert r"(R), 0 of 1 within tolerance;" in caption
    assert r"(D), 0 of 1 agree, for information" in caption


def test_a_line_that_does_not_test_the_sign_says_so(whole: StudyResults) -> None:
    near_zero = {"value": 0.05, "tolerance": {"absolute": 9.0}}
    row = row_of(whole, **near_zero)
    assert (row.verdict, row.size_only) == (WITHIN, ("",))
    assert "the sign is not tested" in _text(ReportCard((row,)))
    card = ReportCard((row,))
    assert r"$^\dagger$" in latex(card_table(card, (whole,))).split("endhead")[-1]
    signed = row_of(whole, value=power(whole))
    assert not signed.size_only
    assert "the sign" not in _text(ReportCard((signed,)))
    other = row_of(whole, value=-power(whole), tolerance={"sign": 0})
    assert other.verdict == OUTSIDE


def test_what_is_for_information_never_fails(whole: StudyResults) -> None:
    row = row_of(whole, value=9.0, reason="other runs")
    assert (row.verdict, row.failed) == (DIFFERS, False)
    assert "differs, expected: other runs" in _text(ReportCard((row,)))
    assert row_of(whole, value=power(whole), reason="r").verdict == AGREES


def test_an_absent_archive_is_never_within() -> None:
    without = planted_results(sets=("baseline",))
    cases = {
        "crossings.ours": "planted_ours.zip is not here",
        "data.ours.a": "planted_ours.zip is not here",  # its coefficients: published
        "hyperparameters.batch_size.shared_exponent": "planted_sweep.zip is not here",
        "baseline.batch_size": "planted_sweep.zip is not here",
        "correlation": "planted_sweep.zip is not here",
        "held_out.sweep.batch_size.environment": "planted_sweep.zip is not here",
    }
    for key, why in cases.items():
        row = row_of(without, key=key, values={"": 1.0})
        assert (row.verdict, row.why, row.cells) == (UNAVAILABLE, why, ())
    nothing = replace(without, published=Results())
    row = row_of(nothing, value=1.0, reason="r")
    assert (row.verdict, row.why) == (UNAVAILABLE, "planted_ours.zip is not here; r")
    row = row_of(without, study="isaac", value=1.0)
    assert (row.verdict, row.why) == (
        UNAVAILABLE,
        "no runs of study isaac in this report",
    )
    assert "not available: no runs of study isaac in this report" in _text(
        ReportCard((row,))
    )


def test_lines_that_only_need_archives_stand_in_one(whole: StudyResults) -> None:
    """Lines with their own reason, or of a study with runs, are not among them."""
    entry = {**ENTRY, "study": "isaac", "value": 1.0}
    baseline = planted_results(sets=("baseline",))
    card = card_of(
        baseline,
        {**entry, "what": "One"},
        {**entry, "what": "Two"},
        {**entry, "what": "Three", "reason": "other runs"},
        {**ENTRY, "what": "Four", "key": "crossings.ours", "values": {"": 1.0}},
    )
    assert card.counted(UNAVAILABLE) == 4
    assert [row.what for row in card.rows if row.absent] == ["One", "Two"]
    (planted, own, none), (isaac, told, absent) = card.by_study()
    assert (planted, [row.what for row in own], none) == ("planted", ["Four"], ())
    assert (isaac, [row.what for row in told]) == ("isaac", ["Three"])
    assert len(absent) == 2
    lines = [line for line in _text(card).splitlines() if "not avail" in line]
    assert len(lines) == 5  # with the head of the counts and the summary
    assert lines[2].split("  ")[0] == "isaac"
    assert "  2 lines that need its runs  " in lines[2]
    assert "not available: no runs of study isaac in this report (make data" in lines[2]
    made = latex(card_table(card, (baseline,)))
    assert made.split("endhead")[-1].count("not available") == 3
    assert "2 lines that need its runs" in made
    machine = card_table(card, (baseline,)).machine
    assert machine is not None
    pair = {**entry, "what": "One"}, {**ENTRY, "value": 1.0}
    again = card_of(baseline, *pair, reason="r")
    assert [row.absent for row in again.rows] == [False, True]
    assert [row.why.endswith("r") for row in again.rows] == [True, False]
    assert [row[1] for row in machine.rows] == ["Four", "One", "Two", "Three"]


@pytest.mark.parametrize(
    ("tolerance", "ours", "published", "deviation", "text"),
    [
        (Tolerance("absolute", 0), 3, 3, 0, "equal"),
        (Tolerance("absolute", 0.5), 3, 2, 1, "±0.5"),
        (Tolerance("relative", 0.1), 3, 2, 0.5, "±0.1 relative"),
        (Tolerance("relative", 0.1), -3, 2, np.inf, "±0.1 relative"),
        (Tolerance("relative", 0.1), 0, 0, 0, "±0.1 relative"),
        (Tolerance("decades", 1), 100, 1, 2, "±1 decades"),
        (Tolerance("decades", 1), 1, 0, np.inf, "±1 decades"),
        (Tolerance("absolute", 1), np.nan, np.nan, 0, "±1"),
        (Tolerance("absolute", 1), np.nan, 1, np.inf, "±1"),
        (Tolerance("relative", 1), 1, np.nan, np.inf, "±1 relative"),
        (Tolerance("sign", 0), 0.1, 3, 0, "same sign"),
        (Tolerance("sign", 0), -0.1, 3, np.inf, "same sign"),
        (Tolerance("sign", 0), 0, 3, np.inf, "same sign"),
    ],
)
def test_tolerances(
    tolerance: Tolerance, ours: float, published: float, deviation: float, text: str
) -> None:
    assert tolerance.deviation(ours, published) == pytest.approx(deviation)
    assert tolerance.holds(ours, published) == (deviation <= tolerance.size)
    assert str(tolerance) == text


def test_of_many_cells_the_worst_is_told(whole: StudyResults) -> None:
    levels = whole.published.budget["ours"].utd_star.value.tolist()
    levels[3] += 5
    levels[4] += 1
    row = row_of(whole, key="budget.ours.utd_star", values=levels)
    assert row.verdict == OUTSIDE
    assert (row.cells_within, len(row.cells)) == (4, 6)
    assert row.worst is not None
    assert row.worst.label == "J = 600"
    assert "at J = 600: published" in _text(ReportCard((row,)))


def test_crossings_are_found_by_setting_and_level(whole: StudyResults) -> None:
    crossings = whole.published.crossings["ours"]
    setting = crossings.settings[4]
    head = [setting.env, setting.utd, setting.batch_size, setting.learning_rate]
    rows = [[*head, *crossings.steps[4].tolist()]]
    exact = {"key": "crossings.ours", "levels": crossings.levels.tolist()}
    exact["tolerance"] = {"absolute": 0}
    assert row_of(whole, rows=rows, **exact).verdict == WITHIN
    rows[0][-1] += 1
    row = row_of(whole, rows=rows, **exact)
    assert row.verdict == OUTSIDE
    assert row.worst is not None
    assert row.worst.label == f"{setting}, J = 800"
    rows[0][2] = 64
    assert row_of(whole, rows=rows, **exact).cells_within == 0


def test_numbers_that_none_of_ours_stands_beside_fail(whole: StudyResults) -> None:
    short = row_of(whole, key="budget.ours.utd_star", values=[1.0, 2.0])
    assert (short.verdict, short.cells[0].label) == (OUTSIDE, "2 published, 6 here")
    told = row_of(whole, key="budget.ours.utd_star", values=[1.0, 2.0], reason="r")
    assert (told.verdict, told.why) == (DIFFERS, "2 published, 6 here; r")
    text = _text(ReportCard((told,)))
    assert "differs, expected: 2 published, 6 here; r" in text
    scale = "hyperparameters.batch_size.shared_scale"
    named = row_of(whole, key=scale, values={"Ant": float("nan")})
    assert (named.verdict, named.cells[0].label) == (OUTSIDE, "Ant: not among ours")


def test_rules_are_applied_to_what_is_given(whole: StudyResults) -> None:
    entry = ENTRY | {
        "key": "rule.round",
        "given": [1.4, 1.4, 2.6],
        "values": [1, 1, 3],
        "tolerance": {"absolute": 0},
    }
    card = card_of(whole, entry, rules={"round": round})
    assert card.rows[0].verdict == WITHIN
    assert len(card.rows[0].cells) == 3
    assert card_of(whole, entry, rules={"round": int}).failed
    assert card_of(whole, entry).rows[0].verdict == UNAVAILABLE


def test_lines_are_ordered_by_study_then_by_weight(whole: StudyResults) -> None:
    card = card_of(
        whole,
        ENTRY | {"study": "isaac", "value": 1, "what": "third"},
        ENTRY | {"value": 1, "what": "second", "reason": "r"},
        ENTRY | {"value": 1, "what": "first"},
    )
    assert [row.what for row in card.rows] == ["first", "second", "third"]


def test_the_card_as_json_is_json(whole: StudyResults) -> None:
    card = card_of(whole, ENTRY | {"key": "crossings.ours", "values": {"no such": 1.0}})
    text = json.dumps(card.as_dict(), allow_nan=False)
    assert json.loads(text)["rows"][0]["cells"][0]["ours"] is None
    assert json.loads(text)["failed"] == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "one of value, values, rows"),
        ({"value": 1, "values": [1]}, "value and values"),
        ({"value": "much"}, "value that cannot be read"),
        ({"values": ["much"]}, "values that cannot be read"),
        ({"rows": [["Ant", 1, 2, 3, 4]]}, "rows that cannot be read"),
        ({"rows": [["Ant", 1]], "levels": [1]}, "rows that cannot be read"),
        ({"value": 1, "tolerance": 3}, "tolerance 3"),
        ({"value": 1, "tolerance": {}}, "tolerance {}"),
        ({"value": 1, "tolerance": {"sigmas": 2}}, "sigmas"),
        ({"value": 1, "tolerance": {"absolute": float("inf")}}, "inf"),
        ({"value": 1, "variant": "other"}, "'other'"),
        ({"value": 1, "study": 3}, "study = 3"),
        ({"value": 1, "kind": "guess"}, "stored, rerun, digitised"),
        ({"value": 1, "valeu": 1}, "'valeu'"),
        ({"value": 1, "key": "budgets.ours"}, "names start with one of"),
        ({"value": 1, "key": "budget.ours.stars"}, "after the dot one of utd_star"),
        ({"value": 1, "key": "baseline.rate"}, "batch_size, learning_rate"),
        ({"value": 1, "key": "hyperparameters.size.x"}, "batch_size, learning_rate"),
        ({"value": 1, "key": "held_out.ours.data.moon"}, "batch_size.largest utd, "),
    ],
)
def test_mistakes_in_a_file_are_told(
    whole: StudyResults, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ScalingError, match=r"data/expected/file\.toml") as error:
        card_of(whole, ENTRY | changes)
    assert words in str(error.value)


def test_only_tables_of_numbers_are_read(whole: StudyResults) -> None:
    with pytest.raises(ScalingError, match="only \\[\\[number\\]\\] tables"):
        report_card({"file": {"numbers": []}}, (whole,))


def expected_files(root: Path) -> dict[str, dict[str, Any]]:
    files = sorted((root / "data" / "expected").glob("*.toml"))
    return {path.stem: tomllib.loads(path.read_text("utf-8")) for path in files}


def test_every_published_number_has_a_quantity_and_a_source(root: Path) -> None:
    entries = [
        entry for file in expected_files(root).values() for entry in file["number"]
    ]
    assert len(entries) > 50
    results = {name: planted_results(name) for name in ("gym", "dmc", "isaac")}
    for entry in entries:
        assert entry["source"]
        assert entry["place"]
        if not entry["key"].startswith("rule."):
            each = results[entry["study"]]
            try:
                assert quantity(entry["key"], each.study, each.published)
            except (NotAvailable, UnknownQuantity) as error:
                pytest.fail(f"{entry['what']}: {error!r}")


def test_the_rounding_of_proposals_is_the_published_one(
    root: Path, whole: StudyResults
) -> None:
    rules = {
        "batch_size_truncated": int,
        "batch_size_rounded": round_batch_size,
        "learning_rate": round_learning_rate,
    }
    file = {"gym_rounding": expected_files(root)["gym_rounding"]}
    card = report_card(file, (whole,), rules=rules)
    assert {row.verdict for row in card.rows} == {WITHIN}
    assert sum(len(row.cells) for row in card.rows) == 6 * 52


def analysed(study: Study, archives: Path, *, replicates: int) -> Results:
    """Return the published variant of a study from the available archives."""
    choices, crossings, data = PUBLISHED, {}, {}
    for name, rule in study.archives.items():
        if not (archives / rule.file).exists() or (study.name, name) in SLOW:
            continue
        runs = collect(read_runs(archives / rule.file, study, name), study)
        crossings[name] = preprocess(
            runs, study, choices, replicates=replicates, seed=0
        )
    for name in ("ours", "baseline"):
        if name in crossings:
            data[name] = data_efficiency(crossings[name], study, choices)
        else:
            data[name] = published_data_efficiency(study, name, choices)
    assert study.published is not None
    law = study.published.batch_law()
    assert law is not None
    batch = FittedLaw.without_interval(law)
    return Results(
        crossings,
        hyperparameters(crossings["sweep"], study, choices)
        if "sweep" in crossings
        else None,
        data,
        {n: budget(d, study, choices, fitted_batch=batch) for n, d in data.items()},
    )


SLOW = {("dmc", "sweep")}
"""Reason to skip: it takes two minutes of one core, and `make verify` does it."""


@pytest.mark.parametrize(
    ("name", "replicates", "checked", "cells"),
    [("gym", 4000, 39, 1615), ("dmc", 20, 12, 86)],
)
def test_the_authors_archives_give_the_published_numbers(
    root: Path, published: Path, name: str, replicates: int, checked: int, cells: int
) -> None:
    study = load_study(name, Folders.at(root))
    records = analysed(study, published, replicates=replicates)
    results = StudyResults(study, Results(), records)
    card = report_card(expected_files(root), (results,))
    assert not card.failed, _text(card)
    done = [row for row in card.rows if row.verdict == WITHIN]
    assert len(done) >= checked
    assert sum(row.cells_within for row in done) >= cells
