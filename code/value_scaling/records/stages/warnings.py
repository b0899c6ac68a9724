"""Warnings about doubtful results of a study, for people and for programs."""

from dataclasses import dataclass, field

from value_scaling.records.axes import required
from value_scaling.records.runs import OMITTED, Setting

KINDS = (
    "absent archive",
    "no fit",
    "assumed cost",
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
    """Place in a set of runs. A None means all values, or that it does not matter."""

    env: str | None = None
    utd: float | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    level: float | None = None
    """Lowest level J concerned."""
    others: tuple[tuple[str, int | float], ...] = field(default=(), metadata=OMITTED)
    """Values of optional axes, by name."""

    @classmethod
    def of(cls, setting: Setting) -> "Place":
        """Return the place of one setting."""
        own = {axis.name: setting.values[axis.name] for axis in required()}
        return cls(setting.env, **own, others=setting.others)

    @property
    def values(self) -> dict[str, float | None]:
        """Value of each axis by name; None for all, or if it does not matter."""
        return {each.name: getattr(self, each.name) for each in required()} | dict(
            self.others
        )

    def table(self) -> dict[str, str | float | None]:
        """Return the place as one table."""
        return {"env": self.env, **self.values, "level": self.level}


@dataclass(frozen=True)
class StudyWarning:
    """One reason why results of a study are doubtful."""

    kind: str
    """One of `KINDS`."""
    set_name: str
    """Name of the set: sweep, ours or baseline."""
    parameter: str
    """Name of the axis concerned; empty if it is none in particular."""
    places: tuple[Place, ...]
    found: str
    """One sentence on the finding, without its full stop."""
    fix: str
    """What to do about it."""


@dataclass(frozen=True)
class Warnings:
    """All warnings of one study, ordered by `KINDS` and then by set."""

    study: str
    warnings: tuple[StudyWarning, ...]

    def of(self, *kinds: str) -> tuple[StudyWarning, ...]:
        """Return the warnings of these kinds."""
        return tuple(warning for warning in self.warnings if warning.kind in kinds)
