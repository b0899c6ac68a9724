"""Studies without a study file, completed as `store.studies` completes a file."""

from collections.abc import Mapping
from typing import Any, TypedDict

from value_scaling.records import Runs, Study
from value_scaling.records.defaults.filled import Filled
from value_scaling.records.defaults.grids import fill_grids
from value_scaling.records.defaults.levels import fill_levels
from value_scaling.store.files.typed import convert, mismatches, refuse
from value_scaling.store.studies.checks import problems
from value_scaling.store.studies.complete import archive_file, with_any_values
from value_scaling.store.studies.fresh import RETURNS


class Settings(TypedDict, total=False):
    """Settings that a user may give; the others have defaults."""

    title: str
    algorithm: str
    max_returns: Mapping[str, float]
    """By environment, the return that counts as 1000."""
    min_returns: Mapping[str, float]
    """By environment, the return that counts as 0."""
    levels: tuple[float, ...]
    model_size: float
    delta: float
    baseline_utd: float
    proposal_utds: tuple[float, ...]
    held_out_levels: int


_KEYS = (
    *("title", "algorithm", "model_size", "delta"),
    *("baseline_utd", "proposal_utds", "held_out_levels"),
)
"""Settings that a study file has under the same key."""
_UNSAID = ("title", "environments", "grids", "sweep_utds")
"""Defaults that only repeat what the frame has."""


def study_of_runs(
    held: Mapping[str, Runs], settings: Settings, *, name: str
) -> tuple[Study, tuple[str, ...]]:
    """Return the study of some runs, and a note on each default that it has.

    Args:
        held: runs by set. The first set decides the normalisers and levels.

    Raises:
        ScalingError: the runs reach no level, or a setting is wrong.
    """
    first = next(iter(held.values()))
    table: dict[str, Any] = {
        key: _plain(settings[key])  # type: ignore[literal-required]
        for key in _KEYS
        if key in settings
    }
    tops, lows = settings.get("max_returns", {}), settings.get("min_returns", {})
    names = sorted({curve.setting.env for curve in first.curves})
    table["environments"] = [
        {"name": env}
        | ({"max_return_sweep": tops[env]} if env in tops else {})
        | ({"min_return": lows[env]} if env in lows else {})
        for env in names
    ]
    if "levels" in settings:
        table["sweep_levels"] = table["fitted_levels"] = _plain(settings["levels"])
    table["archives"] = {
        key: {"file": archive_file(name, key), "metric": RETURNS} for key in held
    }
    if wrong := list(mismatches(with_any_values(table) | {"name": name}, Study)):
        raise refuse("the study", wrong, "correct the argument")
    filled = Filled(table)
    grids = {key: [c.setting for c in runs.curves] for key, runs in held.items()}
    fill_grids(filled, name, grids)
    fill_levels(filled, first.curves)
    texts = {
        key: text
        for key, text in filled.texts.items()
        if key not in (*_UNSAID, "max_return_fitted")
    }
    study = _checked(filled.table | {"name": name, "defaults": texts})
    return study, tuple(f"{key} = {text}" for key, text in texts.items())


def _checked(table: dict[str, Any]) -> Study:
    wrong = list(mismatches(table, Study))
    if not wrong:
        study = convert(table, Study)
        wrong = list(problems(study))
    if wrong:
        raise refuse("the study", wrong, "correct the argument or the runs")
    return study


def _plain(value: Any) -> Any:
    """Return a value as a study file would have it: lists, no tuples or arrays."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return list(value) if isinstance(value, tuple) else value
