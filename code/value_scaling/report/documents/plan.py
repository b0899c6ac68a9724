"""The claims and conditions of the plan of the bundled study, judged by its records.

docs/bundled_study.md states them. It was written before the runs were made.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np

from value_scaling.records import Budget, Estimate, entry
from value_scaling.records.axes import FITTED
from value_scaling.report.documents.markdown_tables import grid
from value_scaling.report.findings.held_out import summaries
from value_scaling.report.findings.verdicts import side
from value_scaling.report.results import Results, StudyResults

OPTIMA, SPREAD = 5, 3.0
"""Number of optima that must lie inside the range of σ, and the factor of F that they
must span."""
REACHING = 0.8
"""Share of the cells of a task that must reach the highest deciding level."""
AT_EDGES = 0.25
"""Largest share of the best values of a task that may lie at an edge of the grid."""
_BETTER = {
    "fit better": "supported",
    "naive better": "refuted",
    "undecided": "undecided",
    "no check": "no check",
}
_ENDS = {"smallest utd": "smallest", "largest utd": "largest"}
_BY_SIDE = {"below": "supported", "above": "refuted"}
Row = tuple[str, str, str]


def claims_judged(results: StudyResults) -> str:
    """Return a Markdown table: what was claimed, what was found, and the verdict."""
    own = results.default
    rows = chain(_exponents(own), _regret(own), _extrapolation(own), _budget(own))
    return grid(["claim", "found", "verdict"], [*rows])


def _exponents(own: Results) -> Iterator[Row]:
    for values in own.hyperparameters.fitted if own.hyperparameters else ():
        found = entry(values.shared.exponent, 0)
        symbol = rf"{values.axis.symbol}\*"
        verdict = _BY_SIDE.get(side(found), "undecided")
        yield f"{symbol} falls as σ rises", f"exponent {_words(found)}", verdict


def _regret(own: Results) -> Iterator[Row]:
    ratio = own.regret and own.regret.ratio("every", "all", "fitted", "constant")
    if ratio:
        below_one = Estimate(*(np.asarray(part) - 1 for part in _parts(ratio.data)))
        verdict = _BY_SIDE.get(side(below_one), "undecided")
        what = "fitted B and η need less data than constant ones"
        yield what, f"ratio of the data {_words(ratio.data)}", verdict


def _extrapolation(own: Results) -> Iterator[Row]:
    for check in summaries(own):
        naive = next((a for a in check.against if a.naive == "no change"), None)
        if (check.set_name, check.quantity) != (own.measured, "data") or not naive:
            continue
        if end := _ENDS.get(check.kind):
            yield (
                f"D_J can be extrapolated to the {end} σ",
                f"median error {_percent(naive.fit.value)}, at the nearest σ "
                f"{_percent(naive.error.value)}; difference in log D_J "
                f"{_words(naive.difference)}",
                _BETTER[naive.verdict],
            )


def _budget(own: Results) -> Iterator[Row]:
    budget = own.budget.get(own.measured)
    if budget:
        inside = _inside(budget)
        checks = [c for c in budget.heldout if c.quantity == "utd_star" and c.counts]
        within = sum(check.covered and check.telling for check in checks)
        outside = sum(not check.covered for check in checks)
        wide = len(checks) - within - outside
        enough = len(inside) >= OPTIMA and _spread(inside) >= SPREAD
        verdict = (
            "refuted"
            if outside or not len(inside)
            else "supported"
            if enough and within == len(checks) > 0
            else "undecided"
        )
        found = (
            f"{len(inside)} of {np.isfinite(budget.budget.value).sum()} optima inside "
            f"the range, over a factor of {_spread(inside):.1f} of F; held-out "
            f"budgets: {within} of {len(checks)} within the interval"
        )
        found += f", {wide} with an interval too wide to tell" if wide else ""
        yield "σ\\* is a power of the budget", found, verdict


def _inside(budget: Budget) -> np.ndarray:
    """Return the budgets whose optimal σ lies inside the range that was run."""
    known = np.isfinite(budget.budget.value)
    return np.asarray(budget.budget.value[known & ~budget.at_edge])


def _spread(budgets: np.ndarray) -> float:
    return float(budgets.max() / budgets.min()) if len(budgets) else 1.0


def conditions(results: StudyResults) -> str:
    """Return a Markdown table: whether each task meets the conditions of the plan."""
    axes = [rf"best {axis.symbol} at an edge" for axis in FITTED]
    head = ["task", f"cells that reach J = {_top(results):g}", *axes, "conditions"]
    return grid(head, _conditions(results))


def _conditions(results: StudyResults) -> Iterable[list[str]]:
    sweep, fits = results.default.crossings["sweep"], results.default.hyperparameters
    reached = np.isfinite(sweep.steps[:, sweep.levels == _top(results)]).any(axis=1)
    warnings = results.default.warnings
    near = [
        (warning.parameter, place.env)
        for warning in (warnings.of("edge of the grid") if warnings else ())
        for place in warning.places
    ]
    for env in results.study.ordered(sweep.settings):
        own = reached[[setting.env == env for setting in sweep.settings]]
        met = [own.mean() >= REACHING]
        cells = [f"{own.sum()} of {len(own)} ({_percent(own.mean())})"]
        for values in fits.fitted if fits else ():
            best = values.best.value[values.environments.index(env)]
            count, edges = np.isfinite(best).sum(), near.count((values.name, env))
            met.append(edges <= AT_EDGES * count)
            cells.append(f"at {edges} of {count} σ")
        yield [env, *cells, "met" if all(met) else "not met"]


def _top(results: StudyResults) -> float:
    """Return the highest level that decides B* and η*."""
    study = results.study
    return max(np.array(study.sweep_levels)[list(study.deciding_levels)].tolist())


def _parts(values: Estimate) -> tuple[float, float, float]:
    value, low, high = (
        float(np.asarray(part)) for part in (values.value, values.low, values.high)
    )
    return value, low, high


def _words(values: Estimate) -> str:
    value, low, high = (f"{part:.2f}".replace("-", "−") for part in _parts(values))
    return f"{value} [{low}, {high}]"


def _percent(share: float | np.ndarray) -> str:
    return f"{100 * float(share):.0f}%"
