"""How far the conclusions of a study depend on δ, on what C counts, on J and on the
analysis choices."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from value_scaling.records.estimates import STATUSES, Estimate

ZERO = 1e-6
"""An exponent this close to zero has no sign: the rounding of σ* at an end of its range
would decide it."""

ACCOUNTINGS: dict[str, float] = {
    "6N: the critic's own update": 0.6,
    "8N: with its target": 0.8,
    "10N: as stated": 1.0,
    "16N: with an actor as large as the critic": 1.6,
    "20N: two such critics": 2.0,
    "26N: two such critics and the actor": 2.6,
}
"""What an update may count for each sample, and the factor on C that it means. As
c·C + δ·D = c·(C + (δ/c)·D), a factor c on C, or on N, moves σ* as 1/c on δ does."""


@dataclass(frozen=True)
class Along:
    """σ*(F) and the top σ* while one thing is varied and all else is as by default."""

    labels: tuple[str, ...]
    """[rows], what each row stands for; empty: `values` say it."""
    values: np.ndarray
    """[rows], δ in FLOPs for an environment step, or how many levels are left out."""
    exponent: Estimate
    """[rows], of σ*(F); NaN where it is no number."""
    status: np.ndarray
    """[rows], index in `STATUSES` of the fit of σ*(F)."""
    counted: np.ndarray
    """[rows], the exponent if optima at an end of the σ that were run count like the
    others; no interval."""
    utd_star: Estimate
    """[rows], σ* at the highest level."""
    at_edge: np.ndarray
    """[rows] of bool: that σ* is an end of the σ that were run, a bound."""

    @property
    def converged(self) -> np.ndarray:
        """[rows] of bool: the exponent is a number to show."""
        return self.status == STATUSES.index("converged")

    @property
    def certain(self) -> np.ndarray:
        """[rows], the sign of the exponent where its interval excludes zero, else 0."""
        with np.errstate(invalid="ignore"):
            return np.where(
                self.exponent.low > 0, 1, np.where(self.exponent.high < 0, -1, 0)
            )

    def sign_changes(self) -> tuple[float, ...]:
        """Return where the exponent changes its sign between two rows that are
        numbers, by a line in the logarithm of `values`."""
        return sign_changes(np.log(self.values), self.exponent.value, back=np.exp)


def sign_changes(
    x: np.ndarray,
    y: np.ndarray,
    *,
    back: Callable[[float], float] = float,
) -> tuple[float, ...]:
    """Return the x at which a line through neighbouring points changes its sign.

    Args:
        x: [points] ascending.
        y: [points]; NaN: no number, and no change beside it.
        back: from x to the unit of the result.
    """
    found = []
    for i in range(len(y) - 1):
        one, two = sign(y[i]), sign(y[i + 1])
        if one * two < 0:
            found.append(
                float(back(x[i] + (x[i + 1] - x[i]) * y[i] / (y[i] - y[i + 1])))
            )
    return tuple(found)


def sign(values: float | np.ndarray) -> np.ndarray:
    """Return the signs, 0 for what is zero or no number."""
    with np.errstate(invalid="ignore"):
        return (np.asarray(values) > ZERO) * 1 - (np.asarray(values) < -ZERO) * 1


@dataclass(frozen=True)
class SetSensitivity:
    """One set of runs."""

    set_name: str
    utds: np.ndarray
    """[2], the smallest and the largest σ that were run."""
    delta: float
    """δ of the study, FLOPs for an environment step."""
    deltas: Along
    """Over δ, ascending; the δ of the study is the row in the middle."""
    published: np.ndarray
    """[deltas], the exponent under the published choices."""
    accountings: Along
    """Over `ACCOUNTINGS`, as the δ that stands for each."""
    lowest: Along
    """Over how many of the lowest levels are left out of σ*(F)."""
    highest: Along
    """Over how many of the highest levels are left out of σ*(F)."""


@dataclass(frozen=True)
class LevelSensitivity:
    """Exponents of B* and η* where one sweep level alone decides."""

    levels: np.ndarray
    """[levels], J; those at which nothing can be fitted are left out."""
    deciding: np.ndarray
    """[levels] of bool: by default this level is among those that decide."""
    batch_size: Estimate
    """[levels]."""
    learning_rate: Estimate
    """[levels]."""


@dataclass(frozen=True)
class Move:
    """What one choice does to one conclusion, all other choices held."""

    choice: str
    typical: float
    """Median, over the combinations of the others, of the largest difference between
    its words; NaN: no two words have a number."""
    flips: int
    """In how many combinations of the others the sign is not the same for all words."""
    compared: int
    """Combinations of the others in which two words or more have a number."""


@dataclass(frozen=True)
class Conclusion:
    """One number that the paper draws conclusions from, under every combination."""

    name: str
    """E.g. `batch size exponent`."""
    set_name: str
    """The runs that it is of."""
    default: Estimate
    published: Estimate
    values: np.ndarray
    """[combinations], in the order of `Choices` combined; NaN: no number."""

    @property
    def negative(self) -> int:
        """Combinations in which it is below zero."""
        return int((sign(self.values) < 0).sum())

    @property
    def positive(self) -> int:
        """Combinations in which it is above zero."""
        return int((sign(self.values) > 0).sum())

    @property
    def unknown(self) -> int:
        """Combinations in which it is no number."""
        return int(np.isnan(self.values).sum())

    @property
    def range(self) -> tuple[float, float]:
        """The smallest and the largest value; NaN: there is none."""
        found = self.values[np.isfinite(self.values)]
        return (float(found.min()), float(found.max())) if found.size else (np.nan,) * 2

    @property
    def changes_sign(self) -> bool:
        """Whether some combinations give either sign."""
        return self.negative > 0 and self.positive > 0


@dataclass(frozen=True)
class Multiverse:
    """The conclusions under every combination of the words of all choices."""

    words: dict[str, tuple[str, ...]]
    """Of each choice, by its name; of the combinations the last varies fastest."""
    conclusions: tuple[Conclusion, ...]
    sweep_replicates: int
    """Bootstrap samples behind B* and η* of a combination; the default and the
    published one have all."""
    fitted_replicates: int
    """Bootstrap samples that decide whether a fit is identifiable; likewise."""

    @property
    def count(self) -> int:
        """How many combinations there are."""
        return int(np.prod([len(each) for each in self.words.values()]))

    def moves(self, conclusion: Conclusion) -> tuple[Move, ...]:
        """Return what each choice does to a conclusion, in the order of the choices."""
        table = conclusion.values.reshape([len(each) for each in self.words.values()])
        found = []
        for axis, name in enumerate(self.words):
            rows = np.moveaxis(table, axis, -1).reshape(-1, table.shape[axis])
            known = rows[np.isfinite(rows).sum(axis=1) >= 2]
            if not len(known):
                found.append(Move(name, np.nan, 0, 0))
                continue
            low, high = np.nanmin(known, axis=1), np.nanmax(known, axis=1)
            flips = int((sign(low) * sign(high) < 0).sum())
            found.append(Move(name, float(np.median(high - low)), flips, len(known)))
        return tuple(found)

    def largest_move(self, conclusion: Conclusion) -> Move | None:
        """Return the choice that moves it most; None: no choice moves it."""
        moving = [move for move in self.moves(conclusion) if move.typical > ZERO]
        return max(moving, key=lambda move: move.typical) if moving else None


@dataclass(frozen=True)
class Sensitivity:
    """Everything of one study; both variants."""

    study: str
    sets: dict[str, SetSensitivity]
    """By set name, `ours` before `baseline`."""
    levels: LevelSensitivity | None
    """None: there is no sweep."""
    multiverse: Multiverse
