"""`scaling import`: logs of other programs to an archive and a study file."""

import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from value_scaling import __version__
from value_scaling.commands.importing.options import stated
from value_scaling.importers.gather import gather
from value_scaling.importers.options import Rules
from value_scaling.importers.report import Report
from value_scaling.importers.sources.registry import SOURCES
from value_scaling.records import SETS, Runs, ScalingError
from value_scaling.records.axes import FITTED
from value_scaling.store.archives.read import check_limits, read_runs
from value_scaling.store.archives.write import write_runs
from value_scaling.store.files.atomic import digest_file, replace_if_changed
from value_scaling.store.files.outputs import save_json
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import is_bundled, load_study
from value_scaling.store.studies.names import is_name
from value_scaling.store.studies.proposed import (
    METRIC,
    Known,
    archive_text,
    study_text,
)
from value_scaling.workflow.data.scale import propose

ENDING = ".import.json"
"""End of the report's name, beside the archive."""


@dataclass(frozen=True)
class Import:
    """What `scaling import` is asked to do."""

    study: str
    sources: tuple[str, ...]
    kind: str
    """A name of `SOURCES`."""
    rules: Rules
    set_name: str = SETS[0]
    title: str | None = None
    algorithm: str = "not stated"
    model_size: float | None = None
    delta: float | None = None
    is_trial: bool = False
    """Whether only the report is wanted."""
    replaces: bool = False
    """Whether another archive of that set may be replaced."""
    as_json: bool = False


def import_runs(wanted: Import, root: Path | None) -> int:
    """Import runs into an archive and a study file, and print what was decided.

    Raises:
        ScalingError: a file or an option is wrong, or a rule refuses a run.
    """
    folders = Folders.at(root, runs="published")
    _check_name(wanted, folders)
    source = SOURCES[wanted.kind]
    aside = folders.unfinished / f"{wanted.study}_{wanted.set_name}.import"
    rules = replace(wanted.rules, aside=str(aside))
    runs, report = gather(
        # A bar on a terminal if reading takes long; nothing in a log.
        tqdm(
            (run for each in wanted.sources for run in source.read(each, rules)),
            desc=wanted.kind,
            unit="run",
            delay=2,
            leave=False,
            disable=None,
        ),
        rules,
        study=wanted.study,
        set_name=wanted.set_name,
        resumed=source.resumed,
        is_table=source.is_table,
    )
    _warn(runs, report)
    document = _document(wanted, report)
    if wanted.is_trial:
        _show(wanted, document, report, "Nothing was written: --dry-run.")
        return 0
    report.check()
    if not runs.curves:
        raise ScalingError(
            ", ".join(wanted.sources),
            found=f"no run that is used, of {len(report.decisions)}",
            expected="one run at least",
            fix="see what --dry-run says of each run",
        )
    path, content = _archive(runs, wanted, document, folders)
    study_path, how = _write_study(wanted, runs, folders)
    replace_if_changed(path, content)
    read_runs(path, load_study(wanted.study, folders), wanted.set_name)
    report_path = path.with_name(path.stem + ENDING)
    if how != "kept":
        document["study_file"] = digest_file(study_path)
    save_json(report_path, document)
    shutil.rmtree(aside, ignore_errors=True)
    _show(
        wanted,
        document,
        report,
        f"Archive: {_name(path, folders)}\n"
        f"Study file: {_name(study_path, folders)} ({how})\n"
        f"Report: {_name(report_path, folders)}\n"
        f"Next: look through the study file, then `scaling fit {wanted.study}`",
    )
    return 0


def _name(path: Path, folders: Folders) -> str:
    """Return a path as seen from the checkout."""
    inside = path.is_relative_to(folders.root)
    return str(path.relative_to(folders.root) if inside else path)


def _check_name(wanted: Import, folders: Folders) -> None:
    """Refuse a name that no study of a user may have, before anything is read."""
    if not is_name(wanted.study) or is_bundled(wanted.study):
        raise ScalingError(
            f"study {wanted.study!r}",
            found="the name of a bundled study"
            if is_bundled(wanted.study)
            else "characters that a name of a study does not have",
            expected="a name of your own: letters, digits, '_' and '-'",
            fix="choose another name",
        )
    path = folders.studies / f"{wanted.study}.toml"
    if path.exists():
        load_study(wanted.study, folders)


def _warn(runs: Runs, report: Report) -> None:
    """Warn of a sweep in which nothing was swept."""
    cells: dict[str, set[tuple[float, ...]]] = {}
    for curve in runs.curves:
        cell = tuple(curve.setting.values[axis.name] for axis in FITTED)
        cells.setdefault(curve.setting.env, set()).add(cell)
    if runs.set_name == SETS[0] and cells and all(len(n) == 1 for n in cells.values()):
        report.warnings.append(
            "each environment has one B and one η, so that there is no grid to search: "
            f"imported with `--set {SETS[2]}`, D_J(σ) and σ*(F) are fitted to such runs"
        )


def _document(wanted: Import, report: Report) -> dict[str, Any]:
    return {
        "study": wanted.study,
        "set": wanted.set_name,
        "from": wanted.kind,
        "sources": list(wanted.sources),
        "options": stated(vars(wanted.rules)),
        "version": __version__,
        **report.document(),
    }


def _show(wanted: Import, document: Any, report: Report, end: str) -> None:
    if wanted.as_json:
        print(json.dumps(document, indent=1, allow_nan=False))
        return
    print(*report.lines(), end, sep="\n")


def _write_study(wanted: Import, runs: Runs, folders: Folders) -> tuple[Path, str]:
    """Write the study file, or add the set to the one that is there.

    A study file that was edited is kept. One that is as an earlier import wrote it is
    written again.
    """
    path = folders.studies / f"{wanted.study}.toml"
    old = path.read_bytes() if path.exists() else None
    if old is not None and not _is_as_imported(path, wanted, folders):
        study = load_study(wanted.study, folders)
        if wanted.set_name in study.archives:
            return path, "kept"
        more = "\n" + archive_text(wanted.study, wanted.set_name)
        _replace(path, old + more.encode(), old, wanted, folders)
        return path, f"added [archives.{wanted.set_name}]"
    scale, share = propose(runs.curves)
    names = ", ".join(Path(each).name for each in wanted.sources)
    known = Known(
        source=f"{wanted.kind}: {names}",
        max_returns=scale.max_returns,
        min_returns=scale.min_returns,
        levels=scale.levels,
        share=share,
        title=wanted.title or wanted.study,
        algorithm=wanted.algorithm,
        model_size=wanted.model_size,
        delta=wanted.delta,
    )
    _replace(path, study_text(runs, known).encode(), old, wanted, folders)
    return path, "new" if old is None else "written again, as it was not edited"


def _replace(
    path: Path, content: bytes, old: bytes | None, wanted: Import, folders: Folders
) -> None:
    """Write a study file; take it back if it is refused."""
    replace_if_changed(path, content)
    try:
        load_study(wanted.study, folders)
    except ScalingError:
        if old is None:
            path.unlink()
        else:
            replace_if_changed(path, old)
        raise


def _is_as_imported(path: Path, wanted: Import, folders: Folders) -> bool:
    """Whether a study file is as the import of this set, its only one, wrote it."""
    study = load_study(wanted.study, folders)
    if set(study.archives) != {wanted.set_name}:
        return False
    archive = folders.archive(study, wanted.set_name)
    report = archive.with_name(archive.stem + ENDING)
    if not report.is_file():
        return False
    try:
        written = json.loads(report.read_text(encoding="utf-8")).get("study_file")
    except (ValueError, AttributeError):
        return False
    return bool(written == hashlib.sha256(path.read_bytes()).hexdigest())


def _archive(
    runs: Runs, wanted: Import, document: dict[str, Any], folders: Folders
) -> tuple[Path, bytes]:
    """Return the archive's place and content.

    Raises:
        ScalingError: another archive is there, and is not to be replaced, or there are
            more runs than an archive may have.
    """
    path = folders.archives / f"{wanted.study}_{wanted.set_name}.zip"
    if (folders.studies / f"{wanted.study}.toml").exists():
        study = load_study(wanted.study, folders)
        if wanted.set_name in study.archives:
            path = folders.archive(study, wanted.set_name)
    check_limits(
        f"the archive {path.name}",
        settings=len(runs.curves),
        size=sum(8 * (c.steps.size + c.returns.size) for c in runs.curves),
        points=sum(c.steps.size for c in runs.curves),
    )
    metric = ", ".join(document["origins"].get("return", {}))
    manifest = {
        "units": {"step": "environment steps", METRIC: f"return, logged as {metric}"},
        "packages": {"value-scaling": __version__},
        "commit": f"not known: imported from {wanted.kind}",
        "imported": {"from": wanted.kind, "options": document["options"]},
    }
    with tempfile.TemporaryDirectory() as folder:
        new = Path(folder) / path.name
        write_runs(new, {METRIC: runs}, manifest=manifest)
        content = new.read_bytes()
    if path.exists() and not wanted.replaces and path.read_bytes() != content:
        raise ScalingError(
            path,
            found="an archive with other content",
            expected="none, or one of the same runs",
            fix="choose another name for the study, or --replace, which replaces the "
            "archive",
        )
    return path, content
