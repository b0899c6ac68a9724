"""Fits of B*(σ) and η*(σ), and constant hyperparameters."""

import numpy as np

from value_scaling.commands.text.parts import TextPart, listing
from value_scaling.commands.text.terminal.held_out_checks import held_out
from value_scaling.commands.text.terminal.value_texts import number
from value_scaling.records import BestValues, Hyperparameters


def hyperparameters(record: Hyperparameters) -> list[TextPart]:
    """Return the fits of B* and η*, their checks and what is unusual about them."""
    fitted = [values for values in record.fitted if not values.is_single.all()]
    rows = [
        (env, *(_scale(values, e) for values in fitted))
        for e, env in enumerate(record.fitted[0].environments)
    ]
    names = ("environment", *(f"{_symbol(values)}(1)" for values in fitted))
    checks = [check for values in fitted for check in values.heldout]
    against = [each for values in fitted for each in values.against_naive]
    return [
        *map(_fit, record.fitted),
        *(listing(names, rows) if fitted else ()),
        *held_out(checks, against),
        tilt(record),
        *lower_baselines(record),
    ]


def _symbol(values: BestValues) -> str:
    return f"{values.axis.plain}*"


def _fit(values: BestValues) -> str:
    if not values.is_single.all():
        return f"{_symbol(values)}(utd) ~ utd^{number(values.shared.exponent, 0)}"
    tried = dict.fromkeys(f"{grid[0]:g}" for grid in values.grid)
    return f"{_symbol(values)}(utd): {_only(', '.join(tried))}"


def _only(value: str) -> str:
    return f"one value on this axis ({value}): nothing to fit"


def _scale(values: BestValues, e: int) -> str:
    """Return the fitted value of one environment at σ = 1."""
    if values.is_single[e]:
        return _only(f"{values.grid[e][0]:g}")
    return number(values.shared.scale, e)


def tilt(record: Hyperparameters) -> str:
    """Say whether the valley of the grid is tilted."""
    if not np.isfinite(record.tilt.value):
        return "tilt of the valley: unknown, as no winners at two lr can be compared"
    low, high = float(record.tilt.low), float(record.tilt.high)
    verdict = (
        "tilt unclear, the interval includes zero" if low <= 0 <= high else "tilted"
    )
    return f"best B at a fixed lr ~ lr^{number(record.tilt)} ({verdict})"


def lower_baselines(record: Hyperparameters) -> list[str]:
    """Say which constant hyperparameters a lower level decides, and which do not exist.

    Usually there are none.
    """
    at = f"at UTD {record.baseline_utd:g}"
    lines = [
        f"constant B, lr of {each.env}: decided at J = {each.level:g}, the highest "
        f"level that a setting reaches {at}; none reaches J = {record.top_level:g}"
        for each in record.lower_baselines
    ]
    if without := record.without_baseline:
        lines.append(
            f"constant B, lr of {', '.join(without)}: none, as no setting {at} reaches "
            "a level"
        )
    return lines
