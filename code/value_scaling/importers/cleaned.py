"""A cleaned run in the spool, and what the rules need to know about it."""

from dataclasses import dataclass

from value_scaling.importers.spool import SpoolPosition
from value_scaling.records import Setting


@dataclass(frozen=True, slots=True)
class CleanedRun:
    """One run of one setting."""

    name: str
    setting: Setting
    seed: str
    place: SpoolPosition
    first: float
    """First logged step."""
    last: float
    """Last logged step."""
    interval: float
    """Median number of steps between log points."""
    is_mean: bool
    """Whether its values belong to episodes, so that a grid step takes their mean."""
    is_constant: bool
    """Whether all its values are equal."""
    identifies_copies: bool
    """Whether more than half of its values are distinct, so that another run with the
    same curve is a copy. Two seeds with few distinct values may agree by chance."""
    digest: bytes
    """SHA-256 of its steps and values."""
    state: str = ""
    changes: tuple[str, ...] = ()
    """Changes that the rules made to it."""
