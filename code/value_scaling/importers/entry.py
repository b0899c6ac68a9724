"""A run that was cleaned and put aside, and what is known of it."""

from dataclasses import dataclass

from value_scaling.importers.spool import Place
from value_scaling.records import Setting


@dataclass(frozen=True)
class Entry:
    """One run of one setting."""

    name: str
    setting: Setting
    seed: str
    place: Place
    first: float
    """First logged step."""
    last: float
    """Last logged step."""
    interval: float
    """Median number of steps between log points."""
    is_mean: bool
    """Whether its values are episodes, of which a grid step takes the mean."""
    is_constant: bool
    """Whether all its values are one."""
    is_telling: bool
    """Whether more than half of its values differ from each other, as returns do: then
    an equal curve is a copy. Two seeds may well agree in a few successes."""
    digest: str
    """SHA-256 of its steps and values."""
    state: str = ""
    changes: tuple[str, ...] = ()
    """What the rules changed in it."""
