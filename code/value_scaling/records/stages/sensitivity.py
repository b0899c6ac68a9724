"""Sensitivity of a study's conclusions to δ, the accounting of C, J and the choices."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from value_scaling.records.estimates import STATUSES, Estimate

ZERO = 1e-6
"""Size below which an exponent has no sign, because it would depend on the rounding of
σ* at an end of its range."""

ACCOUNTINGS: dict[str, float] = {
    "6N: the critic's own update": 0.6,
    "8N: with its target": 0.8,
    "10N: as stated": 1.0,
    "16N: with an actor as large as the critic": 1.6,
    "20N: two such critics": 2.0,
    "26N: two such critics and the actor": 2.6,
}
"""Possible FLOPs of an update per sample, and the resulting factor on C. Because
c·C + δ·D = c·(C + (δ/c)·D), a factor c on C or N moves σ* like a factor 1/c on δ."""


@dataclass(frozen=True)
class SensitivityScan:
    """σ*(F) and the σ* of the top level, with one quantity varied from the default."""

    labels: tuple[str, ...]
    """[rows], description of each row; empty if `values` describe the rows."""
    values: np.ndarray
    """[rows], δ in FLOPs per environment step, or the number of levels left out."""
    exponent: Estimate
    """[rows], exponent of σ*(F); NaN if there is none."""
    status: np.ndarray
    """[rows], index in `STATUSES` of the fit of σ*(F)."""
    counted: np.ndarray
    """[rows], exponent, without an interval, if optima at the smallest or largest σ
    count like the others."""
    utd_star: Estimate
    """[rows], σ* at the highest level."""
    at_edge: np.ndarray
    """[rows] of bool, whether `utd_star` is the smallest or largest σ that was run and
    therefore a bound."""

    @property
    def converged(self) -> np.ndarray:
        """[rows] of bool, whether the fit converged and its exponent is shown."""
        return self.status == STATUSES.index("converged")

    @property
    def certain(self) -> np.ndarray:
        """[rows], sign of the exponent, or 0 where its interval includes zero."""
        with np.errstate(invalid="ignore"):
            return np.where(
                self.exponent.low > 0, 1, np.where(self.exponent.high < 0, -1, 0)
            )

    def sign_changes(self) -> tuple[float, ...]:
        """Return where the exponent changes its sign between two rows.

        It is interpolated linearly in the logarithm of `values`.
        """
        order = np.argsort(self.values)
        return sign_changes(
            np.log(self.values[order]), self.exponent.value[order], back=np.exp
        )


def sign_changes(
    x: np.ndarray,
    y: np.ndarray,
    *,
    back: Callable[[float], float] = float,
) -> tuple[float, ...]:
    """Return each x at which the line between neighbouring points changes its sign.

    Args:
        x: [points] ascending.
        y: [points]; there is no change beside a NaN.
        back: function from x to the unit of the result.
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
    """Return the signs of values, 0 for values near zero and for NaN."""
    with np.errstate(invalid="ignore"):
        return (np.asarray(values) > ZERO) * 1 - (np.asarray(values) < -ZERO) * 1


@dataclass(frozen=True)
class SetSensitivity:
    """Sensitivity of the results of one set of runs."""

    set_name: str
    utds: np.ndarray
    """[2], the smallest and the largest σ that were run."""
    delta: float
    """δ of the study, FLOPs per environment step."""
    deltas: SensitivityScan
    """Results for ascending δ; the row in the middle is the δ of the study."""
    published: np.ndarray
    """[deltas], the exponent under the published choices."""
    accountings: SensitivityScan
    """Results for each of `ACCOUNTINGS`; `values` are the equivalent δ."""
    lowest: SensitivityScan
    """Results for each number of lowest levels left out of σ*(F)."""
    highest: SensitivityScan
    """Results for each number of highest levels left out of σ*(F)."""


@dataclass(frozen=True)
class LevelSensitivity:
    """Exponents of B* and η* if a single sweep level decides."""

    levels: np.ndarray
    """[levels], J; levels at which nothing can be fitted are left out."""
    deciding: np.ndarray
    """[levels] of bool, whether the level is among those that decide by default."""
    batch_size: Estimate
    """[levels], exponent of B*."""
    learning_rate: Estimate
    """[levels], exponent of η*."""


@dataclass(frozen=True)
class Shift:
    """Effect of one choice on one conclusion, with all other choices held constant."""

    choice: str
    typical: float
    """Largest difference between the words of the choice, as a median over combinations
    of the other choices; NaN if no two words have a number."""
    flips: int
    """Number of combinations of the other choices in which the words differ in sign."""
    compared: int
    """Number of combinations of the other choices in which at least two words have a
    number."""


@dataclass(frozen=True)
class Conclusion:
    """One number on which the paper's conclusions rest, under every combination."""

    name: str
    """Name of the number, e.g. `batch size exponent`."""
    set_name: str
    """Name of the set of runs."""
    default: Estimate
    published: Estimate
    values: np.ndarray
    """[combinations], in the order of `choices.combinations`; NaN if there is none."""

    @property
    def negative(self) -> int:
        """Number of combinations in which the value is below zero."""
        return int((sign(self.values) < 0).sum())

    @property
    def positive(self) -> int:
        """Number of combinations in which the value is above zero."""
        return int((sign(self.values) > 0).sum())

    @property
    def unknown(self) -> int:
        """Number of combinations without a value."""
        return int(np.isnan(self.values).sum())

    @property
    def range(self) -> tuple[float, float]:
        """The smallest and the largest value; NaN if there is none."""
        found = self.values[np.isfinite(self.values)]
        return (float(found.min()), float(found.max())) if found.size else (np.nan,) * 2

    @property
    def changes_sign(self) -> bool:
        """Whether the value is negative in some combinations and positive in others."""
        return self.negative > 0 and self.positive > 0


@dataclass(frozen=True)
class Multiverse:
    """The conclusions under every combination of the words of all choices."""

    words: dict[str, tuple[str, ...]]
    """Words of each choice, by its name. In the combinations the last choice varies
    fastest."""
    conclusions: tuple[Conclusion, ...]
    sweep_replicates: int
    """Number of bootstrap samples for B* and η* of a combination. The default and the
    published combination use all samples."""
    fitted_replicates: int
    """Number of bootstrap samples that decide whether a fit is identifiable, with the
    same two exceptions."""

    @property
    def count(self) -> int:
        """Number of combinations."""
        return int(np.prod([len(each) for each in self.words.values()]))

    def shifts(self, conclusion: Conclusion) -> tuple[Shift, ...]:
        """Return the effect of each choice on a conclusion, in the order of choices."""
        table = conclusion.values.reshape([len(each) for each in self.words.values()])
        found = []
        for axis, name in enumerate(self.words):
            rows = np.moveaxis(table, axis, -1).reshape(-1, table.shape[axis])
            known = rows[np.isfinite(rows).sum(axis=1) >= 2]
            if not len(known):
                found.append(Shift(name, np.nan, 0, 0))
                continue
            low, high = np.nanmin(known, axis=1), np.nanmax(known, axis=1)
            flips = int((sign(low) * sign(high) < 0).sum())
            found.append(Shift(name, float(np.median(high - low)), flips, len(known)))
        return tuple(found)

    def largest_shift(self, conclusion: Conclusion) -> Shift | None:
        """Return the choice with the largest effect; None if no choice has any."""
        shifts = [each for each in self.shifts(conclusion) if each.typical > ZERO]
        return max(shifts, key=lambda each: each.typical, default=None)


@dataclass(frozen=True)
class Sensitivity:
    """Sensitivity of all conclusions of one study, for both variants."""

    study: str
    sets: dict[str, SetSensitivity]
    """Results by set name, `ours` before `baseline`."""
    levels: LevelSensitivity | None
    """Exponents by level; None if there is no sweep."""
    multiverse: Multiverse
