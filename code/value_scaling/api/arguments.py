"""Checks of the arguments of methods."""

from collections.abc import Sequence

import numpy as np

from value_scaling.records import ScalingError


def utd_list(utd: float | Sequence[float]) -> list[float]:
    """Return σ as a list without repetitions."""
    values = np.atleast_1d(np.asarray(utd))
    if values.dtype.kind not in "iuf" or not ((values >= 1e-9) & (values <= 1e9)).all():
        raise ScalingError(
            "utd",
            found=f"{utd!r}",
            expected="positive UTD ratios, 1e-9 to 1e9",
            fix="correct the value",
        )
    return list(dict.fromkeys(values.astype(float).ravel().tolist()))


def positive(name: str, value: float | None) -> float | None:
    """Return a number that must be above 0, if it is given."""
    if value is None or (np.isfinite(value) and value > 0):
        return value
    raise ScalingError(
        name, found=f"{value!r}", expected="a positive number", fix="correct the value"
    )


def whole(name: str, value: int, least: int) -> int:
    """Return a whole number that must not be below `least`."""
    if isinstance(value, int | np.integer) and value >= least:
        return int(value)
    raise ScalingError(
        name,
        found=f"{value!r}",
        expected=f"a whole number, {least} or more",
        fix="correct the value",
    )
