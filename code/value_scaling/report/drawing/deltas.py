"""The panels of σ*(F) and its exponent against δ."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from value_scaling.records.stages.sensitivity import Sensitivity, SetSensitivity
from value_scaling.report.drawing.optimal_utd import star_ticks
from value_scaling.report.drawing.style import CONSTANT, DARK, GREEN, OURS
from value_scaling.report.drawing.ticks import scaled_axis
from value_scaling.report.results import HYPERPARAMETERS

SET_COLOURS = {"ours": OURS, "baseline": CONSTANT, "sweep": GREEN}
_STRIP = 0.05
"""Height of a hatched strip, as a share of the panel's height."""
_WIDEST = 2.0
"""Largest range of the axis caused by bands, in multiples of the range of the
values."""


def draw_exponents(axes: Axes, found: Sensitivity) -> None:
    """Draw the exponent of σ*(F) against δ, with a second axis for the factor on C."""
    axes.axhline(0, color=DARK, linewidth=0.8, zorder=1.5)
    values: list[np.ndarray] = []
    for at, (name, one) in enumerate(found.sets.items()):
        deltas, colour = one.deltas, SET_COLOURS[name]
        axes.plot(
            deltas.values, deltas.exponent.value, color=colour,
            label=f"Runs with {HYPERPARAMETERS[name]} $B$, $\\eta$",
        )  # fmt: skip
        axes.fill_between(
            deltas.values, deltas.exponent.low, deltas.exponent.high,
            color=colour, alpha=0.18, linewidth=0,
        )  # fmt: skip
        axes.plot(
            deltas.values, deltas.counted, ":", color=colour, linewidth=0.9
        )  # fmt: skip
        axes.plot(
            deltas.values, one.published, "--", color=colour, linewidth=0.7
        )  # fmt: skip
        values += [deltas.exponent.value, deltas.counted, one.published]
        _hatched(axes, one, at, colour)
    for dashes, width, label in (
        (":", 0.9, "Bounds counted as optima"),
        ("--", 0.7, "All choices as published"),
    ):
        axes.plot([], [], dashes, color=DARK, linewidth=width, label=label)
    _limit(axes, values, found)
    _delta_axis(axes, found)
    _factor_axis(axes, found)
    axes.set_ylabel(r"Exponent of $\sigma^*(F)$")


def _limit(axes: Axes, values: list[np.ndarray], found: Sensitivity) -> None:
    """Fix the y range to all values and to bands that leave the values readable."""
    flat = np.concatenate([np.zeros(1), *values])
    flat = flat[np.isfinite(flat)]
    low, high = float(flat.min()), float(flat.max())
    half_width = _WIDEST * max(high - low, 0.2) / 2
    ends = [
        np.concatenate([one.deltas.exponent.low, one.deltas.exponent.high])
        for one in found.sets.values()
    ]
    every = np.concatenate([np.array([low, high]), *ends])
    every = np.clip(every[np.isfinite(every)], low - half_width, high + half_width)
    margin = 0.06 * max(float(np.ptp(every)), 0.2)
    strips = 1 + 1.4 * _STRIP * len(found.sets)
    bottom, top = float(every.min()) - margin, float(every.max()) + margin
    axes.set_ylim(top - (top - bottom) * strips, top)


def _hatched(axes: Axes, one: SetSensitivity, at: int, colour: str) -> None:
    """Hatch the δ without an identifiable exponent, in a strip at the bottom."""
    deltas = one.deltas
    edges = np.sqrt(deltas.values[1:] * deltas.values[:-1])
    edges = np.concatenate([deltas.values[:1], edges, deltas.values[-1:]])
    low = 0.01 + at * 1.2 * _STRIP
    for i in np.flatnonzero(~deltas.converged):
        axes.axvspan(
            edges[i], edges[i + 1], low, low + _STRIP, facecolor="none",
            edgecolor=colour, hatch="//////", linewidth=0, zorder=2,
        )  # fmt: skip


def _delta_axis(axes: Axes, found: Sensitivity, unit: str = "") -> None:
    """Mark the δ of the study and the δ equivalent to other counts of FLOPs.

    Without a unit, the axis has no label.
    """
    one = next(iter(found.sets.values()), None)
    if one is None:
        axes.set_xticks([])
        return
    axes.axvline(one.delta, color=DARK, linewidth=0.8, zorder=1.5)
    axes.axvspan(
        one.accountings.values.min(), one.accountings.values.max(),
        color="#ececec", zorder=0,
    )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xlim(one.deltas.values[0], one.deltas.values[-1])
    scaled_axis(axes, "x", r"$\delta$", f"{unit} for an environment step")
    if not unit:
        axes.set_xlabel("")
        axes.tick_params(labelbottom=False)


def _factor_axis(axes: Axes, found: Sensitivity) -> None:
    """Label the same axis as a factor on C, or on N, at the study's δ."""
    one = next(iter(found.sets.values()), None)
    if one is None:
        return
    delta = one.delta

    def flipped(value: Any) -> Any:
        with np.errstate(divide="ignore", invalid="ignore"):
            return delta / np.asarray(value, dtype=float)

    top = axes.secondary_xaxis("top", functions=(flipped, flipped))
    top.set_xticks([0.01, 0.1, 1, 10, 100], ["1/100", "1/10", "1", "10", "100"])
    top.set_xticks([], minor=True)
    top.set_xlabel(r"or, at the study's $\delta$, factor on $C$ (on $N$)")


def draw_stars(axes: Axes, found: Sensitivity, unit: str) -> None:
    """Draw σ* at the highest level against δ, with hollow marks for bounds."""
    for name, one in found.sets.items():
        deltas, colour = one.deltas, SET_COLOURS[name]
        star = deltas.utd_star
        axes.plot(deltas.values, star.value, color=colour)
        axes.fill_between(
            deltas.values, star.low, star.high, color=colour, alpha=0.18, linewidth=0
        )
        edge = deltas.at_edge.astype(bool)
        axes.plot(
            deltas.values[edge], star.value[edge], "o", color=colour, markersize=3,
            markerfacecolor="white", markeredgewidth=0.7,
        )  # fmt: skip
    axes.set_ylabel(r"$\sigma^*$ at the highest $J$")
    _delta_axis(axes, found, unit)
    if found.sets:
        ends = np.concatenate([one.utds for one in found.sets.values()])
        axes.set_yscale("log")
        axes.set_ylim(ends.min() / 1.2, ends.max() * 1.2)
        star_ticks(axes)
