"""Data of two ways to scale at equal budgets, as in Table 1 of the paper."""

import warnings

import numpy as np

from value_scaling.records import estimate
from value_scaling.records.model_size.comparisons import EqualBudget
from value_scaling.workflow.model_size.crossings import Reached


def equal_budget(
    archive: str, others: dict[str, Reached], optimal: dict[str, Reached]
) -> EqualBudget:
    """Divide the data of other runs by those of compute-optimal runs, by task.

    The settings of each archive belong to budgets in ascending order. An archive with
    fewer settings has those of the smallest budgets.
    """
    labels, values, draws = [], [], []
    for task, other in others.items():
        if task not in optimal:
            continue
        ranked = [_by_budget(each) for each in (other, optimal[task])]
        for number, (one, best) in enumerate(zip(*ranked, strict=False), start=1):
            labels.append(f"{task}, budget {number}")
            values.append(other.data[one, -1] / optimal[task].data[best, -1])
            draws.append(other.drawn[:, one, -1] / optimal[task].drawn[:, best, -1])
    ratio = np.array(values)
    drawn = np.stack(draws, axis=-1)
    with warnings.catch_warnings():  # a draw in which no level is reached
        warnings.simplefilter("ignore", RuntimeWarning)
        return EqualBudget(
            archive=archive,
            labels=tuple(labels),
            ratio=estimate(ratio, drawn),
            mean=estimate(np.nanmean(ratio), np.nanmean(drawn, axis=1)),
            median=estimate(np.nanmedian(ratio), np.nanmedian(drawn, axis=1)),
        )


def _by_budget(found: Reached) -> np.ndarray:
    """Return the settings from the smallest budget to the largest.

    Along the budget N grows, or σ grows at one N. Rounded σ may be equal; the batch
    size, which falls with the unrounded σ, then decides.
    """
    sizes, utds = found.sizes, found.utds
    if len(np.unique(sizes)) > 1:
        return np.argsort(sizes, kind="stable")
    return np.lexsort((-found.batch_sizes, utds))
