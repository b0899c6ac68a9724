"""All tables of the paper, from the records of the available studies."""

from collections.abc import Iterator

from value_scaling.report.results import FITTED_SETS, StudyResults
from value_scaling.report.tables.choices import choices
from value_scaling.report.tables.claims import claims, rules
from value_scaling.report.tables.diagnostics import diagnostics
from value_scaling.report.tables.formats.csv_table import csv_text
from value_scaling.report.tables.formats.latex_table import latex
from value_scaling.report.tables.formats.table import Table
from value_scaling.report.tables.held_out import held_out
from value_scaling.report.tables.hyperparameters import (
    baseline,
    best_values,
    laws,
    proposals,
)
from value_scaling.report.tables.law_choice import laws_compared
from value_scaling.report.tables.levels import data_laws, levels, optima
from value_scaling.report.tables.provenance import provenance
from value_scaling.report.tables.regret import regret
from value_scaling.report.tables.report_card import card_table
from value_scaling.report.tables.sensitivity import sensitivity
from value_scaling.report.tables.sources import inventory, notes, settings
from value_scaling.report.verify import ReportCard

__all__ = ["Table", "csv_text", "latex", "notes", "study_tables", "tables"]


def tables(everything: tuple[StudyResults, ...], card: ReportCard) -> tuple[Table, ...]:
    """Return all tables: those over all studies, then those of each study."""
    found = [
        claims(everything),
        rules(),
        inventory(everything),
        card_table(card, everything),
        choices(everything),
    ]
    for results in everything:
        found += study_tables(results)
    return tuple(found)


def study_tables(results: StudyResults) -> Iterator[Table]:
    """Yield the tables that the records of one study permit, under default choices."""
    study, records = results.study, results.default
    if study.facts:
        yield settings(study)
    if results.provenance:
        yield provenance(study, results.provenance)
    if records.hyperparameters:
        yield laws(study, records.hyperparameters)
        yield best_values(study, records.hyperparameters)
        yield baseline(study, records.hyperparameters)
        yield proposals(study, records.hyperparameters, shared=True)
        yield proposals(study, records.hyperparameters, shared=False)
    if records.regret and records.regret.rows:
        yield regret(study, records.regret)
    if records.diagnostics:
        yield diagnostics(study, records.diagnostics)
    measured = records.measured or next(iter(records.data), "")
    for name in FITTED_SETS:
        if name in records.data:
            yield data_laws(study, records.data[name])
            if name == measured:
                yield levels(study, records.data[name], records.budget.get(name))
        if name in records.budget:
            yield optima(study, records.budget[name], records.data[name])
    if records.law_choice:
        yield laws_compared(study, records.law_choice)
    yield held_out(study, records)
    if records.sensitivity:
        yield sensitivity(study, records.sensitivity)
