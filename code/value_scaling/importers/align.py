"""Join the seeds of a setting: one column of steps for all of its runs."""

from dataclasses import dataclass

import numpy as np

from value_scaling.importers.entry import Entry
from value_scaling.importers.options import Rules
from value_scaling.importers.report import Report
from value_scaling.importers.rules.grid import (
    choose_every,
    grid_between,
    last_values,
    mean_values,
)
from value_scaling.importers.rules.lengths import EFFECTS
from value_scaling.importers.spool import Spool
from value_scaling.records import Curves, Setting

_STANDING_IN = 0.1
"""Share of grid steps without a value of their own above which a run is reported."""


@dataclass(frozen=True)
class Steps:
    """The steps that the archive has, and the value at each."""

    every: int | None
    """Steps between points; None for the logged steps."""
    window: int
    """Steps over which values are averaged; 0 if the last value counts."""


def choose_steps(
    groups: list[list[Entry]], rules: Rules, spool: Spool, report: Report
) -> Steps:
    """Decide on the steps of all settings, and report the decision."""
    entries = [each for group in groups for each in group]
    every = rules.every
    if every is not None:
        report.rules.append(f"steps: every {every}, as given")
    elif all(_agree(group, spool) for group in groups):
        report.rules.append("steps: as logged, the same for all seeds of a setting")
        return Steps(None, 0)
    else:
        every = choose_every(
            [each.interval for each in entries], max(each.last for each in entries)
        )
        report.rules.append(
            f"steps: every {every}, as seeds of one setting were logged at different "
            "steps (--every chooses another)"
        )
    episodes = sum(each.is_mean for each in entries)
    is_mean = 2 * episodes > len(entries) if rules.at is None else rules.at == "mean"
    if is_mean:
        window = rules.window or every
        text = f"mean over the {window} steps before it"
        why = f"values are those of episodes in {episodes} of {len(entries)} runs"
    else:
        window, text = 0, "the last one logged by then"
        number = len(entries) - episodes
        why = f"values are evaluations in {number} of {len(entries)} runs"
    why = why if rules.at is None else "as given"
    report.rules.append(f"value at a step: {text} ({why})")
    return Steps(every, window)


def align(
    setting: Setting,
    entries: list[Entry],
    steps: Steps,
    rules: Rules,
    spool: Spool,
    report: Report,
) -> Curves | None:
    """Return the curves of one setting; None if there are none or they do not overlap.

    They begin where the last seed begins and end where the first one ends.
    """
    if not entries:
        return None
    first = max(each.first for each in entries)
    last = min(each.last for each in entries)
    if steps.every is None:
        grid = spool.get(min(entries, key=lambda each: each.last).place)[0]
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
    longest = max(each.last for each in entries)
    is_cut = rules.short == "cut" and last < rules.least * longest
    columns = []
    for each in entries:
        column, changes = _column(each, grid, steps, spool)
        if is_cut and each.last > last:
            changes = (*changes, f"cut to its setting's shortest run: {EFFECTS['cut']}")
        columns.append(column)
        why = "; ".join((*each.changes, *changes))
        report.decide(each.name, "used", why, setting=setting, seed=each.seed)
    report.seeds[setting] = len(entries)
    return Curves(setting, grid, np.column_stack(columns))


def _column(
    entry: Entry, grid: np.ndarray, steps: Steps, spool: Spool
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the values of one run at the steps of the archive, and remarks on them."""
    own, values = spool.get(entry.place)
    odd: tuple[str, ...] = ("every value is the same",) if entry.is_constant else ()
    if steps.every is None:
        return values[: len(grid)], odd
    if not steps.window:
        return last_values(grid, own, values), odd
    column, empty = mean_values(grid, own, values, steps.window)
    if empty > _STANDING_IN * len(grid):
        odd += (
            f"over {_STANDING_IN:.0%} of the steps have no value in their window, and "
            "the one before stands in",
        )
    return column, odd


def _agree(entries: list[Entry], spool: Spool) -> bool:
    """Whether the runs of one setting were logged at the same steps.

    Only steps up to the end of the shortest run are compared.
    """
    if len(entries) < 2:
        return not any(each.is_mean for each in entries)
    shortest = min(entries, key=lambda each: each.place.points)
    steps, _ = spool.get(shortest.place)
    return all(
        np.array_equal(spool.get(each.place)[0][: len(steps)], steps)
        for each in entries
    )
