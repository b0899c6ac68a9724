"""Names of the ways to choose B and η, and sentences that compare them."""

import numpy as np

from value_scaling.records import Regrets
from value_scaling.records.stages.regret import RegretRatio, Scope, SelectionRule
from value_scaling.report.text.latex import with_bounds

SCOPES: dict[Scope, str] = {
    "every": "every σ, with its runs",
    "unseen": "each σ from the others",
    "largest": "the largest σ from the smaller ones",
}
_WAYS: dict[SelectionRule, str] = {
    "cell": "best cell of each σ",
    "fitted": "fitted, one slope",
    "separate": "fitted, a slope each",
    "published": "published analysis",
    "nearest": "best cell of the nearest σ",
    "constant": "constant, best at σ = {:g}",
}
NAMES: dict[SelectionRule, str] = {
    "cell": "best cell",
    "fitted": "fitted",
    "separate": "a slope each",
    "published": "published",
    "nearest": "nearest σ",
    "constant": "constant",
}
"""Short names of the ways, used where two are compared."""
_OTHERS: dict[SelectionRule, str] = {
    "constant": "constant hyperparameters",
    "published": "the published analysis",
    "nearest": r"the best cell of the nearest $\sigma$",
}


def way_text(record: Regrets, way: SelectionRule) -> str:
    """Name a way."""
    return _WAYS[way].format(record.baseline_utd)


def scopes(record: Regrets) -> tuple[Scope, ...]:
    """Return the scopes that a record has, in the order of `SCOPES`."""
    there = {row.scope for row in record.rows}
    return tuple(scope for scope in SCOPES if scope in there)


def ways(record: Regrets, scope: Scope) -> tuple[SelectionRule, ...]:
    """Return the ways that are compared in a scope."""
    return tuple(dict.fromkeys(row.way for row in record.rows if row.scope == scope))


def method(record: Regrets) -> str:
    """Explain the comparison and its intervals, as LaTeX.

    An interval comes from half the difference between the two directions of a split.
    """
    return (
        "$B$ and $\\eta$ are chosen for each environment and $\\sigma$ with half of "
        "the seeds of each setting. The other half gives the cost: the environment "
        "steps to a level with that choice, relative to the best cell on the same "
        "half. A fit may choose values between the cells; its steps are interpolated "
        "linearly in logarithms. Means are geometric, over environments, $\\sigma$, "
        f"levels, both directions and {record.splits} random splits. The best of "
        "several noisy cells looks better than it is, so no way reaches 0; in the "
        "ratio of two ways this cancels. The 95\\% intervals are over seeds, by "
        "half-sample replication, and do not cover other environments."
    )


def left_out(record: Regrets) -> str:
    """Say what is not compared, as plain text; empty if everything is."""
    said = []
    if record.rows and not record.has_constant:
        said.append(
            f"No constant hyperparameters: no runs at σ = {record.baseline_utd:g}, "
            "where they are chosen."
        )
    if record.few_seeds:
        said.append(
            f"Left out: {record.few_seeds} settings with too few seeds for two halves."
        )
    if missing := not_compared(record):
        names = ", ".join(missing)
        said.append(f"Not compared: {names}, as all ways reach no common level.")
    return " ".join(said)


def not_compared(record: Regrets) -> tuple[str, ...]:
    """Return the environments without a level at which all ways can be compared."""
    row = record.row("every", "all", "fitted")
    if row is None:
        return ()
    pairs = zip(record.environments, row.environments, strict=True)
    return tuple(env for env, value in pairs if not np.isfinite(value))


def verdict(ratio: RegretRatio) -> str:
    """Say whether one way needs less data than another, as decided by the interval."""
    if not np.isfinite(ratio.data.low):
        return "interval unknown"
    if ratio.data.high < 1:
        return "less"
    return "more" if ratio.data.low > 1 else "no clear difference"


def sentence(record: Regrets) -> str:
    """State the saving from fitted B and η, as LaTeX; empty without ratios."""
    text = _compared(record, "every", ("constant", "published"))
    if not text:
        return ""
    unseen = _compared(record, "unseen", ("constant", "nearest"))
    largest = _compared(record, "largest", ("constant", "nearest"))
    if unseen:
        text += rf"; at a $\sigma$ left out of the fit, {unseen}"
    if largest:
        text += rf"; at the largest $\sigma$, from the smaller ones, {largest}"
    return f"On held-out seeds, the data with fitted hyperparameters is {text}."


def _compared(record: Regrets, scope: Scope, others: tuple[SelectionRule, ...]) -> str:
    parts = []
    for other in others:
        ratio = record.ratio(scope, "all", "fitted", other)
        if ratio is not None and np.isfinite(ratio.data.value):
            data = with_bounds(ratio.data)
            parts.append(f"{data} times that with {_OTHERS[other]} ({verdict(ratio)})")
    return " and ".join(parts)
