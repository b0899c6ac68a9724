"""Faults of learning curves: constant, copied, sparse, or shorter than the others."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from value_scaling.records import Crossings, Curves, Runs, Setting
from value_scaling.records.stages.warnings import Place
from value_scaling.workflow.checks.finding import Finding, found
from value_scaling.workflow.data.short_runs import cut_short, cut_short_of_fitted

FEW_POINTS = 20
"""Number of logged points below which a crossing is hardly resolved."""
FULL = 0.9
"""Least length of a run, as a share of the median at its environment and σ."""


def faulty_curves(
    runs: Runs, progress: Callable[[Sequence[Curves]], Iterable[Curves]] = iter
) -> Iterator[Finding]:
    """Find seeds whose return never changes, equal seeds, and sparse curves.

    Args:
        progress: wraps the curves as they are examined.
    """
    constant: list[Setting] = []
    copied: list[Setting] = []
    sparse: list[Setting] = []
    for curve in progress(runs.curves):  # each may be read from the disk
        for is_faulty, settings in (
            (_constant(curve), constant),
            (_copied(curve), copied),
            (len(curve.steps) < FEW_POINTS, sparse),
        ):
            if is_faulty:
                settings.append(curve.setting)
    for kind, chosen, text, fix in (
        (
            "constant curve",
            constant,
            "settings with a seed whose return never changes",
            "look for runs that failed, or for a metric that is not the return, and "
            "leave them out",
        ),
        (
            "copied seeds",
            copied,
            "settings in which two seeds have the same curve, so that intervals are "
            "too narrow",
            "leave the copies out",
        ),
        (
            "few points",
            sparse,
            f"settings with fewer than {FEW_POINTS} logged points",
            "log more often",
        ),
    ):
        if chosen:
            places = [Place.of(setting) for setting in chosen]
            number = f"{len(chosen)} of {len(runs.curves)}"
            yield found(kind, runs.set_name, f"{text}: {number}", fix, places)


def _constant(curve: Curves) -> bool:
    return bool((np.ptp(curve.returns, axis=0) == 0).any())


def _copied(curve: Curves) -> bool:
    """Whether two seeds are equal; constant ones are reported as such."""
    changing = curve.returns[:, np.ptp(curve.returns, axis=0) > 0]
    return len(np.unique(changing, axis=1).T) < changing.shape[1]


def early_ends(crossings: Crossings) -> Iterator[Finding]:
    """Find runs that end before the others of their environment and σ.

    A run that reaches the top level may have been stopped there. Runs that are so short
    that a result depends on it are in the record of warnings.
    """
    is_sweep = crossings.set_name == "sweep"
    known = (cut_short if is_sweep else cut_short_of_fitted)(crossings)
    stopped = crossings.is_stopped
    groups: dict[tuple[str, float], list[int]] = defaultdict(list)
    for i, setting in enumerate(crossings.settings):
        groups[setting.env, setting.utd].append(i)
    early = []
    for group in groups.values():
        usual = float(np.median(crossings.last_steps[group]))
        early += [
            i
            for i in group
            if crossings.last_steps[i] < FULL * usual
            and not (known[i] or stopped[i])
            and np.isnan(crossings.steps[i, -1])
        ]
    if early:
        yield found(
            "early end",
            crossings.set_name,
            f"runs that end before {FULL:.0%} of the steps that are usual at their "
            f"environment and UTD, below the top level: {len(early)} of "
            f"{len(crossings.settings)}",
            "complete them, or leave them out if they failed",
            [Place.of(crossings.settings[i]) for i in early],
        )
