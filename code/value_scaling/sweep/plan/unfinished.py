"""Settings that were asked for and are not done when training ends."""

from collections.abc import Iterator

from value_scaling.sweep.plan.sets import SetPlan
from value_scaling.sweep.run.packing import Packed

SHOWN = 10
"""Settings that are listed by name."""


def unfinished(plan: SetPlan, packed: Packed) -> Iterator[str]:
    """Yield the lines that report unfinished settings; none, if the set is whole."""
    left = [setting for setting in plan.settings if setting not in packed.notes]
    if not left:
        return
    yield (
        f"{len(left)} of {len(plan.settings)} settings are unfinished; another process "
        "may be training them:"
    )
    yield from (f"  {setting}" for setting in left[:SHOWN])
    if len(left) > SHOWN:
        yield f"  and {len(left) - SHOWN} more"
