"""Declaration of a figure, and the records that figures may request."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from matplotlib.figure import Figure

from value_scaling.report.results import FITTED_SETS, Results

Section = Literal["Introduction", "Results", "Appendix", ""]
"""Part of the paper; empty if the figure is only in the folder of figures."""
Notebook = Literal["analyze_grid_search", "analyze_fitted", "analyze_diagnostics", ""]


@dataclass(frozen=True)
class Entry:
    """Declaration of one figure. The name of its module is its slug."""

    draw: Callable[..., Figure]
    """Function that draws the figure, (study, *records) -> Figure."""
    caption: Callable[..., str]
    """Function that returns the caption, (study, *records) -> LaTeX."""
    needs: tuple[str, ...]
    """Names of the records in `RECORDS` that both functions take. If it is empty, the
    figure shows all studies, and its functions take a row for each study instead."""
    shows: str
    """Description of the figure, as Markdown for the table of all figures."""
    section: Section
    """Part of the paper that contains the figure."""
    notebook: Notebook
    """Notebook that makes the figure; empty if `scaling overview` makes it."""
    answers: str = ""
    """Corresponding part of the original paper's Figure 1; empty if there is none. The
    other figures of the original have no public numbers."""
    also: tuple[str, ...] = ()
    """Further arguments of `draw` after the records, which the caption does not
    need."""
    doubts: tuple[str, ...] = ()
    """Kinds of warnings that concern the figure. With `: parameter`, only warnings
    about this parameter."""


@dataclass(frozen=True)
class NeededRecord:
    """One record that figures request by name."""

    of: Callable[[Results], Any]
    """Function that returns the record of a study, or None if there is none."""
    runs: str = ""
    """Sets of runs from which the record is made, in words; empty if there are none."""


def _main(results: Results) -> str:
    """Return the first of the fitted sets, or an empty text."""
    return next((name for name in FITTED_SETS if name in results.data), "")


def _diagnostics(measure: str) -> Callable[[Results], Any]:
    """Return the diagnostics if they include a measure."""

    def found(results: Results) -> Any:
        there = results.diagnostics
        return there if there and measure in there.measures else None

    return found


_ANY = "ours or baseline"
RECORDS = {
    "sweep": NeededRecord(lambda r: r.crossings.get("sweep"), "sweep"),
    "hyperparameters": NeededRecord(lambda r: r.hyperparameters, "sweep"),
    "regret": NeededRecord(
        lambda r: r.regret if r.regret and r.regret.rows else None, "sweep"
    ),
    "overfitting": NeededRecord(
        _diagnostics("overfitting"), "sweep, with TD errors logged"
    ),
    "parameter norm": NeededRecord(
        _diagnostics("parameter_norm"), "sweep, with norms logged"
    ),
    # Of the first of the two sets that has runs, not only published coefficients.
    "crossings": NeededRecord(lambda r: r.crossings.get(r.measured), _ANY),
    "measured": NeededRecord(lambda r: r.data.get(r.measured), _ANY),
    "law choice": NeededRecord(lambda r: r.law_choice, _ANY),
    # Of the runs with fitted hyperparameters, else of those with constant ones.
    "efficiency": NeededRecord(lambda r: r.data.get(_main(r)), _ANY),
    "budget": NeededRecord(lambda r: r.budget.get(_main(r)), _ANY),
    "original": NeededRecord(lambda r: r.original),
    "sensitivity": NeededRecord(lambda r: r.sensitivity if r.budget else None, _ANY),
    "ours": NeededRecord(lambda r: r.data.get("ours"), "ours"),
    "baseline": NeededRecord(lambda r: r.data.get("baseline"), "baseline"),
}
"""Every record that a figure may need. `original` holds the digitised panels of the
paper's Figure 1 and may be empty. `sensitivity` is available if runs have a σ*(F)."""
