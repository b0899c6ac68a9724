"""The rule that sets the normalisers and levels of a study of our own.

Normaliser: 1.25 times the highest return that the mean over seeds of any setting of the
sweep reached (the end of its isotonic curve), to two significant digits. The best run
then ends near 800 of 1000, as in the paper. Returns are counted from min_return, which
is 0 unless it is given; a task of negative returns needs one. Levels: every multiple of
50 from the first one that no setting starts above, to the last one that the best
setting of each (environment, σ) reaches. Since there are fewer fitted runs, their
levels follow from their curves by the same rule on a finer spacing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from value_scaling.records.errors import ScalingError
from value_scaling.records.runs import Curves
from value_scaling.records.stages.budget import LEAST_OPTIMA

HEADROOM = 1.25
"""Ratio of the normaliser to the highest return."""
SPACING = 50
"""Distance between levels."""
FULL = 1000
"""Normalised return of max_return."""
HALF = 0.5
"""Share of the (environment, σ) that decides if too few levels are reached by all."""

Extremes = tuple[dict[tuple[str, float], float], dict[str, float]]
"""Highest end by (environment, σ), and highest start by environment."""


@dataclass(frozen=True)
class Scale:
    """Normalisers and levels of a study."""

    max_returns: dict[str, float]
    """Return of each environment that counts as 1000, in its own unit."""
    levels: tuple[float, ...]
    """J, ascending, on the scale 0 to 1000."""
    min_returns: dict[str, float] = field(default_factory=dict)
    """Return of each environment that counts as 0, where that is not 0."""


def scale(
    curves: Iterable[Curves],
    *,
    min_returns: Mapping[str, float] | None = None,
    max_returns: Mapping[str, float] | None = None,
    spacing: int = SPACING,
    share: float = 1.0,
) -> Scale:
    """Apply the rule to the curves of a sweep, or to those of other runs.

    Args:
        min_returns: by environment, the return that counts as 0; 0 for an environment
            without one.
        max_returns: normalisers by environment; the rule gives those of the others.
        spacing: distance between levels.
        share: share of the (environment, σ) that reach the top level, and of the
            environments that start below the first one.

    Raises:
        ScalingError: an environment has no return above its min_return, or no level is
            reached by every (environment, σ).
    """
    lows = {**(min_returns or {})}
    return _scale(_extremes(curves, lows), lows, max_returns, spacing, share)


def _extremes(curves: Iterable[Curves], lows: dict[str, float]) -> Extremes:
    """Return the extremes of curves, less the low return of each environment."""
    ends: dict[tuple[str, float], float] = {}
    starts: dict[str, float] = {}
    for each in curves:
        env = each.setting.env
        mean = each.returns.mean(axis=1) - lows.get(env, 0.0)
        key = env, each.setting.utd
        ends[key] = max(ends.get(key, -np.inf), isotonic_end(mean))
        starts[env] = max(starts.get(env, -np.inf), float(mean[0]))
    return ends, starts


def _scale(
    extremes: Extremes,
    lows: dict[str, float],
    max_returns: Mapping[str, float] | None,
    spacing: int = SPACING,
    share: float = 1.0,
) -> Scale:
    """Apply the rule to the extremes of curves; see `scale`."""
    ends, starts = extremes
    best: dict[str, float] = {}
    for (env, _), end in ends.items():
        best[env] = max(best.get(env, -np.inf), end)
    tops = _tops(best, lows) | {**(max_returns or {})}
    spans = {env: tops[env] - lows.get(env, 0.0) for env in best}
    reached = _lowest(
        [FULL * end / spans[env] for (env, _), end in ends.items()], share
    )
    started = -_lowest([-FULL * low / spans[env] for env, low in starts.items()], share)
    first = max(1, int(np.floor(started / spacing)) + 1)
    last = int(np.floor(reached / spacing))
    if last < first:
        worst = "at one" if share == 1 else "at half of the"
        raise ScalingError(
            "the default levels J",
            found=f"no level in reach: {worst} (environment, UTD ratio)"
            f"{'' if share == 1 else 's'}, every setting ends at {reached:.0f} or "
            f"lower, on the scale from 0 (min_return) to {FULL} (max_return)",
            expected=f"{first * spacing} or more, the first multiple of {spacing} "
            "above where the runs start",
            fix="train longer there or leave it out; or state sweep_levels, and the "
            "min_return and max_return_sweep of each environment, in the study file",
        )
    levels = tuple(float(spacing * n) for n in range(first, last + 1))
    return Scale({env: tops[env] for env in best}, levels, lows)


def _tops(best: Mapping[str, float], lows: Mapping[str, float]) -> dict[str, float]:
    """Return the normaliser of each environment whose best return is known.

    Args:
        best: by environment, the highest return above its min_return.
    """
    for env, end in best.items():
        if end <= 0:
            low = lows.get(env, 0.0)
            raise ScalingError(
                f"the runs of {env}",
                found=f"no return above {low + end:.4g}, with min_return = {low:g}",
                expected="returns above min_return",
                fix="give a min_return below the returns of the first runs",
            )
    return {
        env: lows.get(env, 0.0) + _round(HEADROOM * end) for env, end in best.items()
    }


def normalisers(
    curves: Sequence[Curves],
    *,
    min_returns: Mapping[str, float] | None = None,
    max_returns: Mapping[str, float] | None = None,
) -> Scale:
    """Return the normalisers of `propose`, without levels."""
    given = max_returns or {}
    lows = lowest_starts(curves) if min_returns is None else {**min_returns}
    best: dict[str, float] = {}
    for each in curves:
        env = each.setting.env
        end = isotonic_end(each.returns.mean(axis=1) - lows.get(env, 0.0))
        best[env] = max(best.get(env, -np.inf), end)
    left = {env: end for env, end in best.items() if env not in given}
    return Scale({**given} | _tops(left, lows), (), lows)


def propose(
    curves: Sequence[Curves],
    *,
    min_returns: Mapping[str, float] | None = None,
    max_returns: Mapping[str, float] | None = None,
) -> tuple[Scale, float]:
    """Return normalisers and levels for runs; given normalisers are kept.

    Without min_returns, the returns of an environment that has none above 0 are counted
    from its lowest start, rounded down to two digits. If every (environment, σ) reaches
    fewer than `LEAST_OPTIMA` levels, the levels are those that half of them reach.

    Returns:
        the scale, and the share of (environment, σ) that reach its top level.

    Raises:
        ScalingError: not even half of them reach a level.
    """
    lows = lowest_starts(curves) if min_returns is None else {**min_returns}
    extremes = _extremes(curves, lows)
    with_levels = partial(_scale, extremes, lows, max_returns)
    try:
        whole = with_levels()
    except ScalingError:
        return with_levels(share=HALF), HALF
    if len(whole.levels) >= LEAST_OPTIMA:
        return whole, 1.0
    half = with_levels(share=HALF)
    return (half, HALF) if len(half.levels) > len(whole.levels) else (whole, 1.0)


def lowest_starts(curves: Sequence[Curves]) -> dict[str, float]:
    """Return the lowest start of each environment without a return above 0."""
    ends: dict[str, float] = {}
    starts: dict[str, float] = {}
    for each in curves:
        env, mean = each.setting.env, each.returns.mean(axis=1)
        ends[env] = max(ends.get(env, -np.inf), isotonic_end(mean))
        starts[env] = min(starts.get(env, np.inf), float(mean[0]))
    return {env: _round_down(starts[env]) for env, end in ends.items() if end <= 0}


def _lowest(values: list[float], share: float) -> float:
    """Return the largest number that this share of the values reaches."""
    return float(np.quantile(values, 1 - share, method="lower"))


def _round_down(value: float) -> float:
    """Return the next lower number of two significant digits, at most 0."""
    if value >= 0:
        return 0.0
    unit = 10 ** (np.floor(np.log10(-value)) - 1)
    return float(np.floor(value / unit) * unit)


def isotonic_end(mean: np.ndarray) -> float:
    """Return the last value of the isotonic fit: the largest mean of a tail."""
    tails = np.cumsum(mean[::-1]) / np.arange(1, len(mean) + 1)
    return float(tails.max())


def _round(value: float) -> float:
    digits = 1 - int(np.floor(np.log10(abs(value))))
    return round(value, digits)
