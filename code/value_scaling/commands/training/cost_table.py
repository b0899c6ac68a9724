"""What missing runs will take, as a table and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from value_scaling.commands.text.parts import TextPart, listing

if TYPE_CHECKING:
    from value_scaling.sweep.cost.costs import Cost

_NAMES = (
    *("set", "missing settings", "runs", "env steps", "updates", "one core here"),
    *("memory of a process", "an H100", "runs of a program", "GPU memory"),
)
_KEYS = {
    "steps": "environment_steps",
    "gpu_hours": "h100_hours",
    "memory": "memory_gib",
    "gpu_memory": "gpu_memory_gib",
    "gpu_steps": "gpu_steps_per_second",
    "disk": "disk_gib",
}
"""Keys of JSON, where they are not the names of the fields of `Cost`."""


def cost_table(sets: Sequence[tuple[str, int, int, "Cost"]]) -> list[TextPart]:
    """Return a row for each set, and how the hours of a GPU are estimated.

    Args:
        sets: Name, number of missing settings, number of all settings, and cost.
    """
    from value_scaling.sweep.cost.costs import hours_text
    from value_scaling.sweep.host.memory import peak_memory

    rows = []
    for name, missing, settings, one in sets:
        row = [name, f"{missing} of {settings}"]
        if one.runs:
            row += [
                f"{one.runs}",
                f"{one.steps:.3g}",
                f"{one.updates:.3g}",
                hours_text(one.core_hours),
                f"{peak_memory() + one.memory:.1f} GiB",
                hours_text(one.gpu_hours),
                f"{one.gpu_runs}",
                f"{one.gpu_memory:.2f} GiB",
            ]
        rows.append(row + [""] * (len(_NAMES) - len(row)))
    parts = listing(_NAMES, rows, right=_NAMES[1:])
    if steps := max((one.gpu_steps for *_, one in sets), default=0):
        parts.append(
            "H100: estimated from updates measured on one, and "
            f"{steps:.0f} environment steps a second"
        )
    return parts


def cost_document(one: "Cost") -> dict[str, Any]:
    """Return a cost for JSON; the keys state the units."""
    return {_KEYS.get(name, name): value for name, value in asdict(one).items()}
