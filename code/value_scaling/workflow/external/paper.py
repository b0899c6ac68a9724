"""Exponents of D_J in σ that the paper's Figure 1 shows, for comparison."""

import numpy as np

from value_scaling.records.external.record import PaperExponent
from value_scaling.stats.power_law import fit_line

_WIDER = 1.001
"""Factor by which a range may be missed, as digitised σ are rounded."""


def paper_exponent(
    row: str, utds: np.ndarray, data: np.ndarray, *, low: float, high: float
) -> PaperExponent:
    """Fit D ∝ σ^x to digitised points with σ from `low` to `high`.

    Args:
        row: row of the figure.
        utds: [points], σ.
        data: [points], environment steps.
    """
    kept = (utds >= low / _WIDER) & (utds <= high * _WIDER)
    law = fit_line(utds[kept], data[kept])
    return PaperExponent(row, float(law.exponent), utds[kept], data[kept])
