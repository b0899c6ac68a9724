"""What has to be known of a run: its environment, its axes and its seed."""

from collections.abc import Mapping
from typing import Any

from value_scaling.records import Setting
from value_scaling.records.axes import required

ENV = "env"
SEED = "seed"
HINTS: dict[str, Any] = {axis.name: axis.hint for axis in required()}
"""Type of each axis of a setting, with its range; see `records.limits`."""
REQUIRED = (ENV, *HINTS, SEED)
FIELDS = REQUIRED
"""Every name that the options and name patterns may give a value to."""

RECOGNISED: dict[str, tuple[str, ...]] = {
    ENV: ("env", "env_id", "env_name", "environment", "task"),
    **{axis.name: (axis.name, *axis.aliases) for axis in required()},
    SEED: ("seed",),
}
"""Keys that are read without being named in an option."""


def make_setting(values: Mapping[str, Any]) -> Setting:
    """Return the setting of a run from the values of its fields."""
    return Setting.of(values[ENV], values)
