"""Settings that were asked for and are not done when training ends."""

from collections.abc import Iterator

from value_scaling.sweep.packing import read_packed
from value_scaling.sweep.sets import SetPlan

SHOWN = 10
"""Settings that are listed by name."""


def unfinished(plan: SetPlan) -> Iterator[str]:
    """Yield the lines that tell of them; none, if the set is whole.

    Raises:
        ScalingError: an archive cannot be read.
    """
    done = read_packed(
        (plan.archive, plan.partial), plan.study.name, plan.set_name, plan.training
    ).notes
    left = [setting for setting in plan.settings if setting not in done]
    if not left:
        return
    yield (
        f"{len(left)} of {len(plan.settings)} settings are unfinished; another process "
        "may be training them:"
    )
    yield from (f"  {setting}" for setting in left[:SHOWN])
    if len(left) > SHOWN:
        yield f"  and {len(left) - SHOWN} more"
