"""Best batch sizes over (σ, N), and their fits."""

import numpy as np

from value_scaling.records import Estimate, estimate
from value_scaling.records.estimates import STATUSES, search_status
from value_scaling.records.model_size.choices import SizeChoices
from value_scaling.records.model_size.record import BatchFits
from value_scaling.records.model_size.study import PublishedSizes
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
    return _fits(source, utds, sizes, estimate(mean, drawn), drawn, choices)


def of_figures(published: PublishedSizes, task: str, choices: SizeChoices) -> BatchFits:
    """Fit the best batch sizes that the authors' figures show, without intervals."""
    own = [point for point in published.points if point.task == task]
    utds = np.array([point.utd for point in own], dtype=float)
    sizes = np.array([point.size for point in own], dtype=float)
    best = np.array([point.batch_size for point in own])
    value = estimate(best, np.empty((0, len(best))))
    none = np.empty((0, len(best)))
    return _fits(published.source, utds, sizes, value, none, choices)


def _fits(
    source: str,
    utds: np.ndarray,
    sizes: np.ndarray,
    best: Estimate,
    drawn: np.ndarray,
    choices: SizeChoices,
) -> BatchFits:
    if choices.fit == "best":
        law = fit_batch_law(utds, sizes, best.value)
        law_drawn = fit_batch_law(utds, sizes, drawn)
    else:
        law = published_batch_law(utds, sizes, best.value)
        empty = np.empty(0)
        law_drawn = BatchLaw(empty, empty, empty, empty)
    ended, drawn_ended = (batch_law_at_limit(each, sizes) for each in (law, law_drawn))
    code, _ = search_status(np.isfinite(law.a), ended, drawn_ended)
    status = STATUSES[int(code)]
    log_linear = fit_log_linear(utds, sizes, best.value)
    return BatchFits(source, utds, sizes, best, law, law_drawn, status, log_linear)
