"""Table of the runs of a study that `scaling train` made."""

from value_scaling.records.provenance import Provenance
from value_scaling.report.documents.markdown_tables import grid

SETS = {
    "sweep": "grid search",
    "ours": "fitted B\\*, η\\*",
    "baseline": "constant B, η",
}
"""The sets of runs, as Markdown."""


def bundled(provenance: Provenance) -> str:
    """Return a Markdown table with a row for each set of runs."""
    rows = [
        [
            SETS[made.name],
            f"{made.settings}",
            f"{made.runs}",
            f"{made.steps / 1e6:.1f} million",
            "" if made.cpu_hours is None else f"{made.cpu_hours:.1f}",
        ]
        for made in provenance.sets
    ]
    head = ["set", "settings", "runs", "environment steps", "hours of one core"]
    return grid(head, rows)
