"""The fields of a run that must be known: its environment, its axes and its seed.

The axes are those of `records.axes`. An optional axis, such as N, belongs to the
setting if an option or the name pattern gives it a value.
"""

from collections.abc import Mapping
from typing import Any

from value_scaling.records import Setting
from value_scaling.records.axes import AXES

ENV = "env"
SEED = "seed"
WIDTH = "width"
"""Width of the critic, which archives record with N."""
_KEYS = {
    ENV: ("env", "env_id", "env_name", "environment", "task"),
    SEED: ("seed",),
}


def required() -> tuple[str, ...]:
    """Return the fields that every run must have."""
    return (ENV, *(a.name for a in AXES.values() if not a.is_optional), SEED)


def fields() -> tuple[str, ...]:
    """Return the fields to which options and name patterns may give a value."""
    return (ENV, *AXES, SEED)


def is_number(name: str) -> bool:
    """Whether a field is an axis, whose values are numbers."""
    return name in AXES


def recognised(name: str) -> tuple[str, ...]:
    """Return the keys that are read for a field even if no option names them."""
    return _KEYS[name] if name in _KEYS else (name, *AXES[name].aliases)


def make_setting(values: Mapping[str, Any], labels: Mapping[str, Any]) -> Setting:
    """Return the setting of a run from the values of its fields.

    Args:
        labels: configuration, columns and further names in the pattern; `width` is the
            critic's width if N is an axis.
    """
    width = str(labels.get(WIDTH, ""))
    has_size = any(AXES[name].is_optional for name in values if name in AXES)
    return Setting.of(
        values[ENV],
        {name: value for name, value in values.items() if name in AXES},
        int(width) if has_size and width.isdecimal() else None,
    )
