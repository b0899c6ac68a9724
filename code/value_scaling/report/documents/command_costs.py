"""Costs of the commands in the README, measured by `make bench ARGS="-k commands"`."""

from collections.abc import Mapping
from typing import Any

from value_scaling.report.documents.markdown_tables import grid


def commands(timed: Mapping[str, Any]) -> str:
    """Return Markdown: a row for each command, in the order in which it is typed."""
    rows = [
        [
            f"`{row['command']}`",
            row["makes"],
            f"{row['seconds'] / 60:.1f} min",
            f"{row['fetched_MB']:.0f} MB" if row["fetched_MB"] else "nothing",
            f"{row['disk_MB']:.0f} MB",
        ]
        for row in timed["rows"]
    ]
    return grid(["command", "makes", "takes", "fetches", "writes"], rows) + (
        f"\nTimes are for one {timed['machine']} core, without downloads (`-j4` uses "
        "four cores). The largest process takes "
        f"{timed['peak_MB'] / 1000:.1f} GB of memory.\n"
    )
