"""Figures of one study, for notebooks, the Python interface and the HTML page.

Only these show learning curves, so no other result depends on the isotonic fits.
"""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from value_scaling.records import Runs, Setting, Study
from value_scaling.report.figures import FIGURES
from value_scaling.stats.isotonic import isotonic_fit
from value_scaling.store.project import Project
from value_scaling.workflow.data.collect import collect
from value_scaling.workflow.preprocess import without_drops

_PIXELS = 120
"""Pixels of the screen for each inch of a figure."""


def study_figure(project: Project, study: Study, slug: str, *records: Any) -> Figure:
    """Draw a figure from its records, and from the runs if it also shows them."""
    also = drawn_from(project, study, slug, *records)
    return FIGURES[slug].draw(study, *records, *also)


def drawn_from(
    project: Project, study: Study, slug: str, *records: Any
) -> tuple[Any, ...]:
    """Return the runs and isotonic fits that a figure shows besides its records."""
    if not FIGURES[slug].also:
        return ()
    return _isotonic_curves(project, study, records[0].set_name)


def screen_width(figure: Figure) -> int:
    """Return the width in pixels at which Jupyter shows a figure."""
    return round(_PIXELS * figure.get_figwidth())


def _isotonic_curves(
    project: Project, study: Study, set_name: str
) -> tuple[Runs, dict[Setting, np.ndarray]]:
    """Return the runs of a set, without drops after resets, and their isotonic fits."""
    runs = without_drops(collect(project.runs(study, set_name), study))
    return runs, _IsotonicFits(runs)


class _IsotonicFits(dict[Setting, np.ndarray]):
    """Isotonic fits of runs, computed on first use, since figures show only some."""

    def __init__(self, runs: Runs) -> None:
        super().__init__()
        self._returns = {each.setting: each.returns for each in runs.curves}

    def __missing__(self, setting: Setting) -> np.ndarray:
        self[setting] = fit = isotonic_fit(self._returns[setting].mean(axis=1))
        return fit
