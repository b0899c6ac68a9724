"""Evidence, as LaTeX, and a verdict on each claim, from the records of a study."""

from collections.abc import Sequence

import numpy as np

from value_scaling.records import (
    ALPHA,
    PREDICTORS,
    Bounded,
    Budget,
    Diagnostics,
    entry,
    negated,
)
from value_scaling.records.axes import AXES, Axis
from value_scaling.records.stages.regret import Scope
from value_scaling.report.findings.held_out import Summary, summaries
from value_scaling.report.findings.verdicts import (
    NOTHING,
    Finding,
    Verdict,
    all_or_part,
    overall,
    side,
)
from value_scaling.report.results import FITTED_SETS, Results
from value_scaling.report.text.latex import bounded, percent, prose, with_bounds


def _checks(
    results: Results, set_name: str, quantity: str, kind: str
) -> Summary | None:
    """Return the summary of the held-out checks of one kind, or None if none counts."""
    key = (set_name, quantity, kind)
    found = (s for s in summaries(results) if (s.set_name, s.quantity, s.kind) == key)
    return next((s for s in found if s.count), None)


def data_fit(results: Results) -> Finding:
    """Judge whether D_J(σ) falls as a power of σ towards a floor."""
    name = results.measured
    if not name:
        return NOTHING
    law, levels = results.data[name].law, len(results.data[name].levels)
    exponents = [
        negated(entry(law.exponent, int(j))) for j in np.flatnonzero(law.converged)
    ]
    above = sum(side(each) == "above" for each in exponents)
    texts = [f"above zero at {above} of {levels} levels"]
    if law.converged[-1]:
        top = bounded(Bounded(exponents[-1], ALPHA))
        texts = [rf"$\alpha=\;${top}, {texts[0]}"]
    kinds = {"largest utd": r"largest $\sigma$", "smallest utd": "smallest"}
    verdicts, words = _compare_with_naive(results, name, "data", kinds)
    texts += words
    if any(side(each) == "below" for each in exponents):
        return Finding(tuple(texts), "fails")
    verdict = _with_checks(above > 0, verdicts)
    partly = verdict == "holds" and above < levels
    return Finding(tuple(texts), "holds in part" if partly else verdict)


def _compare_with_naive(
    results: Results, set_name: str, quantity: str, kinds: dict[str, str]
) -> tuple[list[Verdict], list[str]]:
    """Compare the fit with the naive predictors for each kind of checks.

    Returns:
        verdicts, and texts with the errors of the fit and of the best naive predictor.
    """
    verdicts: list[Verdict] = []
    words = []
    for kind, name in kinds.items():
        if found := _checks(results, set_name, quantity, kind):
            verdict, fit = _verdict_against_naive(found), percent(found.median)
            compared = [each for each in found.against if each.verdict != "no check"]
            naive = min((float(each.error.value) for each in compared), default=np.nan)
            other = percent(naive)
            if verdict == "holds":
                fit = _bold(fit)
            if verdict == "fails":
                other = _bold(other)
            words.append(f"{name} {fit}" + (f" ({other})" if compared else ""))
            verdicts.append(verdict)
    return verdicts, words


def _bold(number: str) -> str:
    """Write a number as bold text, as the paper's fonts lack bold mathematics."""
    return rf"\textbf{{{number.replace('$', '')}}}"


def _verdict_against_naive(found: Summary) -> Verdict:
    """Judge the fit against the naive predictors.

    It holds if the fit is nearer than each of them, and fails if one of them is nearer.
    """
    verdicts = {each.verdict for each in found.against} - {"no check"}
    if "naive better" in verdicts:
        return "fails"
    return "holds" if verdicts == {"fit better"} else "not decided"


def _with_checks(decided: bool, checks: Sequence[Verdict]) -> Verdict:
    """Combine a decided exponent with its held-out checks.

    If the exponent is decided, a claim holds if every check holds, or else in part.
    """
    if not decided:
        return "not decided"
    all_won = bool(checks) and set(checks) == {"holds"}
    return "holds" if all_won else "holds in part"


def _budget_with_intervals(results: Results) -> Budget | None:
    """Return the first budget with intervals."""
    budgets = (results.budget.get(name) for name in FITTED_SETS)
    return next((b for b in budgets if b and b.utd_law.replicates.scale.size), None)


def budget_fit(results: Results) -> Finding:
    """Judge whether σ*(F) is a power of the budget that predicts larger budgets."""
    budget = _budget_with_intervals(results)
    if budget is None:
        return NOTHING
    if budget.unidentified or not budget.utd_law.converged[()]:
        why = budget.unidentified or "no fit"
        return Finding((f"not identifiable: {prose(why)}",), "not decided")
    exponent = budget.utd_law.exponent
    texts = [rf"power $\;${with_bounds(exponent)}"]
    verdicts: list[Verdict] = []
    for quantity, name in (
        ("utd_star", r"$\sigma^*$"),
        ("budget_data", "data"),
        ("budget_compute", "compute"),
    ):
        won, words = _compare_with_naive(
            results, budget.set_name, quantity, {"level": name}
        )
        verdicts += won
        texts += words
    return Finding(tuple(texts), _with_checks(side(exponent) != "both", verdicts))


def best_fit(results: Results, axis: Axis) -> Finding:
    """Judge whether the best value on one axis falls as a power of σ."""
    values = getattr(results.hyperparameters, axis.name, None)
    if values is None or values.is_single.all():
        return NOTHING
    exponent = negated(entry(values.shared.exponent, 0))
    kinds = {"largest utd": r"largest $\sigma$", "environment": "an environment"}
    verdicts, words = _compare_with_naive(results, "sweep", values.name, kinds)
    texts = (rf"$\alpha_{{{axis.latex}}}=\;${with_bounds(exponent)}", *words)
    if side(exponent) == "below":
        return Finding(texts, "fails")
    return Finding(texts, _with_checks(side(exponent) == "above", verdicts))


def uncorrelated(results: Results) -> Finding:
    """Judge whether B* and η* are uncorrelated."""
    fits = results.hyperparameters
    if fits is None or side(fits.correlation) == "unknown":
        return NOTHING
    texts = [f"correlation {with_bounds(fits.correlation, 2)}"]
    zero = [side(fits.correlation) == "both"]
    if side(fits.tilt) != "unknown":
        texts.append(f"tilt {with_bounds(fits.tilt, 2)}")
        zero.append(side(fits.tilt) == "both")
    return Finding(tuple(texts), all_or_part(zero))


def worth_fitting(results: Results) -> Finding:
    """Judge whether fitted B and η need less data than constant ones.

    The data is measured on held-out seeds.
    """
    texts, verdicts = [], []
    for scope, name in _SCOPES.items():
        ratio = results.regret and results.regret.ratio(
            scope, "all", "fitted", "constant"
        )
        if not ratio or not np.isfinite(ratio.data.value):
            continue
        texts.append(f"{name} {with_bounds(ratio.data)}")
        low, high = float(ratio.data.low), float(ratio.data.high)
        verdict: Verdict = (
            "holds" if high < 1 else "fails" if low > 1 else "not decided"
        )
        verdicts.append(verdict)
    return Finding(tuple(texts), overall(verdicts)) if texts else NOTHING


_SCOPES: dict[Scope, str] = {
    "every": r"ratio for $\sigma$ of the sweep",
    "unseen": r"for a $\sigma$ left out",
}


def extrapolates(results: Results) -> Finding:
    """Judge whether fits on one half of the σ predict the other half."""
    name = results.measured
    if not name:
        return NOTHING
    kinds = {"larger utd": r"larger $\sigma$", "smaller utd": "smaller"}
    verdicts, texts = _compare_with_naive(results, name, "data", kinds)
    if not verdicts:
        return Finding(("no check",), "not decided")
    return Finding(tuple(texts), overall(verdicts))


def overfitting(results: Results) -> Finding:
    """Judge whether overfitting rises with σ and B."""
    return _trends(results.diagnostics, "overfitting", ("utd", "batch_size"))


def parameter_norms(results: Results) -> Finding:
    """Judge whether parameter norms rise with σ and η."""
    return _trends(results.diagnostics, "parameter_norm", ("utd", "learning_rate"))


def _trends(
    record: Diagnostics | None, measure: str, predictors: tuple[str, ...]
) -> Finding:
    if record is None or measure not in record.measures:
        return NOTHING
    slope = record.measures[measure].trend.slope
    texts, sides = [], []
    for predictor in predictors:
        one = entry(slope, PREDICTORS.index(predictor))
        texts.append(f"{with_bounds(one, 2)} for twice the ${AXES[predictor].latex}$")
        sides.append(side(one))
    if set(sides) <= {"both", "unknown"}:
        return Finding(tuple(texts), "not decided")
    return Finding(tuple(texts), all_or_part([each == "above" for each in sides]))
