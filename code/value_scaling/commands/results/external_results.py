"""Records of runs that others made, in the form that figures and tables use."""

from dataclasses import replace

import numpy as np

from value_scaling.commands.external.running import load_external
from value_scaling.commands.results.loading import expected
from value_scaling.records.external.record import PaperExponent
from value_scaling.report.external import external_validity, isaaclab
from value_scaling.report.external.results import UTD, ExternalResults
from value_scaling.report.verify.expected import read_expected
from value_scaling.report.verify.originals import originals
from value_scaling.store.files.outputs import save_figure
from value_scaling.store.project import Project
from value_scaling.workflow.external.paper import paper_exponent


def external_results(project: Project) -> tuple[ExternalResults, ...]:
    """Load every study of runs of others whose tables are here, the largest first.

    Studies whose exponents are all missing are left out.

    Raises:
        ScalingError: a record is missing, damaged or stale.
    """
    records = [ExternalResults(*each) for each in load_external(project.folders)]
    found = [
        replace(each, paper=_paper(project, each))
        for each in records
        if any(each.axis(name) for name in each.record.axes)
    ]
    return tuple(sorted(found, key=lambda r: (-len(r.study.tasks), r.study.name)))


def draw_external(project: Project) -> None:
    """Draw the figures of runs of others, if there are any."""
    everything = external_results(project)
    folder = project.folders.figures
    if everything:
        drawn = external_validity.draw(everything)
        save_figure(drawn, folder / external_validity.SLUG)
    for results in filter(isaaclab.has, everything):
        save_figure(isaaclab.draw(results), folder / isaaclab.SLUG)


def _paper(project: Project, results: ExternalResults) -> dict[str, PaperExponent]:
    """Fit the digitised points of each row that a benchmark is compared with."""
    axis = results.axis(UTD)
    rows = {each.compared_with for each in results.study.benchmarks}
    if axis is None:
        return {}
    found = {}
    for row in sorted(filter(None, rows)):
        points = originals(read_expected(expected(project)), row).get("data")
        if points is not None:
            low, high = float(axis.values[0]), float(axis.values[-1])
            one = paper_exponent(row, points.x, points.y, low=low, high=high)
            if np.isfinite(one.exponent):
                found[row] = one
    return found
