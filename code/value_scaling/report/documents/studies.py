"""The section of docs/results.md with the results of one study."""

from collections.abc import Iterator

import numpy as np

from value_scaling.records import ALPHA, Bounded, Estimate, entry, negated
from value_scaling.report.documents.bundled import SETS
from value_scaling.report.documents.markdown_tables import grid, prose, reader_grid
from value_scaling.report.results import StudyResults
from value_scaling.report.tables import inventory, study_tables
from value_scaling.report.tables.formats.table import parts

TABLES = {
    "held_out": "Held-out predictions",
    "laws_compared": "Equations for D_J(σ)",
    "regret": "Regret of the ways to choose B and η",
    "sensitivity": "What the conclusions depend on",
}
"""Headings of the tables in a study's section, by the ends of the tables' slugs."""
_HEAD = ["fit", "exponent", "95% interval"]


def study_part(results: StudyResults) -> str:
    """Return Markdown: the study's archives, fitted exponents and tables."""
    archives = reader_grid(inventory((results,))).splitlines(keepends=True)
    name = results.study.name
    found = {
        table.slug.removeprefix(f"{name}_"): table for table in study_tables(results)
    }
    parts = [
        "".join(archives[:2] + archives[3:]),  # without its heading, the study's name
        f"### Fits: `{name}`\n",
        grid(_HEAD, _exponents(results)),
    ]
    for end, heading in TABLES.items():
        if end in found:
            parts += [
                f"### {heading}: `{name}`\n",
                f"{prose(found[end].caption)}\n",
                reader_grid(found[end]),
            ]
    return "\n" + "\n".join(parts) + "\n"


def _exponents(results: StudyResults) -> Iterator[tuple[str, str, str]]:
    records = results.default
    if fits := records.hyperparameters:
        for values in fits.fitted:
            name = rf"{values.axis.symbol}\*"
            shared = entry(values.shared.exponent, 0)
            yield f"{name}(σ) ∝ σ^x, one slope", *_words(shared)
            for e, env in enumerate(values.environments):
                own = entry(values.separate.exponent, e)
                yield f"{name}(σ) ∝ σ^x, {env}", *_words(own)
    level = max(results.study.fitted_levels)
    for name, data in records.data.items():
        where = f"D_J(σ), J = {level:g}, {SETS[name]}: α"
        if data.law.converged[-1]:
            alpha = Bounded(negated(entry(data.law.exponent, -1)), ALPHA)
            yield where, *_bounded(alpha)
        else:
            yield where, "no fit", data.law.status_of(-1)
    for name, budget in records.budget.items():
        where = f"σ\\*(F) ∝ F^x, {SETS[name]}"
        if budget.unidentified:
            yield where, "not identifiable", budget.unidentified
        else:
            yield where, *_words(budget.utd_law.exponent)


def _bounded(found: Bounded) -> tuple[str, str]:
    def text(value: float) -> str:
        return f"{value:.2f}"

    if not np.isfinite(found.ends).any():
        return found.write(text, found.value), "not known: published coefficients"
    low, high = (found.write(text, end) for end in found.ends)
    return found.write(text, found.value), f"{low} to {high}"


def _words(values: Estimate) -> tuple[str, str]:
    value, low, high = parts(values)
    if not np.isfinite(value):
        return "not known", ""
    if not np.isfinite(low):
        return f"{value:.2f}", "not known: published coefficients"
    return f"{value:.2f}", f"{low:.2f} to {high:.2f}"
