"""Points of the paper's Figure 1 that were digitised, to be drawn beside ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np


@dataclass(frozen=True)
class Original:
    """One panel of the original figure, in the units of our axes."""

    x: np.ndarray
    """[points]."""
    y: np.ndarray
    """[points]."""
    reasons: tuple[str, ...]
    """Why ours may differ."""


Originals = Mapping[str, Original]
"""Panel -> its points, for the panels that were read. The names are `data`, `frontier`,
`budget` and `isoperformance`."""
NONE: Originals = MappingProxyType({})
