"""Effect of each published choice on each result."""

from dataclasses import dataclass

from value_scaling.records.estimates import Estimate


@dataclass(frozen=True)
class ChoiceEffect:
    """Effect of one published choice on one result."""

    choice: str
    """Name of a field of `Choices`, or `all`."""
    was: str
    """The published choice, in words."""
    now: str
    """The default, in words."""
    result: str
    """Name of the result, e.g. `batch size exponent, shared slope`."""
    default: Estimate
    published: float
    """The result with this choice alone, or all choices, as published."""


@dataclass(frozen=True)
class ChoiceEffects:
    """The table of choices of one study."""

    study: str
    effects: tuple[ChoiceEffect, ...]
