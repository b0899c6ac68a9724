"""Tables are read in parts, and the parts give the runs of the whole table."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
import pytest
from planted_logs import frame, rounded
from planted_study import make_runs, make_study

from value_scaling.importers.logged import Logged
from value_scaling.importers.options import Rules
from value_scaling.importers.sources import tables
from value_scaling.importers.sources.tables import read_csv, read_parquet
from value_scaling.records import ScalingError

RULES = Rules(config={"utd": "gradient_steps"})
TABLE = frame(rounded(make_runs(make_study(environments=1), "ours", points=7)))
WRITE: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    "csv": lambda table, path: table.to_csv(path, index=False),
    "parquet": lambda table, path: table.to_parquet(path, index=False),
}
READ = {"csv": read_csv, "parquet": read_parquet}


def runs(kind: str, table: pd.DataFrame, folder: Path) -> list[Logged]:
    path = folder / f"table.{kind}"
    WRITE[kind](table, path)
    return list(READ[kind](str(path), RULES))


def same(left: list[Logged], right: list[Logged]) -> None:
    for one, other in zip(left, right, strict=True):
        np.testing.assert_array_equal(one.steps, other.steps)
        np.testing.assert_array_equal(one.values, other.values)
        assert one.labels == other.labels
        assert (one.name, one.where, one.metric) == (
            other.name,
            other.where,
            other.metric,
        )


@pytest.mark.parametrize("kind", READ)
@pytest.mark.parametrize("rows", [5, 7, 50, 10**6])
def test_parts_are_joined(
    tmp_path: Path, kind: str, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the runs alternate, as in a table that is sorted by step."""
    long = TABLE.rename(columns={"return": "value"}).assign(metric="return")
    other = long.assign(metric="loss", value=0.0)
    given = (
        TABLE,
        TABLE.sort_values("global_step", kind="stable"),
        pd.concat([other, long]).assign(note="x"),
    )
    for table in given:
        whole = runs(kind, table, tmp_path)
        assert len(whole) == 20
        with monkeypatch.context() as patch:
            patch.setattr(tables, "ROWS", rows)
            same(runs(kind, table, tmp_path), whole)


def test_a_column_may_turn_to_fractions_or_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A label is read in the same way in every part."""
    table = TABLE.assign(
        gradient_steps=np.where(TABLE["gradient_steps"] > 1, 2.5, 1),
        seed=np.where(TABLE["seed"] == 3, "last", TABLE["seed"].astype(str)),
    )
    whole = runs("csv", table, tmp_path)
    monkeypatch.setattr(tables, "ROWS", 9)
    parts = runs("csv", table, tmp_path)
    assert len(parts) == len(whole)
    for one, other in zip(parts, whole, strict=True):
        np.testing.assert_array_equal(one.values, other.values)
        assert {k: str(v) for k, v in one.labels.items()} == {
            k: str(v) for k, v in other.labels.items()
        }


def test_a_text_in_a_later_part_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "ROWS", 9)
    table = TABLE.astype({"return": object})
    table.loc[30, "return"] = "high"
    with pytest.raises(ScalingError, match="expected numbers"):
        runs("csv", table, tmp_path)


def test_memory_does_not_grow_with_a_parquet_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By default, pyarrow keeps all parts that it has read until the end."""
    path, seeds, points = tmp_path / "table.parquet", 40, 5000
    table = pd.DataFrame(
        {
            "seed": np.repeat(np.arange(seeds), points),
            "step": np.tile(np.arange(points), seeds),
            "return": np.random.default_rng(0).normal(size=seeds * points),
        }
    )
    table.to_parquet(path, row_group_size=points)
    monkeypatch.setattr(tables, "ROWS", points)
    groups, held, before = tables._groups, [], pyarrow.total_allocated_bytes()

    def measured(*given: Any) -> Any:
        held.append(pyarrow.total_allocated_bytes() - before)
        return groups(*given)

    monkeypatch.setattr(tables, "_groups", measured)
    assert len(list(read_parquet(str(path), Rules()))) == seeds
    assert len(held) == seeds
    assert 0 < max(held) < path.stat().st_size / 3
