"""Faults of normalisers and levels, and the ones that the rule proposes."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from value_scaling.records import Crossings, Curves, Runs, ScalingError, Study
from value_scaling.records.defaults.scale import FULL, isotonic_end, propose
from value_scaling.records.stages.warnings import Place
from value_scaling.records.study import max_return_key
from value_scaling.workflow.checks.finding import Finding, found

LOWEST, HIGHEST = 500.0, 1100.0
"""Range of the normalised return at which the best run should end: 800 by the rule."""
START = 300.0
"""Highest normalised return at which the worst run should start."""
FEW = 0.25
"""Share of the settings below which few reach a level."""


def normalisers(
    study: Study,
    runs: Runs,
    progress: Callable[[Sequence[Curves]], Iterable[Curves]] = iter,
) -> Iterator[Finding]:
    """Find environments whose runs use little of the scale, or exceed it.

    Args:
        progress: wraps the curves as they are examined.
    """
    ends: dict[str, float] = {}
    starts: dict[str, float] = {}
    for curve in progress(runs.curves):
        env = curve.setting.env
        environment = study.environment(env)
        mean = environment.normalised(curve.returns.mean(axis=1), runs.set_name)
        ends[env] = max(ends.get(env, -np.inf), isotonic_end(mean))
        starts[env] = min(starts.get(env, np.inf), float(mean[0]))
    top = max_return_key(runs.set_name)
    for env, end in ends.items():
        if LOWEST <= end <= HIGHEST:
            continue
        yield found(
            "normaliser",
            runs.set_name,
            f"the best run ends at {end:.0f} of {FULL}, and should end near 800, so "
            "that levels use the scale",
            f"{'lower' if end < LOWEST else 'raise'} {top} of this environment",
            [Place(env=env)],
        )
    for env, start in starts.items():
        if start > START:
            yield found(
                "high start",
                runs.set_name,
                f"all runs start above {START:.0f} of {FULL}, the lowest at "
                f"{start:.0f}, so the levels below are reached at once",
                "state min_return, the return of an untrained policy",
                [Place(env=env)],
            )


def levels_of_few(study: Study, sweep: Crossings) -> Iterator[Finding]:
    """Find deciding levels that few settings of an environment reach."""
    deciding = np.array(study.deciding_levels)
    places = []
    for env in study.ordered(sweep.settings):
        own = [i for i, setting in enumerate(sweep.settings) if setting.env == env]
        share = np.isfinite(sweep.steps[own]).mean(axis=0)
        few = sweep.levels[deciding & (share < FEW)]
        if len(few):
            places.append(Place(env=env, level=float(few[0])))
    if places:
        yield found(
            "level of few",
            sweep.set_name,
            f"levels that fewer than {FEW:.0%} of the settings reach, so that few "
            "compete there",
            "lower the levels in the study file, or train longer",
            places,
        )


def proposal(study: Study, runs: Runs) -> str:
    """Return the lines of a study file with the levels and normalisers of the rule.

    Args:
        runs: in the units of the environments.

    Returns:
        the lines; empty if the runs reach no level.
    """
    try:
        scale, _ = propose(runs.curves)
    except ScalingError:
        return ""
    levels = ", ".join(f"{level:g}" for level in scale.levels)
    lines = [f"sweep_levels = [{levels}]", f"fitted_levels = [{levels}]"]
    for env in study.ordered(runs.settings):
        top = f"{scale.max_returns[env]:g}"
        lines += ["", "[[environments]]", f"name = {json.dumps(env)}"]
        if low := scale.min_returns.get(env):
            lines.append(f"min_return = {low:g}")
        lines += [f"max_return_sweep = {top}", f"max_return_fitted = {top}"]
    return "\n".join(lines)
