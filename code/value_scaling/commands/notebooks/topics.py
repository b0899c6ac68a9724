"""The topics of the notebooks, with the sentences and tables about each."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from value_scaling.commands.text import terminal
from value_scaling.commands.text.parts import TextPart
from value_scaling.records import Hyperparameters, Study
from value_scaling.report.findings.law_choice import best_laws
from value_scaling.report.findings.sensitivity import sentences
from value_scaling.report.results import Results
from value_scaling.report.tables.diagnostics import diagnostics as slopes
from value_scaling.report.tables.formats.table import Table
from value_scaling.report.tables.held_out import held_out
from value_scaling.report.tables.hyperparameters import (
    baseline,
    best_values,
    laws,
    proposals,
)
from value_scaling.report.tables.law_choice import laws_compared
from value_scaling.report.tables.levels import data_laws, optima
from value_scaling.report.tables.sensitivity import sensitivity

Topic = Callable[[Study, Results], Iterable[TextPart]]


def _of_fits(table: Callable[[Study, Hyperparameters], Table]) -> Topic:
    """Return the topic of a table of the fits of B* and η*."""
    return lambda study, results: (
        [table(study, fits)] if (fits := results.hyperparameters) else []
    )


def _hyperparameters(study: Study, results: Results) -> Iterator[TextPart]:
    if fits := results.hyperparameters:
        yield from terminal.hyperparameters(fits)
        correlation = terminal.number(fits.correlation)
        yield (
            f"Correlation of log B* and log lr* over (environment, UTD): {correlation}"
        )


def _regret(study: Study, results: Results) -> Iterator[TextPart]:
    if results.regret:
        yield from terminal.regret(results.regret)


def _data(study: Study, results: Results) -> Iterator[TextPart]:
    for efficiency in results.data.values():
        yield from terminal.data_efficiency(efficiency)
        yield data_laws(study, efficiency)


def _budget(study: Study, results: Results) -> Iterator[TextPart]:
    for name, budget in results.budget.items():
        yield from terminal.budget(budget)
        yield optima(study, budget, results.data[name])


def _held_out(study: Study, results: Results) -> Iterator[TextPart]:
    if results.data:
        yield held_out(study, results)


def _sensitivity(study: Study, results: Results) -> Iterator[TextPart]:
    if found := results.sensitivity:
        yield "\n".join(f"{text}." for text in sentences(found, study.compute_unit))
        yield sensitivity(study, found)


def _laws_compared(study: Study, results: Results) -> Iterator[TextPart]:
    if results.law_choice:
        yield "\n".join(best_laws(results.law_choice))
        yield laws_compared(study, results.law_choice)


def _slopes(study: Study, results: Results) -> Iterator[TextPart]:
    if results.diagnostics:
        yield from terminal.diagnostics(results.diagnostics)
        yield slopes(study, results.diagnostics)


TOPICS: dict[str, Topic] = {
    "best values": _of_fits(best_values),
    "hyperparameters": _hyperparameters,
    "laws": _of_fits(laws),
    "proposals": _of_fits(partial(proposals, shared=True)),
    "baseline": _of_fits(baseline),
    "regret": _regret,
    "data": _data,
    "budget": _budget,
    "held out": _held_out,
    "sensitivity": _sensitivity,
    "laws compared": _laws_compared,
    "slopes": _slopes,
}
"""What `StudyPage.tell` shows, by topic."""
