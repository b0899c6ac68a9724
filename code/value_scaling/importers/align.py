"""Join the seeds of a setting: one column of steps for all of its runs."""

from dataclasses import dataclass

import numpy as np

from value_scaling.importers.cleaned import CleanedRun
from value_scaling.importers.options import Rules
from value_scaling.importers.report import Report
from value_scaling.importers.rules.grid import (
    choose_every,
    grid_between,
    last_values,
    mean_values,
)
from value_scaling.importers.rules.lengths import EFFECTS, short_runs
from value_scaling.importers.spool import Spool
from value_scaling.records import Curves, Setting

_WITHOUT_VALUE = 0.1
"""Share of grid steps whose window has no value, above which the report says so."""


@dataclass(frozen=True)
class StepGrid:
    """The steps that the archive has, and the value at each."""

    every: int | None
    """Steps between points; None for the logged steps."""
    window: int
    """Steps over which values are averaged; 0 if the last value counts."""


def choose_steps(
    groups: list[list[CleanedRun]], rules: Rules, spool: Spool, report: Report
) -> StepGrid:
    """Decide on the steps of all settings, and report the decision."""
    runs = [each for group in groups for each in group]
    if not runs:
        return StepGrid(None, 0)
    every = rules.every
    if every is not None:
        report.rules.append(f"steps: every {every}, as given")
    elif all(_agree(group, spool) for group in groups):
        report.rules.append("steps: as logged, the same for all seeds of a setting")
        return StepGrid(None, 0)
    else:
        every = choose_every(
            [each.interval for each in runs], max(each.last for each in runs)
        )
        report.rules.append(
            f"steps: every {every}, as seeds of one setting were logged at different "
            "steps (--every chooses another)"
        )
    episodes = sum(each.is_mean for each in runs)
    is_mean = 2 * episodes > len(runs) if rules.at is None else rules.at == "mean"
    if is_mean:
        window = rules.window or every
        text = f"mean over the {window} steps before it"
        why = f"values are those of episodes in {episodes} of {len(runs)} runs"
    else:
        window, text = 0, "the last one logged by then"
        number = len(runs) - episodes
        why = f"values are evaluations in {number} of {len(runs)} runs"
    why = why if rules.at is None else "as given"
    report.rules.append(f"value at a step: {text} ({why})")
    return StepGrid(every, window)


def align(
    setting: Setting,
    runs: list[CleanedRun],
    steps: StepGrid,
    rules: Rules,
    spool: Spool,
    report: Report,
) -> Curves | None:
    """Return the curves of one setting; None if there are none or they do not overlap.

    The curves begin where the last seed begins and end where the first one ends.
    """
    if not runs:
        return None
    first = max(each.first for each in runs)
    last = min(each.last for each in runs)
    if steps.every is None:
        grid = spool.steps(min(runs, key=lambda each: each.last).place)
    else:
        grid = grid_between(first, last, steps.every)
    if not len(grid):
        report.refuse(
            setting,
            found=f"no multiple of {steps.every} between step {first:g}, where the "
            f"last seed begins, and {last:g}, where the first one ends",
            expected="a step grid that is finer than the runs are long",
            fix="choose a smaller --every, or leave short runs out: --short drop",
        )
        return None
    is_cut = rules.short == "cut" and bool(short_runs(runs, rules))
    columns = []
    for each in runs:
        column, changes = _column(each, grid, steps, spool)
        if is_cut and each.last > last:
            changes = (*changes, f"cut to its setting's shortest run: {EFFECTS['cut']}")
        columns.append(column)
        why = "; ".join((*each.changes, *changes))
        report.decide(each.name, "used", why, setting=setting, seed=each.seed)
    report.seeds[setting] = len(runs)
    return Curves(setting, grid, np.column_stack(columns))


def _column(
    run: CleanedRun, grid: np.ndarray, steps: StepGrid, spool: Spool
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the values of one run at the steps of the archive, and remarks on them."""
    values = spool.values(run.place)
    odd: tuple[str, ...] = ("every value is the same",) if run.is_constant else ()
    if steps.every is None:
        return values[: len(grid)], odd
    own = spool.steps(run.place)
    if not steps.window:
        return last_values(grid, own, values), odd
    column, empty = mean_values(grid, own, values, steps.window)
    if empty > _WITHOUT_VALUE * len(grid):
        odd += (
            f"for over {_WITHOUT_VALUE:.0%} of the steps, the window has no value, and "
            "the previous value is used",
        )
    return column, odd


def _agree(runs: list[CleanedRun], spool: Spool) -> bool:
    """Whether the runs of one setting were logged at the same steps.

    Only steps up to the end of the shortest run are compared.
    """
    if len(runs) < 2:
        return not any(each.is_mean for each in runs)
    shortest = min(runs, key=lambda each: each.place.points)
    steps = spool.steps(shortest.place)
    return all(
        each.place.steps == shortest.place.steps
        or np.array_equal(spool.steps(each.place)[: len(steps)], steps)
        for each in runs
    )
