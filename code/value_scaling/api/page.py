"""What Jupyter shows of a fit."""

from collections.abc import Iterator, Sequence
from html import escape

from value_scaling.records import Study
from value_scaling.report.results import RUNS, Results
from value_scaling.report.tables.formats.html_table import html
from value_scaling.report.tables.formats.table import Table, filled
from value_scaling.report.tables.hyperparameters import laws
from value_scaling.report.tables.levels import data_laws, optima


def page(study: Study, results: Results, **lists: Sequence[str]) -> str:
    """Return the tables of the fits as HTML, and lists that unfold.

    Args:
        lists: sentences by the heading of their list.
    """
    parts = [f"<h4>{escape(study.title)} ({escape(study.algorithm)})</h4>"]
    for heading, table in _tables(study, results):
        parts += [f"<p>{heading}; 95% intervals in brackets</p>", html(filled(table))]
    for name, sentences in lists.items():
        if sentences:
            items = "".join(f"<li>{escape(each)}</li>" for each in sentences)
            summary = f"{name.capitalize()} ({len(sentences)})"
            parts.append(
                f"<details><summary>{summary}</summary><ul>{items}</ul></details>"
            )
    return "\n".join(parts)


def _tables(study: Study, results: Results) -> Iterator[tuple[str, Table]]:
    if results.hyperparameters:
        yield "B*(σ) and η*(σ)", laws(study, results.hyperparameters)
    for name, data in results.data.items():
        yield f"D_J(σ), {RUNS[name]}", data_laws(study, data)
    for name, budget in results.budget.items():
        yield f"σ*(F), {RUNS[name]}", optima(study, budget, results.data[name])
