"""Digitised points of the paper's Figure 1, drawn for comparison with ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np


@dataclass(frozen=True)
class Original:
    """One panel of the original figure, in the units of our axes."""

    x: np.ndarray
    """[points], values along x."""
    y: np.ndarray
    """[points], values along y."""
    reasons: tuple[str, ...]
    """Reasons why our values may differ."""


Originals = Mapping[str, Original]
"""Points of the panels that were digitised, by name: `data`, `frontier`, `budget` and
`isoperformance`."""
NONE: Originals = MappingProxyType({})
