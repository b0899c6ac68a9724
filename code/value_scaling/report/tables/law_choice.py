"""Table of equations for D_J(σ) and their errors at σ left out of the fit."""

from value_scaling.records import Study
from value_scaling.records.stages.law_choice import LAWS, LawChoice, LawError
from value_scaling.report.findings.law_choice import WHERE, best_laws, grouped
from value_scaling.report.results import RUNS
from value_scaling.report.tables.formats.table import (
    Cell,
    Column,
    Heading,
    Percent,
    Row,
    Table,
)
from value_scaling.report.text.latex import escape, prose
from value_scaling.report.text.plain import capitalised


def laws_compared(study: Study, record: LawChoice) -> Table:
    """Return a table of median errors; the CSV file also has differences."""
    machine = Table(
        slug=f"{study.name}_laws_compared",
        caption="",
        columns=tuple(
            Column(name)
            for name in (
                *("set", "curves", "left_out", "law", "predictions"),
                *("median_error", "distance_less_floor", "comparison", "status"),
            )
        ),
        rows=tuple(
            (
                each.set_name,
                each.curves,
                each.where,
                each.law,
                each.count,
                each.error,
                each.difference,
                each.comparison,
                each.status,
            )
            for each in record.errors
        ),
    )
    rows: list[Row | Heading] = []
    last = ""
    for (set_name, curves, where), group in grouped(record).items():
        if set_name != last:
            last = set_name
            rows.append(Heading(capitalised(RUNS.get(last, escape(last)))))
        count = max(each.count for each in group)
        rows.append((curves, WHERE[where], count, *(_error(each) for each in group)))
        rows.append(("", "", None, *(_comparison(each) for each in group)))
    return Table(
        slug=machine.slug,
        caption=(
            rf"\textbf{{{escape(study.title)}: equations for $D_J(\sigma)$ by "
            r"held-out error.} Each $\sigma$ is left out in turn and predicted from "
            r"all others, at every level. Rows with $n$ give the median magnitude of "
            rf"the relative error with its 95\% interval ({record.replicates} "
            "bootstrap draws). The row below compares each equation with the power "
            "law with floor over the same draws; it is undecided if the interval of "
            r"the difference includes zero. The sigmoid in $\log\sigma$ turns within "
            r"the range of $\sigma$. No change predicts the data at the nearest "
            r"$\sigma$, or the geometric mean of two. "
            rf"{prose(' '.join(best_laws(record)))}"
        ),
        columns=(
            Column("curves", "Curves", "l"),
            Column("left_out", r"$\sigma$ left out", "l"),
            Column("predictions", "$n$"),
            *(Column(law, capitalised(law)) for law in LAWS),
        ),
        rows=tuple(rows),
        in_paper=False,  # the figure shows it
        machine=machine,
    )


def _error(each: LawError) -> Cell:
    return Percent(each.error) if each.count else each.status


def _comparison(each: LawError) -> Cell:
    return None if each.comparison == "no comparison" else each.comparison
