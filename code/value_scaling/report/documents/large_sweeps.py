"""Time and memory of large sweeps, measured by `make bench ARGS="-k scale"`."""

from collections.abc import Mapping
from typing import Any

from value_scaling.report.documents.markdown_tables import grid


def large_sweeps(found: Mapping[str, Any]) -> str:
    """Return Markdown: a row for each command and size of a sweep."""
    rows = [
        [
            f"{row['settings']:,} × {row['seeds']} × {row['points'] or 'any'}",
            f"`{row['command']}`",
            f"{1000 * row['seconds'] / row['settings']:.1f} ms",
            f"{row['peak_MB'] / 1000:.1f} GB",
            f"{row['replicates']:,}" if row["replicates"] else "",
        ]
        for row in found["rows"]
    ]
    head = ["settings × seeds × points", "command", "CPU time of a setting"]
    head += ["peak memory", "replicates"]
    return f"Measured on one {found['machine']} core.\n\n" + grid(head, rows)
