"""Names inside an archive: <top>/utd_<σ>/<env>/<metric>/bs_<B>_lr_<η>.npy."""

import math
import re
from dataclasses import dataclass

from value_scaling.records import ScalingError, Setting

MANIFEST = "manifest.json"
LAYOUT = "<top>/utd_<σ>/<environment>/<metric>/bs_<B>_lr_<η>.npy"

_NUMBER = r"\d+(?:\.\d*)?(?:[eE][+-]?\d+)?"
_MEMBER = re.compile(
    rf"(?P<top>[^/]+)/utd_(?P<utd>{_NUMBER})/(?P<env>[^/]+)/(?P<metric>[^/]+)/"
    rf"bs_(?P<batch_size>\d+)_lr_(?P<learning_rate>{_NUMBER})\.npy",
    re.ASCII,
)


@dataclass(frozen=True)
class Member:
    """One array of an archive, by its name."""

    name: str
    top: str
    metric: str
    setting: Setting


def parse_name(name: str, archive: object) -> Member:
    """Read a member's name; numbers may be spelled 0.0003, 3e-4 or 30e-5.

    Raises:
        ScalingError: the name is not of this layout, or a number is not positive.
    """
    match = _MEMBER.fullmatch(name)
    if match is None:
        raise ScalingError(
            f"{archive}: {name}",
            found="a name that is not of the layout of archives",
            expected=f"{LAYOUT}, or {MANIFEST} in the top folder",
            fix="rename the file, or leave it out of the archive",
        )
    setting = Setting(
        env=match["env"],
        utd=float(match["utd"]),
        batch_size=int(match["batch_size"]) if len(match["batch_size"]) < 16 else 0,
        learning_rate=float(match["learning_rate"]),
    )
    numbers = (setting.utd, setting.batch_size, setting.learning_rate)
    if not all(math.isfinite(number) and number > 0 for number in numbers):
        raise ScalingError(
            f"{archive}: {name}",
            found="a σ, B or η that is zero or out of range",
            expected="positive numbers",
            fix="rename the file",
        )
    return Member(name, match["top"], match["metric"], setting)


def format_name(top: str, setting: Setting, metric: str) -> str:
    """Return the name of one array; `parse_name` gives the same numbers back."""
    return (
        f"{top}/utd_{_spell(setting.utd)}/{setting.env}/{metric}/"
        f"bs_{setting.batch_size}_lr_{_spell(setting.learning_rate)}.npy"
    )


def _spell(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(float(number))
