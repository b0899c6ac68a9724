"""Completion of a study file by defaults and by what the study's archives hold."""

import copy
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from value_scaling.records import SETS, Curves, ScalingError, Study
from value_scaling.records.axes import FITTED
from value_scaling.records.defaults.filled import Filled
from value_scaling.records.defaults.grids import fill_grids
from value_scaling.records.defaults.levels import TOPS, fill_levels, lacks_scale
from value_scaling.records.runs import curves_of
from value_scaling.store.archives.read import read_runs
from value_scaling.store.files.typed import convert
from value_scaling.store.folders import Folders
from value_scaling.store.studies.archived import Listed, list_archive
from value_scaling.store.studies.fresh import RETURNS

_ANY = {
    "title": "any",
    "algorithm": "any",
    "environments": [{"name": "any"}],
    "sweep_utds": [1.0],
    "sweep_levels": [1.0],
    "fitted_levels": [1.0],
    "model_size": 1.0,
    "delta": 1.0,
    "baseline_utd": 1.0,
    "proposal_utds": [1.0],
    "archives": {},
}
"""A valid value of each key that a study file may leave out."""
_GRIDS = tuple(axis.plural for axis in FITTED)


class CannotComplete(ScalingError):
    """The archives of a study do not give what its file leaves out."""


def archive_file(study: str, set_name: str) -> str:
    """Return the name of an archive that the study file does not name."""
    return f"{study}_{set_name}.zip"


def with_any_values(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table with a valid value for each key that is left out."""
    filled = _ANY | copy.deepcopy({**table})
    for each in _tables(filled["environments"]):
        low, tops = each.get("min_return", 0.0), [each[k] for k in TOPS if k in each]
        free = low + 1 if isinstance(low, int | float) else 1.0
        each |= {key: tops[0] if tops else free for key in TOPS if key not in each}
    for rule in _tables(filled["archives"]):
        rule.setdefault("file", "any.zip")
        rule.setdefault("metric", "any")
    return filled


def is_complete(table: Mapping[str, Any]) -> bool:
    """Return whether a study file without wrong values leaves nothing out."""
    if not table.keys() >= _ANY.keys():
        return False
    keys = (*TOPS, *_GRIDS) if SETS[0] in table["archives"] else TOPS
    return all(
        all(key in each for key in keys) for each in table["environments"]
    ) and all({"file", "metric"} <= rule.keys() for rule in table["archives"].values())


def complete(table: dict[str, Any], path: Path, folders: Folders) -> Filled:
    """Return a table without wrong values in which nothing is left out.

    Args:
        path: file of the study, which need not exist.

    Raises:
        ScalingError: an archive that decides is missing or wrong, or no level is
            reached.
    """
    name = path.stem
    rules = table.get("archives") or _rules_of_files(name, folders)
    files = tuple(
        (each, folders.archives / rules[each].get("file", archive_file(name, each)))
        for each in SETS
        if each in rules
    )
    stated = json.dumps(table | {"archives": rules})
    state = tuple(_state(path) for _, path in files)
    try:
        found = copy.deepcopy(_completed(stated, name, files, state))
    except ScalingError as error:
        raise CannotComplete(
            f"{path}, which leaves values out; {error.what}",
            found=error.found,
            expected=error.expected,
            fix=error.fix,
        ) from error
    if not table.get("archives"):
        names = ", ".join(path.name for _, path in files)
        found.texts = {"archives": f"{names} (named after the study)"} | found.texts
    return found


def bare_study(table: Mapping[str, Any], name: str) -> Study:
    """Return a study with arbitrary values for all that is left out, to read runs."""
    return convert(with_any_values(table) | {"name": name}, Study)


@cache
def _completed(
    stated: str,
    name: str,
    files: tuple[tuple[str, Path], ...],
    state: tuple[tuple[int, ...], ...],
) -> Filled:
    """Complete a table once for each state of its archives."""
    filled = Filled(json.loads(stated))
    rules = filled.table["archives"]
    listed: dict[str, Listed] = {}
    for set_name, path in files:
        rule = rules[set_name]
        rule.setdefault("file", path.name)
        if path.exists() and (not listed or "metric" not in rule):
            listed[set_name] = list_archive(path, rule.get("metric"))
            if "metric" not in rule:
                rule["metric"] = listed[set_name].metric
                filled.texts["metric"] = f"{rule['metric']} (found in the archive)"
        rule.setdefault("metric", RETURNS)
    fill_grids(filled, name, {key: each.settings for key, each in listed.items()})
    curves: Sequence[Curves] = ()
    if listed and lacks_scale(filled):
        first = next(iter(listed))
        study = bare_study(filled.table, name)
        runs = read_runs(dict(files)[first], study, first)
        outside = study.undeclared(runs.settings)
        curves = curves_of(runs.curves, lambda setting: setting not in outside)
    fill_levels(filled, curves)
    if not listed and not is_complete(filled.table):
        missing = sorted(_ANY.keys() - filled.table.keys()) or [*TOPS, *_GRIDS]
        raise ScalingError(
            "its archive",
            found=f"neither {', '.join(missing)} in its file nor "
            f"{' or '.join(path.name for _, path in files)} in {files[0][1].parent}",
            expected="one of the two, since values that a study file leaves out are "
            "found in its archive",
            fix="put the archive there, or state these values",
        )
    return filled


def _rules_of_files(name: str, folders: Folders) -> dict[str, dict[str, Any]]:
    """Return an empty rule for each archive that is named after the study."""
    there = [
        each for each in SETS if (folders.archives / archive_file(name, each)).exists()
    ]
    return {each: {} for each in there or SETS[:1]}


def _state(path: Path) -> tuple[int, ...]:
    """Return what changes if a file changes; empty if there is none."""
    if not path.exists():
        return ()
    found = path.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino


def _tables(found: Any) -> list[dict[str, Any]]:
    """Return the tables in a list or below a table."""
    values = found.values() if isinstance(found, dict) else found
    if not isinstance(found, dict | list):
        return []
    return [each for each in values if isinstance(each, dict)]
