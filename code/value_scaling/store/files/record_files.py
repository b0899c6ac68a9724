"""Stage records on disk: nested frozen dataclasses, stored according to their type
hints.

An .npz file holds each array under its dotted path and one JSON member for the rest. A
.json file, for records without large arrays, holds everything. Both name the record's
type, the format and the SHA-256 of every input, which reveals stale records. Checksums
reveal damage: those of the zip format, and a SHA-256 of the content of a .json file.
"""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np

from value_scaling import __version__
from value_scaling.records import ScalingError
from value_scaling.store.files.atomic import replace_if_changed, write_if_changed
from value_scaling.store.files.record_trees import from_tree, to_tree
from value_scaling.store.files.regular import ZIP_BYTES, open_file, read_file
from value_scaling.store.files.zip_files import write_zip

FORMAT = 1
_TREE = "record.json"
_SUM = "sha256"
_RERUN = "run `make figures`, which makes it again from its inputs"

Record = TypeVar("Record")


def save_record(path: Path, record: Any, inputs: dict[str, str]) -> bool:
    """Write a record, and return whether the file changed.

    Args:
        path: path that ends in .npz, or in .json for a record without large arrays.
        inputs: SHA-256 of each input of the record, by name.

    Raises:
        ScalingError: the file cannot be written.
    """
    arrays: dict[str, np.ndarray] = {}
    inline = path.suffix == ".json"
    document = {
        "type": type(record).__name__,
        "format": FORMAT,
        "package": __version__,
        "inputs": dict(sorted(inputs.items())),
        "record": to_tree(record, arrays=None if inline else arrays),
    }
    if inline:
        document[_SUM] = _checksum(document)
    text = json.dumps(document, indent=1, allow_nan=False) + "\n"
    if inline:
        return replace_if_changed(path, text.encode())
    members: list[tuple[str, bytes | np.ndarray]] = [(_TREE, text.encode())]
    members += [(name, arrays[name]) for name in sorted(arrays)]
    return write_if_changed(path, lambda part: write_zip(part, members, level=1))


def load_record(
    path: Path, record_type: type[Record], *, inputs: dict[str, str] | None = None
) -> Record:
    """Read a record that `save_record` wrote.

    Args:
        record_type: required type of the record.
        inputs: current hashes of the inputs; None for no comparison.

    Raises:
        ScalingError: the file is missing or damaged, holds another type or format, or
            was computed from other inputs (stale).
    """
    document, arrays = _document(path)
    wanted = {"type": record_type.__name__, "format": FORMAT}
    for key, value in wanted.items():
        if document.get(key) != value:
            found, expected = f"{key} {document.get(key)!r}", f"{key} {value!r}"
            raise ScalingError(path, found=found, expected=expected, fix=_RERUN)
    _refuse_stale(path, _inputs(path, document), inputs)
    try:
        return from_tree(document.get("record"), record_type, arrays)
    except (ValueError, RecursionError) as error:
        raise ScalingError(
            path,
            found=f"a record whose content does not fit ({error})",
            expected=f"the content of a {record_type.__name__}",
            fix=_RERUN,
        ) from error


def read_inputs(path: Path) -> dict[str, str]:
    """Return the SHA-256 of each input of the record at `path`, by name."""
    return _inputs(path, _document(path, with_arrays=False)[0])


def check_inputs(path: Path, inputs: dict[str, str]) -> None:
    """Check that the record at `path` was computed from these inputs.

    Raises:
        ScalingError: the record is missing, damaged or stale.
    """
    _refuse_stale(path, read_inputs(path), inputs)


def _refuse_stale(
    path: Path, stored: dict[str, str], inputs: dict[str, str] | None
) -> None:
    if stale := _differences(stored, inputs):
        raise ScalingError(
            path,
            found=f"a stale record ({'; '.join(stale)})",
            expected="one computed from the current inputs",
            fix=_RERUN,
        )


def _checksum(document: dict[str, Any]) -> str:
    """Return the SHA-256 of a document's values, independent of white space."""
    return hashlib.sha256(json.dumps(document).encode()).hexdigest()


def _document(
    path: Path, *, with_arrays: bool = True
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    arrays = {}
    try:
        if path.suffix == ".json":
            text = read_file(path)
        else:
            with open_file(path) as raw, zipfile.ZipFile(raw) as file:
                size = sum(info.file_size for info in file.infolist())
                if size > ZIP_BYTES:
                    raise ValueError(f"{size} bytes")
                text = file.read(_TREE)
                for name in file.namelist():
                    if name != _TREE and with_arrays:
                        with file.open(name) as stream:
                            array = np.lib.format.read_array(stream, allow_pickle=False)
                            stream.read()  # up to the end, where the checksum is tested
                        arrays[name.removesuffix(".npy")] = array
        document = json.loads(text)
        if not isinstance(document, dict):
            raise ValueError("no table")
        summed = path.suffix == ".json" and document.get("format") == FORMAT
        if summed and document.pop(_SUM, None) != _checksum(document):
            raise ValueError("content that does not match its SHA-256")
    except FileNotFoundError as error:
        raise ScalingError(
            path, found="no such file", expected="a stage record", fix=_RERUN
        ) from error
    # All errors of zipfile, zlib, NumPy and json on damaged files mean the same here.
    except Exception as error:
        raise ScalingError(
            path,
            found=f"no record, or a damaged one ({error!r:.200})",
            expected="a stage record",
            fix=_RERUN,
        ) from error
    return document, arrays


def _inputs(path: Path, document: dict[str, Any]) -> dict[str, str]:
    try:
        return msgspec.convert(document.get("inputs"), dict[str, str])
    except msgspec.ValidationError as error:
        raise ScalingError(
            f"{path}, inputs", found=str(error), expected="names and hashes", fix=_RERUN
        ) from error


def _differences(then: dict[str, str], now: dict[str, str] | None) -> list[str]:
    if now is None:
        return []
    changed = sorted(k for k in then.keys() & now.keys() if then[k] != now[k])
    return [
        *(f"{name} has changed since" for name in changed),
        *(f"{name} was not used then" for name in sorted(now.keys() - then.keys())),
        *(f"{name} is not used now" for name in sorted(then.keys() - now.keys())),
    ]
