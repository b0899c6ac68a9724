"""TensorBoard's event files, as SB3, CleanRL, tensorboardX and flax write them.

Every value is read, by TensorBoard's own reader of records; its sampled reservoirs are
not used, and TensorFlow is not needed. A folder with event files is a run. Several
files in it are parts of one run, in the order of the times in their names.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from value_scaling.importers.logged import Logged, flat
from value_scaling.importers.options import Rules
from value_scaling.importers.sources.files import (
    find,
    name_of,
    settings_beside,
    unreadable,
)
from value_scaling.importers.sources.metrics import Metrics, kind_of
from value_scaling.records import ScalingError

_FRAME = 16
"""Bytes of a record besides its content: its length and two checksums."""
_TEXT = "/text_summary"
_RULE = "|-|-|"
"""Line between a table's heading and its rows."""
_HPARAMS = "_hparams_/session_start_info"


def read_tensorboard(source: str, rules: Rules) -> Iterator[Logged]:
    """Yield the runs below a folder.

    Settings come from logged hyperparameters: a table in a text (CleanRL), a dictionary
    in a text, or TensorBoard's hparams.

    Raises:
        ScalingError: a file is not an event file, or no run has the return.
    """
    folders: dict[Path, list[Path]] = defaultdict(list)
    for path in find(source, ["*tfevents*"], "event files of TensorBoard"):
        folders[path.parent].append(path)
    metrics = Metrics(rules.metric)
    for folder, paths in folders.items():
        run = _Run()
        for path in paths:
            run.read(path)
        metric = metrics.find(run.steps)
        steps = np.array(run.steps.get(metric or "", []), dtype=float)
        if rules.step is not None and metric is not None:
            steps = run.steps_by(rules.step, steps, name_of(folder, source))
        yield Logged(
            name=name_of(folder, source),
            steps=steps,
            values=np.array(run.values.get(metric or "", []), dtype=float),
            labels={**settings_beside(folder), **run.labels},
            kind=kind_of(metric),
            metric=metric or "",
            notes=tuple(run.notes),
        )
    metrics.check(source)


class _Run:
    """The scalars and hyperparameters of one run, file by file."""

    def __init__(self) -> None:
        self.steps: dict[str, list[float]] = defaultdict(list)
        self.values: dict[str, list[float]] = defaultdict(list)
        self.labels: dict[str, Any] = {}
        self.notes: list[str] = []

    def read(self, path: Path) -> None:
        """Add the contents of one file."""
        # These take a second to load, and other sources do not need them.
        from google.protobuf.message import DecodeError
        from tensorboard.backend.event_processing.event_file_loader import (
            RawEventFileLoader,
        )
        from tensorboard.compat.proto import event_pb2

        read = 0
        try:
            for record in RawEventFileLoader(str(path)).Load():
                read += len(record) + _FRAME
                event = event_pb2.Event.FromString(record)
                for value in event.summary.value:
                    self._add(event.step, value)
        except (DecodeError, OSError) as error:
            raise unreadable(path, error, "an event file of TensorBoard") from error
        size = path.stat().st_size
        if size and not read:
            nothing = ValueError("no record that can be read")
            raise unreadable(path, nothing, "an event file of TensorBoard")
        if read < size:
            self.notes.append("an event file ends in a damaged or incomplete record")

    def steps_by(self, tag: str, steps: np.ndarray, where: str) -> np.ndarray:
        """Return the values of another tag at these steps; NaN where it has none.

        Raises:
            ScalingError: there is no such tag.
        """
        if tag not in self.steps:
            raise ScalingError(
                where,
                found=f"no tag {tag!r}",
                expected="the environment step under this tag, as given with --step",
                fix="correct --step, or leave it out to use TensorBoard's own step",
            )
        at = dict(zip(self.steps[tag], self.values[tag], strict=True))
        return np.array([at.get(step, np.nan) for step in steps])

    def _add(self, step: int, value: Any) -> None:
        from tensorboard.util.tensor_util import make_ndarray

        if value.HasField("simple_value"):
            self._scalar(value.tag, step, value.simple_value)
            return
        if value.tag == _HPARAMS:
            self._hparams(value.metadata.plugin_data.content)
            return
        if not value.HasField("tensor"):
            return
        array = make_ndarray(value.tensor)
        if value.tag.endswith(_TEXT):
            self.labels |= _labels([_decoded(each) for each in array.ravel()])
        elif array.size == 1 and array.dtype.kind in "fiu":
            self._scalar(value.tag, step, float(array.ravel()[0]))

    def _scalar(self, tag: str, step: int, value: float) -> None:
        self.steps[tag].append(step)
        self.values[tag].append(value)

    def _hparams(self, content: bytes) -> None:
        from tensorboard.plugins.hparams.metadata import (
            parse_session_start_info_plugin_data,
        )

        start = parse_session_start_info_plugin_data(content)
        for name, value in start.hparams.items():
            kind = value.WhichOneof("kind")
            if kind is not None:
                self.labels[name] = getattr(value, kind)


def _decoded(text: Any) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)


def _labels(texts: list[str]) -> dict[str, Any]:
    """Return the hyperparameters in a logged text: rows `|key|value|`, or a dict."""
    found: dict[str, Any] = {}
    for text in texts:
        for line in text.partition(_RULE)[2].splitlines():
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if len(cells) == 2:
                found[cells[0]] = cells[1]
        if text.strip().startswith("{"):
            try:
                table = ast.literal_eval(text.strip())
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                continue  # not a table of hyperparameters
            found |= flat(table) if isinstance(table, dict) else {}
    return found
