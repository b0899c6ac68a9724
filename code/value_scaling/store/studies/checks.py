"""Checks of a study file across its values, each of which is valid alone."""

from collections.abc import Iterable
from itertools import combinations

from value_scaling.records import (
    SETS,
    ArchiveRule,
    Environment,
    Study,
    diagnostic_metrics,
)
from value_scaling.records.axes import AXES, FITTED, optional
from value_scaling.records.defaults.levels import TOPS
from value_scaling.store.files.typed import Mismatch, mismatches

LEAST_SPAN = 1e-12
"""Least difference of max_return and min_return."""


def problems(study: Study) -> Iterable[Mismatch]:
    """Yield the inconsistent values of a study."""
    for key in ("sweep_levels", "fitted_levels", "sweep_utds", "proposal_utds"):
        yield from _ascending(key, getattr(study, key))
    for key, within in (
        ("decided_at", "sweep_levels"),
        ("fitted_utds", "proposal_utds"),
    ):
        values = getattr(study, key)
        yield from _ascending(key, values, may_be_empty=True)
        yield from _among(key, values, within, getattr(study, within))
    held_out = study.held_out_levels
    if held_out > len(study.fitted_levels) - 2:
        yield Mismatch("held_out_levels", f"{held_out}", "two levels or more to fit")
    if "sweep" in study.archives and study.baseline_utd not in study.sweep_utds:
        found = f"{study.baseline_utd:g}"
        yield Mismatch("baseline_utd", found, _listed("sweep_utds", study.sweep_utds))
    yield from _repeated("environments", "name", study.environment_names)
    for number, environment in enumerate(study.environments):
        here = f"environments.{number}"
        yield from _normaliser_problems(here, environment)
        yield from _grid_problems(here, environment, study)
    yield from _archive_problems(study)
    yield from _published_problems(study)


def _normaliser_problems(here: str, environment: Environment) -> Iterable[Mismatch]:
    """Yield each max_return that is not above min_return by a resolvable difference."""
    low = environment.min_return
    for key in TOPS:
        high = getattr(environment, key)
        if high - low < LEAST_SPAN:
            advice = "" if low else "; for negative returns, state min_return as well"
            wanted = f"a number above min_return = {low:g}{advice}"
            yield Mismatch(f"{here}.{key}", f"{high:g}", wanted)


def _grid_problems(
    here: str, environment: Environment, study: Study
) -> Iterable[Mismatch]:
    for axis in FITTED:
        unused = "sweep" not in study.archives
        values = getattr(environment, axis.plural)
        yield from _ascending(f"{here}.{axis.plural}", values, may_be_empty=unused)
    yield from _other_grid_problems(f"{here}.other_grids", environment)
    grids = study.grids_of(environment)
    for number, cells in enumerate(environment.skipped):
        where = f"{here}.skipped.{number}"
        if not cells:
            yield Mismatch(where, "a cell without any value", "utd, batch_size, …")
        if cells in environment.skipped[:number]:
            yield Mismatch(where, "a repeated cell", "it once")
        for name, value in cells.items():
            if name not in grids:
                known = f"one of {_all(grids)}"
                yield Mismatch(f"{where}.{name}", "an unknown key", known)
            elif value not in grids[name]:
                key = "sweep_utds" if name == "utd" else AXES[name].plural
                wanted = _listed(key, grids[name])
                yield Mismatch(f"{where}.{name}", f"{value:g}", wanted)
    if all(grids.values()) and not any(
        each.env == environment.name for each in study.grid
    ):
        yield Mismatch(f"{here}.skipped", "the whole grid", "a part of it")


def _other_grid_problems(here: str, environment: Environment) -> Iterable[Mismatch]:
    """Yield grids that are not of an optional axis, and values out of its range."""
    known = {axis.name: axis for axis in optional()}
    for name, values in environment.other_grids.items():
        if name not in known:
            expected = f"one of {_all(known)}"
            yield Mismatch(f"{here}.{name}", "an unknown axis", expected)
            continue
        yield from _ascending(f"{here}.{name}", values)
        axis = known[name]
        for number, value in enumerate(values):
            own = axis.kind(value) if axis.kind(value) == value else value
            yield from mismatches(own, axis.hint, f"{here}.{name}.{number}")


def _archive_problems(study: Study) -> Iterable[Mismatch]:
    if not study.archives:
        yield Mismatch("archives", "an empty table", f"one or more of {_all(SETS)}")
    for set_name, rule in study.archives.items():
        here = f"archives.{set_name}"
        if set_name not in SETS:
            yield Mismatch(here, "an unknown set", f"one of {_all(SETS)}")
        yield from _metric_problems(f"{here}.metrics", set_name, rule)
    for (first, one), (second, two) in combinations(study.archives.items(), 2):
        if one.file.casefold() == two.file.casefold():
            yield Mismatch(
                f"archives.{second}.file",
                f"{two.file!r}, the file of archives.{first}",
                "a file for each set",
            )


def _metric_problems(key: str, set_name: str, rule: ArchiveRule) -> Iterable[Mismatch]:
    if rule.metrics and set_name != "sweep":
        yield Mismatch(key, "a list", "none: only the sweep has diagnostics")
    for number, metric in enumerate(rule.metrics):
        if metric not in diagnostic_metrics():
            known = f"one of {_all(diagnostic_metrics())}"
            yield Mismatch(f"{key}.{number}", repr(metric), known)
    yield from _repeated(key, "", rule.metrics)


def _published_problems(study: Study) -> Iterable[Mismatch]:
    published = study.published
    if published is None:
        return
    at_one, names = published.batch_at_one, study.environment_names
    if (published.batch_slope is None) != (not at_one):
        yield Mismatch("published", "batch_slope or batch_at_one alone", "both or none")
    if at_one and set(at_one) != set(names):
        yield Mismatch("published.batch_at_one", _all(at_one), _all(names))
    coefficients, utds = published.data_coefficients, published.data_utds
    present = (bool(coefficients), published.data_scale is not None, bool(utds))
    if any(present) and not all(present):
        yield Mismatch(
            "published",
            "some of data_scale, data_coefficients, data_utds",
            "all or none",
        )
    if coefficients:
        levels = len(study.fitted_levels)
        yield from _ascending("published.data_utds", utds)
        if len(coefficients) != levels:
            yield Mismatch(
                "published.data_coefficients",
                f"{len(coefficients)} rows",
                f"{levels}, one for each of fitted_levels",
            )


def _ascending(
    key: str, values: tuple[float, ...], *, may_be_empty: bool = False
) -> Iterable[Mismatch]:
    if not values and not may_be_empty:
        yield Mismatch(key, "an empty list", "one or more")
    for number, value in enumerate(values):
        if number and value <= values[number - 1]:
            yield Mismatch(
                f"{key}.{number}",
                f"{value:g} after {values[number - 1]:g}",
                "ascending values",
            )


def _among(
    key: str, values: tuple[float, ...], within: str, known: tuple[float, ...]
) -> Iterable[Mismatch]:
    for number, value in enumerate(values):
        if value not in known:
            yield Mismatch(f"{key}.{number}", f"{value:g}", _listed(within, known))


def _repeated(key: str, field: str, names: tuple[str, ...]) -> Iterable[Mismatch]:
    """Yield repeated names; on macOS, names that differ only in case are one folder."""
    folded = [name.casefold() for name in names]
    for number, name in enumerate(names):
        if folded[number] in folded[:number]:
            where = f"{key}.{number}.{field}" if field else f"{key}.{number}"
            yield Mismatch(where, f"{name!r} again", "it once")


def _listed(key: str, values: tuple[float, ...]) -> str:
    return f"one of {key}: {', '.join(f'{value:g}' for value in values)}"


def _all(names: Iterable[str]) -> str:
    return ", ".join(names)
