"""One run as its logger left it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

Kind = Literal["episodes", "points"]


@dataclass(frozen=True)
class Logged:
    """The log of one run, in the order in which it was written."""

    name: str
    """What a name pattern is matched against: a path that begins with the source's own
    name, an experiment's name, a run's name."""
    steps: np.ndarray
    """[values], environment steps, as logged."""
    values: np.ndarray
    """[values], the returns, as logged: NaN and infinities included."""
    labels: Mapping[str, Any] = field(default_factory=dict)
    """Configuration keys and columns with one value for the whole run."""
    kind: Kind | None = None
    """Whether a value belongs to an episode that ended at its step, or is a measurement
    at that step; None: not known."""
    state: str = ""
    """How the logger says that the run ended, e.g. `crashed`; empty: it does not."""
    metric: str = ""
    """Tag, key or column of the values."""
    place: str = ""
    """What the report calls the run, where the name alone is not unique."""
    notes: tuple[str, ...] = ()
    """What the source noticed in this run, for the report."""

    @property
    def where(self) -> str:
        """What the report calls the run."""
        return self.place or self.name


def flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested tables as one, with keys joined by dots."""
    found: dict[str, Any] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            found |= flat(value, f"{name}.")
        else:
            found[name] = value
    return found
