"""Overfitting, parameter norms and similar measures: trends over a sweep's settings."""

from collections.abc import Mapping

import numpy as np

from value_scaling.records import (
    MEASURES,
    PREDICTORS,
    Curves,
    Diagnostics,
    Estimate,
    Measure,
    Runs,
    ScalingError,
    Trend,
    estimate,
)
from value_scaling.records.stage import Given
from value_scaling.stats.bootstrap import resample_counts, resampled_medians, stream
from value_scaling.stats.medians import median_of_known
from value_scaling.stats.trend import fit_trends
from value_scaling.workflow.data.collect import declared

SHARE = 0.5
"""Averages are over this last share of the steps that all settings of an environment
have. All settings are then compared at equal data, whatever return they have reached; a
window that ends at a level would leave out the settings that never reach it."""


def make(given: Given, *, replicates: int, seed: int) -> Diagnostics:
    """Find the trends of the metrics that the study file names.

    Raises:
        ScalingError: no measure can be computed from these metrics.
    """
    study = given.study
    metrics = study.archive("sweep").metrics
    runs = {name: declared(given.runs("sweep", metric=name), study) for name in metrics}
    found = diagnostics(runs, replicates=replicates, seed=seed)
    if found is None:
        raise ScalingError(
            f"study {study.name}, archives.sweep.metrics",
            found=", ".join(metrics),
            expected="metrics that make a measure; overfitting, for example, is "
            "training.new_data_critic_loss minus training.critic_loss",
            fix="add what is missing to the list, or take the list out",
        )
    return found


def diagnostics(
    runs: Mapping[str, Runs], *, replicates: int, seed: int
) -> Diagnostics | None:
    """Average each measure over the common window, and fit its trends.

    The value of a seed is the mean over the window's points (a difference is the
    difference of two such means). The value of a setting is the median over seeds,
    because TD errors of single seeds sometimes exceed the others' a hundredfold. It is
    expressed in units of the environment (see Measure) and fitted against log2 σ, log2
    B and log2 η at once, with an intercept for each environment.

    Args:
        runs: by metric folder; of one set, not normalised.
        replicates: bootstrap samples of the seeds of each setting.
        seed: base of the random streams; each setting has its own stream.

    Returns:
        the measures that these metrics allow; None if they allow none.

    Raises:
        ScalingError: the metrics are not of the same settings and seeds.
    """
    possible = {
        name: (metric, less)
        for name, (metric, less) in MEASURES.items()
        if metric in runs and (less is None or less in runs)
    }
    if not possible:
        return None
    first = next(iter(runs.values()))
    _check_alike(runs)
    settings = tuple(curve.setting for curve in first.curves)
    environments = tuple(dict.fromkeys(setting.env for setting in settings))
    windows = _windows(runs, environments)
    means = {
        metric: [
            _window_mean(curve, windows[environments.index(curve.setting.env)])
            for curve in one.curves
        ]
        for metric, one in runs.items()
    }
    counts = [_counts(first, curve, replicates, seed) for curve in first.curves]
    groups = np.array([environments.index(setting.env) for setting in settings])
    x = np.log2([[setting.values[p] for p in PREDICTORS] for setting in settings])
    measures = {}
    for name, (metric, less) in possible.items():
        own = means[metric]
        if less is not None:
            own = [a - b for a, b in zip(own, means[less], strict=True)]
        unit = _scales(_medians(means[less or metric], counts), groups)
        values = _medians(own, counts) / unit[:, groups]
        seeds = np.array([np.isfinite(each).sum() for each in own])
        measures[name] = Measure(
            scale=unit[0],
            seeds=seeds,
            values=estimate(values[0], values[1:]),
            positive=_share_positive(values),
            trend=_trend(x, values, groups),
            separate=_separate(x, values, groups),
        )
    return Diagnostics(
        study=first.study,
        set_name=first.set_name,
        settings=settings,
        environments=environments,
        windows=windows,
        measures=measures,
        replicates=replicates,
    )


def _check_alike(runs: Mapping[str, Runs]) -> None:
    """Refuse metrics whose files are not of the same settings and seeds."""
    (name, first), *others = runs.items()
    seeds = {curve.setting: curve.seeds for curve in first.curves}
    for other, one in others:
        own = {curve.setting: curve.seeds for curve in one.curves}
        wrong = [s for s in sorted(seeds | own) if seeds.get(s) != own.get(s)]
        if wrong:
            raise ScalingError(
                f"{first.study} {first.set_name}, {wrong[0]}",
                found=f"{own.get(wrong[0], 0)} seeds of {other} and "
                f"{seeds.get(wrong[0], 0)} of {name}",
                expected="the same seeds of every metric",
                fix="complete the archive, or take out the setting or the metric",
            )


def _windows(runs: Mapping[str, Runs], environments: tuple[str, ...]) -> np.ndarray:
    """Return, for each environment, the steps (after, up to) of its window."""
    common = [
        min(
            curve.steps[-1]
            for one in runs.values()
            for curve in one.curves
            if curve.setting.env == env
        )
        for env in environments
    ]
    return np.array([((1 - SHARE) * last, last) for last in common])


def _window_mean(curve: Curves, window: np.ndarray) -> np.ndarray:
    """Return each seed's mean over the window, [seeds].

    The mean is NaN where a point is NaN or the window has no point.
    """
    inside = (curve.steps > window[0]) & (curve.steps <= window[1])
    if not inside.any():
        return np.full(curve.seeds, np.nan)
    return curve.returns[inside].mean(axis=0)


def _counts(runs: Runs, curve: Curves, replicates: int, seed: int) -> np.ndarray:
    """Return seed counts, [1 + replicates, seeds].

    The first row counts each seed once, and the others are bootstrap samples from the
    stream of the setting's crossings.
    """
    rng = stream(seed, runs.study, runs.set_name, *curve.setting.identity)
    drawn = resample_counts(rng, curve.seeds, replicates)
    return np.concatenate([np.ones((1, curve.seeds), dtype=drawn.dtype), drawn])


def _medians(seeds: list[np.ndarray], counts: list[np.ndarray]) -> np.ndarray:
    """Return the medians over seeds, [1 + replicates, settings]."""
    pairs = zip(seeds, counts, strict=True)
    return np.stack([resampled_medians(*pair) for pair in pairs], axis=1)


def _scales(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return the median of each environment, [1 + replicates, environments].

    The median is over settings, and NaN where it is not positive.
    """
    scales = []
    for group in range(groups.max() + 1):
        middle = median_of_known(values[:, groups == group])
        scales.append(np.where(middle > 0, middle, np.nan))
    return np.stack(scales, axis=1)


def _share_positive(values: np.ndarray) -> Estimate:
    known = np.isfinite(values).sum(axis=1)
    share = np.where(known > 0, (values > 0).sum(axis=1) / np.maximum(known, 1), np.nan)
    return estimate(share[0], share[1:])


def _trend(x: np.ndarray, values: np.ndarray, groups: np.ndarray) -> Trend:
    """Fit the settings that have a value."""
    kept = np.isfinite(values[0])
    centre = x[kept].mean(axis=0) if kept.any() else np.full(x.shape[1], np.nan)
    level, slopes = fit_trends(x, values, groups, centre)
    return Trend(
        centre=centre,
        level=level[0],
        slopes=slopes[0],
        level_replicates=level[1:],
        slope_replicates=slopes[1:],
    )


def _separate(x: np.ndarray, values: np.ndarray, groups: np.ndarray) -> Estimate:
    """Fit each environment alone."""
    slopes = []
    for group in range(groups.max() + 1):
        own = np.where(groups == group, values, np.nan)
        slopes.append(fit_trends(x, own, groups, x.mean(axis=0))[1])
    both = np.stack(slopes, axis=1)
    return estimate(both[0], both[1:])
