"""Declaration of a figure of a study of σ and N."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from matplotlib.figure import Figure

from value_scaling.report.sizes.results import SizeResults


@dataclass(frozen=True)
class SizeFigure:
    """Declaration of one figure. The name of its module is its slug."""

    draw: Callable[[SizeResults], Figure]
    caption: Callable[[SizeResults], str]
    """Function that returns the caption as LaTeX."""
    has: Callable[[SizeResults], bool]
    """Whether the record has what the figure shows."""
    shows: str
    """Description of the figure, as Markdown for the table of all figures."""
    section: Literal["Results", "Appendix"]
    """Part of the paper that contains the figure."""
    answers: str
    """Corresponding figures of arXiv 2508.14881."""
