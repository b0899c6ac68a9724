"""The panels of the paper's Figure 1, assembled from digitised numbers."""

from collections.abc import Iterable

import numpy as np

from value_scaling.report.original import Original
from value_scaling.report.verify.expected import Expected

_UTD = "UTD "
_DATA = "data.ours.at_top_level"
PANELS = {
    "data": ("", _DATA),
    "frontier": ("budget.ours.compute_at_top_level", _DATA),
    "budget": ("budget.ours.budget", "budget.ours.utd_star"),
    "isoperformance": ("budget.ours.compute_star", "budget.ours.data_star"),
}
"""Quantities of each panel along x and y, as in data/expected. The panel `data` has σ
along x, taken from the labels of its cells."""


def originals(entries: Iterable[Expected], study: str) -> dict[str, Original]:
    """Return the panels of a study with both coordinates digitised, by name."""
    known = {
        entry.key: entry
        for entry in entries
        if entry.study == study and entry.kind == "digitised"
    }
    found = {}
    for panel, (x_key, y_key) in PANELS.items():
        y = known.get(y_key)
        if y is None:
            continue
        if not x_key:
            x_values = {label: float(label.removeprefix(_UTD)) for label in y.values}
            reasons = [y.reason]
        elif x_key in known:
            x_values = known[x_key].values
            reasons = [known[x_key].reason, y.reason]
        else:
            continue
        both = [label for label in y.values if label in x_values]
        found[panel] = Original(
            np.array([x_values[label] for label in both]),
            np.array([y.values[label] for label in both]),
            tuple(dict.fromkeys(reasons)),
        )
    return found
