"""Read archives of runs at many σ and N by the rules of their study file."""

import re
from functools import cache
from pathlib import Path

import numpy as np

from value_scaling.records import Curves, ScalingError, Setting
from value_scaling.records.model_size.runs import SizeRuns
from value_scaling.records.model_size.study import (
    SizeArchive,
    SizeGroup,
    SizeTask,
    Skipped,
)
from value_scaling.store.archives.npy import parse_npy
from value_scaling.store.archives.zips import open_zip

_FIELDS = {
    **dict.fromkeys(("width", "model_size", "batch_size"), r"\d{1,15}"),
    **dict.fromkeys(("passive_width", "passive_size"), r"\d{1,15}"),
    **dict.fromkeys(("utd", "learning_rate"), r"\d+(?:\.\d*)?(?:[eE][+-]?\d+)?"),
    **dict.fromkeys(("task", "metric", "label"), "[^/]+"),
}


def read_size_runs(
    path: Path, group: SizeGroup, archive: SizeArchive, *, metric: str | None = None
) -> SizeRuns:
    """Read one metric of an archive, by default the returns.

    Returns must be finite. In other metrics, missing values are NaN.

    Raises:
        ScalingError: the archive holds anything that the study file does not describe.
    """
    wanted = archive.metric if metric is None else metric
    if wanted in archive.empty_metrics or (
        metric is not None and metric not in archive.metrics
    ):
        filled = [m for m in archive.metrics if m not in archive.empty_metrics]
        raise ScalingError(
            f"{path}, metric {wanted}",
            found="no values of this metric",
            expected=f"one of {', '.join(filled) or 'none but the returns'}",
            fix="choose another metric",
        )
    found: dict[tuple[Setting, int], Curves] = {}
    seen: dict[bytes, str] = {}
    skipped = 0
    with open_zip(path, wanted=f"the {archive.role} runs of {group.title}") as packed:
        for name in sorted(packed.members):
            where = f"{path}: {name}"
            values = _values(name, archive, where)
            task = group.task(values["task"])
            if task is None:
                if values["task"] not in group.ignored_tasks:
                    known = ", ".join(each.name for each in group.tasks)
                    raise _unlike(where, f"task {values['task']!r}", f"one of {known}")
                continue
            if not _is_metric(values.get("metric"), wanted, archive, where):
                continue
            if any(_matches(rule, values, task) for rule in archive.skipped):
                skipped += 1
                continue
            setting = _setting(values, group, task, where)
            key = setting, int(values.get("passive_size", 0))
            if key in found:
                raise _unlike(where, "a setting that an earlier member has", "one file")
            array = parse_npy(packed.read(name), where, must_be_finite=metric is None)
            curves = _curves(array, setting, archive, where)
            if curves.returns.any() and metric is None:
                content = curves.returns.tobytes()
                if content in seen:
                    raise _unlike(where, f"the runs of {seen[content]}", "its own runs")
                seen[content] = name
            found[key] = curves
    order = sorted(found)
    return SizeRuns(
        group=group,
        archive=archive,
        curves=tuple(found[key] for key in order),
        passive_sizes=tuple(passive for _, passive in order),
        skipped=skipped,
        digest=packed.digest,
    )


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """Return the pattern of names, in which each field occurs once."""
    parts = re.split(r"\{(\w+)\}", template)
    text = ""
    for number, part in enumerate(parts):
        text += f"(?P<{part}>{_FIELDS[part]})" if number % 2 else re.escape(part)
    return re.compile(text, re.ASCII)


def _values(name: str, archive: SizeArchive, where: str) -> dict[str, str]:
    match = _pattern(archive.name).fullmatch(name)
    if match is None:
        raise _unlike(where, "a name of another layout", archive.name)
    return match.groupdict()


def _is_metric(
    found: str | None, wanted: str | None, archive: SizeArchive, where: str
) -> bool:
    if found is not None and found not in (archive.metric, *archive.metrics):
        known = ", ".join([archive.metric or "", *archive.metrics])
        raise _unlike(where, f"metric {found!r}", f"one of {known}")
    return found == wanted


def _matches(rule: Skipped, values: dict[str, str], task: SizeTask) -> bool:
    return (
        rule.task in (None, task.name)
        and rule.family in (None, task.family)
        and rule.label in (None, values.get("label"))
        and (rule.width is None or str(rule.width) == values.get("width"))
        and (rule.utd is None or rule.utd == float(values["utd"]))
    )


def _setting(
    values: dict[str, str], group: SizeGroup, task: SizeTask, where: str
) -> Setting:
    width = int(values["width"]) if "width" in values else None
    if (label := values.get("label")) is not None:
        if label not in group.sizes:
            raise _unlike(where, f"size {label!r}", f"one of {', '.join(group.sizes)}")
        size = group.sizes[label]
    else:
        size = int(values.get("model_size") or _size(width, task, where))
    if width is not None and task.size_formula and size != _size(width, task, where):
        raise _unlike(where, f"N = {size}", f"{_size(width, task, where)} parameters")
    numbers = {
        "utd": float(values["utd"]),
        "batch_size": int(values.get("batch_size", group.batch_size)),
        "learning_rate": float(values.get("learning_rate", group.learning_rate)),
        "model_size": size,
    }
    if min(numbers.values()) <= 0:
        raise _unlike(where, "a value that is zero", "positive numbers")
    return Setting.of(task.name, numbers, width)


def _size(width: int | None, task: SizeTask, where: str) -> int:
    if width is None or task.size_formula is None:
        raise _unlike(where, "no model size", "one, or a size_formula of the task")
    two, one, zero = task.size_formula
    return int(two * width**2 + one * width + zero)


def _curves(
    array: np.ndarray, setting: Setting, archive: SizeArchive, where: str
) -> Curves:
    rows, columns = array.shape
    first = 1 if archive.step_column else 0
    if not rows or columns <= first:
        raise _unlike(where, f"{rows} rows and {columns} columns", "rows and seeds")
    steps = archive.steps.start + archive.steps.every * np.arange(rows, dtype=float)
    if archive.step_column and not np.array_equal(array[:, 0], steps):
        row = int(np.flatnonzero(array[:, 0] != steps)[0])
        found = f"step {array[row, 0]:g} in row {row}"
        raise _unlike(where, found, f"step {steps[row]:g}")
    seeds = array[:, first:]
    kept = _distinct(seeds)
    if len(kept) < seeds.shape[1] and not archive.repeated_seeds:
        found = f"{seeds.shape[1]} seeds, of which {len(kept)} differ"
        raise _unlike(where, found, "different seeds")
    return Curves(setting, steps, np.ascontiguousarray(seeds[:, kept]))


def _distinct(seeds: np.ndarray) -> list[int]:
    """Return the columns that repeat no earlier one; constant columns all count."""
    known: set[bytes] = set()
    kept = []
    for column, values in enumerate(seeds.T):
        content = values.tobytes()
        constant = bool((values == values[0]).all() or np.isnan(values).all())
        if content not in known or constant:
            kept.append(column)
        known.add(content)
    return kept


def _unlike(where: str, found: str, expected: str) -> ScalingError:
    return ScalingError(
        where,
        found=found,
        expected=f"{expected}, as the study file says",
        fix="fetch the archive again (`make data`)",
    )
