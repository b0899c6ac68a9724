"""W&B's run folders on this disk: `wandb/offline-run-…`, and `wandb/run-…`.

They hold everything that was logged, whether or not it was ever sent. The parts of a
resumed run share an id and are joined in the order of their folders' times.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from value_scaling.importers.logged import Logged, flat
from value_scaling.importers.options import Rules
from value_scaling.importers.sources.files import find, name_of, unreadable
from value_scaling.importers.sources.metrics import Metrics, kind_of, metric_in
from value_scaling.importers.sources.wandb_files import (
    DamagedLog,
    Fields,
    fields,
    read_records,
)

GLOBAL_STEP, OWN_STEP = "global_step", "_step"
OWN_STEP_NOTE = "W&B's own step is used as the environment step"
_HISTORY, _CONFIG, _RUN, _EXIT = 2, 5, 17, 18
"""Numbers of the kinds of records."""
_KEY, _NESTED, _JSON = 1, 2, 16
"""Numbers of the fields of an item of history or configuration."""
_RUN_CONFIG, _RUN_NAME = 4, 8
"""Numbers of the fields of a record of the run."""


def read_offline(source: str, rules: Rules) -> Iterator[Logged]:
    """Yield the runs whose folders lie below a folder.

    The environment step is the key `global_step` if it is logged with the return, and
    W&B's own step otherwise.

    Raises:
        ScalingError: a file is not a W&B log, or no run has the return.
    """
    parts: dict[str, list[Path]] = defaultdict(list)
    for path in find(source, ["run-*.wandb"], "run folders of W&B"):
        parts[path.stem.removeprefix("run-")].append(path)
    metrics = Metrics(rules.metric)
    for paths in parts.values():
        run = _Run(rules)
        for path in sorted(
            paths, key=lambda path: path.parent.name.split("run-", 1)[-1]
        ):
            run.read(path)
        metric = metrics.find(run.rows, run.keys)
        yield run.logged(metric, name_of(paths[-1].parent, source))
    metrics.check(source)


class _Run:
    """The logged values of one run, part by part."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.keys: set[str] = set()
        self.rows: dict[str, list[tuple[dict[str, float], float]]] = defaultdict(list)
        """Return's key: the steps and the value of each row that has it."""
        self._labels: dict[str, Any] = {}
        self._name = ""
        self._notes: list[str] = []
        self._state = "crashed"

    def read(self, path: Path) -> None:
        """Add the contents of one file."""
        self._state = "crashed"  # unless a record of an orderly end follows
        count = 0
        try:
            for record in read_records(path):
                count += 1
                for number, content in record:
                    if isinstance(content, bytes):
                        self._add(number, fields(content))
        except DamagedLog as error:
            if not count:
                raise unreadable(path, error, "a W&B log, run-ID.wandb") from error
            self._notes.append(f"its W&B log ends in {error}")
        except (ValueError, OSError, RecursionError) as error:
            raise unreadable(path, error, "a W&B log, run-ID.wandb") from error

    def _add(self, number: int, record: Fields) -> None:
        if number == _HISTORY:
            self._add_row(record)
        elif number == _CONFIG:
            self._labels |= _config(record)
        elif number == _RUN:
            for kind, content in record:
                if kind == _RUN_CONFIG and isinstance(content, bytes):
                    self._labels |= _config(fields(content))
                if kind == _RUN_NAME:
                    self._name = _text(content)
        elif number == _EXIT:
            code = next((value for kind, value in record if kind == 1), 0)
            self._state = "failed" if code else "finished"

    def _add_row(self, record: Fields) -> None:
        wanted = self._rules.metric
        row = dict(_items(record, 1))
        for number, content in record:
            if number == 2 and isinstance(content, bytes):
                row[OWN_STEP] = str(dict(fields(content)).get(1, 0))
        self.keys |= row.keys()
        metric = metric_in(wanted, row)
        if metric is None or (value := _number(row[metric])) is None:
            return
        steps = {
            key: step
            for key in (self._rules.step, GLOBAL_STEP, OWN_STEP)
            if key in row and (step := _number(row[key])) is not None
        }
        self.rows[metric].append((steps, value))

    def logged(self, metric: str | None, path: str) -> Logged:
        """Return the run, which has no values if it has no return."""
        rows = self.rows[metric] if metric else []
        step = self._rules.step or next(
            (key for key in (GLOBAL_STEP, OWN_STEP) if rows and key in rows[0][0]),
            OWN_STEP,
        )
        notes = list(self._notes)
        if step == OWN_STEP and self._rules.step is None and rows:
            notes.append(OWN_STEP_NOTE)
        return Logged(
            name=self._name or path.rpartition("/")[2],
            steps=np.array([steps.get(step, np.nan) for steps, _ in rows]),
            values=np.array([value for _, value in rows]),
            labels=self._labels,
            kind=kind_of(metric),
            state=self._state,
            metric=metric or "",
            report_name=path,
            notes=tuple(notes),
        )


def _items(record: Fields, number: int) -> Iterator[tuple[str, str]]:
    """Yield keys and JSON texts of the items in one field of a record."""
    for kind, content in record:
        if kind != number or not isinstance(content, bytes):
            continue
        item = fields(content)
        nested = [_text(value) for part, value in item if part == _NESTED]
        key = next((_text(value) for part, value in item if part == _KEY), "")
        text = next((_text(value) for part, value in item if part == _JSON), "null")
        yield ".".join(nested) or key, text


def _config(record: Fields) -> dict[str, Any]:
    return flat(
        {
            key: json.loads(text)
            for key, text in _items(record, 1)
            if not key.startswith("_wandb")
        }
    )


def _number(text: str) -> float | None:
    """Return a logged number, including NaN; None if something else was logged."""
    try:
        return float(json.loads(text))
    except (TypeError, ValueError):
        return None


def _text(content: bytes | int) -> str:
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
