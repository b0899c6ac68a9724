"""Tables, captions and figures name the environments of levels with fewer of them."""

from dataclasses import replace

import numpy as np
import pytest
from planted import planted_budget, planted_efficiency, planted_study

from value_scaling.report import figures
from value_scaling.report.drawing import captions, isocost
from value_scaling.report.figures import figure1, ours_and_constant
from value_scaling.report.tables.formats.csv_table import csv_text
from value_scaling.report.tables.levels import data_laws, levels, optima

STUDY = planted_study()
HARD = STUDY.environment_names[2]
WHOLE = planted_efficiency(STUDY)
OVER = np.ones((3, 6), dtype=bool)
OVER[2, 2:] = False
OURS = replace(WHOLE, pooled_over=OVER)
BASELINE = planted_efficiency(STUDY, set_name="baseline", worse=0.2)
BUDGET = replace(
    planted_budget(STUDY, OURS),
    comparable=OVER[2] == 0,
    fitted=np.array([False, False, True, True, False, False]),
)
SET = f"2 of 3 environments, without {HARD}"


def test_without_smaller_sets_nothing_is_said() -> None:
    budget = planted_budget(STUDY, WHOLE)
    assert WHOLE.pooled_over.all()
    assert budget.comparable.all()
    np.testing.assert_array_equal(budget.held_out, ~budget.fitted)
    for text in (
        figures.caption("all_levels", STUDY, WHOLE),
        figures.caption("isoperformance", STUDY, WHOLE, budget),
        levels(STUDY, WHOLE, budget).caption,
    ):
        assert "environments, without" not in text
        assert "quares" not in text
    assert captions.pooled_over(WHOLE, 5) == captions.other_sets(budget) == ""


@pytest.mark.parametrize(
    ("slug", "records"),
    [
        ("all_levels", (OURS,)),
        ("data_compute_frontier", (OURS, BUDGET)),
        ("extrapolation", (OURS,)),
        ("isoperformance", (OURS, BUDGET)),
    ],
)
def test_captions_and_panels_name_the_set(slug: str, records: tuple) -> None:
    assert f"ooled over {SET}." in figures.caption(slug, STUDY, *records)
    figure = figures.FIGURES[slug].draw(STUDY, *records)
    notes = [text.get_text() for axes in figure.axes for text in axes.texts]
    if slug == "all_levels":
        assert notes.count("2 of 3 environments") == 4
    elif slug != "isoperformance":
        assert "2 of 3 environments" in notes


def test_the_overview_names_the_set_of_each_study() -> None:
    rows = [figure1.Row(STUDY, each, BUDGET) for each in (OURS, WHOLE)]
    text = figure1.caption(rows)
    assert text.count(SET) == 1
    assert "squares: $J=300, 400$" in text


def test_levels_of_other_environments_are_squares() -> None:
    text = figures.caption("budget", STUDY, OURS, BUDGET)
    assert "Squares: $J=300, 400$, pooled over other environments" in text
    assert "2 highest levels other than the squares" in text
    figure = figures.FIGURES["budget"].draw(STUDY, OURS, BUDGET)
    names = figure.axes[0].get_legend_handles_labels()[1]
    assert "Other environments" in names
    figure = figures.FIGURES["isoperformance"].draw(STUDY, OURS, BUDGET)
    squares = [line for line in figure.axes[0].lines if line.get_marker() == "s"]
    assert len(squares) == 2
    entries = [each.get_label() for each in isocost.handles(BUDGET)]
    assert {"Optimum", "Held out", "Other environments"} <= set(entries)


def test_fitted_and_constant_are_compared_over_the_same_environments() -> None:
    """J = 400 is the highest level of which both laws are of all environments."""
    assert ours_and_constant.common_rows(OURS, BASELINE) == (1, 1)
    two = np.array([[True] * 6, [True] * 6, [False] * 6])
    ours, other = (replace(each, pooled_over=own) for each, own in
                   ((OURS, two), (BASELINE, ~two)))  # fmt: skip
    found = ours_and_constant.caption(STUDY, ours, other)
    assert f"blue, Task0-v4, Task1-v4; orange, {HARD}." in found


def test_tables_name_the_set() -> None:
    table = levels(STUDY, OURS, BUDGET)
    assert f"$J=500, 600, 700, 800$: pooled over {SET}." in table.caption
    assert "$J=300, 400$: of other environments" in table.caption
    rows = csv_text(data_laws(STUDY, OURS)).splitlines()
    assert rows[0].endswith(",pooled_over")
    assert [SET in row for row in rows[1:]] == [False] * 2 + [True] * 4
    rows = csv_text(optima(STUDY, BUDGET, OURS)).splitlines()
    assert [row.endswith(",yes") for row in rows[1:]] == [True] * 2 + [False] * 4
    marks = [str(row[0]).endswith("†") for row in table.rows]
    assert marks == [False] * 4 + [True] * 2
