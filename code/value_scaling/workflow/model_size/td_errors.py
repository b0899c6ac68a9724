"""TD errors of critics of many sizes, at the end of their runs."""

from collections.abc import Sequence

import numpy as np

from value_scaling.records import Estimate, Setting, estimate
from value_scaling.records.model_size.critics import PassiveCritic, Slopes, TdErrors
from value_scaling.records.model_size.runs import SizeRuns
from value_scaling.stats.bootstrap import resample_counts, stream

_LAST = 10
"""The last one of so many equal parts of the rows counts."""
_WINDOW = (720e3, 800e3)
"""Environment steps over which errors of passive critics are averaged. Source:
model_scaling 4773f34."""


def td_errors(
    train: SizeRuns, validation: SizeRuns, task: str, *, replicates: int, seed: int
) -> TdErrors | None:
    """Average the TD errors of each setting of a task; None if it has no setting."""
    rows = [
        (one, two)
        for one, two in zip(train.curves, validation.curves, strict=True)
        if one.setting.env == task
    ]
    if not rows:
        return None
    settings = [one.setting for one, _ in rows]
    counts = [
        _counts(train, one.setting, one.seeds, replicates=replicates, seed=seed)
        for one, _ in rows
    ]
    means = [
        np.stack([
            _means(curves[part].returns[-_tenth(curves[part].steps):], drawn)
            for curves, drawn in zip(rows, counts, strict=True)
        ], axis=-1)
        for part in (0, 1)
    ]  # fmt: skip
    columns = {
        "utds": np.array([each.utd for each in settings], dtype=float),
        "sizes": np.array([each.values["model_size"] for each in settings], float),
        "batch_sizes": np.array([each.batch_size for each in settings], dtype=float),
    }
    return TdErrors(
        archive=train.archive.file,
        widths=np.array([each.width or 0 for each in settings]),
        train=estimate(means[0][0], means[0][1:]),
        validation=estimate(means[1][0], means[1][1:]),
        by_batch=_slopes(columns, "batch_sizes", "sizes", means),
        by_size=_slopes(columns, "sizes", "", means),
        **columns,
    )


def passive_critics(
    runs: SizeRuns, *, replicates: int, seed: int
) -> dict[str, PassiveCritic]:
    """Average the validation errors of passive critics and fit their slopes, by task.

    Batch sizes of one pair of widths are averaged. A task needs all pairs of two or
    more widths of each critic.
    """
    found = {}
    for task in runs.group.tasks:
        pairs: dict[tuple[int, int], list[np.ndarray]] = {}
        seeds = []
        for curve, size in zip(runs.curves, runs.passive_sizes, strict=True):
            if curve.setting.env != task.name:
                continue
            drawn = _counts(runs, curve.setting, curve.seeds, size,
                            replicates=replicates, seed=seed)  # fmt: skip
            within = (curve.steps >= _WINDOW[0]) & (curve.steps <= _WINDOW[1])
            key = int(curve.setting.values["model_size"]), size
            pairs.setdefault(key, []).append(_means(curve.returns[within], drawn))
            seeds.append(curve.seeds)
        main, passive = (sorted({key[i] for key in pairs}) for i in (0, 1))
        if min(len(main), len(passive)) < 2 or len(pairs) < len(main) * len(passive):
            continue
        table = np.stack(
            [[np.mean(pairs[m, p], axis=0) for p in passive] for m in main]
        )
        table = np.moveaxis(table, -1, 0)
        widths = [np.array([task.width(n) for n in each]) for each in (main, passive)]
        slopes = [
            _slope(np.log(widths[0]), np.moveaxis(np.log(table), 1, -1)).mean(axis=-1),
            _slope(np.log(widths[1]), np.log(table)).mean(axis=-1),
        ]
        found[task.name] = PassiveCritic(
            main=widths[0],
            passive=widths[1],
            error=estimate(table[0], table[1:]),
            main_slope=estimate(slopes[0][0], slopes[0][1:]),
            passive_slope=estimate(slopes[1][0], slopes[1][1:]),
            fewest_seeds=min(seeds),
        )
    return found


def _counts(
    runs: SizeRuns, setting: Setting, seeds: int, *also: int, replicates: int, seed: int
) -> np.ndarray:
    """Return seed counts of the runs and of each replicate, [1 + draws, seeds]."""
    identity = "td errors", runs.group.name, runs.archive.file, *setting.identity, *also
    drawn = resample_counts(stream(seed, *identity), seeds, replicates)
    return np.vstack([np.ones((1, seeds), dtype=int), drawn])


def _tenth(steps: np.ndarray) -> int:
    return max(1, len(steps) // _LAST)


def _means(rows: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the mean of the values that exist, with each row of seed counts."""
    known = np.isfinite(rows)
    total = counts @ np.where(known, rows, 0.0).sum(axis=0)
    number = counts @ known.sum(axis=0)
    mean: np.ndarray = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    return mean


def _slopes(
    columns: dict[str, np.ndarray],
    along: str,
    fixed: str,
    means: Sequence[np.ndarray],
) -> Slopes:
    """Fit ln(error) along one variable in each group of settings.

    Args:
        fixed: the column that is constant in a group beside σ; empty if there is none.
        means: errors in training and in validation, [1 + replicates, settings].
    """
    other = columns[fixed] if fixed else np.zeros(len(columns["utds"]))
    keys = sorted(set(zip(columns["utds"], other, strict=True)))
    x = np.log(columns[along])
    kept, drawn = [], []
    for key in keys:
        own = (columns["utds"] == key[0]) & (other == key[1])
        if len(np.unique(x[own])) > 1:
            kept.append(key)
            drawn.append([_slope(x[own], np.log(each[:, own])) for each in means])
    stacked = np.array(drawn).reshape(len(kept), len(means), len(means[0]))
    train, validation = (
        Estimate(empty, empty, empty)
        if not kept
        else estimate(stacked[:, part, 0], stacked[:, part, 1:].T)
        for part, empty in ((0, np.empty(0)), (1, np.empty(0)))
    )
    keyed = np.array(kept, dtype=float).reshape(len(kept), 2)
    return Slopes(keyed[:, 0], keyed[:, 1], train, validation)


def _slope(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return least-squares slopes over the last axis, [..., points] -> [...].

    Missing values are left out; NaN results if fewer than two x remain.
    """
    known = np.isfinite(y)
    count = np.maximum(known.sum(axis=-1, keepdims=True), 1)
    y = np.where(known, y, 0.0)
    centred = known * (x - (known * x).sum(axis=-1, keepdims=True) / count)
    spread = (centred**2).sum(axis=-1)
    slope: np.ndarray = (centred * y).sum(axis=-1) / np.where(
        spread > 0, spread, np.nan
    )
    return slope
