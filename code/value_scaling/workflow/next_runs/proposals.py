"""The runs to do next in a study: beyond a bound of σ*, and in the sweep."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from value_scaling.records import Crossings, ScalingError, Setting, Study
from value_scaling.records.axes import AXES
from value_scaling.workflow.advice.frontier import Fits
from value_scaling.workflow.advice.rounding import to_run
from value_scaling.workflow.next_runs.choose import NextRun, cost_of, next_in_sweep

SEEDS = 2
"""Default number of seeds of a row, with which docs/recommend.md tests the choice."""
_REPLICATES = 400
"""Replicates that give the noise of each setting."""
_CHOICES = 4
"""Most choices for each row; a setting that is chosen again gets more seeds."""
_UTDS = "proposal_utds"
"""Key of the study file that lists the σ of runs with fitted hyperparameters."""
_SHARE_AT_EDGE = 0.5
"""Least share of levels with σ* at one end of the range that extends the range."""


def next_runs(
    fits: Fits, sweep: Crossings | None, count: int, *, seeds: int = SEEDS
) -> tuple[NextRun, ...]:
    """Return the runs that would help most, at most `count` settings.

    If σ* of at least half of the levels is at one end of the range of σ, runs beyond
    this end come first, in at most half of the rows. The others are runs of the sweep,
    chosen by their expected saving of data per FLOP.

    Args:
        sweep: crossings of the sweep.
        seeds: seeds of a row.

    Raises:
        ScalingError: there is no sweep, so nothing is known about other settings.
    """
    study = fits.study
    if sweep is None:
        raise ScalingError(
            f"study {study.name}",
            found="no runs of a sweep",
            expected="a sweep, from which the next runs are chosen",
            fix="add the archive of a sweep, with at least a few settings",
        )
    found = list(_beyond(fits, sweep, seeds))[: count // 2]
    few = replace(sweep, replicates=sweep.replicates[:, :_REPLICATES])
    rows: dict[Setting, NextRun] = {}
    left = count - len(found)
    wanted = [s for s in study.grid if s.env in {each.env for each in sweep.settings}]
    for run in next_in_sweep(few, study, _CHOICES * left, wanted=wanted, seeds=seeds):
        before = rows.get(run.setting)
        if before is None and len(rows) == left:
            break
        rows[run.setting] = run if before is None else _together(before, run)
    return (*found, *rows.values())


def _together(one: NextRun, other: NextRun) -> NextRun:
    """Join two choices of the same setting."""
    sums = ("seeds", "saving", "steps", "updates", "flops")
    return replace(
        one, **{name: getattr(one, name) + getattr(other, name) for name in sums}
    )


def _beyond(fits: Fits, sweep: Crossings, seeds: int) -> Iterator[NextRun]:
    """Return runs with fitted hyperparameters beyond an end of the range of σ."""
    budget = fits.budgets.sets.get("ours") if fits.budgets else None
    if budget is None or fits.sweep is None:
        return
    utds, known = budget.run_utds, np.isfinite(budget.utd_star.value)
    for end, utd in (
        ("smallest", utds[0] ** 2 / utds[1]),
        ("largest", utds[-1] ** 2 / utds[-2]),
    ):
        own = utds[0] if end == "smallest" else utds[-1]
        near = np.isclose(budget.utd_star.value, own, rtol=1e-3)
        there = int((known & budget.at_edge & near).sum())
        if there and there >= _SHARE_AT_EDGE * known.sum():
            words = (
                f"the best UTD is the {end} that was run at {there} of {known.sum()} "
            )
            for env in fits.environments:
                yield from _at(fits, sweep, env, float(utd), seeds, words + "levels")


def _at(
    fits: Fits, sweep: Crossings, env: str, utd: float, seeds: int, reason: str
) -> Iterator[NextRun]:
    values = to_run(fits, env, utd, rounding=False)
    if not values:
        return
    setting = Setting.of(env, values)
    own = [
        end
        for s, end in zip(sweep.settings, sweep.last_steps, strict=True)
        if s.env == env
    ]
    costs = cost_of(fits.study, "ours", setting, float(max(own)), seeds)
    yield NextRun("ours", setting, 0, seeds, reason, np.nan, **costs)


def undeclared(study: Study, runs: Sequence[NextRun]) -> tuple[str, ...]:
    """Return the values that the study file lacks for these runs, by list."""
    lacking: dict[str, list[str]] = {}
    for run in runs:
        s = run.setting
        if run.set_name == "sweep":
            known = study.grids_of(study.environment(s.env))
        else:
            known = {"utd": study.trained_utds}
        for name, values in known.items():
            axis = AXES[name]
            where = f"{s.env}, {axis.plural}" if run.set_name == "sweep" else _UTDS
            value = s.values.get(name)
            if value is not None and value not in values:
                found = lacking.setdefault(where, [])
                found += [axis.text(value)] * (axis.text(value) not in found)
    return tuple(f"{where}: {', '.join(values)}" for where, values in lacking.items())
