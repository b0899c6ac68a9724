"""Names inside an archive, e.g. <top>/utd_<σ>/<env>/<metric>/bs_<B>_lr_<η>.npy.

`records.axes` defines the axes in a name. A name contains an optional axis only if the
setting has it. N is written with the width that determines it, in a folder above the
folder of σ: <top>/w<width>p<N>/utd_<σ>/…
"""

import math
import re
from dataclasses import dataclass
from functools import cache

from value_scaling.records import ScalingError, Setting
from value_scaling.records.axes import AXES, Axis

MANIFEST = "manifest.json"
LAYOUT = "<top>/utd_<σ>/<environment>/<metric>/bs_<B>_lr_<η>.npy"

_NUMBER = r"\d+(?:\.\d*)?(?:[eE][+-]?\d+)?"
_WIDTH = r"(?:w(?P<width>\d{1,15}))?"
_DIGITS = 15
"""Largest number of digits of a whole number."""


@dataclass(frozen=True)
class Member:
    """One array of an archive, identified by its name."""

    name: str
    top: str
    metric: str
    setting: Setting


def parse_name(name: str, archive: object) -> Member:
    """Read a member's name; numbers may be written as 0.0003, 3e-4 or 30e-5.

    Raises:
        ScalingError: the name does not have this layout, or a number is not positive.
    """
    match = _members(tuple(AXES.values())).fullmatch(name)
    if match is None:
        raise ScalingError(
            f"{archive}: {name}",
            found="a name that does not follow the layout of archives",
            expected=f"{LAYOUT}, or {MANIFEST} in the top folder",
            fix="rename the file, or leave it out of the archive",
        )
    found = match.groupdict()
    values = {
        axis.name: _number(axis, text)
        for axis in AXES.values()
        if (text := found[axis.name]) is not None
    }
    if not all(math.isfinite(value) and value > 0 for value in values.values()):
        symbols = ", ".join(AXES[name].symbol for name in values)
        raise ScalingError(
            f"{archive}: {name}",
            found=f"a value that is zero or out of range, among {symbols}",
            expected="positive numbers",
            fix="rename the file",
        )
    width = found.get("width")
    setting = Setting.of(found["env"], values, None if width is None else int(width))
    return Member(name, found["top"], found["metric"], setting)


def is_manifest(name: str) -> bool:
    """Return whether a member is a manifest, which lies in the top folder."""
    return name.split("/")[1:] == [MANIFEST]


def format_name(top: str, setting: Setting, metric: str) -> str:
    """Return the name of one array; `parse_name` gives the same values back."""
    spelled = {
        name: f"{AXES[name].key}{_spell(value)}"
        for name, value in setting.values.items()
    }
    if setting.width is not None:
        spelled["model_size"] = f"w{setting.width}{spelled['model_size']}"
    folders = [spelled[axis.name] for axis in _folders() if axis.name in spelled]
    file = [text for name, text in spelled.items() if not AXES[name].is_folder]
    return "/".join([top, *folders, setting.env, metric, f"{'_'.join(file)}.npy"])


def _folders() -> list[Axis]:
    """Return the axes whose values name folders, optional axes before σ."""
    return sorted(
        (axis for axis in AXES.values() if axis.is_folder),
        key=lambda axis: not axis.is_optional,
    )


@cache
def _members(axes: tuple[Axis, ...]) -> re.Pattern[str]:
    """Return the pattern of all names for these axes."""

    def part(axis: Axis, before: str = "", after: str = "") -> str:
        width = _WIDTH if axis.name == "model_size" else ""
        number = r"\d+" if axis.kind is int else _NUMBER
        text = f"{before}{width}{axis.key}(?P<{axis.name}>{number}){after}"
        return f"(?:{text})?" if axis.is_optional else text

    folders = "".join(part(axis, after="/") for axis in _folders())
    first, *others = (axis for axis in axes if not axis.is_folder)
    file = part(first) + "".join(part(axis, before="_") for axis in others)
    return re.compile(
        rf"(?P<top>[^/]+)/{folders}(?P<env>[^/]+)/(?P<metric>[^/]+)/{file}\.npy",
        re.ASCII,
    )


def _number(axis: Axis, text: str) -> float:
    """Return the value of a number; 0 for a whole number with too many digits."""
    if axis.kind is int and len(text) > _DIGITS:
        return 0
    return float(axis.kind(text))


def _spell(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(float(number))
