"""Figure of learning curves of the grid search, one setting per environment and σ."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from value_scaling.records import (
    Crossings,
    Curves,
    Hyperparameters,
    Runs,
    Setting,
    Study,
)
from value_scaling.report.drawing import captions
from value_scaling.report.drawing.curves import draw_curves, marks_words
from value_scaling.report.drawing.style import styled
from value_scaling.report.figure_entry import Entry


def constant_curves(fits: Hyperparameters, runs: Runs) -> list[Curves]:
    """Return the curves at the constant choice of each environment, for every σ."""
    best = {choice.env: choice for choice in fits.baseline}
    return [
        curve
        for curve in runs.curves
        if (choice := best.get(curve.setting.env))
        and choice.setting(curve.setting.utd) == curve.setting
    ]


@styled
def draw(
    study: Study,
    crossings: Crossings,
    fits: Hyperparameters,
    runs: Runs,
    isotonic: Mapping[Setting, np.ndarray],
) -> Figure:
    """Draw the grid search's curves at one (B, η) per environment, for every σ.

    The pair is the constant choice, which is the best one at the σ of the baseline.
    Arguments are those of `learning_curves`.
    """
    return draw_curves(study, crossings, constant_curves(fits, runs), isotonic)


def caption(study: Study, crossings: Crossings, fits: Hyperparameters) -> str:
    """Return the caption."""
    everywhere = all(
        choice.setting(utd) in crossings.settings
        for choice in fits.baseline
        for utd in study.sweep_utds
    )
    return captions.join(
        captions.head(study, "learning curves of the grid search"),
        f"Source: runs{captions.archive(study, crossings.set_name)} with the batch "
        "size and learning rate that are each environment's best at "
        f"{captions.utd_list({choice.utd for choice in fits.baseline})}.",
        "" if everywhere else r"Not every $\sigma$ was run with them.",
        marks_words(crossings),
    )


FIGURE = Entry(
    draw=draw,
    caption=caption,
    needs=("sweep", "hyperparameters"),
    shows="learning curves of the grid search",
    section="",
    notebook="analyze_grid_search",
    also=("runs", "isotonic fits"),
)
