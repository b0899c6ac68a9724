"""When a fit along the budget can be identified, and why not.

An optimum at an end of the range of σ that was run is a bound: the cheapest σ may lie
beyond it. Such levels take no part in the fits. On planted studies whose optima run
into the bound, the intervals of the exponent of σ*(F) then cover the truth in 95% of
the studies; if the fits count bounds as optima, they cover it in as few as 88%. Fits
that take bounds as inequalities cover the truth no better, and need another rule for
each of D*(F) and C*(F).
"""

import numpy as np

from value_scaling.records.stages.budget import LEAST_OPTIMA

LEAST_SPAN = 1.5
"""Smallest ratio of their largest budget to their smallest that a fit needs."""


def identifiable(budget: np.ndarray, interior: np.ndarray) -> np.ndarray:
    """Return which of a stack of fits along the budget can be identified.

    Args:
        budget: [..., levels], FLOPs at the optimum.
        interior: [..., levels] of bool, optima to fit on.

    Returns:
        [...] of bool.
    """
    return (_count(budget, interior) >= LEAST_OPTIMA) & (
        _span(budget, interior) >= LEAST_SPAN
    )


def why_not(
    budget: np.ndarray, interior: np.ndarray, fitted: np.ndarray, share: float
) -> str:
    """Return why the fits along the budget are not identifiable; empty if they are.

    Args:
        budget: [levels].
        interior: [levels] of bool.
        fitted: [levels] of bool, levels to fit on, at the edge or not.
        share: share of the bootstrap draws that identify a fit; NaN without draws.
    """
    count = int(_count(budget, interior))
    if count < LEAST_OPTIMA:
        optima = int(np.isfinite(budget[fitted]).sum())
        return (
            f"{count} of the {optima} optima to fit on lie inside the range of UTDs "
            f"that was run, and a fit needs {LEAST_OPTIMA}"
        )
    span = float(_span(budget, interior))
    if span < LEAST_SPAN:
        return (
            f"the budgets of the optima to fit on span a factor of {span:.2f}, and a "
            f"fit needs {LEAST_SPAN:g}"
        )
    if share < 0.5:
        return (
            f"only {100 * share:.0f}% of the bootstrap draws have {LEAST_OPTIMA} "
            "optima inside the range of UTDs that was run, over budgets that span a "
            f"factor of {LEAST_SPAN:g}"
        )
    return ""


def _count(budget: np.ndarray, interior: np.ndarray) -> np.ndarray:
    return (np.isfinite(budget) & interior).sum(axis=-1)


def _span(budget: np.ndarray, interior: np.ndarray) -> np.ndarray:
    """Return the ratio of the largest budget to the smallest; 0 without any budget."""
    used = np.isfinite(budget) & interior
    largest = np.where(used, budget, 0.0).max(axis=-1)
    smallest = np.where(used, budget, np.inf).min(axis=-1)
    return largest / smallest
