"""How far each result moves when one choice is made as the authors made it."""

from dataclasses import dataclass

from value_scaling.records.estimates import Estimate


@dataclass(frozen=True)
class ChoiceEffect:
    """How far one result moves when one choice is made as published."""

    choice: str
    """Field of Choices, or `all`."""
    was: str
    """The published choice, in words."""
    now: str
    """The default, in words."""
    result: str
    """What is compared, e.g. `batch exponent`."""
    default: Estimate
    published: float
    """The result with this choice alone (or all) as published."""


@dataclass(frozen=True)
class ChoiceEffects:
    """The table of choices of one study."""

    study: str
    effects: tuple[ChoiceEffect, ...]
