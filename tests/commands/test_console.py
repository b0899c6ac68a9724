"""Tables on terminals and in pipes, in every encoding, with and without colours."""

import io
import re
import sys
from collections import Counter

import pytest

from value_scaling.commands.console import as_text, first_rows, print_json, show
from value_scaling.commands.text.parts import listing
from value_scaling.report.tables.formats.table import Table

LONG = "a sentence that is much longer than the terminal is wide, with :smile: [bold]"


def table() -> Table:
    rows = [("Ant-v4", "3", LONG), ("é ≥ σ", "12", "")]
    (made,) = listing(("environment", "η*", "note"), rows, right=["η*"])
    assert isinstance(made, Table)
    return made


class Terminal(io.TextIOWrapper):
    """A terminal of an encoding."""

    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, encoding: str) -> str:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", Terminal(raw, encoding, write_through=True))
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm-256color")
    show("first", table())
    return raw.getvalue().decode(encoding)


def test_a_terminal_gets_bold_headings_and_lines_that_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = shown(monkeypatch, "utf-8")
    assert "\x1b[1m" in text
    assert "─" in text
    plain = text.replace("\x1b[1m", "").replace("\x1b[0m", "")
    assert max(map(len, plain.splitlines())) <= 40
    assert ":smile:" in plain
    assert "[bold]" in plain


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    text = shown(monkeypatch, "utf-8")
    assert "\x1b" not in text
    assert "environment" in text


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_a_terminal_of_another_encoding_gets_what_it_can_show(
    monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = shown(monkeypatch, encoding)
    first = "é" if encoding == "latin-1" else "?"
    assert f"{first} >= utd" in text
    assert "lr*" in text
    assert "─" not in text


def test_names_stay_in_one_piece_where_there_is_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    name, rest = "InvertedDoublePendulum-v4", "some words of a note " * 3
    (table,) = listing(("environment", "one", "two"), [(name, rest, rest)])
    for width, whole in ((70, True), (30, False)):
        text = re.sub(r"\x1b\[[0-9;]*m", "", as_text(table, width=width))
        assert (name in text) == whole
        assert max(map(len, text.splitlines())) <= width
        wanted = Counter((name + 2 * rest).replace(" ", ""))
        assert Counter(text) >= wanted


def test_a_pipe_gets_one_plain_line_for_each_row() -> None:
    head, first, second = as_text(table()).splitlines()
    assert head == "environment  η*  note"
    assert first == f"Ant-v4        3  {LONG}"
    assert second == "é ≥ σ        12"


def test_an_empty_line_follows_a_table_but_the_last() -> None:
    text = as_text("one", table(), "two", table())
    assert text.count("\n\n") == 1
    assert "12\n\ntwo\n" in text


def test_the_first_rows_of_a_table() -> None:
    shown_rows, left = first_rows(table(), 1)
    assert (len(shown_rows.rows), left) == (1, 1)
    assert first_rows(table(), 5)[1] == 0


def test_json_has_no_nan() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        print_json({"x": float("nan")})
