"""`scaling import`: read runs, apply the rules, write an archive and a study file."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from value_scaling import __version__
from value_scaling.commands.console import print_json
from value_scaling.commands.importing.new_archive import new_archive
from value_scaling.commands.importing.new_study_file import write_study
from value_scaling.commands.importing.option_values import stated
from value_scaling.commands.importing.request import ENDING, ImportRequest
from value_scaling.importers.gather import gather
from value_scaling.importers.report import Report
from value_scaling.importers.sources.registry import SOURCES
from value_scaling.records import SETS, Runs, ScalingError
from value_scaling.records.axes import FITTED
from value_scaling.records.defaults.grids import refuse_delta_alone
from value_scaling.store.archives.read import read_runs
from value_scaling.store.files.atomic import digest_file, write_if_changed
from value_scaling.store.files.outputs import save_json
from value_scaling.store.folders import Folders
from value_scaling.store.progress import progress
from value_scaling.store.studies.load import is_bundled, load_study
from value_scaling.store.studies.names import is_name


def import_runs(wanted: ImportRequest, root: Path | None) -> int:
    """Import runs into an archive and a study file, and print each decision.

    Raises:
        ScalingError: a file or an option is wrong, or a rule refuses a run.
    """
    folders = Folders.at(root, runs="published")
    _check_name(wanted, folders)
    refuse_delta_alone(wanted.stated)
    source = SOURCES[wanted.kind]
    cache = folders.unfinished / f"{wanted.study}_{wanted.set_name}.import"
    rules = replace(wanted.rules, history_cache=str(cache))
    runs, report = gather(
        progress(
            (run for each in wanted.sources for run in source.read(each, rules)),
            wanted.kind,
            "run",
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
            found=f"{len(report.decisions)} runs, none of which is used",
            expected="at least one run",
            fix="add --dry-run to see why each run is left out",
        )
    with new_archive(runs, wanted, document, folders) as (path, new):
        study_path, how = write_study(wanted, runs, folders)
        write_if_changed(path, lambda part: shutil.copyfile(new, part))
    read_runs(path, load_study(wanted.study, folders), wanted.set_name)
    report_path = path.with_name(path.stem + ENDING)
    if how != "kept":
        document["study_file"] = digest_file(study_path)
    save_json(report_path, document)
    shutil.rmtree(cache, ignore_errors=True)
    _show(
        wanted,
        document,
        report,
        f"Archive: {folders.shown(path)}\n"
        f"Study file: {folders.shown(study_path)} ({how})\n"
        f"Report: {folders.shown(report_path)}\n"
        f"Next: check the study file, then run `scaling fit {wanted.study}`",
    )
    return 0


def _check_name(wanted: ImportRequest, folders: Folders) -> None:
    """Refuse a name that a study cannot have, and a study file that is wrong."""
    if not is_name(wanted.study) or is_bundled(wanted.study):
        raise ScalingError(
            f"study {wanted.study!r}",
            found="the name of a bundled study"
            if is_bundled(wanted.study)
            else "characters that the name of a study cannot have",
            expected="a name of your own: letters, digits, '_' and '-'",
            fix="choose another name",
        )
    path = folders.studies / f"{wanted.study}.toml"
    if path.exists():
        load_study(wanted.study, folders)


def _warn(runs: Runs, report: Report) -> None:
    """Warn of a sweep that has only one cell in each environment."""
    cells: dict[str, set[tuple[float, ...]]] = {}
    for setting in runs.settings:
        cell = tuple(setting.values[axis.name] for axis in FITTED)
        cells.setdefault(setting.env, set()).add(cell)
    if runs.set_name == SETS[0] and cells and all(len(n) == 1 for n in cells.values()):
        report.warnings.append(
            "each environment has one B and one η, so there is no grid to search. "
            f"Import such runs with `--set {SETS[2]}`: D_J(σ) and σ*(F) are fitted to "
            "them"
        )


def _document(wanted: ImportRequest, report: Report) -> dict[str, Any]:
    return {
        "study": wanted.study,
        "set": wanted.set_name,
        "from": wanted.kind,
        "sources": list(wanted.sources),
        "options": stated(vars(wanted.rules)),
        "version": __version__,
        **report.document(),
    }


def _show(wanted: ImportRequest, document: Any, report: Report, end: str) -> None:
    if wanted.as_json:
        print_json(document)
        return
    print(*report.lines(), end, sep="\n")
