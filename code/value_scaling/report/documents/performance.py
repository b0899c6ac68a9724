"""Costs of the expensive parts, measured by `make bench` and `make gpu-bench`."""

from collections.abc import Mapping
from typing import Any

from value_scaling.report.documents.markdown_tables import grid

_STAGE = "of it "
"""Prefix of the rows that describe one stage of `make figures`."""


def costs(measured: Mapping[str, Any]) -> str:
    """Return Markdown: every measurement except those of single stages."""
    rows = [row for row in measured["rows"] if not row["what"].startswith(_STAGE)]
    return (
        f"Measured on {measured['cpus']} {measured['machine']} cores with Python "
        f"{measured['python']}. CPU times are for one core.\n\n"
        + _table([(row["what"], row) for row in rows])
    )


def stages(measured: Mapping[str, Any]) -> str:
    """Return a Markdown table of the stages of `make figures`, the longest first."""
    rows = [row for row in measured["rows"] if row["what"].startswith(_STAGE)]
    rows.sort(key=lambda row: -row["value"])
    return _table([(row["what"].removeprefix(_STAGE), row) for row in rows])


def gpu(found: Mapping[str, Any]) -> str:
    """Return Markdown: training on one GPU, measured by `make gpu-bench`."""
    rows = [
        [
            row["part"].upper(),
            str(row["runs"]),
            str(row["utd"]),
            f"{row['updates_per_second']:,.0f}",
            f"{100 * row['share_of_matmul_peak']:.1f}%",
            f"{row['peak_memory_bytes'] / 1e9:.1f} GB",
        ]
        for row in found["rows"]
        if "updates_per_second" in row
    ]
    head = ["agent", "runs at once", "σ", "updates per second", "of the peak", "memory"]
    packages = found["packages"]
    return (
        f"Measured on one {found['device']} with JAX {packages['jax']}. The peak was "
        "measured with large matrix products in JAX's default precision.\n\n"
        + grid(head, rows)
        + _in_turn(found["rows"])
    )


def _in_turn(rows: list[Mapping[str, Any]]) -> str:
    """Return Markdown: two groups that train in turn; empty if not measured."""
    found: dict[tuple[str, int], dict[int, float]] = {}
    for row in rows:
        if "groups_in_turn" in row:
            pair = found.setdefault((row["algorithm"], row["runs"]), {})
            pair[row["groups_in_turn"]] = row["environment_steps_per_second"]
    pairs = {key: pair for key, pair in found.items() if {1, 2} <= pair.keys()}
    if not pairs:
        return ""
    cells = [
        [agent.upper(), f"{runs}", f"{pair[1]:,.0f}", f"{pair[2]:,.0f}"]
        for (agent, runs), pair in pairs.items()
    ]
    faster = [pair[2] > pair[1] for pair in pairs.values()]
    result = (
        "slower"
        if not any(faster)
        else "faster"
        if all(faster)
        else "not always faster"
    )
    head = ["agent", "runs of each group", "one after the other", "in turn"]
    return (
        "\nTwo groups of one process could also take turns: one steps its "
        "environments while the GPU makes the updates of the other. This is "
        f"{result} than one group after the other, which is what `scaling train` does. "
        "The table has environment steps per second of both groups at σ = 1, whose "
        "environments take as much time "
        "on the host as HalfCheetah's:\n\n" + grid(head, cells)
    )


def _table(rows: list[tuple[str, Mapping[str, Any]]]) -> str:
    cells = [[what, quantity(row["value"], row["unit"])] for what, row in rows]
    return grid(["what", "measured"], cells)


def quantity(value: float, unit: str) -> str:
    """Write two digits below ten and integers above; from 120 s on, in minutes."""
    if unit == "s" and value >= 120:
        value, unit = value / 60, "min"
    text = f"{value:.2g}" if value < 10 else f"{value:.0f}"
    return f"{text} {unit}".strip()
