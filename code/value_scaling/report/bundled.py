"""What the README tells of a bundled study: how it was made, and its laws."""

from collections.abc import Iterator

import numpy as np

from value_scaling.records import ALPHA, Bounded, Estimate, entry, negated
from value_scaling.report.checks import KINDS, QUANTITIES, summaries
from value_scaling.report.results import StudyResults

_WHAT = {
    "sweep": "grid search",
    "ours": "fitted B\\*, η\\*",
    "baseline": "constant B, η",
}


def bundled(results: StudyResults) -> str:
    """Return Markdown: a table of the sets of runs, and one of laws and checks."""
    lines = ["| runs | settings | runs | environment steps | hours of one core |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    for made in results.making.sets if results.making else ():
        hours = "" if made.cpu_hours is None else f"{made.cpu_hours:.1f}"
        lines.append(
            f"| {_WHAT[made.name]} | {made.settings} | {made.runs} | "
            f"{made.steps / 1e6:.1f} million | {hours} |"
        )
    lines += ["", "| law | exponent, or error | 95% interval |", "| --- | --- | --- |"]
    lines += [
        f"| {what} | {value} | {interval} |" for what, value, interval in _laws(results)
    ]
    return "\n".join(lines) + "\n"


def _laws(results: StudyResults) -> Iterator[tuple[str, str, str]]:
    records = results.default
    if fits := records.hyperparameters:
        for name, values in (("B\\*", fits.batch_size), ("η\\*", fits.learning_rate)):
            law = values.shared.exponent
            yield (f"{name}(σ) ∝ σ^x, one slope", *_words(entry(law, 0)))
            for e, env in enumerate(values.environments):
                own = entry(values.separate.exponent, e)
                yield (f"{name}(σ) ∝ σ^x, {env}", *_words(own))
    level = max(results.study.fitted_levels)
    for name, data in records.data.items():
        where = f"D_J(σ), J = {level:g}, {_WHAT[name]}"
        if data.law.converged[-1]:
            alpha = Bounded(negated(entry(data.law.exponent, -1)), ALPHA)
            yield (f"{where}: α", *_bounded(alpha))
        else:
            yield (f"{where}: α", "no fit", data.law.status_of(-1))
    for name, budget in records.budget.items():
        where = f"σ\\*(F) ∝ F^x, {_WHAT[name]}"
        if budget.unidentified:
            yield (where, "not identifiable", budget.unidentified)
        else:
            yield (where, *_words(budget.utd_law.exponent))
    for summary in summaries(records):
        if summary.set_name == "baseline" or summary.kind.startswith(
            ("larger", "smaller")
        ):
            continue  # the paper's table has them all
        inside = (
            f"{summary.covered} of {summary.known} intervals include zero"
            if summary.known
            else "not known"
        )
        if not summary.count:
            inside = summary.words
        yield (
            f"held out: {QUANTITIES[summary.quantity]}, {KINDS[summary.kind]} "
            f"({_WHAT[summary.set_name]}): median error",
            f"{summary.median:.0%}" if summary.count else "no check",
            inside,
        )


def _bounded(found: Bounded) -> tuple[str, str]:
    def text(value: float) -> str:
        return f"{value:.2f}"

    low, high = (found.write(text, end) for end in found.ends)
    return found.write(text, found.value), f"{low} to {high}"


def _words(values: Estimate) -> tuple[str, str]:
    value, low, high = (
        float(np.asarray(p)) for p in (values.value, values.low, values.high)
    )
    if not np.isfinite(value):
        return "not known", ""
    return f"{value:.2f}", f"{low:.2f} to {high:.2f}" if np.isfinite(low) else ""
