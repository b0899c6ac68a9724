"""Long tables are written block by block, with every digit."""

import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from value_scaling.exporters import long_table
from value_scaling.exporters.long_table import Block, write_table

COLUMNS = {"name": str, "number": int, "value": float}
READ = {"csv": pd.read_csv, "parquet": pd.read_parquet}


class Values(np.ndarray):
    """An array that a weak reference can follow."""


def blocks(count: int, rows: int, alive: list[int]) -> Iterator[Block]:
    """Yield blocks, and note how many of their arrays are in memory."""
    known: list[weakref.ref[Values]] = []
    for at in range(count):
        values = (np.arange(rows) / 3 + at).view(Values)
        known.append(weakref.ref(values))
        yield {"name": f"run {at}, a", "number": at, "value": values}
        del values
        alive.append(sum(each() is not None for each in known))


@pytest.mark.parametrize("kind", READ)
def test_blocks_come_back(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "new" / f"table.{kind}"
    given = [
        {"name": 'a "b", c', "number": 2**40, "value": np.array([0.1, np.nan, 1 / 3])},
        {"name": None, "number": np.array([7]), "value": 1e-300},
    ]
    assert write_table(path, COLUMNS, given)
    assert not write_table(path, COLUMNS, given)
    table = READ[kind](path)
    assert list(table.columns) == list(COLUMNS)
    assert table["name"].fillna("").tolist() == ['a "b", c'] * 3 + [""]
    assert table["number"].tolist() == [2**40] * 3 + [7]
    np.testing.assert_array_equal(table["value"], [0.1, np.nan, 1 / 3, 1e-300])


@pytest.mark.parametrize("kind", READ)
def test_memory_does_not_grow_with_the_table(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks are dropped once they fill a chunk, however many follow."""
    monkeypatch.setattr(long_table, "_ROWS", 40)
    most = []
    for count in (20, 80):
        alive: list[int] = []
        write_table(tmp_path / f"t.{kind}", COLUMNS, blocks(count, 10, alive))
        assert len(READ[kind](tmp_path / f"t.{kind}")) == 10 * count
        most.append(max(alive))
    assert most[0] == most[1] <= 4
