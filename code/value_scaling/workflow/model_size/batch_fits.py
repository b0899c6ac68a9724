"""Best batch sizes over (σ, N), and their fits."""

import numpy as np

from value_scaling.records import Estimate, estimate
from value_scaling.records.estimates import STATUSES, search_status
from value_scaling.records.model_size.choices import SizeChoices
from value_scaling.records.model_size.record import BatchFits
from value_scaling.records.model_size.study import PublishedSizes
from value_scaling.stats.bootstrap import stream
from value_scaling.stats.model_size.batch_law import (
    BatchLaw,
    batch_law_at_limit,
    fit_batch_law,
    fit_log_linear,
)
from value_scaling.stats.model_size.published import published_batch_law
from value_scaling.workflow.model_size.crossings import Reached

LEAST = 3
"""Least number of batch sizes at a (σ, N) among which the best one is chosen."""


def of_runs(found: Reached, choices: SizeChoices, *, source: str) -> BatchFits | None:
    """Fit the best batch sizes at the highest level; None if too few were tried.

    The best batch size is averaged over bootstrap samples, which also give the
    intervals of the fit. Batch sizes that do not reach the level are left out.
    """
    keys, draws = [], []
    for key, rows in found.by_utd_and_size().items():
        own = [row for row in rows if np.isfinite(found.data[row, -1])]
        if len(rows) >= LEAST and own:
            steps = found.drawn[:, own, -1]
            winner = np.where(np.isfinite(steps), steps, np.inf).argmin(axis=1)
            keys.append(key)
            draws.append(found.batch_sizes[own][winner])
    if len(keys) < 4 or not len(found.drawn):
        return None
    drawn = np.stack(draws, axis=1)
    logs = choices.average == "geometric"
    mean = np.exp(np.log(drawn).mean(axis=0)) if logs else drawn.mean(axis=0)
    utds, sizes = np.array(keys).T
    best = estimate(mean, drawn)
    return _fits(source, utds, sizes, best, (drawn, drawn), choices)


def of_figures(
    published: PublishedSizes,
    task: str,
    choices: SizeChoices,
    *,
    replicates: int,
    seed: int,
) -> BatchFits:
    """Fit the best batch sizes that the authors' figures show.

    There are no seeds to resample. Intervals of the fits resample their residuals.
    """
    own = [point for point in published.points if point.task == task]
    utds = np.array([point.utd for point in own], dtype=float)
    sizes = np.array([point.size for point in own], dtype=float)
    best = np.array([point.batch_size for point in own])
    value = estimate(best, np.empty((0, len(best))))
    law, line = _law(utds, sizes, best, choices), fit_log_linear(utds, sizes, best)
    drawn, drawn_line = (
        _with_residuals(each(utds, sizes), best, stream(seed, name, task), replicates)
        for name, each in (("batch law", law), ("log-linear batch", line))
    )
    return _fits(published.source, utds, sizes, value, (drawn, drawn_line), choices)


def _with_residuals(
    fitted: np.ndarray, best: np.ndarray, rng: np.random.Generator, replicates: int
) -> np.ndarray:
    """Return samples of ln-residuals added to a fit, [replicates, points]."""
    residuals = np.log(best / fitted)
    chosen = rng.integers(len(best), size=(replicates, len(best)))
    drawn: np.ndarray = fitted * np.exp(residuals[chosen])
    return drawn


def _law(
    utds: np.ndarray, sizes: np.ndarray, best: np.ndarray, choices: SizeChoices
) -> BatchLaw:
    fit = fit_batch_law if choices.fit == "best" else published_batch_law
    return fit(utds, sizes, best)


def _fits(
    source: str,
    utds: np.ndarray,
    sizes: np.ndarray,
    best: Estimate,
    drawn: tuple[np.ndarray, np.ndarray],
    choices: SizeChoices,
) -> BatchFits:
    """Fit both laws; the authors' method for B(σ, N) has no intervals.

    Args:
        drawn: replicates of the best values for each of the laws, [replicates, points].
    """
    law = _law(utds, sizes, best.value, choices)
    if choices.fit == "best":
        law_drawn = fit_batch_law(utds, sizes, drawn[0])
    else:
        empty = np.empty(0)
        law_drawn = BatchLaw(empty, empty, empty, empty)
    ended, drawn_ended = (batch_law_at_limit(each, sizes) for each in (law, law_drawn))
    code, _ = search_status(np.isfinite(law.a), ended, drawn_ended)
    status = STATUSES[int(code)]
    log_linear = fit_log_linear(utds, sizes, best.value)
    line_drawn = fit_log_linear(utds, sizes, drawn[1])
    return BatchFits(
        source, utds, sizes, best, law, law_drawn, status, log_linear, line_drawn
    )
