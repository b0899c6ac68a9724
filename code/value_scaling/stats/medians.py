"""Medians of values, some of which are unknown."""

import numpy as np


def median_of_known(values: np.ndarray) -> np.ndarray:
    """Return the median over the last axis without NaN, or NaN if nothing is left."""
    count = np.isfinite(values).sum(axis=-1)
    ordered = np.sort(values, axis=-1)  # NaN last
    last = values.shape[-1] - 1
    lower = np.clip((count - 1) // 2, 0, last)[..., None]
    upper = np.clip(count // 2, 0, last)[..., None]
    middle = np.take_along_axis(ordered, lower, axis=-1)
    middle = (middle + np.take_along_axis(ordered, upper, axis=-1)) / 2
    return np.where(count > 0, middle[..., 0], np.nan)
