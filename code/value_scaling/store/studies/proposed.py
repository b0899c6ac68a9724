"""Text of a study file for imported runs, with comments on the source of each value."""

import copy
import json
import textwrap
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from value_scaling.records import Runs
from value_scaling.records.axes import AXES
from value_scaling.records.defaults.filled import Filled
from value_scaling.records.defaults.grids import fill_grids
from value_scaling.records.defaults.levels import TOPS, fill_levels
from value_scaling.store.studies.complete import archive_file
from value_scaling.store.studies.fresh import RETURNS

_WIDTH = 88


def study_text(runs: Runs, *, source: str, stated: Mapping[str, Any]) -> str:
    """Return the study file of runs that were imported as one set.

    Args:
        source: where the runs were read, in words.
        stated: values that are known, as a study file has them. The others have the
            defaults of a study file; N and δ are left out if they are not known.

    Raises:
        ScalingError: the runs reach no level, or δ is stated without N.
    """
    settings = runs.settings
    filled = Filled(copy.deepcopy({**stated}))
    fill_grids(filled, runs.study, {runs.set_name: settings})
    fill_levels(filled, runs.curves)
    table, texts = filled.table, filled.texts
    seeds = [seeds for _, seeds in runs.shapes]
    few, many = min(seeds), max(seeds)
    number = f"{few}" if few == many else f"{few} to {many}"
    lines = [
        *_comment(f"Written by `scaling import` from {source}."),
        *_comment(
            f"{len(runs.curves)} settings, {number} seeds. Edit what is wrong: "
            "later imports keep your edits."
        ),
        f"title = {_text(table['title'])}",
        f"algorithm = {_text(table['algorithm'])}",
        "# UTD ratios that were found.",
        f"sweep_utds = {_list(table['sweep_utds'])}",
        *_comment(_reason(texts.get("levels", "")), "Levels J, from 0 to 1000"),
        f"sweep_levels = {_list(table['sweep_levels'])}",
        f"fitted_levels = {_list(table['fitted_levels'])}",
        *_cost(filled, "model_size", "N, critic parameters"),
        *_cost(filled, "delta", "δ, FLOPs worth one environment step"),
        "# Where the constant B and η are chosen: the middle UTD ratio.",
        f"baseline_utd = {_number(table['baseline_utd'])}",
        "# Where B and η are proposed: those UTD ratios, and one step beyond.",
        f"proposal_utds = {_list(table['proposal_utds'])}",
        f"held_out_levels = {table['held_out_levels']}",
        "",
        *_comment(_reason(texts.get("max_returns", "")), "Normalisers"),
        "# B and η: what was found there.",
    ]
    utds = sorted({setting.utd for setting in settings})
    for each in filled.environments:
        own = [s for s in settings if s.env == each["name"]]
        lines += _environment(each, len(utds), len(own))
    return "\n".join([*lines, "", archive_text(runs.study, runs.set_name)])


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


def _environment(each: dict[str, Any], utds: int, found: int) -> list[str]:
    """Return the table of one environment.

    Args:
        utds: number of UTD ratios of the study.
        found: number of settings of this environment.
    """
    lines = ["[[environments]]", f"name = {_text(each['name'])}"]
    if "min_return" in each:
        lines += [
            "# Returns are negative: the lowest start of a setting counts as 0.",
            f"min_return = {_number(each['min_return'])}",
        ]
    for key in TOPS:
        lines.append(f"{key} = {_number(each[key])}")
    grids = {
        axis.name: each[axis.plural] for axis in AXES.values() if axis.plural in each
    }
    others = each.get("other_grids", {})
    cells = utds * prod(len(grid) for grid in (*grids.values(), *others.values()))
    if grids and cells > found:
        lines.append(f"# {cells - found} of the {cells} cells were not found.")
    lines += [f"{AXES[name].plural} = {_grid(name, grids[name])}" for name in grids]
    if others:
        named = ", ".join(f"{name} = {_grid(name, others[name])}" for name in others)
        lines.append(f"other_grids = {{ {named} }}")
    return [*lines, ""]


def _grid(name: str, values: Sequence[float]) -> str:
    is_whole = AXES[name].kind is int
    return f"[{', '.join(map(str, values))}]" if is_whole else _list(values)


def _cost(filled: Filled, key: str, words: str) -> list[str]:
    """Return a stated cost, or a comment on the default that stands in for it."""
    if key in filled.texts:
        return _comment(f"{filled.texts[key]}.", f"{words}, {key}: NOT KNOWN")
    return [f"# {words}, as given.", f"{key} = {_number(filled.table[key])}"]


def _reason(text: str) -> str:
    """Return the text in brackets at the end of a text on a default."""
    return text.partition("(")[2].removesuffix(")")


def _comment(text: str, heading: str = "") -> list[str]:
    """Return comment lines."""
    whole = f"{heading}: {text}" if heading and text else f"{heading}{text}"
    return textwrap.wrap(
        whole,
        _WIDTH,
        initial_indent="# ",
        subsequent_indent="# ",
        break_on_hyphens=False,
    )


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _number(number: float) -> str:
    short = f"{number:g}"
    return short if float(short) == number else repr(number)


def _list(numbers: Sequence[float]) -> str:
    return f"[{', '.join(map(_number, numbers))}]"
