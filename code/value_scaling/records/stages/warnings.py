"""What is doubtful about a study: one short list, for people and for programs."""

from dataclasses import dataclass, field

from value_scaling.records.axes import required
from value_scaling.records.runs import OMITTED, Setting

KINDS = (
    "absent archive",
    "no fit",
    "below min_return",
    "undecided level",
    "edge of the grid",
    "tilted valley",
    "few competitors",
    "hole in the grid",
    "skipped cells",
    "one value",
    "undeclared setting",
    "short run",
    "few seeds",
    "fewer seeds",
    "coarse log",
    "blocked level",
)
"""Kinds of warnings, in the order in which they are reported."""


@dataclass(frozen=True)
class Place:
    """Where in a set of runs; None: all, or it does not matter."""

    env: str | None = None
    utd: float | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    level: float | None = None
    """The lowest level J concerned."""
    others: tuple[tuple[str, int | float], ...] = field(default=(), metadata=OMITTED)
    """Values of optional axes, by name."""

    @classmethod
    def of(cls, setting: Setting) -> "Place":
        """Return the place of one setting."""
        own = {axis.name: setting.values[axis.name] for axis in required()}
        return cls(setting.env, **own, others=setting.others)

    @property
    def values(self) -> dict[str, float | None]:
        """Value of each axis by name; None: all, or it does not matter."""
        return {each.name: getattr(self, each.name) for each in required()} | dict(
            self.others
        )

    def table(self) -> dict[str, str | float | None]:
        """Return the place as one table."""
        return {"env": self.env, **self.values, "level": self.level}


@dataclass(frozen=True)
class StudyWarning:
    """One thing that makes results of a study doubtful."""

    kind: str
    """One of `KINDS`."""
    set_name: str
    """sweep, ours or baseline."""
    parameter: str
    """Name of the axis that is concerned; empty: none in particular."""
    places: tuple[Place, ...]
    found: str
    """What was found, one sentence without its full stop."""
    fix: str
    """What to do about it."""


@dataclass(frozen=True)
class Warnings:
    """All warnings of one study, in the order of `KINDS`, then of the sets."""

    study: str
    warnings: tuple[StudyWarning, ...]

    def of(self, *kinds: str) -> tuple[StudyWarning, ...]:
        """Return the warnings of these kinds."""
        return tuple(warning for warning in self.warnings if warning.kind in kinds)
