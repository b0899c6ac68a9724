"""Tables in notebooks have all columns, full numbers, and intervals below values."""

import re
from html import unescape

import numpy as np
import pytest

from value_scaling.commands.text.terminal import value_texts
from value_scaling.records import Estimate
from value_scaling.report.tables.formats.html_table import html
from value_scaling.report.tables.formats.markdown_table import markdown
from value_scaling.report.tables.formats.table import (
    Column,
    Heading,
    Percent,
    Share,
    Table,
)
from value_scaling.report.text.plain import plain

ESTIMATE = Estimate(np.array(1.234), np.array(1.1), np.array(1024.4))
HALF_OPEN = Estimate(np.array(2.0), np.array(1.0), np.array(np.inf))


def table(*cells: object) -> Table:
    columns = tuple(Column(f"column_{i}") for i in range(len(cells)))
    return Table("slug", "", columns, (Heading("group"), cells))  # type: ignore[arg-type]


def texts(tag: str, page: str) -> list[str]:
    found = re.findall(rf"<{tag} [^>]*>(.*?)</{tag}>", page)
    return [unescape(re.sub("<[^>]*>", " ", text)) for text in found]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1024.0, "1024"),
        (16384.0, "16384"),
        (96.0, "96"),
        (0.5, "0.5"),
        (3e-4, "0.0003"),
        (999.7, "1000"),
        (-1024.0, "-1024"),
        (2e10, "2e+10"),
        (0.0, "0"),
        (np.nan, "–"),
        (-np.inf, "–"),
    ],
)
def test_a_number_is_never_rounded_to_another_whole_number(
    value: float, text: str
) -> None:
    assert plain(value) == text
    assert texts("td", html(table(value))) == [text]
    assert f"| {text} " in markdown(table(value))
    assert value_texts.plain is plain


def test_every_column_is_there_and_intervals_stand_below() -> None:
    cells = ("a & b", 1024.0, ESTIMATE, HALF_OPEN, Percent(0.5), Share(1, 2), None)
    page = html(table(*cells))
    assert texts("th", page) == [f"column {i}" for i in range(len(cells))]
    assert texts("td", page) == [
        *("a & b", "1024"),
        *("1.23  [1.1, 1024] ", "2  [1, –] "),
        *("50%", "1 of 2", ""),
    ]
    assert page.count("<br>") == 2
    assert "a &amp; b" in page


def test_words_of_a_head_are_not_broken_and_long_names_are() -> None:
    page = html(table("a" * 200, 1.0))
    (head, *_), (name, *_) = (
        re.findall(rf'<{tag} style="([^"]*)"', page) for tag in ("th", "td")
    )
    assert "overflow-wrap:normal" in head
    assert "overflow-wrap:anywhere" in name
    assert "min-width:26ch" in name


def test_a_name_is_kept_in_one_piece() -> None:
    page = html(table("a few words, then InvertedDoublePendulum-v4", 1.0))
    assert "min-width:25ch" in page


def test_the_table_for_machines_is_shown_where_there_is_one() -> None:
    whole = table(1.0, 2.0, 3.0)
    short = Table("slug", "", (Column("one"),), ((1.0,),), machine=whole)
    assert html(short) == html(whole)
