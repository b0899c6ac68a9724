"""Tables of texts."""

from value_scaling.commands.text.parts import listing
from value_scaling.report.tables.formats.table import Table


def test_a_listing_leaves_out_columns_without_text() -> None:
    (made,) = listing(("a", "b", "c"), [("1", "", None), ("2", "", "x")])
    assert isinstance(made, Table)
    assert [column.name for column in made.columns] == ["a", "c"]
    assert made.rows == (("1", None), ("2", "x"))


def test_no_rows_make_no_table() -> None:
    assert listing(("a",), []) == []
