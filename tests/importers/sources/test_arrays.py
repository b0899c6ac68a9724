"""Arrays in other layouts: zipped or not, with steps or without."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from value_scaling.importers.logged import Logged
from value_scaling.importers.options import Rules
from value_scaling.importers.sources.arrays import read_arrays
from value_scaling.records import ScalingError

PATTERN = "w{width}/utd_{utd}/{env}/return/bs_{batch_size}_{}"
NAME = "top/w512/utd_2/Ant/return/bs_64_x"


def npy(array: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(array))
    return buffer.getvalue()


def write(tmp_path: Path, **members: bytes) -> str:
    path = tmp_path / "runs.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return str(path)


def read(source: str, **rules: Any) -> list[Logged]:
    return [*read_arrays(source, Rules(**{"pattern": PATTERN, **rules}))]


ARRAY = npy([[100, 1, 2], [200, 3, 4]])


def test_a_seed_a_column(tmp_path: Path) -> None:
    loss = NAME.replace("return", "critic_loss")
    first, second = read(write(tmp_path, **{NAME: ARRAY, loss: ARRAY}))
    assert first.name == second.name == NAME
    assert first.steps.tolist() == second.steps.tolist() == [100, 200]
    assert (first.values.tolist(), second.values.tolist()) == ([1, 3], [2, 4])
    assert (first.labels, second.labels) == ({"seed": 0}, {"seed": 1})


def test_rows_without_steps(tmp_path: Path) -> None:
    source = write(tmp_path, **{NAME: ARRAY})
    runs = read(source, row_steps=(25_000, 5_000))
    assert len(runs) == 3
    assert runs[0].steps.tolist() == [25_000, 30_000]
    assert runs[0].values.tolist() == [100, 200]


def test_a_column_without_values_is_no_run(tmp_path: Path) -> None:
    array = npy([[100, np.nan, 2], [200, np.nan, np.nan]])
    first, second = read(write(tmp_path, **{NAME: array}))
    assert len(first.values) == 0
    assert len(second.values) == 2  # its NaN is for the rules


def test_a_folder(tmp_path: Path) -> None:
    path = tmp_path / f"{NAME}.npy"
    path.parent.mkdir(parents=True)
    path.write_bytes(ARRAY)
    assert [run.values.tolist() for run in read(str(tmp_path))] == [[1, 3], [2, 4]]


def test_no_name_matches(tmp_path: Path) -> None:
    with pytest.raises(ScalingError, match="1 arrays, such as a/b; expected names"):
        read(write(tmp_path, **{"a/b": ARRAY}))
    with pytest.raises(ScalingError, match="found no --name"):
        read(write(tmp_path), pattern=None)


@pytest.mark.parametrize(
    "content",
    [b"", b"no", npy([1.0]), npy([["a"]]), npy(np.array([[None]], dtype=object))],
)
def test_other_content_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ScalingError, match="expected an npy file of numbers"):
        read(write(tmp_path, **{NAME: content}))


def test_an_array_that_promises_too_much_is_refused(tmp_path: Path) -> None:
    """Memory is allocated only after a check of the header."""
    content = ARRAY.replace(b"(2, 3), }            ", b"(1000000000000, 3), }")
    assert len(content) == len(ARRAY)
    assert content != ARRAY
    with pytest.raises(ScalingError, match="3000000000000 values, over 64 MiB"):
        read(write(tmp_path, **{NAME: content}))


@pytest.mark.parametrize(
    ("shape", "rules"), [((4, 0), {}), ((4, 1), {}), ((4, 0), {"row_steps": (1, 1)})]
)
def test_an_array_without_seeds_is_refused(
    tmp_path: Path, shape: tuple[int, int], rules: dict[str, Any]
) -> None:
    with pytest.raises(ScalingError, match="which has no seeds"):
        read(write(tmp_path, **{NAME: npy(np.zeros(shape))}), **rules)


def test_a_path_out_of_the_zip_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScalingError, match="a path that leaves the archive's folder"):
        read(write(tmp_path, **{f"../{NAME}": ARRAY}))


def test_no_zip(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"no")
    with pytest.raises(ScalingError, match="expected a zip file of npy files"):
        read(str(tmp_path))
