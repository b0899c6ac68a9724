"""Laws of D_J(σ) beside each other, by their errors at σ left out of the fit."""

from value_scaling.records import Study
from value_scaling.records.law_choice import LAWS, LawChoice, LawError
from value_scaling.report.latex import escape, prose
from value_scaling.report.laws_compared import SETS, WHERE, best_laws, grouped
from value_scaling.report.tables.table import (
    Cell,
    Column,
    Heading,
    Percent,
    Row,
    Table,
)


def laws_compared(study: Study, record: LawChoice) -> Table:
    """Median errors of all laws; the CSV has the differences, too."""
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
            name = SETS.get(last, escape(last))
            rows.append(Heading(name[:1].upper() + name[1:]))
        count = max(each.count for each in group)
        rows.append((curves, WHERE[where], count, *(_error(each) for each in group)))
        rows.append(("", "", None, *(_comparison(each) for each in group)))
    return Table(
        slug=machine.slug,
        caption=(
            rf"\textbf{{{escape(study.title)}: laws of $D_J(\sigma)$ by held-out "
            r"error.} Each $\sigma$ is left out in turn and predicted from all others, "
            r"at every level: median magnitude of the relative error with its 95\% "
            rf"interval ({record.replicates} bootstrap draws). Below: against the "
            r"power law with floor, in pairs over the same draws; undecided: the "
            r"interval of the difference includes zero. Sigmoid: in $\log\sigma$, its "
            r"turn within the range of $\sigma$. No change: the nearest $\sigma$, or "
            rf"the geometric mean of two. {prose(' '.join(best_laws(record)))}"
        ),
        columns=(
            Column("curves", "Curves", "l"),
            Column("left_out", r"$\sigma$ left out", "l"),
            Column("predictions", "$n$"),
            *(Column(law, law[:1].upper() + law[1:]) for law in LAWS),
        ),
        rows=tuple(rows),
        in_paper=False,  # the figure shows it
        machine=machine,
    )


def _error(each: LawError) -> Cell:
    return Percent(each.error) if each.count else each.status


def _comparison(each: LawError) -> Cell:
    return None if each.comparison == "no comparison" else each.comparison
