"""Sigmoids in log x, y = low + drop/(1 + (x/turn)^steepness), drop ≥ 0.

Given turn and steepness, low and drop are found in closed form. A grid search finds
turn and steepness, and its step is then halved several times around the best cell.
Errors are rounded before they are compared, so the result does not depend on the last
bits of a library. With a turn far below the data the sigmoid would be a power law with
an asymptote, so the turn must lie within the range of x.
"""

from dataclasses import dataclass

import numpy as np

TURNS = 17
"""Number of turns in the grid, evenly spaced in log x from the smallest x to the
largest."""
STEEPEST, FLATTEST = 8.0, 0.5
_STEEPNESS = np.linspace(np.log(FLATTEST), np.log(STEEPEST), 9)
_HALVINGS = 6
LEAST_POINTS = 4
"""Least number of points, because four numbers are fitted."""
_DECIMALS = 12
"""Decimal places of the curves of the grid and of the errors that are compared."""
_CHUNK = 4096
_FLAT = 1e-12
"""Sum of squares below which a curve of the grid is constant up to rounding."""


@dataclass(frozen=True)
class Sigmoid:
    """A stack of sigmoids, fields of shape [...], called like a function."""

    low: np.ndarray
    drop: np.ndarray
    turn: np.ndarray
    steepness: np.ndarray

    def __call__(self, x: float) -> np.ndarray:
        """Evaluate every sigmoid at x, [...]."""
        return self.low + self.drop / (1 + (x / self.turn) ** self.steepness)


def fit_sigmoid(x: np.ndarray, y: np.ndarray) -> Sigmoid:
    """Fit by least squares in y itself, with low ≥ 0.

    Args:
        x: [points] > 0.
        y: [..., points]; NaN leaves a point out.

    Returns:
        sigmoids [...]; NaN where fewer than `LEAST_POINTS` points are left.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    flat = y.reshape(-1, y.shape[-1])
    present = np.isfinite(flat)
    found = np.full((4, len(flat)), np.nan)
    for pattern in np.unique(present, axis=0):
        if pattern.sum() < LEAST_POINTS:
            continue
        own = np.flatnonzero((present == pattern).all(axis=1))
        for start in range(0, len(own), _CHUNK):
            some = own[start : start + _CHUNK]
            found[:, some] = _fit(x[pattern], flat[some][:, pattern])
    return Sigmoid(*found.reshape(4, *y.shape[:-1]))


def _fit(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return low, drop, turn and steepness, [4, curves], for y [curves, points]."""
    turns = np.linspace(np.log(x.min()), np.log(x.max()), TURNS)
    grid = np.stack(np.meshgrid(turns, _STEEPNESS, indexing="ij")).reshape(2, -1)
    step = np.array([turns[1] - turns[0], _STEEPNESS[1] - _STEEPNESS[0]])
    ends = np.stack([grid.min(axis=1), grid.max(axis=1)])[..., None, None]
    best = _best(x, y, grid[:, None, :])
    for _ in range(_HALVINGS):
        step = step / 2
        around = best[2:, :, None] + step[:, None, None] * _AROUND[:, None, :]
        best = _best(x, y, np.clip(around, *ends))
    return np.stack([*best[:2], *np.exp(best[2:])])


_AROUND = np.stack(np.meshgrid((0, -1, 1), (0, -1, 1), indexing="ij")).reshape(2, -1)
"""Offsets of a cell and its eight neighbours, [2, 9]. The cell itself comes first and
wins ties."""


def _best(x: np.ndarray, y: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """Return low, drop, log turn and log steepness of the best candidate, [4, curves].

    Args:
        candidates: [2, 1 or curves, candidates].
    """
    turn, steepness = np.exp(candidates)[..., None]
    shape = 1 / (1 + (x / turn) ** steepness)
    shape = np.round(shape, _DECIMALS)  # [1 or curves, candidates, points]
    middle, mean = shape.mean(axis=-1), y.mean(axis=-1, keepdims=True)
    centred = shape - middle[..., None]
    along = _products(y - mean, centred)
    drop = np.maximum(along, 0) / np.maximum((centred**2).sum(axis=-1), _FLAT)
    low = mean - drop * middle
    total = ((y - mean) ** 2).sum(axis=-1, keepdims=True)
    error = total - drop * np.maximum(along, 0)
    below = low < 0
    if below.any():
        across = np.maximum(_products(y, shape), 0)
        pressed = across / np.maximum((shape**2).sum(axis=-1), _FLAT)
        squares = (y**2).sum(axis=-1, keepdims=True)
        error = np.where(below, squares - pressed * across, error)
        drop = np.where(below, pressed, drop)
        low = np.where(below, 0.0, low)
    unit = np.where(total > 0, total, 1.0)
    first = np.round(error / unit, _DECIMALS).argmin(axis=-1)
    rows = np.arange(len(y))
    places = np.broadcast_to(candidates, (2, *error.shape))
    return np.stack([low[rows, first], drop[rows, first], *places[:, rows, first]])


def _products(y: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """Return sums over the points, in a fixed order, [curves, candidates]."""
    found = np.zeros((len(y), shape.shape[1]))
    for point in range(y.shape[1]):
        found += y[:, point, None] * shape[..., point]
    return found
