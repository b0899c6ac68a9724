"""A study of runs that others made with its record, the source of tables and text."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from value_scaling.records.external.record import (
    AxisExponents,
    ExternalRuns,
    PaperExponent,
)
from value_scaling.records.external.study import Benchmark, ExternalStudy

UTD = "utd"
NAMES = {
    UTD: ("UTD ratio", r"\sigma"),
    "width": ("width of the critic", "w"),
    "batch_size": ("batch size", "B"),
}
"""Words and symbol (LaTeX) of each axis."""


@dataclass(frozen=True)
class ExternalResults:
    """One study."""

    study: ExternalStudy
    record: ExternalRuns
    paper: Mapping[str, PaperExponent] = field(default_factory=dict)
    """Exponents of the paper's Figure 1 over the same range of σ, by row."""

    def axis(self, name: str) -> AxisExponents | None:
        """Return an axis that has a pooled exponent, or None."""
        found = self.record.axes.get(name)
        return found if found is not None and found.pooled else None

    def benchmarks(self, axis: AxisExponents) -> tuple[Benchmark, ...]:
        """Return the benchmarks that have a pooled exponent along an axis."""
        there = {each.group for each in axis.pooled}
        return tuple(each for each in self.study.benchmarks if each.name in there)
