"""Logarithmic axes with few, round tick labels and a unit."""

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator

from value_scaling.report.text.plain import plain

UTD_LABEL = r"UTD ratio $\sigma$"
_MOST_SIGNED = 8
_MANTISSAS: tuple[tuple[float, ...], ...] = (
    (1,),
    (1, 3),
    (1, 2, 5),
    (1, 1.5, 2, 3, 5, 7),
    (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8),
)


def utd_text(utd: float) -> str:
    """Write σ as 1/4 or 2, or as a power of two if it is tiny."""
    power = np.log2(utd)
    if power == round(power) and power < -5:
        return rf"$2^{{{int(power)}}}$"
    if utd < 1 and 1 / utd == round(1 / utd):
        return str(Fraction(1, round(1 / utd)))
    return f"{utd:g}"


def steps_text(steps: float, digits: int = 3) -> str:
    """Write environment steps with k, M or G, e.g. 54k for 54000."""
    for size, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(steps) >= 0.9995 * size:
            return f"{float(f'{steps / size:.{digits}g}'):g}{suffix}"
    return f"{float(f'{steps:.{digits}g}'):g}"


def level_text(level: float) -> str:
    """Write a level J without decimals."""
    return f"{level:.0f}"


def nice_ticks(low: float, high: float, most: int) -> np.ndarray:
    """Return at most `most` round values inside [low, high], evenly spread in log."""
    first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))
    best = np.empty(0)
    for mantissas in _MANTISSAS:
        decades = 10.0 ** np.arange(first, last + 1)
        ticks = np.outer(decades, mantissas).ravel()
        ticks = ticks[(ticks >= low * (1 - 1e-9)) & (ticks <= high * (1 + 1e-9))]
        if len(best) < len(ticks) <= most:
            best = ticks
        if mantissas == (1,) and len(ticks) > most:
            return ticks[:: -(-len(ticks) // most)]
    if len(best) < 3:
        linear = MaxNLocator(nbins=max(most - 1, 1), steps=[1, 2, 2.5, 5, 10])
        ticks = np.asarray(linear.tick_values(low, high))
        ticks = ticks[(ticks >= low) & (ticks <= high)]
        best = ticks if len(ticks) > len(best) else best
    return best


def _fix(axis: Axis, ticks: np.ndarray, labels: list[str]) -> None:
    axis.set_major_locator(FixedLocator(list(ticks)))
    axis.set_major_formatter(FixedFormatter(labels))
    axis.set_minor_locator(NullLocator())


def _axis(axes: Axes, which: str) -> tuple[Axis, float, float]:
    """Make an axis logarithmic and return it with its range."""
    axes.set(**{f"{which}scale": "log"})
    low, high = axes.get_xlim() if which == "x" else axes.get_ylim()
    if not (np.isfinite([low, high]).all() and 0 < low < high):  # nothing is drawn
        low, high = 1.0, 10.0
        axes.set(**{f"{which}lim": (low, high)})
    return axes.xaxis if which == "x" else axes.yaxis, low, high


def utd_axis(
    axes: Axes, utds: np.ndarray, *, which: str = "x", most: int = 7, label: bool = True
) -> None:
    """Mark σ at the values that were run, and label those with enough space.

    Powers of two are labelled first. Values too close to a label have no label. The
    range of x is that of `utds`, which keeps panels with fewer points comparable.
    """
    text = UTD_LABEL if label else ""
    run_axis(axes, utds, which=which, most=most, label=text, words=utd_text)


def run_axis(
    axes: Axes,
    values: np.ndarray,
    *,
    label: str,
    which: str = "x",
    most: int = 7,
    words: Callable[[float], str] = "{:g}".format,
) -> None:
    """Mark the values of σ, B or η that were run, as `utd_axis` does."""
    axis, low, high = _axis(axes, which)
    values = np.unique(np.asarray(values, dtype=float))
    if which == "x":
        margin = max((values[-1] / values[0]) ** 0.05, 1.05)
        low, high = values[0] / margin, values[-1] * margin
        axes.set_xlim(low, high)
    span = max(np.log(high / low), 1e-9)
    labelled: list[float] = []
    by_rank = sorted(values, key=lambda u: (np.log2(u) != round(np.log2(u)), u))
    for value in by_rank:
        if all(abs(np.log(value / other)) > span / most / 1.3 for other in labelled):
            labelled.append(value)
    _fix(axis, values, [words(u) if u in labelled else "" for u in values])
    if label:
        axis.set_label_text(label)


def steps_axis(
    axes: Axes, which: str, label: str = "", *, most: int = 5, unit: bool = True
) -> None:
    """Mark environment steps as 100k, 1M; to be called after everything is drawn."""
    axis, low, high = _axis(axes, which)
    ticks = nice_ticks(low, high, most)
    _fix(axis, ticks, [steps_text(tick) for tick in ticks])
    if label:
        axis.set_label_text(f"{label} (env. steps)" if unit else label)


def scaled_axis(
    axes: Axes,
    which: str,
    label: str,
    unit: str,
    *,
    most: int = 5,
    power: int | None = None,
) -> None:
    """Mark large or small numbers in units of a power of ten given in the label.

    By default, the power is that of the smallest number on the axis.
    """
    axis, low, high = _axis(axes, which)
    if power is None:
        power = int(np.floor(np.log10(low) + 1e-9))
    ticks = nice_ticks(low, high, most)
    if high / low > 2e3:
        texts = [rf"$10^{{{round(np.log10(tick))}}}$" for tick in ticks]
        axis.set_label_text(f"{label} ({unit})")
    else:
        texts = [f"{float(f'{tick / 10.0**power:.3g}'):g}" for tick in ticks]
        axis.set_label_text(rf"{label} ($10^{{{power}}}$ {unit})")
    _fix(axis, ticks, texts)


def grid_axis(axes: Axes, grid: Sequence[float], *, unit: float = 1.0) -> None:
    """Mark y only at the values of a grid, as multiples of a unit."""
    axis, _, _ = _axis(axes, "y")
    _fix(axis, np.array(grid), [plain(v / unit) for v in grid])


def signed_axis(*shared: Axes) -> None:
    """Make the shared y axis linear from -1 to 1 and logarithmic beyond."""
    axes = shared[0]
    axes.set_yscale("symlog", linthresh=1)
    ends = np.array([each.dataLim.intervaly for each in shared])
    scale = axes.yaxis.get_transform()
    low, high = scale.transform([min(ends.min(), 0), max(ends.max(), 1)])
    pad = 0.05 * (high - low)
    axes.set_ylim(*scale.inverted().transform([low - pad, high + pad]))
    sizes = np.outer(10.0 ** np.arange(7), [1, 3]).ravel()
    ticks = np.concatenate([-sizes[::-1], [0], sizes])
    low, high = axes.get_ylim()
    ticks = ticks[(ticks >= low) & (ticks <= high)]
    if len(ticks) > _MOST_SIGNED:
        ticks = ticks[[f"{abs(tick):.0f}"[0] in "01" for tick in ticks]]
    _fix(axes.yaxis, ticks, [f"${tick:.0f}$" for tick in ticks])


def plain_axis(
    axes: Axes, which: str, label: str, *, most: int = 5, unit: float = 1.0
) -> None:
    """Mark numbers unchanged, or as multiples of a unit that the label states."""
    axis, low, high = _axis(axes, which)
    ticks = nice_ticks(low, high, most)
    _fix(axis, ticks, [plain(tick / unit) for tick in ticks])
    axis.set_label_text(label)
