"""The axes of a setting, one row each: σ, B, η and N.

A row states everything that distinguishes one axis from another. The other modules loop
over the rows. To add an optional axis, add its row.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from value_scaling.records.limits import UTD, BatchSize, Count, LearningRate

BATCH_MULTIPLE = 16


def round_batch_size(batch_size: float, grid: Sequence[float] = ()) -> int:
    """Truncate, then take the nearest multiple of 16 (ties to even), at least 16.

    Args:
        grid: batch sizes that were tried. If one of them is no multiple of 16, the
            result is the nearest whole number, at least 1.
    """
    if any(tried % BATCH_MULTIPLE for tried in grid):
        return max(1, round(batch_size))
    multiple = round(int(batch_size) / BATCH_MULTIPLE)
    return max(BATCH_MULTIPLE, BATCH_MULTIPLE * multiple)


def round_learning_rate(rate: float, grid: Sequence[float] = ()) -> float:
    """Round to three significant digits; `grid` has no effect."""
    return float(f"{rate:.2e}")


def unrounded(value: float, grid: Sequence[float] = ()) -> float:
    """Return the value unchanged; `grid` has no effect."""
    return value


@dataclass(frozen=True)
class Axis:
    """One axis of a setting."""

    name: str
    """Key in records, study files and JSON documents."""
    plural: str
    """Key of a list of values in study files; the option has the same name."""
    words: str
    """Name in sentences, e.g. `batch size`."""
    plain: str
    """Symbol on the terminal and in messages, e.g. `lr`."""
    symbol: str
    """Symbol in documents, e.g. `η`."""
    latex: str
    """Symbol in formulas, e.g. `\\eta`."""
    key: str
    """Prefix of the value in the name of an archive member, e.g. `lr_`."""
    hint: Any
    """Type of the values, with their range; see `records.limits`."""
    is_fitted: bool = False
    """Whether the best value is fitted against σ."""
    is_optional: bool = True
    """Whether a study may lack the axis."""
    is_folder: bool = False
    """Whether the value is part of a folder's name in an archive, not of a file's."""
    rounded: Callable[[float, Sequence[float]], float] = unrounded
    """Function that rounds a fitted value for use, given the values that were tried."""
    unit: float = 1.0
    """Unit of the values in tables and figures."""
    aliases: tuple[str, ...] = ()
    """Other names that loggers use for the value."""

    @property
    def option(self) -> str:
        """Command-line option that selects values, e.g. `--batch-sizes`."""
        return f"--{self.plural.replace('_', '-')}"

    @property
    def kind(self) -> type:
        """Type of a value: `int` or `float`."""
        kind: type = get_args(self.hint)[0]
        return kind

    def text(self, value: float) -> str:
        """Write a value for people, without its symbol."""
        return f"{value}" if self.kind is int else f"{value:g}"

    @property
    def latex_unit(self) -> str:
        """Unit written after a symbol in a heading; empty if there is none."""
        return "" if self.unit == 1 else rf" ($10^{{{round(math.log10(self.unit))}}}$)"


_ROWS = (
    Axis(
        "utd", "utds", "UTD ratio", "UTD", "σ", r"\sigma", "utd_", UTD,
        is_optional=False, is_folder=True,
        aliases=("utd_ratio", "replay_ratio"),
    ),
    Axis(
        "batch_size", "batch_sizes", "batch size", "B", "B", "B", "bs_", BatchSize,
        is_fitted=True, is_optional=False, rounded=round_batch_size,
    ),
    Axis(
        "learning_rate", "learning_rates", "learning rate", "lr", "η", r"\eta", "lr_",
        LearningRate, is_fitted=True, is_optional=False, rounded=round_learning_rate,
        unit=1e-4, aliases=("lr", "critic_lr", "agent.critic_lr", "q_lr"),
    ),
    Axis(
        "model_size", "model_sizes", "model size", "N", "N", "N", "p", Count,
        is_folder=True,
    ),
)  # fmt: skip
AXES: dict[str, Axis] = {row.name: row for row in _ROWS}
"""Rows by name, in the order in which settings are sorted and named."""
# The default analysis finds the best B and η jointly; both depend on σ.
FITTED: tuple[Axis, ...] = tuple(axis for axis in AXES.values() if axis.is_fitted)


def required() -> tuple[Axis, ...]:
    """Axes of every setting."""
    return tuple(axis for axis in AXES.values() if not axis.is_optional)


def optional() -> tuple[Axis, ...]:
    """Axes that only some studies have."""
    return tuple(axis for axis in AXES.values() if axis.is_optional)


def words_of(values: Mapping[str, float | None]) -> str:
    """Write values by axis, e.g. `UTD 2, B 256, lr 0.0003`."""
    return ", ".join(
        f"{axis.plain} {axis.text(value)}"
        for axis in AXES.values()
        if (value := values.get(axis.name)) is not None
    )


def equations(values: Mapping[str, float]) -> str:
    """Write values by axis as equations, e.g. `B = 256, lr = 0.0003`."""
    return ", ".join(
        f"{AXES[name].plain} = {AXES[name].text(value)}"
        for name, value in values.items()
    )
