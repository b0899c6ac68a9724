"""Sizes, fonts and colours of the figures, set without global changes."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
from matplotlib import colormaps, style
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, ListedColormap, LogNorm, Normalize, to_hex
from matplotlib.figure import Figure

COLUMN = 3.25
"""Width of a column of the paper in inches."""
FULL = 6.75
"""Width of both columns of the page in inches."""

# Okabe and Ito's colours, which colour-blind readers can tell apart.
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
GREY, DARK = "#8a8a8a", "#333333"
OURS, CONSTANT = BLUE, ORANGE
_ENVIRONMENTS = (
    (BLUE, "o"),
    (ORANGE, "s"),
    (GREEN, "^"),
    (PURPLE, "D"),
    ("#E69F00", "v"),
    ("#56B4E9", "P"),
    (DARK, "X"),
)
SMALLEST = 7
"""Smallest font size in points. Figures are printed at the size at which they are
drawn.
"""

STYLE: dict[str, Any] = {
    # The fonts have explicit names because `serif` would be resolved when a figure is
    # saved, after the style has ended. Both fonts come with Matplotlib.
    "font.family": ["STIXGeneral"],
    "mathtext.fontset": "stix",
    "font.size": 8,
    "axes.labelsize": 8,
    "axes.titlesize": 8,
    "axes.titlepad": 3,
    "axes.labelpad": 2,
    "xtick.labelsize": SMALLEST,
    "ytick.labelsize": SMALLEST,
    "legend.fontsize": SMALLEST,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "legend.columnspacing": 1.2,
    "legend.handletextpad": 0.5,
    "legend.labelspacing": 0.3,
    "legend.borderaxespad": 0.3,
    "axes.linewidth": 0.6,
    "axes.edgecolor": DARK,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.pad": 2,
    "ytick.major.pad": 2,
    "lines.linewidth": 1.2,
    "lines.markersize": 4,
    "hatch.linewidth": 0.4,
    "figure.dpi": 300,
    "figure.constrained_layout.h_pad": 0.03,
    "figure.constrained_layout.w_pad": 0.03,
    "figure.constrained_layout.hspace": 0.03,
    "figure.constrained_layout.wspace": 0.03,
}


def styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Make a function draw in the style of the paper, without user settings."""

    @wraps(draw)
    def drawn(*arguments: Any, **options: Any) -> Figure:
        with style.context(["default", STYLE]):
            figure = draw(*arguments, **options)
            # Ticks are created when a figure is first laid out, which must happen while
            # the style applies.
            figure.draw_without_rendering()
            return figure

    return drawn


def new_figure(
    width: float, height: float, *, rows: int = 1, columns: int = 1, **options: Any
) -> tuple[Figure, np.ndarray]:
    """Return an empty figure of a size in inches, and its axes, [rows, columns]."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, **options)
    return figure, axes


def panels(
    count: int,
    *,
    height: float = 1.5,
    top: float = 0.3,
    most: int = 4,
    same_x: bool = True,
    **options: Any,
) -> tuple[Figure, list[Axes]]:
    """Return a figure with `count` panels of `height` inches, at most `most` per row.

    The `top` inches above the panels are for a legend. A single panel takes one column
    of the paper. With `same_x`, ticks are labelled only if no panel is below.
    """
    columns = min(count, most)
    for fewer in range(columns, 2, -1):  # leave as few empty places as possible
        if -count % fewer < -count % columns:
            columns = fewer
    rows = -(-count // columns)
    width = COLUMN if count == 1 else FULL * min(1.0, 0.1 + 0.3 * columns)
    figure, axes = new_figure(
        width, max(height, 1.9 / rows) * rows + top, rows=rows, columns=columns,
        **options,
    )  # fmt: skip
    flat = list(axes.flat)
    for spare in flat[count:]:
        spare.remove()
    for panel in flat[: max(count - columns, 0)] if same_x else []:
        panel.tick_params(labelbottom=False)
    return figure, flat[:count]


def _part(name: str, low: float, high: float) -> ListedColormap:
    return ListedColormap(colormaps[name](np.linspace(low, high, 256)))


def level_colours(levels: np.ndarray) -> tuple[Colormap, Normalize]:
    """Return the map from J to a colour, without yellows, which are hard to see."""
    low, high = float(np.min(levels)), float(np.max(levels))
    if low == high:
        low, high = low - 1, high + 1
    return _part("viridis", 0.0, 0.9), Normalize(low, high)


def utd_colours(utds: np.ndarray) -> dict[float, str]:
    """Return a colour for each σ, from dark for small to light for large values."""
    low, high = float(np.min(utds)), float(np.max(utds))
    scale = LogNorm(low, high) if low < high else Normalize(low - 1, high + 1)
    colours = _part("plasma", 0.0, 0.85)
    return {float(utd): to_hex(colours(scale(float(utd)))) for utd in utds}


def environment_marks(count: int) -> list[tuple[str, str]]:
    """Return a colour and a marker for each environment, the same if they are many."""
    few = count <= len(_ENVIRONMENTS)
    return list(_ENVIRONMENTS[:count]) if few else [(GREY, "o")] * count


def cell_colours() -> Colormap:
    """Return the map from a ratio to a colour, light for the best."""
    return _part("viridis_r", 0.0, 0.85)
