"""Marks and tables as the page's script reads them."""

import json

import numpy as np
import pytest

from value_scaling.records import Estimate, FittedLaw, PowerLaw
from value_scaling.report.html.marks import (
    axis,
    curve,
    law_at,
    name_html,
    numbers,
    panel,
    points,
    ramp,
)
from value_scaling.report.html.tables import table_data
from value_scaling.report.tables.formats.csv_table import csv_text
from value_scaling.report.tables.formats.table import Column, Percent, Table

NONE = np.full(2, np.nan)


def test_numbers_are_rounded_and_json() -> None:
    found = numbers(np.array([[1.234567, np.nan], [np.inf, 0.0]]))
    assert found == [[1.2346, None], [None, 0.0]]
    json.dumps(found, allow_nan=False)


def test_marks_without_values_are_left_out() -> None:
    x = np.array([1.0, 2.0])
    empty = points(x, Estimate(NONE, NONE, NONE), name="a", colour="blue")
    there = curve(x, x, name="b", colour="blue")
    made = panel("", axis("x"), axis("y"), [empty, None, there])
    assert [mark["name"] for mark in made["marks"]] == ["b"]


def test_intervals_are_there_only_if_they_are_known() -> None:
    x = np.array([1.0, 2.0])
    alone = points(x, Estimate(x, NONE, NONE), name="a", colour="blue")
    assert "low" not in alone
    opened = points(x, Estimate(x, x / 2, NONE), name="a", colour="blue")
    assert (opened["low"], opened["high"]) == ([0.5, 1.0], [None, None])


def test_colours_span_the_range_of_the_values() -> None:
    assert ramp(np.array([1.0, 10.0, 100.0]), log=True) == [
        "ramp:0.000", "ramp:0.500", "ramp:1.000"
    ]  # fmt: skip
    assert ramp(np.array([5.0])) == ["ramp:0.000"]


def test_names_of_users_are_text() -> None:
    assert name_html("<b>&") == "&lt;b&gt;&amp;"


def test_one_law_of_a_stack_is_evaluated_as_in_the_stack() -> None:
    drawn = np.random.default_rng(0).uniform(1, 2, (20, 3))
    law = FittedLaw(PowerLaw(drawn[0], -drawn[1]), PowerLaw(drawn, -drawn))
    x = np.array([1.0, 2.0, 5.0])
    alone, stack = law_at(law, 1, x), law.at(x)
    for part in ("value", "low", "high"):
        assert getattr(alone, part) == pytest.approx(getattr(stack, part)[1])


def test_a_table_has_the_texts_shown_and_the_values_of_its_csv_file() -> None:
    estimate = Estimate(np.array(0.12345), np.array(0.1), np.array(0.2))
    table = Table(
        slug="planted_x",
        caption=r"\textbf{A title, } and more.",
        columns=(Column("name"), Column("empty"), Column("share_of_x"), Column("n")),
        rows=(("a, b", None, Percent(estimate), 3), ("c", None, Percent(0.5), 4)),
    )
    found = table_data(table)
    assert found["title"] == "A title"
    assert found["headings"] == ["name", "share of x", "n"]
    assert found["spans"] == [1, 3, 1]
    assert found["rows"][1][0] == [("c", ""), ("50%", ""), ("4", "")]
    lines = csv_text(table).splitlines()
    kept = [name for name in lines[0].split(",") if name != "empty"]
    assert found["names"] == kept
    assert found["rows"][0][1] == ["a, b", "0.12345", "0.1", "0.2", "3"]
