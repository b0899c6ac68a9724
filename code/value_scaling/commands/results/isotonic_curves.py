"""Runs with their isotonic fits, for the figures of learning curves.

Only notebooks and the Python interface draw these: what the other results load does not
depend on the isotonic fit.
"""

import numpy as np

from value_scaling.records import Runs, Setting, Study
from value_scaling.stats.isotonic import isotonic_fit
from value_scaling.store.project import Project
from value_scaling.workflow.data.collect import collect
from value_scaling.workflow.preprocess import without_drops


def isotonic_curves(
    project: Project, study: Study, set_name: str
) -> tuple[Runs, dict[Setting, np.ndarray]]:
    """Return the runs of a set, without drops after resets, and their isotonic fits."""
    runs = without_drops(collect(project.runs(study, set_name), study))
    fits = {c.setting: isotonic_fit(c.returns.mean(axis=1)) for c in runs.curves}
    return runs, fits
