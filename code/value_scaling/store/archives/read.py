"""Reading of run archives, strictly by the rules of the study file."""

from contextlib import ExitStack
from pathlib import Path
from weakref import finalize

import numpy as np

from value_scaling.records import (
    ArchiveRule,
    Curves,
    Runs,
    ScalingError,
    Setting,
    Study,
)
from value_scaling.records.runs import StreamedCurves
from value_scaling.store.archives.layout import Member, is_manifest, parse_name
from value_scaling.store.archives.manifests import (
    check_manifest,
    check_origin,
    left_out,
    stopped,
)
from value_scaling.store.archives.npy import parse_npy
from value_scaling.store.archives.resets import find_resets
from value_scaling.store.archives.zips import Zip, open_zip
from value_scaling.store.progress import progress

RUNS_BYTES = 512 << 20
"""Size of one metric as float64, in bytes, above which curves are read again each time
they are used: 512 MiB. The largest published metric has 26 MB."""
SETTINGS = 200_000
"""Largest number of settings in one archive. The largest published archive has 931."""


def read_runs(
    path: Path, study: Study, set_name: str, *, metric: str | None = None
) -> Runs:
    """Read the learning curves of one set of a study.

    Each array holds the environment step in column 0 and one seed in each further
    column. If the study file states a rule for the steps, every column is a seed. An
    archive with a manifest is checked against its hashes, and settings that the
    manifest lists as outside the study are not read.

    Args:
        path: the archive, `folders.archive(study, set_name)`.
        metric: folder to read; None for the returns.

    Returns:
        the curves of that metric, sorted by setting. `missing` lists the settings of
        the sweep's grid that the archive lacks. If the curves are larger than
        `RUNS_BYTES`, each is read when it is used, and its errors are raised then.

    Raises:
        ScalingError: the archive contains anything that the rules do not cover.
    """
    rule = study.archive(set_name)
    wanted = f"the archive of the {set_name} runs of study {study.name}"
    with ExitStack() as stack:
        archive = stack.enter_context(open_zip(path, wanted=wanted))
        manifest = check_manifest(archive)
        check_origin(path, manifest, study=study.name, set_name=set_name)
        outside = left_out(manifest, study)
        chosen = _choose(
            archive, rule, study, rule.metric if metric is None else metric, outside
        )
        settings = sorted(chosen)
        names = [chosen[setting].name for setting in settings]
        size = sum(archive.members[name].file_size for name in names)
        check_limit(path, len(names))

        def curves_of(at: int) -> Curves:
            where = f"{path}: {names[at]}"
            array = parse_npy(archive.read(names[at]), where)
            return _curves(array, settings[at], rule, set_name, where)

        streamed = StreamedCurves(settings, curves_of)
        # Integers of one byte become floats of eight, so the size is known only later.
        kept = None if size > RUNS_BYTES else _in_memory(streamed, path)
        if kept is None:
            # The file stays open as long as the curves are used.
            finalize(streamed, stack.pop_all().close)
    grid = study.grid if set_name == "sweep" else ()
    return Runs(
        study=study.name,
        set_name=set_name,
        curves=streamed if kept is None else kept,
        missing=tuple(sorted(setting for setting in grid if setting not in chosen)),
        outside=tuple(sorted(outside)),
        digest=archive.digest,
        resets=find_resets(path, manifest, rule),
        stopped=tuple(sorted(stopped(manifest).intersection(chosen))),
    )


def _in_memory(curves: StreamedCurves, path: Path) -> tuple[Curves, ...] | None:
    """Read all curves into memory; None if they have more than RUNS_BYTES."""
    kept, size = [], 0
    for curve in progress(curves, path.name, "file"):
        size += curve.steps.nbytes + curve.returns.nbytes
        if size > RUNS_BYTES:
            return None
        kept.append(curve)
    return tuple(kept)


def check_limit(what: object, settings: int) -> None:
    """Check the number of settings of an archive.

    Raises:
        ScalingError: there are too many.
    """
    if settings > SETTINGS:
        raise ScalingError(
            what,
            found=f"{settings} settings",
            expected=f"at most {SETTINGS} in one archive",
            fix="split the archive",
        )


def _choose(
    archive: Zip,
    rule: ArchiveRule,
    study: Study,
    metric: str,
    outside: set[Setting],
) -> dict[Setting, Member]:
    """Return the member of one metric for each setting."""
    members = [
        parse_name(name, archive.path)
        for name in archive.members
        if not is_manifest(name)
    ]
    members = _of_one_top(members, rule, archive.path)
    metrics: dict[Setting, dict[str, Member]] = {}
    for member in members:
        if member.setting in outside:
            continue
        if member.setting.env not in study.environment_names:
            raise ScalingError(
                f"{archive.path}: {member.name}",
                found=f"environment {member.setting.env!r}",
                expected=f"one of {', '.join(study.environment_names)}",
                fix=f"add it to the study file of {study.name}, with its normaliser, "
                "or take its runs out of the archive",
            )
        others = metrics.setdefault(member.setting, {})
        if member.metric in others:
            raise ScalingError(
                f"{archive.path}: {member.name}",
                found=f"the same setting as in {others[member.metric].name}",
                expected="one file for each environment, σ, B and η",
                fix="remove one of the two files, or merge their seeds",
            )
        others[member.metric] = member
    if metric != rule.metric:
        # Settings outside the analysis may lack metrics other than returns.
        for setting in study.undeclared(metrics):
            if metric not in metrics[setting]:
                del metrics[setting]
    for setting, others in metrics.items():
        if metric not in others:
            raise ScalingError(
                f"{archive.path}: {setting}",
                found=f"{', '.join(sorted(others))} "
                f"(e.g. {next(iter(others.values())).name})",
                expected=f"the metric folder {metric}",
                fix=f"correct `metric{'' if metric == rule.metric else 's'}` in the "
                f"study file of {study.name}, or rename the folder",
            )
    if not metrics:
        raise ScalingError(
            archive.path,
            found="no curves",
            expected="files *.npy",
            fix="fetch it again (`make data`), or zip the folder of the runs",
        )
    return {setting: others[metric] for setting, others in metrics.items()}


def _of_one_top(members: list[Member], rule: ArchiveRule, path: Path) -> list[Member]:
    tops = sorted({member.top for member in members})
    if rule.top is None and len(tops) > 1:
        raise ScalingError(
            path,
            found=f"two studies in one archive: top folders {', '.join(tops)}",
            expected="one top folder",
            fix="split the archive, or state `top = …` for it in the study file",
        )
    if rule.top is not None and tops and rule.top not in tops:
        raise ScalingError(
            path,
            found=f"top folder {', '.join(tops)}",
            expected=f"{rule.top}, as the study file says",
            fix="correct `top` in the study file, or use the archive it describes",
        )
    return [member for member in members if rule.top in (None, member.top)]


def _curves(
    array: np.ndarray, setting: Setting, rule: ArchiveRule, set_name: str, where: str
) -> Curves:
    points, columns = array.shape
    step_columns = 1 if rule.steps is None else 0
    if points == 0 or columns <= step_columns:
        raise ScalingError(
            where,
            found=f"{points} rows and {columns - step_columns} seeds",
            expected="at least one log point and one seed",
            fix="take the empty file out of the archive",
        )
    if rule.steps is not None:
        steps = rule.steps.start + rule.steps.every * np.arange(points, dtype=float)
        return Curves(setting, steps, np.ascontiguousarray(array))
    steps = array[:, 0].copy()
    wrong = np.flatnonzero(np.diff(steps, prepend=-np.inf) <= 0)
    if len(wrong) or steps[0] < 0:
        row = int(wrong[0]) if len(wrong) else 0
        before = f" after {steps[row - 1]:g}" if row else ""
        raise ScalingError(
            where,
            found=f"step {steps[row]:g}{before} in row {row} of column 0",
            expected="environment steps in column 0, not negative and strictly "
            "increasing",
            fix="sort the rows and remove duplicates; if the files have no step "
            "column, state e.g. `steps = { start = 5000, every = 1000 }` under "
            f"[archives.{set_name}] in the study file",
        )
    return Curves(setting, steps, np.ascontiguousarray(array[:, 1:]))
