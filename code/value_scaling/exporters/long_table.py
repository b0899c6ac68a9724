"""Writing of long tables, block by block, as CSV or Parquet."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from value_scaling.store.files.atomic import write_if_changed

Columns = Mapping[str, type]
"""Type of the values by the name of the column: `str`, `int` or `float`."""
Block = Mapping[str, Any]
"""Some rows: for each column an array, or one value for all of these rows."""
_ROWS = 1 << 17
"""Rows that are written at once."""


def write_table(path: Path, columns: Columns, blocks: Iterable[Block]) -> bool:
    """Write a table; only a few blocks are in memory at a time.

    NaN becomes an empty field of CSV or a null of Parquet. Floats keep every digit.

    Args:
        path: path that ends in .csv or .parquet.

    Returns:
        whether the file changed.

    Raises:
        ScalingError: the file cannot be written.
    """
    # PyArrow loads slowly, and few commands write such tables.
    import pyarrow
    from pyarrow import csv, parquet

    kinds = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64()}
    schema = pyarrow.schema([(name, kinds[kind]) for name, kind in columns.items()])

    def column(value: Any, kind: pyarrow.DataType, rows: int) -> pyarrow.Array:
        if np.ndim(value) == 0:
            return pyarrow.repeat(pyarrow.scalar(value, kind, from_pandas=True), rows)
        return pyarrow.array(value, kind, from_pandas=True)

    def batch(block: Block) -> pyarrow.RecordBatch:
        rows = max((len(v) for v in block.values() if np.ndim(v)), default=1)
        return pyarrow.record_batch(
            [column(block[field.name], field.type, rows) for field in schema], schema
        )

    def write(part: Path) -> None:
        with part.open("wb") as file:
            if path.suffix == ".csv":
                file.write((",".join(columns) + "\n").encode())
                options = csv.WriteOptions(include_header=False, quoting_style="needed")
                writer = csv.CSVWriter(file, schema, write_options=options)
            else:
                writer = parquet.ParquetWriter(file, schema, compression="zstd")
            with writer:
                _in_chunks(
                    map(batch, blocks),
                    lambda some: writer.write_table(
                        pyarrow.Table.from_batches(some).combine_chunks()
                    ),
                )

    return write_if_changed(path, write)


def _in_chunks(batches: Iterable[Any], write: Callable[[list[Any]], None]) -> None:
    """Write batches together once they have enough rows."""
    waiting: list[Any] = []
    rows = 0
    for each in batches:
        waiting.append(each)
        rows += each.num_rows
        if rows >= _ROWS:
            write(waiting)
            waiting, rows = [], 0
    if waiting:
        write(waiting)
