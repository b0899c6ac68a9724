"""What a check finds, and how much it matters."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from value_scaling.records.stages.warnings import Place, StudyWarning

Severity = Literal["impossible", "severe", "minor"]
SEVERITIES: tuple[Severity, ...] = ("impossible", "severe", "minor")
"""`impossible`: a fit cannot be made. `severe`: the value of a fit may be wrong.
`minor`: intervals are wider than necessary, or a check is missing."""

_MINOR = frozenset(
    (
        "assumed cost",
        "coarse log",
        "early end",
        "few points",
        "few seeds",
        "fewer seeds",
        "level of few",
        "skipped cells",
        "tilted valley",
    )
)


@dataclass(frozen=True)
class Finding:
    """One fault of a study."""

    severity: Severity
    warning: StudyWarning
    in_warnings: bool = False
    """Whether the record of warnings has it as well."""

    @classmethod
    def of(cls, warning: StudyWarning) -> "Finding":
        """Return a finding from the record of warnings."""
        severity = severity_of(warning.kind)
        return cls(severity, warning, in_warnings=True)


def found(
    kind: str, set_name: str, text: str, fix: str, places: Iterable[Place] = ()
) -> Finding:
    """Return a finding that is not in the record of warnings."""
    warning = StudyWarning(kind, set_name, "", tuple(places), text, fix)
    return Finding(severity_of(kind), warning)


def severity_of(kind: str) -> Severity:
    """Return how much a kind of finding matters."""
    if kind in ("no fit", "one UTD ratio"):
        return "impossible"
    return "minor" if kind in _MINOR else "severe"
