"""Values at a limit of a search are shown as bounds, and missing fits as words."""

import re
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure
from planted import planted_budget, planted_efficiency, planted_study
from planted_results import planted_results

from value_scaling.commands.console import as_text
from value_scaling.commands.text import terminal
from value_scaling.records import (
    ALPHA,
    Blocked,
    Bounded,
    Budget,
    DataEfficiency,
    Estimate,
    FittedLaw,
    HeldOut,
    Limits,
    PowerLaw,
    estimate,
)
from value_scaling.report.documents.studies import study_part
from value_scaling.report.figures import FIGURES
from value_scaling.report.figures.figure1 import Row
from value_scaling.report.findings.held_out import summaries
from value_scaling.report.paper.numbers import numbers
from value_scaling.report.results import StudyResults
from value_scaling.report.tables.formats.csv_table import csv_text
from value_scaling.report.tables.formats.latex_table import latex
from value_scaling.report.tables.held_out import held_out
from value_scaling.report.tables.levels import data_laws, levels, optima
from value_scaling.report.text.latex import bounded
from value_scaling.report.text.plain import bound_and_ends, plain
from value_scaling.report.verify import ReportCard

UTDS = Limits(0.5, 16.0)
WHY = "0 of the 4 optima to fit on lie inside the range of UTDs that was run"


def of(value: float, low: float, high: float, limits: Limits = UTDS) -> Bounded:
    return Bounded(Estimate(*map(np.asarray, (value, low, high))), limits)


@pytest.mark.parametrize(
    ("found", "text", "ends"),
    [
        (of(3.5, 2, 9), "3.5", "[2, 9]"),
        (of(7.6, 4.02, 16), "7.6", "[4.02, ≥ 16]"),
        (of(16, 4.5, 16), "≥ 16", "[4.5, ≥ 16]"),
        (of(0.5, 0.5, 0.5), "≤ 0.5", ""),
        (of(16, np.nan, np.nan), "≥ 16", ""),
        (of(1.41, 1.06, 6, ALPHA), "1.41", "[1.06, > 6]"),
        (of(0.5, 0.02, 1, ALPHA), "0.5", "[< 0.022, 1]"),
        (of(1024, 700, 2048, Limits(1, 2048)), "1024", "[700, ≥ 2048]"),
    ],
)
def test_bounds_are_written_as_such(found: Bounded, text: str, ends: str) -> None:
    assert bound_and_ends(found) == (text, ends)
    tex = bounded(found)
    for sign, command in (("≥", r"\geq"), ("≤", r"\leq"), (">", "{>}"), ("<", "{<}")):
        assert (sign in text + ends) == (command in tex)


def test_powers_of_two_and_whole_numbers_are_exact() -> None:
    for value in (1024, 4096, 1023, 16, 3, 0.5, 0.0625, 0.03125, 1 / 1024, 96):
        assert float(plain(value)) == value
    assert plain(0.0313) == "0.0313"
    assert plain(5.3e8) == "5.3e+08"


def at_the_edge() -> tuple[DataEfficiency, Budget]:
    """Return a budget without laws, whose optima all lie at the smallest σ."""
    study = planted_study()
    data = planted_efficiency(study)
    budget = planted_budget(study, data)
    count = len(budget.levels)
    low = budget.run_utds.min()
    nan = np.array(np.nan)
    law = FittedLaw(
        PowerLaw(nan, nan),
        PowerLaw(*(np.full(9, np.nan),) * 2),
        status=np.array(2, dtype=np.int8),
    )
    error = estimate(nan, np.empty(0))
    check = HeldOut("utd_star", "level", "J = 800", np.nan, low, error, "at a bound")
    return data, replace(
        budget,
        utd_star=Estimate(*(np.full(count, low),) * 2, np.full(count, 1.0)),
        at_edge=np.ones(count, dtype=bool),
        utd_law=law,
        data_law=law,
        compute_law=law,
        exchange_law=law,
        heldout=(check,),
        unidentified=WHY,
    )


def results() -> StudyResults:
    whole = planted_results()
    data, budget = at_the_edge()
    sets = replace(whole.default, data={"ours": data}, budget={"ours": budget})
    return replace(whole, default=sets)


def test_the_arrow_at_a_bound() -> None:
    study = planted_study()
    data, budget = at_the_edge()
    figure = FIGURES["budget"].draw(study, data, budget)
    axes = figure.axes[0]
    arrows = [line for line in axes.lines if line.get_markersize() == 18]
    assert sum(len(line.get_xdata()) for line in arrows) == len(budget.levels)
    for line in arrows:
        np.testing.assert_allclose(line.get_ydata(), budget.run_utds.min())
        assert line.get_marker().vertices[:, 1].min() == -1  # downwards
    assert axes.get_title() == r"$\sigma^{*}(F)$ is not identifiable"
    assert axes.get_ylim()[0] < budget.run_utds.min()
    text = FIGURES["budget"].caption(study, data, budget)
    assert "Arrows:" in text
    assert WHY in text
    inside = planted_budget(study, data)
    star = inside.utd_star
    high = np.where(np.arange(len(star.high)) == 2, inside.run_utds.max(), 4.0)
    star = Estimate(np.full_like(high, 2.0), np.full_like(high, 1.0), high)
    figure = FIGURES["budget"].draw(study, data, replace(inside, utd_star=star))
    arrows = [a for a in figure.axes[0].lines if a.get_markersize() == 18]
    assert [line.get_ydata().tolist() for line in arrows] == [[inside.run_utds.max()]]


def legend_of(figure: Figure) -> list[str]:
    return [each.get_text() for each in figure.legends[0].get_texts()]


def test_a_legend_has_no_law_and_no_fitted_points_where_there_is_no_law() -> None:
    study = planted_study()
    data, none = at_the_edge()
    fitted = planted_budget(study, data)
    overview, alone = FIGURES["figure1"].draw, FIGURES["budget"].draw
    law = r"Fit $\sigma^{*}(F)$"
    assert law not in legend_of(overview([Row(study, data, none)]))
    assert law in legend_of(
        overview([Row(study, data, none), Row(study, data, fitted)])
    )
    inside = replace(fitted, unidentified=WHY, utd_law=none.utd_law)
    assert "Fitted" in legend_of(alone(study, data, fitted))
    assert "Fitted" not in legend_of(alone(study, data, inside))
    assert "Lower levels" in legend_of(alone(study, data, inside))


def test_bounds_in_tables() -> None:
    study = planted_study()
    data, budget = at_the_edge()
    text = latex(levels(study, data, budget))
    assert r"$\leq 0.25$ $[\leq 0.25, 1.00]$" in text
    assert "not identifiable: 0 of the 4 optima" in text
    rows = csv_text(optima(study, budget, data)).splitlines()
    assert rows[1].split(",")[1] == "0.25"
    assert rows[1].endswith(",yes,yes,no")


def test_checks_against_bounds_are_none() -> None:
    whole = results()
    (found,) = (s for s in summaries(whole.default) if s.quantity == "utd_star")
    assert (found.count, found.known, found.covered) == (0, 0, 0)
    assert found.words == "the optimum is a bound"
    table = held_out(whole.study, whole.default)
    (row,) = (r for r in latex(table).splitlines() if "top levels" in r)
    assert "no check: the optimum is a bound" in row
    assert "0\\%" not in row
    assert "2 of 2" not in row


def test_words_in_the_place_of_numbers() -> None:
    whole = results()
    found = numbers((whole,), ReportCard(()))
    for part in ("Utd", "Data", "Compute", "Exchange"):
        assert found[f"PlantedOurs{part}Exponent"] == "not identifiable"
        assert found[f"PlantedOurs{part}ExponentFull"] == "not identifiable"
        assert f"PlantedOurs{part}ExponentInterval" not in found
    assert found["PlantedOursUnidentified"] == WHY
    assert found["PlantedOursUtdStarTop"] == r"$\leq 0.25$"
    held = "PlantedHeldOursUtdStarLevel"
    assert found[f"{held}Median"] == "(no check: the optimum is a bound)"
    assert f"{held}Covered" not in found
    assert f"| not identifiable | {WHY} |" in study_part(whole)
    assert not any("nan" in text for text in found.values())


def ended(law: FittedLaw, alpha: float, scale: float = 1e5) -> FittedLaw:
    """The laws with the highest level at the limit of its search."""
    exponent, size = law.value.exponent.copy(), law.value.scale.copy()
    exponent[-1], size[-1] = -alpha, scale
    value = PowerLaw(size, exponent, law.value.asymptote)
    return FittedLaw.searched(value, law.replicates)


@pytest.mark.parametrize(
    ("alpha", "scale", "why"),
    [
        (6.0, 1e5, "alpha > 6, the limit of the search"),
        (0.02, 1e5, "alpha < 0.022, the limit of the search"),
        (0.7, 0.0, "the data does not fall with UTD"),
    ],
)
def test_a_law_at_the_limit_of_its_search(alpha: float, scale: float, why: str) -> None:
    study = planted_study()
    data = planted_efficiency(study)
    data = replace(data, law=ended(data.law, alpha, scale))
    assert data.law.status_of(-1) == "at a bound"
    told = as_text(*terminal.data_efficiency(data))
    assert f"no fit at J = 800: {why}" in told
    assert "J = 700, from runs" in told  # the highest level that has a fit
    row = csv_text(data_laws(study, data)).splitlines()[-1]
    assert row.startswith("800,at the limit,,,")
    assert why in row
    text = latex(levels(study, data, None))
    assert "at the limit" in text
    assert re.search(r"No fit at \$J=800\$: ", text)
    figure = FIGURES["all_levels"].draw(study, data)
    texts = [t.get_text() for axes in figure.axes for t in axes.texts]
    assert texts.count("no fit: at the limit of the search") == 1


def test_a_study_without_any_law_says_what_blocks_it() -> None:
    study = planted_study()
    cells = tuple(
        (0, utd, level)
        for utd in range(2, 6)
        for level in range(len(study.fitted_levels))
    )
    data = planted_efficiency(study, never=cells)
    blocked = Blocked(800.0, (), {"Task0-v4": (1.0, 2.0)}, {}, {"Task0-v4": ()})
    data = replace(data, blocked=(blocked,))
    told = as_text(*terminal.data_efficiency(data))
    assert "no fit at any level" in told
    assert "no fit: no UTD reaches J = 800 in Task0-v4" in told
    assert "nan" not in told
    assert "nan" not in latex(levels(study, data, None))


def test_intervals_over_more_than_a_factor_of_ten_are_no_hits() -> None:
    def check(low: float, high: float) -> HeldOut:
        ends = map(np.asarray, (86.3, low, high))
        return HeldOut("data", "smaller utd", "UTD 1", 1.0, 1.0, Estimate(*ends))

    assert not check(-0.9, 200).telling
    assert not check(-1.0, 0.5).telling
    assert not check(0.0, 0.0).telling
    assert check(-0.5, 3.9).telling
    (table,) = terminal.held_out([check(-0.9, 200)] * 2)
    assert not isinstance(table, str)
    wide = "2 too wide to tell (more than a factor of 10)"
    assert table.rows == (("data, smaller utd", "> 1000%", "> 1000%", wide),)


def test_a_law_most_of_whose_draws_end_at_the_limit_is_not_identifiable() -> None:
    study = planted_study()
    data = planted_efficiency(study)
    exponent = data.law.replicates.exponent.copy()
    exponent[: 2 * len(exponent) // 3, -1] = -6.0
    drawn = PowerLaw(data.law.replicates.scale, exponent, data.law.replicates.asymptote)
    data = replace(data, law=FittedLaw.searched(data.law.value, drawn))
    assert data.law.status_of(-1) == "not identifiable"
    told = as_text(*terminal.data_efficiency(data))
    assert "no fit at J = 800: 67% of the bootstrap draws end at the limit" in told
    assert "J = 700, from runs" in told
    flat = PowerLaw(np.array([1e-11]), np.array([-0.6]), np.array([3e4]))
    assert FittedLaw.searched(flat, flat).status_of(0) == "at a bound"  # but rounding
