"""Text of a study file for imported runs, with comments on the source of each value."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from value_scaling.records import Runs
from value_scaling.records.axes import AXES
from value_scaling.store.studies.fresh import RETURNS

MODEL_SIZE = 1.5e5
DELTA = 4e9
"""N and δ of the paper's Gym study, used if the user gives none."""
_HELD_OUT = 2
"""Number of top levels that test σ*(F), if two lower ones are left."""


@dataclass(frozen=True)
class Known:
    """What an import knows about a study in addition to its runs."""

    source: str
    """Where the runs were read, in words."""
    max_returns: Mapping[str, float]
    """Highest return on the scale, by environment."""
    min_returns: Mapping[str, float]
    """Lowest return on the scale, by environment, if it is not 0."""
    levels: Sequence[float]
    share: float
    """Share of (environment, σ) that reach the top level."""
    title: str
    algorithm: str
    model_size: float | None = None
    delta: float | None = None


def study_text(runs: Runs, known: Known) -> str:
    """Return the study file of runs that were imported as one set."""
    utds = sorted({curve.setting.utd for curve in runs.curves})
    seeds = [curve.seeds for curve in runs.curves]
    share = "every" if known.share == 1 else f"{known.share:.0%} of the"
    few, many = min(seeds), max(seeds)
    number = f"{few}" if few == many else f"{few} to {many}"
    lines = [
        f"# Written by `scaling import` from {known.source}.",
        f"# {len(runs.curves)} settings, {number} seeds. Edit what is wrong: "
        "later imports keep your edits.",
        f"title = {_text(known.title)}",
        f"algorithm = {_text(known.algorithm)}",
        "# UTD ratios that were found.",
        f"sweep_utds = {_list(utds)}",
        "# Levels J, on the scale 0 to 1000 of the normalisers below: multiples of 50,",
        "# from the first one above the start of the runs to the last one that the",
        f"# best setting of {share} (environment, UTD ratio) reaches.",
        f"sweep_levels = {_list(known.levels)}",
        f"fitted_levels = {_list(known.levels)}",
        *_stated("model_size", known.model_size, MODEL_SIZE, "N, critic parameters"),
        *_stated("delta", known.delta, DELTA, "δ, FLOPs worth one environment step"),
        "# Where the constant B and η are chosen: the middle UTD ratio that was run.",
        f"baseline_utd = {_number(utds[(len(utds) - 1) // 2])}",
        "# Where B and η are proposed: those that were run, and one step beyond.",
        f"proposal_utds = {_list([utds[0] / 2, *utds, utds[-1] * 2])}",
        f"held_out_levels = {held_out(known.levels)}",
        "",
        "# Normalisers: 1.25 times the highest return that the mean over seeds of any",
        "# setting reached, to two digits. B and η: what was found there.",
    ]
    for env in dict.fromkeys(curve.setting.env for curve in runs.curves):
        lines += _environment(env, runs, known, utds)
    return "\n".join([*lines, "", archive_text(runs.study, runs.set_name)])


def held_out(levels: Sequence[float]) -> int:
    """Return the number of levels that a new study holds out."""
    return max(0, min(_HELD_OUT, len(levels) - 2))


def archive_file(study: str, set_name: str) -> str:
    """Return the name of the archive of one set of a new study."""
    return f"{study}_{set_name}.zip"


def archive_text(study: str, set_name: str) -> str:
    """Return the part of a study file that names the archive of one set."""
    return "\n".join(
        [
            f"[archives.{set_name}]",
            f'file = "{archive_file(study, set_name)}"',
            f'metric = "{RETURNS}"',
            "",
        ]
    )


def _environment(
    env: str, runs: Runs, known: Known, utds: Sequence[float]
) -> list[str]:
    here = [curve.setting for curve in runs.curves if curve.setting.env == env]
    grids = {
        axis.name: sorted({s.values[axis.name] for s in here if axis.name in s.values})
        for axis in AXES.values()
        if axis.name != "utd"
    }
    cells = len(utds) * prod(len(grid) or 1 for grid in grids.values())
    lines = ["[[environments]]", f"name = {_text(env)}"]
    if env in known.min_returns:
        lines += [
            "# Returns are negative: the lowest start of a setting counts as 0.",
            f"min_return = {_number(known.min_returns[env])}",
        ]
    top = _number(known.max_returns[env])
    lines += [f"max_return_sweep = {top}", f"max_return_fitted = {top}"]
    if runs.set_name == "sweep":
        if cells > len(here):
            lines.append(f"# {cells - len(here)} of the {cells} cells were not found.")
        others = []
        for name, grid in grids.items():
            axis = AXES[name]
            values = (
                f"[{', '.join(map(str, grid))}]" if axis.kind is int else _list(grid)
            )
            if not axis.is_optional:
                lines.append(f"{axis.plural} = {values}")
            elif grid:
                others.append(f"{name} = {values}")
        if others:
            lines.append(f"other_grids = {{ {', '.join(others)} }}")
    return [*lines, ""]


def _stated(key: str, value: float | None, usual: float, words: str) -> list[str]:
    if value is not None:
        return [f"# {words}, as given.", f"{key} = {_number(value)}"]
    return [
        f"# {words}: NOT KNOWN.",
        "# This is the value of the paper's Gym study. B* and η* do not depend on it,",
        "# but C_J and σ*(F) do: set it before you use those.",
        f"{key} = {_number(usual)}",
    ]


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _number(number: float) -> str:
    short = f"{number:g}"
    return short if float(short) == number else repr(number)


def _list(numbers: Sequence[float]) -> str:
    return f"[{', '.join(map(_number, numbers))}]"
