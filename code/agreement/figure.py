"""The figure of docs/agreement.md: the mean curves of both sides of each row."""

from collections.abc import Mapping
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from agreement.page import title
from agreement.rows import OURS, PEER
from value_scaling.report.drawing.style import BLUE, GREY, ORANGE, panels, styled

_TITLE = 34
"""Characters of a line of a title."""
_LOOKS = {OURS: (BLUE, "this project"), PEER: (ORANGE, "the other side")}


@styled
def draw(results: Mapping[str, Any]) -> Figure:
    """Draw the rows that have been compared: means over seeds with 95% intervals."""
    rows = [row for row in results["rows"] if row["compared"]]
    figure, axes = panels(max(1, len(rows)), most=3, same_x=False, height=1.6)
    for panel, row in zip(axes, rows, strict=False):
        for side, (colour, label) in _LOOKS.items():
            curve = {
                key: np.array(row["curves"][side][key], float)
                for key in ("steps", "mean", "low", "high")
            }
            steps = curve["steps"] / 1000
            panel.plot(steps, curve["mean"], color=colour, label=label)
            panel.fill_between(
                steps, curve["low"], curve["high"], color=colour, alpha=0.2, lw=0
            )
        for level in row["levels"]:
            panel.axhline(level, color=GREY, lw=0.6, ls=":", zorder=0)
        panel.set_title(_wrapped(title(row)))
        panel.set_xlabel("environment steps (thousands)")
        panel.set_ylabel("return")
    if rows:
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=2)
    return figure


def _wrapped(text: str) -> str:
    """Break a title into lines that are as wide as a panel."""
    lines = text.replace(": ", ":\n").replace(", σ", ",\nσ").splitlines()
    return "\n".join(fill(line, _TITLE) for line in lines)
