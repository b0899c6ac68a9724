"""Defaults of what depends on returns: normalisers and levels."""

from collections.abc import Sequence
from typing import Any

from value_scaling.records.defaults.filled import Filled, listed
from value_scaling.records.defaults.scale import (
    HEADROOM,
    SPACING,
    Scale,
    lowest_starts,
    normalisers,
    propose,
)
from value_scaling.records.runs import Curves, curves_of

HELD_OUT = 2
"""Number of top levels that test σ*(F), if two lower ones are left."""
TOPS = ("max_return_sweep", "max_return_fitted")
"""Keys of the normalisers of an environment."""
_LEVELS = ("sweep_levels", "fitted_levels")


def lacks_scale(filled: Filled) -> bool:
    """Return whether all levels or the normaliser of an environment are missing."""
    return _lacks_levels(filled) or any(
        _top(each) is None for each in filled.environments
    )


def fill_levels(filled: Filled, curves: Sequence[Curves]) -> None:
    """Add normalisers and levels by the rule of `scale`.

    Args:
        curves: runs of the set that decides; only read if `lacks_scale`.

    Raises:
        ScalingError: an environment has no return above its min_return, or no level is
            reached.
    """
    named = {each["name"]: each for each in filled.environments}
    curves = curves_of(curves, lambda setting: setting.env in named)
    if curves and lacks_scale(filled):
        found, share = _rule(named, curves, with_levels=_lacks_levels(filled))
        _fill_normalisers(filled, named, found)
        if found.levels:
            every = "every" if share == 1 else f"{share:.0%} of the"
            filled.texts["levels"] = (
                f"{listed(found.levels)} (multiples of {SPACING} from above where "
                f"the runs start to the last one that the best setting of {every} "
                "(environment, UTD ratio) reaches)"
            )
            filled.table |= {key: list(found.levels) for key in _LEVELS}
    for one, other in (_LEVELS, _LEVELS[::-1]):
        if other in filled.table:
            filled.add(one, filled.table[other], f"the same as {other}")
    for each in named.values():
        for one, other in (TOPS, TOPS[::-1]):
            if one not in each and other in each:
                each[one] = each[other]
                filled.texts[one] = f"the same as {other}"
    if levels := filled.numbers(_LEVELS[1]):
        count = held_out(levels)
        filled.add("held_out_levels", count, f"{count} (top levels that test utd*(F))")


def held_out(levels: Sequence[float]) -> int:
    """Return the number of levels that a study holds out if it states none."""
    return max(0, min(HELD_OUT, len(levels) - 2))


def _rule(
    named: dict[str, dict[str, Any]], curves: Sequence[Curves], *, with_levels: bool
) -> tuple[Scale, float]:
    """Apply the rule; stated normalisers are kept."""
    tops = {env: top for env, each in named.items() if (top := _top(each)) is not None}
    open_scale = curves_of(curves, lambda setting: setting.env not in tops)
    lows = lowest_starts(open_scale) | {
        env: each["min_return"] for env, each in named.items() if "min_return" in each
    }
    if with_levels:
        return propose(curves, min_returns=lows, max_returns=tops)
    return normalisers(curves, min_returns=lows, max_returns=tops), 1.0


def _fill_normalisers(
    filled: Filled, named: dict[str, dict[str, Any]], found: Scale
) -> None:
    tops, lows = [], []
    for env, each in named.items():
        if _top(each) is not None or env not in found.max_returns:
            continue
        each |= dict.fromkeys(TOPS, found.max_returns[env])
        tops.append(f"{env} {found.max_returns[env]:g}")
        if "min_return" not in each and found.min_returns.get(env):
            each["min_return"] = found.min_returns[env]
            lows.append(f"{env} {found.min_returns[env]:g}")
    if tops:
        filled.texts["max_returns"] = (
            f"{', '.join(tops)} ({HEADROOM:g} times the highest return that the mean "
            "over seeds of any setting reached, to two digits)"
        )
    if lows:
        filled.texts["min_returns"] = (
            f"{', '.join(lows)} (the lowest start, as returns are negative)"
        )


def _lacks_levels(filled: Filled) -> bool:
    return not any(key in filled.table for key in _LEVELS)


def _top(each: dict[str, Any]) -> Any:
    """Return the stated normaliser of an environment; None: none is stated."""
    return next((each[key] for key in TOPS if key in each), None)
