"""Estimates for the holes of a table by the two-way model log y = row + column."""

import numpy as np

_ROUNDS = 500
_CLOSE = 1e-12


def filled(values: np.ndarray) -> np.ndarray:
    """Fill each hole with exp(a_row + f_column), fitted by least squares to the logs.

    Rows and columns are averaged in turn until neither changes. This is least squares
    with sums alone, whose last digits are the same on every processor. A zero has no
    logarithm, so it stays but does not count in the fit.

    Args:
        values: [..., rows, columns] ≥ 0; a NaN is a hole.

    Returns:
        [..., rows, columns]; a hole stays NaN where its row or its column has no
        positive value.
    """
    known = np.isfinite(values) & (values > 0)
    logs = np.log(np.where(known, values, 1.0))
    in_row, in_column = known.sum(axis=-1), known.sum(axis=-2)

    def means(parts: np.ndarray, count: np.ndarray, axis: int) -> np.ndarray:
        total = np.where(known, parts, 0.0).sum(axis=axis)
        return np.where(count > 0, total / np.maximum(count, 1), 0.0)

    rows = means(logs, in_row, -1)
    for _ in range(_ROUNDS):
        columns = means(logs - rows[..., :, None], in_column, -2)
        before, rows = rows, means(logs - columns[..., None, :], in_row, -1)
        if np.abs(rows - before).max(initial=0.0) < _CLOSE:
            break
    fit = np.exp(rows[..., :, None] + columns[..., None, :])
    empty = (in_row == 0)[..., :, None] | (in_column == 0)[..., None, :]
    return np.where(np.isnan(values), np.where(empty, np.nan, fit), values)
