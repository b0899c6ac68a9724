"""Drawing of learning curves, their isotonic fits and their crossings."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from value_scaling.records import (
    Crossings,
    Curves,
    Setting,
    Study,
)
from value_scaling.report.drawing.environment_names import name_text
from value_scaling.report.drawing.style import panels, utd_colours
from value_scaling.report.drawing.ticks import level_text, steps_axis, utd_text

_SHOWN_LEVELS = 3
_SHOWN_POINTS = 250
"""Number of points of the noisy mean that are drawn; more would cover the panel."""
_QUANTILES = (0.25, 0.75)
"""Quantiles of the seeds that bound the shade. The whole range would depend on a single
failed seed."""


def shown_levels(levels: np.ndarray) -> np.ndarray:
    """Return the indices of a few levels from the lowest to the highest."""
    few = min(_SHOWN_LEVELS, len(levels))
    return np.unique(np.linspace(0, len(levels) - 1, few).round().astype(int))


def one_each(curves: Iterable[Curves]) -> dict[str, list[Curves]]:
    """Return the first setting's curves at each σ, by environment."""
    chosen: dict[str, dict[float, Curves]] = {}
    for curve in curves:
        chosen.setdefault(curve.setting.env, {}).setdefault(curve.setting.utd, curve)
    return {env: [by[utd] for utd in sorted(by)] for env, by in chosen.items()}


def thinned(steps: np.ndarray, count: int = _SHOWN_POINTS) -> np.ndarray:
    """Return indices of logged points, evenly spread on the logarithmic axis."""
    wanted = np.geomspace(max(steps[0], 1), steps[-1], count)
    return np.unique(np.minimum(np.searchsorted(steps, wanted), len(steps) - 1))


def _draw_curve(axes: Axes, curve: Curves, isotonic: np.ndarray, colour: str) -> None:
    some = thinned(curve.steps)
    steps, returns = curve.steps[some], curve.returns[some]
    axes.fill_between(
        steps, *np.quantile(returns, _QUANTILES, axis=1),
        color=colour, alpha=0.12, linewidth=0,
    )  # fmt: skip
    axes.plot(steps, returns.mean(axis=1), color=colour, linewidth=0.4, alpha=0.45)
    axes.plot(curve.steps, isotonic, color=colour, linewidth=1.1)


def first_crossing(steps: np.ndarray, curve: Curves) -> float:
    """Return the smallest positive step to a level, or the last step if there is none.

    A logarithmic axis cannot show a level that is reached at step 0.
    """
    return float(np.append(steps[steps > 0], curve.steps[-1]).min())


def draw_curves(
    study: Study,
    crossings: Crossings,
    curves_shown: Sequence[Curves],
    isotonic: Mapping[Setting, np.ndarray],
) -> Figure:
    """Draw return against data, with a panel per environment and a colour per σ.

    Args:
        study: study of the runs.
        crossings: crossings of these runs; a few of their levels are marked.
        curves_shown: normalised curves, without drops after resets if the study removes
            them.
        isotonic: isotonic fit of each setting's mean over seeds, [points].
    """
    by_env = one_each(curves_shown)
    utds = np.unique([curve.setting.utd for curve in curves_shown])
    colours = utd_colours(utds)
    levels = shown_levels(crossings.levels)
    reached = dict(zip(crossings.settings, crossings.steps, strict=True))
    envs = study.ordered(curve.setting for curve in curves_shown)
    figure, flat = panels(len(envs), height=1.55, top=0.35, same_x=False, sharey=True)
    for axes, env in zip(flat, envs, strict=True):
        curves, starts = by_env[env], []
        for curve in curves:
            colour = colours[curve.setting.utd]
            _draw_curve(axes, curve, isotonic[curve.setting], colour)
            steps = reached.get(curve.setting, np.full(len(crossings.levels), np.nan))
            starts.append(first_crossing(steps, curve))
            axes.plot(
                steps[levels], crossings.levels[levels], "o", color=colour,
                markersize=3.2, markeredgecolor="black", markeredgewidth=0.5, zorder=4,
            )  # fmt: skip
        for level in crossings.levels[levels]:
            axes.axhline(level, color="#9a9a9a", linewidth=0.5, linestyle=":")
        ends = [curve.steps[-1] for curve in curves]
        axes.set_xlim(min(starts) / 3, max(ends) * 1.05)
        axes.set_title(name_text(env))
        steps_axis(axes, "x", most=4)
    flat[0].set_ylim(-30, 1080)
    figure.supxlabel("Data (env. steps)", fontsize=8)
    figure.supylabel("Normalised return", fontsize=8)
    figure.legend(
        handles=[
            Line2D(
                [], [], color=colours[float(utd)], label=rf"$\sigma$ = {utd_text(utd)}"
            )
            for utd in utds
        ],
        loc="outside upper center",
        ncols=min(len(utds), 8 if len(flat) > 1 else 4),
    )
    return figure


def marks_words(crossings: Crossings) -> str:
    """Explain the colours, lines and circles."""
    names = ", ".join(
        level_text(level) for level in crossings.levels[shown_levels(crossings.levels)]
    )
    return (
        r"A colour for each $\sigma$: mean over seeds (thin), its isotonic fit (thick) "
        r"and the seeds from the 25\% to the 75\% quantile (shade, no interval; mean "
        "and shade at every few points). Circles: where the fit first reaches "
        f"$J={names}$."
    )
